/*
 * sdp_offer.c - fuzz: any bytes as an offer and as an answer; what we write we can read again.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "sdp/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum sdp_codec codecs[] = {SDP_OPUS, SDP_G722, SDP_PCMA, SDP_PCMU};
    struct sdp_local me = {.rtcp_port = 20001,
                           .codecs = codecs,
                           .codec_count = 4,
                           .direction = SDP_SENDRECV,
                           .telephone_event = true};
    struct sdp_agreed agreed;
    struct sdp_agreed again;
    struct buf out = {0};
    struct fail f;

    if (addr_read(&me.rtp, "10.0.0.1:20000", true, NULL) != ERR_OK)
        abort();
    if (sdp_read_answer((const char *)data, size, &me, &agreed, &f) != ERR_OK)
        agreed = (struct sdp_agreed){0};
    if (sdp_answer((const char *)data, size, &me, &agreed, &out, &f) == ERR_OK &&
        out.len <= SDP_BYTES) {
        if (sdp_read_answer(out.data, out.len, &me, &again, &f) != ERR_OK ||
            again.codec != agreed.codec || again.payload_type != agreed.payload_type)
            abort();
    }
    buf_clear(&out);
    return 0;
}

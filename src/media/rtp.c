/*
 * rtp.c - RTP packets read and written. Any thread.
 */
#include "media/rtp.h"

bool rtp_read(struct rtp_packet *p, const uint8_t *bytes, size_t len)
{
    size_t at = RTP_HEADER;

    if (len < RTP_HEADER || bytes[0] >> 6 != 2)
        return false;

    at += (size_t)(bytes[0] & 0x0f) * 4;
    if ((bytes[0] & 0x10) != 0) { /* an extension: its length is in words, without its own */
        if (at + 4 > len)
            return false;
        at += 4 + (size_t)rtp_get16(bytes + at + 2) * 4;
    }
    if (at > len)
        return false;
    if ((bytes[0] & 0x20) != 0) { /* padding: the last byte counts itself */
        size_t pad = bytes[len - 1];

        if (pad == 0 || pad > len - at)
            return false;
        len -= pad;
    }

    p->marker = (bytes[1] & 0x80) != 0;
    p->payload_type = bytes[1] & 0x7f;
    p->sequence = rtp_get16(bytes + 2);
    p->timestamp = rtp_get32(bytes + 4);
    p->ssrc = rtp_get32(bytes + 8);
    p->payload = bytes + at;
    p->len = len - at;
    return true;
}

void rtp_write_header(const struct rtp_packet *p, uint8_t out[RTP_HEADER])
{
    out[0] = 0x80;
    out[1] = (uint8_t)((p->marker ? 0x80 : 0) | (p->payload_type & 0x7f));
    rtp_put16(out + 2, p->sequence);
    rtp_put32(out + 4, p->timestamp);
    rtp_put32(out + 8, p->ssrc);
}

bool rtp_is_rtcp(const uint8_t *bytes, size_t len)
{
    return len >= 2 && bytes[1] >= 192 && bytes[1] <= 223;
}

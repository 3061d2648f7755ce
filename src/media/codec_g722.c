/*
 * codec_g722.c - G.722 at 64 kbit/s by spandsp: 16 kHz, a byte for two samples.
 *
 * Its RTP clock says 8000 by an old mistake (RFC 3551 4.5.2), so a byte is one timestamp unit.
 * Any thread; no memory but the caller's.
 */
#define SPANDSP_EXPOSE_INTERNAL_STRUCTURES /* the size of a state is in there */
#include <spandsp.h>

#include "media/codec.h"

enum { BITS_PER_SECOND = 64000 };

static size_t encoder_size(void)
{
    return sizeof(g722_encode_state_t);
}

static size_t decoder_size(void)
{
    return sizeof(g722_decode_state_t);
}

static void encoder_init(void *state)
{
    (void)g722_encode_init(state, BITS_PER_SECOND, 0);
}

static void decoder_init(void *state)
{
    (void)g722_decode_init(state, BITS_PER_SECOND, 0);
}

static size_t encode(void *state, const int16_t *in, size_t n, uint8_t *out)
{
    int len = g722_encode(state, out, in, (int)n);

    return len > 0 ? (size_t)len : 0;
}

static size_t decode(void *state, const uint8_t *in, size_t len, int16_t *out, size_t max)
{
    int n = g722_decode(state, out, in, (int)(len < max / 2 ? len : max / 2));

    return n > 0 ? (size_t)n : 0;
}

static uint32_t span(const uint8_t *in, size_t len)
{
    (void)in;
    return len <= (size_t)CODEC_PACKET_MS * 8 ? (uint32_t)len : 0;
}

const struct codec codec_g722 = {
    .id = SDP_G722,
    .name = "G722",
    .rate = 16000,
    .clock = 8000,
    .slice = 80,
    .rests = false, /* its silence hums on without ever repeating itself */
    .encoder_size = encoder_size,
    .decoder_size = decoder_size,
    .encoder_init = encoder_init,
    .decoder_init = decoder_init,
    .encode = encode,
    .decode = decode,
    .span = span,
};

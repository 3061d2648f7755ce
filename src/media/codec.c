/*
 * codec.c - the table of codecs. G.711 has no state: a payload byte is a sample.
 *
 * Any thread.
 */
#include "media/codec.h"

#include <spandsp.h>

static size_t mu_decode(const uint8_t *in, size_t len, int16_t *out, size_t max)
{
    size_t n = len < max ? len : max;

    for (size_t i = 0; i < n; i++)
        out[i] = ulaw_to_linear(in[i]);
    return n;
}

static size_t mu_encode(const int16_t *in, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = linear_to_ulaw(in[i]);
    return n;
}

static size_t a_decode(const uint8_t *in, size_t len, int16_t *out, size_t max)
{
    size_t n = len < max ? len : max;

    for (size_t i = 0; i < n; i++)
        out[i] = alaw_to_linear(in[i]);
    return n;
}

static size_t a_encode(const int16_t *in, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = linear_to_alaw(in[i]);
    return n;
}

/* clang-format off */
static const struct codec codecs[] = {
    {SDP_PCMU, "PCMU", 8000, 8000, 0xff, mu_decode, mu_encode},
    {SDP_PCMA, "PCMA", 8000, 8000, 0xd5, a_decode,  a_encode},
};
/* clang-format on */

const struct codec *codec_find(enum sdp_codec id)
{
    for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++) {
        if (codecs[i].id == id)
            return &codecs[i];
    }
    return NULL;
}

size_t codec_frame(const struct codec *c)
{
    return c->rate / 50;
}

uint32_t codec_step(const struct codec *c)
{
    return c->clock / 50;
}

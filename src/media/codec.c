/*
 * codec.c - the table of codecs, and G.711, which has no state: a payload byte is a sample.
 *
 * Any thread.
 */
#include "media/codec.h"

#include <spandsp.h>

#include "media/fast.h"

/* ITU-T G.711, table 2a, as an array: reckoned out it takes three times as long, for unlike A-law's
 * the compiler cannot make many of these at once. */
#define MU_SIZE(c) (((((c)&0x0f) * 8 + 0x84) << (((c)&0x70) >> 4)) - 0x84)
#define MU(c) (int16_t)((c) > 127 ? MU_SIZE(255 - (c)) : -MU_SIZE(255 - (c)))
#define MU4(c) MU(c), MU((c) + 1), MU((c) + 2), MU((c) + 3)
#define MU16(c) MU4(c), MU4((c) + 4), MU4((c) + 8), MU4((c) + 12)
#define MU64(c) MU16(c), MU16((c) + 16), MU16((c) + 32), MU16((c) + 48)
static const int16_t mu_samples[256] = {MU64(0), MU64(64), MU64(128), MU64(192)};

static size_t mu_decode(void *state, const uint8_t *in, size_t len, int16_t *out, size_t max)
{
    size_t n = len < max ? len : max;

    (void)state;
    for (size_t i = 0; i < n; i++)
        out[i] = mu_samples[in[i]];
    return n;
}

static size_t mu_encode(void *state, const int16_t *in, size_t n, uint8_t *out)
{
    (void)state;
    for (size_t i = 0; i < n; i++)
        out[i] = linear_to_ulaw(in[i]);
    return n;
}

FAST static size_t a_decode(void *state, const uint8_t *in, size_t len, int16_t *out, size_t max)
{
    size_t n = len < max ? len : max;

    (void)state;
    for (size_t i = 0; i < n; i++)
        out[i] = alaw_to_linear(in[i]);
    return n;
}

static size_t a_encode(void *state, const int16_t *in, size_t n, uint8_t *out)
{
    (void)state;
    for (size_t i = 0; i < n; i++)
        out[i] = linear_to_alaw(in[i]);
    return n;
}

static uint32_t g711_span(const uint8_t *in, size_t len)
{
    (void)in;
    return len <= (size_t)CODEC_PACKET_MS * CODEC_NARROW_RATE / 1000 ? (uint32_t)len : 0;
}

static const struct codec pcmu = {
    .id = SDP_PCMU,
    .name = "PCMU",
    .rate = CODEC_NARROW_RATE,
    .clock = 8000,
    .slice = 80,
    .rests = true,
    .encode = mu_encode,
    .decode = mu_decode,
    .span = g711_span,
};

static const struct codec pcma = {
    .id = SDP_PCMA,
    .name = "PCMA",
    .rate = CODEC_NARROW_RATE,
    .clock = 8000,
    .slice = 80,
    .rests = true,
    .encode = a_encode,
    .decode = a_decode,
    .span = g711_span,
};

static const struct codec *const codecs[SDP_CODEC_COUNT] = {
    [SDP_PCMU] = &pcmu,
    [SDP_PCMA] = &pcma,
    [SDP_G722] = &codec_g722,
    [SDP_OPUS] = &codec_opus,
};

const struct codec *codec_find(enum sdp_codec id)
{
    return (unsigned)id < SDP_CODEC_COUNT ? codecs[id] : NULL;
}

size_t codec_frame(const struct codec *c)
{
    return c->rate / 50;
}

uint32_t codec_step(const struct codec *c)
{
    return c->clock / 50;
}

struct codec_tuning codec_tune(const struct sdp_agreed *a)
{
    static const int steps[] = {24000, 16000, 12000, 8000,
                                6000}; /* 6000 is the least (RFC 7587 6.1) */
    struct codec_tuning t = {.fec = a->opus.fec, .cbr = a->opus.cbr};
    size_t i = 0;

    if (a->codec != SDP_OPUS)
        return (struct codec_tuning){0};
    while (i + 1 < sizeof(steps) / sizeof(steps[0]) && a->opus.max_bitrate != 0 &&
           steps[i] > a->opus.max_bitrate)
        i++;
    t.bitrate = steps[i];
    return t;
}

bool codec_same_tuning(const struct codec_tuning *a, const struct codec_tuning *b)
{
    return a->fec == b->fec && a->cbr == b->cbr && a->bitrate == b->bitrate;
}

/*
 * codec_opus.c - Opus (RFC 6716, RFC 7587) by libopus, mono, run at 16 kHz.
 *
 * Complexity 1: with a voice at 24 kbit/s the higher ones cost up to four times as much and came no
 * nearer to the input when we measured. Silence is hush.h's, so the encoder's own DTX is off.
 * A state is "continuous in memory and only a shallow copy is sufficient" (opus.h). Any thread;
 * no memory but the caller's.
 */
#include <opus/opus.h>

#include "media/codec.h"

enum { RATE = 16000, CLOCK = 48000, COMPLEXITY = 1, LOSS_PERCENT = 10 };

static size_t encoder_size(void)
{
    return (size_t)opus_encoder_get_size(1);
}

static size_t decoder_size(void)
{
    return (size_t)opus_decoder_get_size(1);
}

static void encoder_init(void *state)
{
    OpusEncoder *e = state;

    (void)opus_encoder_init(e, RATE, 1, OPUS_APPLICATION_VOIP);
    (void)opus_encoder_ctl(e, OPUS_SET_COMPLEXITY(COMPLEXITY));
    (void)opus_encoder_ctl(e, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
}

static void encoder_tune(void *state, const struct codec_tuning *t)
{
    OpusEncoder *e = state;

    (void)opus_encoder_ctl(e, OPUS_SET_BITRATE(t->bitrate));
    (void)opus_encoder_ctl(e, OPUS_SET_VBR(t->cbr ? 0 : 1));
    (void)opus_encoder_ctl(e, OPUS_SET_INBAND_FEC(t->fec ? 1 : 0));
    (void)opus_encoder_ctl(e, OPUS_SET_PACKET_LOSS_PERC(t->fec ? LOSS_PERCENT : 0));
}

static void decoder_init(void *state)
{
    (void)opus_decoder_init(state, RATE, 1);
}

static size_t encode(void *state, const int16_t *in, size_t n, uint8_t *out)
{
    opus_int32 len = opus_encode(state, in, (int)n, out, CODEC_PAYLOAD_MAX);

    return len > 0 ? (size_t)len : 0;
}

static size_t decode(void *state, const uint8_t *in, size_t len, int16_t *out, size_t max)
{
    int n = opus_decode(state, in, (opus_int32)len, out, (int)max, 0);

    return n > 0 ? (size_t)n : 0;
}

static uint32_t span(const uint8_t *in, size_t len)
{
    int n = len == 0 ? 0 : opus_packet_get_nb_samples(in, (opus_int32)len, CLOCK);

    return n > 0 && n <= CODEC_PACKET_MS * (CLOCK / 1000) ? (uint32_t)n : 0;
}

/* What a packet says of the one before is used where it is there (RFC 6716 2.1.7); libopus itself
 * falls back to guessing. It only knows lengths of whole 2.5 ms. */
static bool conceal(void *state, const uint8_t *next, size_t len, int16_t *out, size_t n)
{
    if (n % (RATE / 400) != 0)
        return false;
    return opus_decode(state, next, next == NULL ? 0 : (opus_int32)len, out, (int)n,
                       next == NULL ? 0 : 1) == (int)n;
}

const struct codec codec_opus = {
    .id = SDP_OPUS,
    .name = "opus",
    .rate = RATE,
    .clock = CLOCK,
    .slice = 0,
    .rests = true,
    .encoder_size = encoder_size,
    .decoder_size = decoder_size,
    .encoder_init = encoder_init,
    .decoder_init = decoder_init,
    .encoder_tune = encoder_tune,
    .encode = encode,
    .decode = decode,
    .span = span,
    .conceal = conceal,
};

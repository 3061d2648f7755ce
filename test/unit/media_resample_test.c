/*
 * media_resample_test.c - tones through the filter, up and down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/resample.c" /* its weights are needed */
#include "tone.h"

enum { FRAMES = 20, NARROW = 8000, LONG = FRAMES * MIX_FRAME };

/* All of a tone at 16 kHz, made at 8 kHz. */
static void up(double hz, double amplitude, int16_t out[LONG])
{
    struct resample r = {0};
    int16_t in[CODEC_NARROW_FRAME];
    double phase = 0;

    for (size_t i = 0; i < FRAMES; i++) {
        tone_make(in, CODEC_NARROW_FRAME, NARROW, hz, amplitude, &phase);
        resample_up(&r, in, out + i * MIX_FRAME);
    }
}

static void down(double hz, double amplitude, int16_t out[LONG / 2])
{
    struct resample r = {0};
    int16_t in[MIX_FRAME];
    double phase = 0;

    for (size_t i = 0; i < FRAMES; i++) {
        tone_make(in, MIX_FRAME, MIX_RATE, hz, amplitude, &phase);
        resample_down(&r, in, out + i * CODEC_NARROW_FRAME);
    }
}

static double loudness(const int16_t *pcm, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += (double)pcm[i] * pcm[i];
    return sqrt(2 * sum / (double)n);
}

static const double pitches[] = {100, 440, 1000, 2000, 3000, 3400};

static void a_tone_of_the_phone_band_goes_up_pure_and_as_loud(void **state)
{
    int16_t out[LONG];

    (void)state;
    for (size_t i = 0; i < sizeof(pitches) / sizeof(pitches[0]); i++) {
        up(pitches[i], 10000, out);
        assert_true(tone_snr_db(out + MIX_FRAME, LONG - MIX_FRAME, MIX_RATE, pitches[i]) >= 50);
        assert_true(fabs(loudness(out + MIX_FRAME, LONG - MIX_FRAME) - 10000) < 50);
    }
}

static void a_tone_of_the_phone_band_goes_down_pure_and_as_loud(void **state)
{
    enum { FROM = CODEC_NARROW_FRAME, REST = LONG / 2 - FROM };
    int16_t out[LONG / 2];

    (void)state;
    for (size_t i = 0; i < sizeof(pitches) / sizeof(pitches[0]); i++) {
        down(pitches[i], 10000, out);
        assert_true(tone_snr_db(out + FROM, REST, NARROW, pitches[i]) >= 50);
        assert_true(fabs(loudness(out + FROM, REST) - 10000) < 50);
    }
}

static void what_a_phone_cannot_hear_does_not_come_back_as_another_tone(void **state)
{
    int16_t out[LONG / 2];

    (void)state;
    for (double hz = 4600; hz < 8000; hz += 300) {
        down(hz, 10000, out);
        assert_true(loudness(out + CODEC_NARROW_FRAME, LONG / 2 - CODEC_NARROW_FRAME) < 20);
    }
}

/* The worst that can be: full scale, with the signs of the weights or against them. */
static void the_loudest_sound_is_cut_and_does_not_wrap(void **state)
{
    struct resample r = {0};
    int16_t wide[MIX_FRAME] = {0}, narrow[CODEC_NARROW_FRAME] = {0}, out[MIX_FRAME];

    (void)state;
    for (size_t i = 0; i < RESAMPLE_TAPS; i++) {
        narrow[i] = taps[i] > 0 ? INT16_MAX : INT16_MIN;
        narrow[RESAMPLE_TAPS + i] = taps[i] > 0 ? INT16_MIN : INT16_MAX;
    }
    for (size_t i = 0; i < CODEC_NARROW_FRAME; i++)
        wide[2 * i + 1] = narrow[i];
    wide[RESAMPLE_TAPS] = INT16_MAX; /* between the twelfth and the thirteenth */
    wide[3 * RESAMPLE_TAPS] = INT16_MIN;
    resample_up(&r, narrow, out);
    assert_int_equal(out[2 * PAST + 1], INT16_MAX);
    assert_int_equal(out[2 * (RESAMPLE_TAPS + PAST) + 1], INT16_MIN);
    resample_forget(&r);
    resample_down(&r, wide, out);
    assert_int_equal(out[PAST], INT16_MAX);
    assert_int_equal(out[RESAMPLE_TAPS + PAST], INT16_MIN);
}

static void frames_join_and_what_is_forgotten_is_silent(void **state)
{
    static const int16_t silence[CODEC_NARROW_FRAME];
    struct resample r = {0};
    int16_t in[CODEC_NARROW_FRAME], out[MIX_FRAME];

    (void)state;
    memset(in, 0, sizeof(in));
    in[CODEC_NARROW_FRAME - 1] = 16384; /* a click at the end is heard in the next frame */
    resample_up(&r, in, out);
    resample_up(&r, silence, out);
    assert_int_equal(out[22], 16384);
    resample_up(&r, in, out);
    resample_forget(&r);
    resample_up(&r, silence, out);
    for (size_t i = 0; i < MIX_FRAME; i++)
        assert_int_equal(out[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_of_the_phone_band_goes_up_pure_and_as_loud),
        cmocka_unit_test(a_tone_of_the_phone_band_goes_down_pure_and_as_loud),
        cmocka_unit_test(what_a_phone_cannot_hear_does_not_come_back_as_another_tone),
        cmocka_unit_test(the_loudest_sound_is_cut_and_does_not_wrap),
        cmocka_unit_test(frames_join_and_what_is_forgotten_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

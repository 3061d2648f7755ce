/*
 * media_recorder_test.c - when a recording ends, and what is in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/recorder.h"

enum { LOUD = 8000, TICKS_A_SECOND = 50 };

static const struct media_record two_seconds = {
    .max_ms = 2000, .initial_silence_ms = 1000, .max_silence_ms = 500};

static int setup(void **state)
{
    *state = recorder_new(7, &two_seconds);
    return 0;
}

static int teardown(void **state)
{
    recorder_free(*state);
    return 0;
}

/* So many ticks of this amplitude; returns how many it took until it was over, 0: it is not. */
static int take(struct recorder *r, int ticks, int16_t amplitude, enum media_record_end *why)
{
    int16_t pcm[MIX_FRAME];

    for (size_t i = 0; i < MIX_FRAME; i++)
        pcm[i] = amplitude;
    for (int i = 1; i <= ticks; i++)
        if (recorder_take(r, amplitude != 0 ? pcm : NULL, (double)amplitude * amplitude, why))
            return i;
    return 0;
}

static void it_is_full_when_it_is_full(void **state)
{
    struct recorder *r = *state;
    enum media_record_end why;

    assert_int_equal(take(r, 200, LOUD, &why), 2 * TICKS_A_SECOND);
    assert_int_equal(why, MEDIA_RECORD_FULL);
    assert_int_equal(r->count, 2 * TICKS_A_SECOND * MIX_FRAME);
    assert_int_equal(r->pcm[0], LOUD);
    assert_int_equal(r->pcm[r->count - 1], LOUD);
    assert_int_equal(r->number, 7);
}

static void nobody_who_speaks_ends_it(void **state)
{
    enum media_record_end why;

    assert_int_equal(take(*state, 200, 0, &why), TICKS_A_SECOND);
    assert_int_equal(why, MEDIA_RECORD_NO_VOICE);
}

static void silence_after_a_voice_ends_it_sooner(void **state)
{
    struct recorder *r = *state;
    enum media_record_end why;

    assert_int_equal(take(r, 20, LOUD, &why), 0);
    assert_int_equal(take(r, 200, 0, &why), TICKS_A_SECOND / 2);
    assert_int_equal(why, MEDIA_RECORD_SILENCE);
    assert_int_equal(r->count, (20 + TICKS_A_SECOND / 2) * MIX_FRAME);
    assert_int_equal(r->pcm[r->count - 1], 0);
}

static void a_pause_between_words_does_not(void **state)
{
    enum media_record_end why;

    assert_int_equal(take(*state, 20, LOUD, &why), 0);
    assert_int_equal(take(*state, 24, 0, &why), 0);
    assert_int_equal(take(*state, 20, LOUD, &why), 0);
    assert_int_equal(take(*state, 24, 0, &why), 0);
}

static void a_crack_is_no_voice(void **state)
{
    enum media_record_end why;

    assert_int_equal(take(*state, 2, LOUD, &why), 0);
    assert_int_equal(take(*state, 200, 0, &why), TICKS_A_SECOND);
    assert_int_equal(why, MEDIA_RECORD_NO_VOICE);
}

static void a_whisper_below_50_dB_is_silence(void **state)
{
    enum media_record_end why;

    assert_int_equal(take(*state, 200, 100, &why), TICKS_A_SECOND);
    assert_int_equal(why, MEDIA_RECORD_NO_VOICE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(it_is_full_when_it_is_full),
        T(nobody_who_speaks_ends_it),
        T(silence_after_a_voice_ends_it_sooner),
        T(a_pause_between_words_does_not),
        T(a_crack_is_no_voice),
        T(a_whisper_below_50_dB_is_silence),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_rerate_test.c - another rate keeps the tone and the time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/rerate.h"
#include "tone.h"

enum { FRAMES = 50, WIDE = 882, NARROW = 320 };

static void a_frame_of_20_ms_stays_one(void **state)
{
    struct rerate *up = rerate_new(16000, 44100), *down = rerate_new(44100, 16000);
    int16_t in[NARROW] = {0}, wide[WIDE], out[NARROW + 2];

    (void)state;
    for (int i = 0; i < FRAMES; i++) {
        assert_int_equal(rerate_run(up, in, NARROW, wide, WIDE), WIDE);
        assert_int_equal(rerate_run(down, wide, WIDE, out, NARROW + 2), NARROW);
    }
    rerate_free(up);
    rerate_free(down);
}

static void a_tone_is_the_same_tone(void **state)
{
    struct rerate *up = rerate_new(16000, 44100), *down = rerate_new(44100, 16000);
    int16_t in[NARROW], wide[WIDE * FRAMES], out[NARROW * FRAMES];
    double phase = 0;

    (void)state;
    for (int i = 0; i < FRAMES; i++) {
        tone_make(in, NARROW, 16000, 1000, 8000, &phase);
        (void)rerate_run(up, in, NARROW, wide + i * WIDE, WIDE);
        (void)rerate_run(down, wide + i * WIDE, WIDE, out + i * NARROW, NARROW);
    }
    assert_true(tone_share(wide + WIDE, WIDE * (FRAMES - 1), 44100, 1000) > 0.99);
    assert_true(tone_share(out + NARROW, NARROW * (FRAMES - 1), 16000, 1000) > 0.99);
    rerate_free(up);
    rerate_free(down);
}

static void what_was_forgotten_is_not_heard(void **state)
{
    struct rerate *r = rerate_new(44100, 16000);
    int16_t loud[WIDE], silence[WIDE] = {0}, out[NARROW + 2];
    double phase = 0;

    (void)state;
    tone_make(loud, WIDE, 44100, 1000, 8000, &phase);
    (void)rerate_run(r, loud, WIDE, out, NARROW + 2);
    rerate_forget(r);
    (void)rerate_run(r, silence, WIDE, out, NARROW + 2);
    for (int i = 0; i < NARROW; i++)
        assert_int_equal(out[i], 0);
    rerate_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_of_20_ms_stays_one),
        cmocka_unit_test(a_tone_is_the_same_tone),
        cmocka_unit_test(what_was_forgotten_is_not_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

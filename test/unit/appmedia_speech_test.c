/*
 * appmedia_speech_test.c - bytes of a bot become frames, marks and gaps in them, whatever their
 * cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "appmedia/ear.h"
#include "appmedia/speech.h"
#include "base/mem.h"

enum { FRAME = 2 * MIX_FRAME };

static struct speech speech;
static uint8_t bytes[FRAME * 8];

static int setup(void **state)
{
    (void)state;
    speech_init(&speech, MEDIA_FORMAT_PCM16K);
    for (size_t i = 0; i < sizeof(bytes) / 2; i++) { /* each sample is its number */
        bytes[2 * i] = (uint8_t)i;
        bytes[2 * i + 1] = (uint8_t)(i >> 8);
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    speech_free(&speech);
    return 0;
}

/* The next item is the frame that begins with this sample. */
static void pop_frame(int first)
{
    const struct speech_item *i = speech_peek(&speech);

    assert_non_null(i);
    assert_false(i->is_mark);
    assert_int_equal(i->pcm[0], first);
    speech_pop(&speech);
}

static void pop_mark(uint32_t mark, bool cleared)
{
    const struct speech_item *i = speech_peek(&speech);

    assert_non_null(i);
    assert_true(i->is_mark);
    assert_int_equal(i->mark, mark);
    assert_int_equal(i->cleared, cleared);
    speech_pop(&speech);
}

static void any_cut_gives_the_same_frames(void **state)
{
    (void)state;
    for (size_t cut = 1; cut <= FRAME + 1; cut++) {
        for (size_t at = 0; at < sizeof(bytes); at += cut)
            speech_add(&speech, bytes + at, sizeof(bytes) - at < cut ? sizeof(bytes) - at : cut, 0);
        for (int frame = 0; frame < 8; frame++)
            pop_frame(frame * MIX_FRAME);
        assert_null(speech_peek(&speech));
        assert_int_equal(speech.part_count, 0);
    }
}

static void what_is_no_frame_waits_60_ms_and_is_filled_up(void **state)
{
    (void)state;
    speech_add(&speech, bytes + 2, 100, 1000);
    speech_tick(&speech, 1060);
    assert_null(speech_peek(&speech));
    speech_tick(&speech, 1061);
    assert_int_equal(speech_peek(&speech)->pcm[49], 50);
    assert_int_equal(speech_peek(&speech)->pcm[50], 0);
    pop_frame(1);
}

static void a_flush_fills_up_at_once(void **state)
{
    (void)state;
    speech_flush(&speech);
    assert_null(speech_peek(&speech));
    speech_add(&speech, bytes + 2, 3, 0);
    speech_flush(&speech);
    pop_frame(1);
    speech_add(&speech, bytes, FRAME, 0); /* half a sample was dropped with it */
    pop_frame(0);
}

static void a_mark_stands_behind_the_frame_of_the_last_byte_before_it(void **state)
{
    (void)state;
    assert_true(speech_mark(&speech, 1));
    speech_add(&speech, bytes, FRAME + 10, 0);
    assert_true(speech_mark(&speech, 2));
    assert_true(speech_mark(&speech, 3));
    speech_add(&speech, bytes + FRAME + 10, FRAME - 10, 0);
    assert_true(speech_mark(&speech, 4));
    pop_mark(1, false);
    pop_frame(0);
    pop_frame(MIX_FRAME);
    pop_mark(2, false);
    pop_mark(3, false);
    pop_mark(4, false);
    assert_null(speech_peek(&speech));
}

static void clear_leaves_the_marks_in_order_and_nothing_else(void **state)
{
    (void)state;
    speech_add(&speech, bytes, 3 * FRAME, 0);
    assert_true(speech_mark(&speech, 1));
    speech_add(&speech, bytes, 11, 0);
    assert_true(speech_mark(&speech, 2));
    assert_int_equal(speech_clear(&speech), 60);
    assert_int_equal(speech_ms(&speech), 0);
    pop_mark(1, true);
    pop_mark(2, true);
    assert_null(speech_peek(&speech));
    speech_add(&speech, bytes, FRAME, 0);
    pop_frame(0);
}

static void over_20_s_the_newest_is_dropped_and_counted(void **state)
{
    (void)state;
    for (int i = 0; i < 1005; i++)
        speech_add(&speech, bytes, FRAME, 0);
    assert_int_equal(speech_ms(&speech), SPEECH_MAX_MS);
    assert_int_equal(speech.dropped, 5);
    assert_true(speech_mark(&speech, 9)); /* which is still told */
    for (int i = 0; i < 1000; i++)
        pop_frame(0);
    pop_mark(9, false);
}

static void more_marks_than_there_is_place_for_are_refused(void **state)
{
    (void)state;
    speech_add(&speech, bytes, 2, 0);
    for (uint32_t i = 0; i < SPEECH_MARKS_MAX; i++)
        assert_true(speech_mark(&speech, i));
    assert_false(speech_mark(&speech, 999));
    speech_flush(&speech);
    assert_false(speech_mark(&speech, 999));
    (void)speech_clear(&speech);
    assert_false(speech_mark(&speech, 999));
    for (uint32_t i = 0; i < SPEECH_MARKS_MAX; i++)
        pop_mark(i, true);
    assert_true(speech_mark(&speech, 999));
}

static void stereo_of_44_kHz_becomes_frames_of_20_ms(void **state)
{
    static uint8_t wide[882 * 4];
    struct speech s;

    (void)state;
    speech_init(&s, MEDIA_FORMAT_PCM44K);
    for (int i = 0; i < 50; i++)
        for (size_t at = 0; at < sizeof(wide); at += 7)
            speech_add(&s, wide + at, sizeof(wide) - at < 7 ? sizeof(wide) - at : 7, 0);
    assert_in_range(speech_ms(&s), 980, 1000);
    speech_free(&s);
}

/* --- the other way --- */

static void hear(struct ear *e, uint32_t port, uint32_t tick)
{
    ear_add(e, &(struct pipe_heard){.kind = PIPE_FRAME, .port = port, .tick = tick});
}

static void an_ear_keeps_a_second_and_loses_the_oldest(void **state)
{
    struct ear e;

    (void)state;
    ear_init(&e, 1);
    for (uint32_t t = 1; t <= EAR_TICKS + 3; t++)
        hear(&e, 0, t);
    assert_int_equal(e.count, EAR_TICKS);
    assert_int_equal(ear_peek(&e)->tick, 4);
    assert_int_equal(ear_take_lost(&e), 3);
    assert_int_equal(ear_take_lost(&e), 0);
    assert_int_equal(e.lost_all, 3);
    ear_free(&e);
}

static void a_hole_in_the_ticks_is_lost_too(void **state)
{
    struct ear e;

    (void)state;
    ear_init(&e, 1);
    hear(&e, 0, 7);
    hear(&e, 0, 10);
    assert_int_equal(ear_take_lost(&e), 2);
    ear_forget(&e);
    assert_null(ear_peek(&e));
    hear(&e, 0, 99); /* nobody was there meanwhile */
    assert_int_equal(ear_take_lost(&e), 0);
    ear_free(&e);
}

static void the_voices_of_a_tick_go_together(void **state)
{
    struct ear e;

    (void)state;
    ear_init(&e, 5);
    for (uint32_t t = 1; t <= EAR_TICKS; t++)
        for (uint32_t port = 0; port < 5; port++)
            hear(&e, port, t);
    assert_int_equal(e.count, 5 * EAR_TICKS);
    hear(&e, 0, EAR_TICKS + 1);
    assert_int_equal(ear_take_lost(&e), 1);
    assert_int_equal(ear_peek(&e)->tick, 2);
    assert_int_equal(ear_peek(&e)->port, 0);
    ear_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(any_cut_gives_the_same_frames),
        T(what_is_no_frame_waits_60_ms_and_is_filled_up),
        T(a_flush_fills_up_at_once),
        T(a_mark_stands_behind_the_frame_of_the_last_byte_before_it),
        T(clear_leaves_the_marks_in_order_and_nothing_else),
        T(over_20_s_the_newest_is_dropped_and_counted),
        T(more_marks_than_there_is_place_for_are_refused),
        T(stereo_of_44_kHz_becomes_frames_of_20_ms),
        T(an_ear_keeps_a_second_and_loses_the_oldest),
        T(a_hole_in_the_ticks_is_lost_too),
        T(the_voices_of_a_tick_go_together),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

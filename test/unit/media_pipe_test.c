/*
 * media_pipe_test.c - what a bot says reaches the room, what the room says reaches the bot: tick by
 * tick, both ends of the pipe on one thread.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "media/pipe.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/room.h"

enum { TICK_US = 20000, PEOPLE = 6 };

struct world {
    struct pipe *pipe;
    struct room *room;
    struct room_work work;
    struct port *bot;
    struct port *people[PEOPLE];
    struct prompt *tones[PEOPLE];
    int64_t now_us;
};

static void ignore(const struct media_event *e, void *arg)
{
    (void)e;
    (void)arg;
}

static struct port *add(struct world *w, uint32_t number, enum port_kind kind)
{
    struct port *p = port_new(number, kind);

    p->tell = ignore;
    p->tell_arg = w;
    return p;
}

static int setup(void **state)
{
    struct world *w = mem_new(sizeof(*w));

    room_work_init(&w->work);
    w->room = room_new(1);
    w->pipe = pipe_new();
    w->bot = add(w, 1, PORT_STREAM);
    w->bot->pipe = w->pipe;
    room_add(w->room, w->bot);
    for (uint32_t i = 0; i < PEOPLE; i++) {
        w->people[i] = add(w, 10 + i, PORT_SCRIPT);
        port_echo(w->people[i]);
        w->tones[i] = prompt_tone(300 + 100 * i, -6.0 - 3.0 * i, 1000);
        room_add(w->room, w->people[i]);
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    room_remove(w->bot);
    port_free(w->bot);
    for (size_t i = 0; i < PEOPLE; i++) {
        room_remove(w->people[i]);
        port_free(w->people[i]);
        prompt_free(w->tones[i]);
    }
    room_free(w->room);
    room_work_clear(&w->work);
    pipe_release(w->pipe);
    mem_free(w);
    return 0;
}

static void tick(struct world *w)
{
    room_work_tick(&w->work);
    room_tick(w->room, &w->work, w->now_us);
    w->now_us += TICK_US;
}

static void say(struct world *w, int16_t value)
{
    int16_t pcm[MIX_FRAME];

    for (size_t i = 0; i < MIX_FRAME; i++)
        pcm[i] = i % 2 == 0 ? value : (int16_t)-value;
    assert_true(pipe_say(w->pipe, pcm));
}

/* What a person was told in the last tick: its first sample, 0 for silence. */
static int heard_by(const struct world *w, size_t who)
{
    return w->people[who]->heard_any ? w->people[who]->heard[0] : 0;
}

static bool take_mark(struct world *w, uint32_t *mark, bool *played)
{
    struct pipe_heard h;

    while (pipe_take(w->pipe, &h)) {
        if (h.kind != PIPE_MARK)
            continue;
        *mark = h.mark;
        *played = h.played;
        return true;
    }
    return false;
}

static void quiet(struct world *w)
{
    for (size_t i = 0; i < PEOPLE; i++) {
        room_remove(w->people[i]);
        mem_free(w->people[i]->heard);
        w->people[i]->heard = NULL;
        w->people[i]->echo = false;
        room_add(w->room, w->people[i]);
    }
}

static void what_a_bot_says_is_heard_frame_by_frame(void **state)
{
    struct world *w = *state;

    say(w, 5000);
    say(w, 6000);
    tick(w);
    assert_int_equal(heard_by(w, 0), 5000);
    tick(w); /* and the echoes of before, which cross each other */
    assert_int_not_equal(heard_by(w, 0), 0);
}

static void there_is_place_for_160_ms_and_no_more(void **state)
{
    struct world *w = *state;
    int16_t pcm[MIX_FRAME] = {0};

    for (size_t i = 0; i < PIPE_SAID_FRAMES; i++)
        say(w, 1000);
    assert_int_equal(pipe_space(w->pipe), 0);
    assert_false(pipe_say(w->pipe, pcm));
    assert_false(pipe_mark(w->pipe, 1, false));
    tick(w);
    assert_int_equal(pipe_space(w->pipe), 1);
}

static void a_mark_comes_back_when_the_frame_before_it_has_been_mixed(void **state)
{
    struct world *w = *state;
    uint32_t mark = 0;
    bool played = false;

    say(w, 5000);
    assert_true(pipe_mark(w->pipe, 7, false));
    say(w, 5000);
    assert_true(pipe_mark(w->pipe, 8, false));
    assert_false(take_mark(w, &mark, &played));
    tick(w);
    assert_false(take_mark(w, &mark, &played));
    tick(w); /* the one after it has begun: it has sounded */
    assert_true(take_mark(w, &mark, &played));
    assert_int_equal(mark, 7);
    assert_true(played);
    tick(w);
    assert_true(take_mark(w, &mark, &played));
    assert_int_equal(mark, 8);
    assert_false(take_mark(w, &mark, &played));
}

static void what_is_cleared_fades_out_in_the_next_tick(void **state)
{
    struct world *w = *state;
    int16_t pcm[MIX_FRAME];
    uint32_t mark = 0;
    bool played = true;

    say(w, 5000);
    say(w, 5000);
    say(w, 5000);
    assert_true(pipe_mark(w->pipe, 1, false));
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_SOUND);
    pipe_clear(w->pipe);
    assert_true(pipe_mark(w->pipe, 2, true));
    say(w, 6000);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_ENDING);
    assert_int_equal(pcm[0], 5000);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_SOUND);
    assert_int_equal(pcm[0], 6000);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_NOTHING);
    for (uint32_t i = 1; i <= 2; i++) {
        assert_true(take_mark(w, &mark, &played));
        assert_int_equal(mark, i);
        assert_false(played);
    }
}

static void a_pause_loses_nothing(void **state)
{
    struct world *w = *state;
    int16_t pcm[MIX_FRAME];
    uint32_t mark = 0;
    bool played = false;

    say(w, 1000);
    say(w, 2000);
    assert_true(pipe_mark(w->pipe, 1, false));
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_SOUND);
    pipe_pause(w->pipe, true);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_ENDING);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_NOTHING);
    assert_false(take_mark(w, &mark, &played));
    pipe_pause(w->pipe, false);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_SOUND);
    assert_int_equal(pcm[0], 2000);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_NOTHING);
    assert_true(take_mark(w, &mark, &played));
    assert_true(played);
}

static void what_is_cleared_in_a_pause_is_gone_at_once(void **state)
{
    struct world *w = *state;
    int16_t pcm[MIX_FRAME];
    uint32_t mark = 0;
    bool played = true;

    pipe_pause(w->pipe, true);
    say(w, 1000);
    assert_true(pipe_mark(w->pipe, 3, false));
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_NOTHING);
    pipe_clear(w->pipe);
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_NOTHING);
    assert_true(take_mark(w, &mark, &played));
    assert_int_equal(mark, 3);
    assert_false(played);
}

/* As many come as go, but some were late once. */
static int lag_after(struct world *w, int frames, int seconds, int16_t value)
{
    int16_t pcm[MIX_FRAME];

    for (int i = 0; i < frames; i++)
        say(w, value);
    for (int tick = 0; tick < 50 * seconds; tick++) {
        say(w, value);
        assert_int_equal(pipe_next(w->pipe, pcm), PIPE_SOUND);
    }
    return (int)(PIPE_SAID_FRAMES - pipe_space(w->pipe));
}

static void what_was_late_once_is_caught_up_in_the_next_pause(void **state)
{
    struct world *w = *state;

    assert_int_equal(lag_after(w, 5, 2, 5000), 5); /* not while there is sound */
    assert_int_equal(lag_after(w, 0, 2, 20), 0);
}

static void a_burst_is_not_made_shorter(void **state)
{
    struct world *w = *state;
    int16_t pcm[MIX_FRAME];

    for (int tick = 0; tick < 200; tick++) {
        while (pipe_space(w->pipe) > 0)
            say(w, 20);
        assert_int_equal(pipe_next(w->pipe, pcm), PIPE_SOUND);
        assert_int_equal(pipe_space(w->pipe), 1);
    }
}

static void a_mark_waits_until_its_answer_finds_place(void **state)
{
    struct world *w = *state;
    int16_t pcm[MIX_FRAME];
    uint32_t mark = 0;
    bool played = false;

    for (size_t i = 0; i < PIPE_HEARD_FRAMES; i++)
        pipe_hear(w->pipe, 0, NULL);
    assert_true(pipe_mark(w->pipe, 9, false));
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_NOTHING);
    assert_false(take_mark(w, &mark, &played)); /* which takes all frames out */
    assert_int_equal(pipe_next(w->pipe, pcm), PIPE_NOTHING);
    assert_true(take_mark(w, &mark, &played));
    assert_int_equal(mark, 9);
}

static void a_bot_is_told_every_tick_and_silence_too(void **state)
{
    struct world *w = *state;
    struct pipe_heard h;

    tick(w);
    tick(w);
    for (uint32_t i = 1; i <= 2; i++) {
        assert_true(pipe_take(w->pipe, &h));
        assert_int_equal(h.kind, PIPE_FRAME);
        assert_int_equal(h.port, 0);
        assert_int_equal(h.tick, i);
        assert_true(h.silent);
    }
    assert_false(pipe_take(w->pipe, &h));
}

static void what_finds_no_place_leaves_a_hole_in_the_ticks(void **state)
{
    struct world *w = *state;
    struct pipe_heard h;
    uint32_t last = 0;

    for (size_t i = 0; i < PIPE_HEARD_FRAMES + 5; i++)
        tick(w);
    while (pipe_take(w->pipe, &h))
        last = h.tick;
    assert_int_equal(last, PIPE_HEARD_FRAMES);
    tick(w);
    assert_true(pipe_take(w->pipe, &h));
    assert_int_equal(h.tick, PIPE_HEARD_FRAMES + 6);
}

static void a_bot_hears_the_others_and_never_itself(void **state)
{
    struct world *w = *state;
    struct pipe_heard h;

    quiet(w);
    say(w, 8000);
    tick(w);
    assert_true(pipe_take(w->pipe, &h));
    assert_true(h.silent);
    port_play(w->people[2], &w->people[2]->play, 1, w->tones[2], 1);
    say(w, 8000);
    tick(w);
    assert_true(pipe_take(w->pipe, &h));
    assert_false(h.silent);
    assert_memory_equal(h.pcm, prompt_pcm(w->tones[2], 0), sizeof(h.pcm));
}

static void the_four_loudest_come_one_by_one_too(void **state)
{
    struct world *w = *state;
    struct pipe_heard h;

    quiet(w);
    w->bot->unmixed = true;
    for (size_t i = 0; i < PEOPLE; i++)
        port_play(w->people[i], &w->people[i]->play, 1 + (uint32_t)i, w->tones[i], 1);
    tick(w);
    assert_true(pipe_take(w->pipe, &h));
    assert_int_equal(h.port, 0);
    for (uint32_t i = 0; i < 4; i++) { /* the tones go down by 3 dB each */
        assert_true(pipe_take(w->pipe, &h));
        assert_int_equal(h.port, 10 + i);
        assert_int_equal(h.tick, 1);
        assert_memory_equal(h.pcm, prompt_pcm(w->tones[i], 0), sizeof(h.pcm));
    }
    assert_false(pipe_take(w->pipe, &h));
}

static void who_is_apart_is_told_silence(void **state)
{
    struct world *w = *state;
    struct pipe_heard h;

    quiet(w);
    w->bot->apart = true;
    port_settle(w->bot);
    w->bot->unmixed = true;
    port_play(w->people[0], &w->people[0]->play, 1, w->tones[0], 1);
    say(w, 8000);
    tick(w);
    assert_true(pipe_take(w->pipe, &h));
    assert_true(h.silent);
    assert_false(pipe_take(w->pipe, &h));
    assert_false(w->bot->voice.any);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(what_a_bot_says_is_heard_frame_by_frame),
        T(there_is_place_for_160_ms_and_no_more),
        T(a_mark_comes_back_when_the_frame_before_it_has_been_mixed),
        T(what_is_cleared_fades_out_in_the_next_tick),
        T(a_pause_loses_nothing),
        T(what_is_cleared_in_a_pause_is_gone_at_once),
        T(what_was_late_once_is_caught_up_in_the_next_pause),
        T(a_burst_is_not_made_shorter),
        T(a_mark_waits_until_its_answer_finds_place),
        T(a_bot_is_told_every_tick_and_silence_too),
        T(what_finds_no_place_leaves_a_hole_in_the_ticks),
        T(a_bot_hears_the_others_and_never_itself),
        T(the_four_loudest_come_one_by_one_too),
        T(who_is_apart_is_told_silence),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_room_test.c - who hears whom, tick by tick, without sockets or threads.
 *
 * The ports are virtual phones: what each was told stays in `heard`.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "media/mix.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/room.h"
#include "tone.h"

enum { PORTS = 3, TOLD = 32, TICK_US = 20000 };

struct world {
    struct room *room;
    struct room_work work;
    struct port *ports[PORTS];
    struct prompt *tones[PORTS];
    struct media_event told[TOLD];
    size_t told_count;
    int64_t now_us;
};

static const double pitches[PORTS] = {440, 600, 1000};

static void on_event(const struct media_event *e, void *arg)
{
    struct world *w = arg;

    assert_true(w->told_count < TOLD);
    w->told[w->told_count++] = *e;
}

static int setup(void **state)
{
    struct world *w = mem_new(sizeof(*w));

    room_work_init(&w->work);
    w->room = room_new(1);
    for (uint32_t i = 0; i < PORTS; i++) {
        w->tones[i] = prompt_tone(pitches[i], -12, 100);
        w->ports[i] = port_new(10 + i, PORT_SCRIPT);
        port_echo(w->ports[i]);
        w->ports[i]->tell = on_event;
        w->ports[i]->tell_arg = w;
        room_add(w->room, w->ports[i]);
    }
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < PORTS; i++) {
        room_remove(w->ports[i]);
        port_free(w->ports[i]);
        prompt_free(w->tones[i]);
    }
    room_free(w->room);
    room_work_clear(&w->work);
    mem_free(w);
    return 0;
}

static void tick(struct world *w)
{
    room_work_tick(&w->work);
    room_tick(w->room, &w->work, w->now_us);
    w->now_us += TICK_US;
}

static void play(struct world *w, int port, uint32_t number, const struct prompt *prompt, int times)
{
    port_play(w->ports[port], &w->ports[port]->play, number, prompt, times);
}

static double share(const struct world *w, int listener, double hz)
{
    const struct port *p = w->ports[listener];

    return p->heard_any ? tone_share(p->heard, MIX_FRAME, MIX_RATE, hz) : 0;
}

static void each_hears_the_others_and_not_itself(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < PORTS; i++)
        play(w, i, (uint32_t)i + 1, w->tones[i], 1);
    tick(w);
    for (int listener = 0; listener < PORTS; listener++) {
        for (int speaker = 0; speaker < PORTS; speaker++) {
            double part = share(w, listener, pitches[speaker]);

            if (speaker == listener)
                assert_true(part < 0.02);
            else
                assert_true(part > 0.4);
        }
    }
}

static void one_speaker_is_heard_to_the_sample(void **state)
{
    struct world *w = *state;

    play(w, 0, 1, w->tones[0], 1);
    tick(w);
    assert_false(w->ports[0]->heard_any);
    for (int i = 1; i < PORTS; i++)
        assert_memory_equal(w->ports[i]->heard, prompt_pcm(w->tones[0], 0),
                            MIX_FRAME * sizeof(int16_t));
}

static void too_loud_is_cut_and_does_not_wrap(void **state)
{
    int32_t total[MIX_FRAME] = {0};
    int16_t high[MIX_FRAME], low[MIX_FRAME], out[MIX_FRAME];

    (void)state;
    for (size_t i = 0; i < MIX_FRAME; i++) {
        high[i] = 30000;
        low[i] = -30000;
    }
    mix_add(total, high);
    mix_add(total, high);
    mix_without(total, NULL, out);
    assert_int_equal(out[0], INT16_MAX);
    mix_without(total, high, out); /* what was too much together is right alone */
    assert_int_equal(out[MIX_FRAME - 1], 30000);
    memset(total, 0, sizeof(total));
    mix_add(total, low);
    mix_add(total, low);
    mix_without(total, NULL, out);
    assert_int_equal(out[0], INT16_MIN);
    mix_without(total, high, out);
    assert_int_equal(out[0], INT16_MIN);
}

static void an_echo_says_it_one_frame_later(void **state)
{
    struct world *w = *state;

    w->ports[2]->echo = false;
    play(w, 0, 1, w->tones[0], 1);
    tick(w);
    assert_false(w->ports[0]->heard_any);
    tick(w);
    assert_true(w->ports[0]->heard_any);
    assert_memory_equal(w->ports[0]->heard, prompt_pcm(w->tones[0], 0),
                        MIX_FRAME * sizeof(int16_t));
}

static void a_play_ends_when_its_last_frame_has_sounded(void **state)
{
    struct world *w = *state;

    assert_int_equal(prompt_frames(w->tones[0]), 5);
    w->ports[1]->echo = w->ports[2]->echo = false;
    play(w, 0, 7, w->tones[0], 2);
    for (int i = 0; i < 10; i++) {
        tick(w);
        assert_true(w->ports[0]->voice.any);
        assert_int_equal(w->ports[0]->voice.frame, i % 5);
        assert_int_equal(w->told_count, 0);
    }
    tick(w);
    assert_false(w->ports[0]->voice.any);
    assert_int_equal(w->told_count, 1);
    assert_int_equal(w->told[0].kind, MEDIA_EV_PLAYED);
    assert_int_equal(w->told[0].port, 10);
    assert_int_equal(w->told[0].play, 7);
    assert_int_equal(w->told[0].reason, MEDIA_PLAY_DONE);
    tick(w);
    assert_int_equal(w->told_count, 1);
}

static void a_new_play_cancels_the_one_that_runs(void **state)
{
    struct world *w = *state;

    play(w, 0, 1, w->tones[0], 0);
    for (int i = 0; i < 100; i++)
        tick(w);
    assert_int_equal(w->told_count, 0); /* for ever */
    play(w, 0, 2, w->tones[1], 1);
    assert_int_equal(w->told_count, 0); /* it fades out first */
    tick(w);
    assert_int_equal(w->told_count, 1);
    assert_int_equal(w->told[0].play, 1);
    assert_int_equal(w->told[0].reason, MEDIA_PLAY_CANCELLED);
    assert_true(share(w, 2, pitches[0]) > 0.05);
    tick(w);
    assert_true(share(w, 2, pitches[1]) > 0.9);
    port_silence(w->ports[0]);
    assert_int_equal(w->told[1].play, 2);
    assert_int_equal(w->told[1].reason, MEDIA_PLAY_GONE);
}

static void a_play_that_never_sounded_is_over_at_once(void **state)
{
    struct world *w = *state;

    play(w, 0, 1, w->tones[0], 1);
    play(w, 0, 2, w->tones[1], 1);
    assert_int_equal(w->told_count, 1);
    assert_int_equal(w->told[0].play, 1);
    tick(w);
    assert_int_equal(w->told_count, 1);
    assert_true(share(w, 2, pitches[0]) < 0.02);
}

static void a_virtual_key_is_told_and_heard(void **state)
{
    struct world *w = *state;
    int sounding = 0;

    w->ports[1]->echo = false;
    assert_true(dtmf_send_begin(&w->ports[0]->keys, "5", 100));
    for (int i = 0; i < 12; i++) {
        tick(w);
        if (w->ports[0]->voice.any && share(w, 2, 770) > 0.4 && share(w, 2, 1336) > 0.4)
            sounding++;
        w->ports[2]->heard_any = false; /* no echo of it */
    }
    assert_int_equal(sounding, DTMF_KEY_MS / 20);
    assert_int_equal(w->told_count, 1);
    assert_int_equal(w->told[0].kind, MEDIA_EV_KEY);
    assert_int_equal(w->told[0].key, '5');
    assert_int_equal(w->told[0].port, 10);
}

static void a_key_is_heard_over_a_prompt(void **state)
{
    struct world *w = *state;

    assert_true(dtmf_send_begin(&w->ports[0]->keys, "1", 100));
    play(w, 0, 1, w->tones[0], 1);
    tick(w);
    assert_true(share(w, 1, pitches[0]) > 0.1);
    assert_true(share(w, 1, 697) > 0.1);
    assert_true(share(w, 1, 1209) > 0.1);
}

static void levels_follow_the_sound(void **state)
{
    struct world *w = *state;
    struct media_stats s;

    w->ports[1]->echo = w->ports[2]->echo = false;
    play(w, 0, 1, w->tones[0], 0);
    for (int i = 0; i < 50; i++)
        tick(w);
    port_fill_stats(w->ports[0], &s);
    assert_false(s.rtp);
    assert_true(s.level_in_db > -16 && s.level_in_db < -11);
    assert_true(s.level_out_db < -126);
    port_fill_stats(w->ports[1], &s);
    assert_true(s.level_out_db > -16 && s.level_out_db < -11);
    assert_true(s.level_in_db < -126);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_hears_the_others_and_not_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(one_speaker_is_heard_to_the_sample, setup, teardown),
        cmocka_unit_test(too_loud_is_cut_and_does_not_wrap),
        cmocka_unit_test_setup_teardown(an_echo_says_it_one_frame_later, setup, teardown),
        cmocka_unit_test_setup_teardown(a_play_ends_when_its_last_frame_has_sounded, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_new_play_cancels_the_one_that_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_play_that_never_sounded_is_over_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_virtual_key_is_told_and_heard, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_is_heard_over_a_prompt, setup, teardown),
        cmocka_unit_test_setup_teardown(levels_follow_the_sound, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

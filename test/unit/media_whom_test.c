/*
 * media_whom_test.c - who hears whom, as a matrix of tones: lobby, mute, routing groups, the main
 * mix, prompts to one port, moves between rooms; and that no change of it clicks.
 *
 * Every port is a virtual phone with a tone of its own; what each was told stays in `heard`. A
 * matrix has a row for each listener and a column for each voice: '1' heard, '.' not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/mix.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/room.h"
#include "media/route.h"
#include "tone.h"

enum { PORTS = 5, TOLD = 32, TICK_US = 20000, FIRST = 10, MUSIC = PORTS, ROOMS = 2 };

struct world {
    struct room *rooms[ROOMS];
    struct room_work work;
    struct port *ports[PORTS];
    struct prompt *tones[PORTS + 1];
    struct media_event told[TOLD];
    size_t told_count;
    int64_t now_us;
    int16_t before[PORTS][MIX_FRAME]; /* what each heard in the tick before */
};

/* Whole periods in 20 ms, so that each frame is the same and a joint is even; low, so that a step
 * is steeper than all of them together. */
static const double pitches[PORTS + 1] = {150, 200, 250, 300, 350, 400};
static const double loudness = 3000;
static const int steepest = 500;

/* A tone that begins at its peak: to cut it at a joint is a click. */
static struct prompt *make_tone(double hz)
{
    enum { HEADER = 44, BYTES = 2 * MIX_RATE };
    static const uint8_t header[HEADER] =
        "RIFF\x24\x7d\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x80\x3e\0\0\0\x7d\0\0\2\0\x10\0"
        "data\0\x7d\0";
    static uint8_t wav[HEADER + BYTES];
    struct prompt *p;

    memcpy(wav, header, HEADER);
    for (size_t i = 0; i < MIX_RATE; i++) {
        int v = (int)lrint(loudness * cos(2 * M_PI * hz * (double)i / MIX_RATE));

        wav[HEADER + 2 * i] = (uint8_t)v;
        wav[HEADER + 2 * i + 1] = (uint8_t)(v >> 8);
    }
    assert_int_equal(prompt_decode(wav, sizeof(wav), 2000, &p, NULL), ERR_OK);
    return p;
}

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
    for (uint32_t i = 0; i < ROOMS; i++)
        w->rooms[i] = room_new(i + 1);
    for (uint32_t i = 0; i <= PORTS; i++)
        w->tones[i] = i == MUSIC ? prompt_tone(pitches[i], 20 * log10(loudness / 32768), 1000)
                                 : make_tone(pitches[i]);
    for (uint32_t i = 0; i < PORTS; i++) {
        struct port *p = port_new(FIRST + i, PORT_SCRIPT);

        port_echo(p);
        p->tell = on_event;
        p->tell_arg = w;
        room_add(w->rooms[0], p);
        port_play(p, &p->play, i + 1, w->tones[i], 0);
        w->ports[i] = p;
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
    }
    for (size_t i = 0; i <= PORTS; i++)
        prompt_free(w->tones[i]);
    for (size_t i = 0; i < ROOMS; i++) {
        for (size_t k = 0; k < MEDIA_ROUTE_GROUPS; k++)
            route_free(room_route(w->rooms[i], k, NULL));
        room_free(w->rooms[i]);
    }
    room_work_clear(&w->work);
    mem_free(w);
    return 0;
}

static const int16_t *heard(struct world *w, int listener)
{
    struct port *p = w->ports[listener];

    if (!p->heard_any)
        memset(p->heard, 0, MIX_FRAME * sizeof(*p->heard));
    return p->heard;
}

/* Ticks as the engine does it: moves come after all rooms. */
static void tick(struct world *w)
{
    for (int i = 0; i < PORTS; i++)
        memcpy(w->before[i], heard(w, i), sizeof(w->before[i]));
    room_work_tick(&w->work);
    for (size_t i = 0; i < ROOMS; i++)
        room_tick(w->rooms[i], &w->work, w->now_us);
    for (size_t i = 0; i < PORTS; i++) {
        if (w->ports[i]->moving_to != NULL)
            room_move(w->ports[i], w->ports[i]->moving_to);
    }
    w->now_us += TICK_US;
}

/* The loudness of a tone in a frame of whole periods. */
static double amplitude(const int16_t *pcm, double hz)
{
    double s = 0, c = 0;

    for (size_t i = 0; i < MIX_FRAME; i++) {
        s += pcm[i] * sin(2 * M_PI * hz * (double)i / MIX_RATE);
        c += pcm[i] * cos(2 * M_PI * hz * (double)i / MIX_RATE);
    }
    return 2 * hypot(s, c) / MIX_FRAME;
}

static bool hears(struct world *w, int listener, int voice)
{
    double a = amplitude(heard(w, listener), pitches[voice]);

    assert_true(a < 0.01 * loudness || fabs(a - loudness) < 0.01 * loudness);
    return a > 0.5 * loudness;
}

/* The last column is the prompt that is played to one port. */
static void expect(struct world *w, const char *const rows[PORTS])
{
    for (int listener = 0; listener < PORTS; listener++) {
        char got[PORTS + 2] = "";

        for (int voice = 0; voice <= PORTS; voice++)
            got[voice] = hears(w, listener, voice) ? '1' : '.';
        assert_string_equal(got, rows[listener]);
    }
}

/* Whatever has changed is in force after two ticks, and no joint is steeper than the sound. */
static void settle(struct world *w)
{
    for (int t = 0; t < 3; t++) {
        tick(w);
        for (int i = 0; i < PORTS; i++) {
            const int16_t *now = heard(w, i);
            int bend = now[0] - 2 * w->before[i][MIX_FRAME - 1] + w->before[i][MIX_FRAME - 2];

            assert_true(w->now_us == TICK_US || abs(bend) < steepest);
        }
    }
}

static void route(struct world *w, size_t place, struct media_route r)
{
    route_free(room_route(w->rooms[0], place, route_new((uint32_t)place, &r)));
}

static const char *const everybody[PORTS] = {".1111.", "1.111.", "11.11.", "111.1.", "1111.."};

static void each_hears_all_others(void **state)
{
    settle(*state);
    expect(*state, everybody);
}

static void who_is_apart_hears_nobody_and_is_heard_by_nobody(void **state)
{
    static const char *const apart[PORTS] = {"..111.", "......", "1..11.", "1.1.1.", "1.11.."};
    struct world *w = *state;

    settle(w);
    w->ports[1]->apart = true;
    settle(w);
    expect(w, apart);
    w->ports[1]->apart = false;
    settle(w);
    expect(w, everybody);
}

static void who_is_muted_is_not_heard_and_hears_on(void **state)
{
    static const char *const muted[PORTS] = {"..111.", "1.111.", "1..11.", "1.1.1.", "1.11.."};
    static const char *const held[PORTS] = {"..111.", "......", "1..11.", "1.1.1.", "1.11.."};
    struct world *w = *state;

    settle(w);
    w->ports[1]->mute_in = true;
    settle(w);
    expect(w, muted);
    w->ports[1]->mute_out = true;
    settle(w);
    expect(w, held);
    w->ports[1]->mute_in = w->ports[1]->mute_out = false;
    settle(w);
    expect(w, everybody);
}

static void who_is_out_of_the_main_mix_has_only_its_groups(void **state)
{
    static const char *const out[PORTS] = {"..111.", "......", "1..11.", "1.1.1.", "1.11.."};
    static const char *const by_group[PORTS] = {"...11.", "..1...", "1..11.", "1...1.", "1..1.."};
    struct world *w = *state;
    uint32_t source = FIRST + 2, receiver = FIRST + 1;

    w->ports[1]->off_main = true;
    settle(w);
    expect(w, out);
    route(w, 0, (struct media_route){&source, &receiver, 1, 1});
    settle(w);
    expect(w, by_group);
    w->ports[1]->off_main = false;
    route_free(room_route(w->rooms[0], 0, NULL));
    settle(w);
    expect(w, everybody);
}

static void a_source_is_heard_by_the_receivers_of_its_groups_alone(void **state)
{
    /* 0 speaks to 1 alone; 2 and 3 speak to 3 and 4, and one does not hear itself */
    static const char *const routed[PORTS] = {".1..1.", "1...1.", ".1..1.", ".11.1.", ".111.."};
    struct world *w = *state;
    uint32_t first[] = {FIRST}, to_first[] = {FIRST + 1};
    uint32_t second[] = {FIRST + 3, FIRST + 2}, to_second[] = {FIRST + 4, FIRST + 3, 999};

    settle(w);
    route(w, 0, (struct media_route){first, to_first, 1, 1});
    route(w, 7, (struct media_route){second, to_second, 2, 3});
    settle(w);
    expect(w, routed);
    route_free(room_route(w->rooms[0], 0, NULL));
    route_free(room_route(w->rooms[0], 7, NULL));
    settle(w);
    expect(w, everybody);
}

static void a_source_of_two_groups_is_heard_once_by_who_receives_both(void **state)
{
    static const char *const routed[PORTS] = {".1111.", "1.111.", ".1.11.", ".11.1.", ".111.."};
    struct world *w = *state;
    uint32_t source = FIRST, receiver = FIRST + 1;

    route(w, 1, (struct media_route){&source, &receiver, 1, 1});
    route(w, 2, (struct media_route){&source, &receiver, 1, 1});
    settle(w);
    expect(w, routed);
}

static void a_receiver_that_is_apart_hears_no_group_either(void **state)
{
    static const char *const none[PORTS] = {"..111.", "......", "...11.", "..1.1.", "..11.."};
    struct world *w = *state;
    uint32_t source = FIRST, receiver = FIRST + 1;

    route(w, 0, (struct media_route){&source, &receiver, 1, 1});
    w->ports[1]->apart = true;
    settle(w);
    expect(w, none);
}

static void a_group_of_too_many_is_refused(void **state)
{
    uint32_t ports[MEDIA_ROUTE_PORTS + 1] = {0};

    (void)state;
    assert_null(route_new(1, &(struct media_route){ports, ports, MEDIA_ROUTE_PORTS + 1, 1}));
    assert_null(route_new(1, &(struct media_route){ports, ports, 1, MEDIA_ROUTE_PORTS + 1}));
}

static void a_prompt_to_one_port_is_heard_in_place_of_the_room(void **state)
{
    static const char *const music[PORTS] = {".1111.", ".....1", "11.11.", "111.1.", "1111.."};
    static const char *const lobby[PORTS] = {"..111.", ".....1", "1..11.", "1.1.1.", "1.11.."};
    struct world *w = *state;
    struct port *p = w->ports[1];

    settle(w);
    port_play(p, &p->to, 77, w->tones[MUSIC], 0);
    settle(w);
    expect(w, music); /* and goes on being heard */
    p->apart = true;
    settle(w);
    expect(w, lobby);
    port_play_cancel(p, &p->to);
    assert_int_equal(w->told_count, 0);
    p->apart = false;
    settle(w);
    expect(w, everybody);
    assert_int_equal(w->told_count, 1);
    assert_int_equal(w->told[0].play, 77);
    assert_int_equal(w->told[0].port, FIRST + 1);
    assert_int_equal(w->told[0].reason, MEDIA_PLAY_CANCELLED);
}

static void a_prompt_to_one_port_ends_by_itself_and_the_room_is_back(void **state)
{
    struct world *w = *state;
    struct port *p = w->ports[1];
    int ticks = 0;

    settle(w);
    port_play(p, &p->to, 78, w->tones[MUSIC], 2);
    while (w->told_count == 0 && ticks++ < 200)
        tick(w);
    assert_int_equal(ticks, 2 * 50 + 1);
    assert_int_equal(w->told[0].reason, MEDIA_PLAY_DONE);
    settle(w);
    expect(w, everybody);
    port_play(p, &p->to, 79, w->tones[MUSIC], 0);
    tick(w);
    port_silence(p);
    assert_int_equal(w->told[1].play, 2); /* what it said itself */
    assert_int_equal(w->told[2].play, 79);
    assert_int_equal(w->told[2].reason, MEDIA_PLAY_GONE);
}

static void who_moves_is_heard_in_the_new_room_alone(void **state)
{
    static const char *const two_rooms[PORTS] = {"..1.1.", "...1..", "1...1.", ".1....", "1.1..."};
    struct world *w = *state;

    settle(w);
    w->ports[1]->moving_to = w->ports[3]->moving_to = w->rooms[1];
    settle(w);
    expect(w, two_rooms);
    w->ports[1]->moving_to = w->ports[3]->moving_to = w->rooms[0];
    settle(w);
    expect(w, everybody);
}

static void keys_are_told_while_apart_and_while_a_prompt_is_played(void **state)
{
    struct world *w = *state;
    struct port *p = w->ports[1];

    p->apart = true;
    port_play(p, &p->to, 80, w->tones[MUSIC], 0);
    settle(w);
    assert_true(dtmf_send_begin(&p->keys, "7", 100));
    settle(w);
    assert_int_equal(w->told_count, 1);
    assert_int_equal(w->told[0].kind, MEDIA_EV_KEY);
    assert_int_equal(w->told[0].key, '7');
}

/* Counts what was told of a port's talking; the last is in *last. */
static int talking_told(const struct world *w, uint32_t port, bool *last)
{
    int n = 0;

    for (size_t i = 0; i < w->told_count; i++) {
        if (w->told[i].kind == MEDIA_EV_TALKING && w->told[i].port == port) {
            *last = w->told[i].talking;
            n++;
        }
    }
    return n;
}

static void who_talks_is_told_in_a_watched_room_only(void **state)
{
    struct world *w = *state;
    bool talking = false;

    for (int i = 0; i < 50; i++)
        tick(w);
    assert_int_equal(w->told_count, 0);
    room_watch(w->rooms[0], true);
    for (int i = 0; i < 50; i++)
        tick(w);
    for (uint32_t i = 0; i < PORTS; i++) {
        assert_int_equal(talking_told(w, FIRST + i, &talking), 1);
        assert_true(talking);
    }
    w->ports[2]->mute_in = true;
    for (int i = 0; i < 50; i++)
        tick(w);
    assert_int_equal(talking_told(w, FIRST + 2, &talking), 2);
    assert_false(talking);
    w->ports[3]->moving_to = w->rooms[1];
    tick(w);
    assert_int_equal(talking_told(w, FIRST + 3, &talking), 2);
    assert_false(talking);
    room_watch(w->rooms[0], false);
    w->ports[2]->mute_in = false;
    for (int i = 0; i < 50; i++)
        tick(w);
    assert_int_equal(talking_told(w, FIRST + 2, &talking), 2);
}

static void talk_changes_calmly(void **state)
{
    struct talk t = {0};
    int changes = 0;

    (void)state;
    assert_false(talk_step(&t, 1e6)); /* one loud frame is a click */
    assert_false(talk_step(&t, 0));
    for (int i = 0; i < 100; i++)
        assert_false(talk_step(&t, 5000)); /* the noise of a line */
    for (int i = 0; i < 1000; i++)         /* words and pauses of 400 ms */
        changes += talk_step(&t, i % 40 < 20 ? 1e6 : 0) ? 1 : 0;
    assert_int_equal(changes, 1);
    assert_true(t.on);
    assert_false(talk_step(&t, 1e6));
    for (int i = 0; i < 24; i++)
        assert_false(talk_step(&t, 0));
    assert_true(talk_step(&t, 0));
    for (int i = 0; i < 9; i++) /* not before 200 ms are over */
        assert_false(talk_step(&t, 1e6));
    assert_true(talk_step(&t, 1e6));
}

int main(void)
{
#define TICKED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TICKED(each_hears_all_others),
        TICKED(who_is_apart_hears_nobody_and_is_heard_by_nobody),
        TICKED(who_is_muted_is_not_heard_and_hears_on),
        TICKED(who_is_out_of_the_main_mix_has_only_its_groups),
        TICKED(a_source_is_heard_by_the_receivers_of_its_groups_alone),
        TICKED(a_source_of_two_groups_is_heard_once_by_who_receives_both),
        TICKED(a_receiver_that_is_apart_hears_no_group_either),
        cmocka_unit_test(a_group_of_too_many_is_refused),
        TICKED(a_prompt_to_one_port_is_heard_in_place_of_the_room),
        TICKED(a_prompt_to_one_port_ends_by_itself_and_the_room_is_back),
        TICKED(who_moves_is_heard_in_the_new_room_alone),
        TICKED(keys_are_told_while_apart_and_while_a_prompt_is_played),
        TICKED(who_talks_is_told_in_a_watched_room_only),
        cmocka_unit_test(talk_changes_calmly),
    };
#undef TICKED

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_crowd_test.c - many talk at once: who is in the mix.
 *
 * Virtual phones that say tones of different loudness; a bot that says something too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "media/crowd.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/room.h"
#include "tone.h"

enum { PORTS = 12, TICK_US = 20000 };

struct world {
    struct room *room;
    struct room_work work;
    struct port *ports[PORTS], *bot, *ear;
    struct prompt *tones[PORTS], *prompt; /* the higher the number, the louder: 1 dB a step */
    int64_t now_us;
    int started;
};

static void on_event(const struct media_event *e, void *arg)
{
    (void)e;
    (void)arg;
}

static struct port *add(struct world *w, uint32_t number, enum port_kind kind)
{
    struct port *p = port_new(number, kind);

    p->tell = on_event;
    room_add(w->room, p);
    return p;
}

static int setup(void **state)
{
    struct world *w = mem_new(sizeof(*w));

    room_work_init(&w->work);
    w->room = room_new(1);
    w->prompt = prompt_tone(2000, -40, 1000);
    for (uint32_t i = 0; i < PORTS; i++) {
        w->tones[i] = prompt_tone(200 + 100 * i, -40 + (double)i, 1000);
        w->ports[i] = add(w, i + 1, PORT_SCRIPT);
    }
    w->bot = add(w, 50, PORT_BOT);
    w->ear = add(w, 60, PORT_SCRIPT);
    port_echo(w->ear);
    w->ear->mute_in = true;
    *state = w;
    return 0;
}

static void drop(struct port *p)
{
    room_remove(p);
    port_free(p);
}

static int teardown(void **state)
{
    struct world *w = *state;

    for (size_t i = 0; i < PORTS; i++) {
        drop(w->ports[i]);
        prompt_free(w->tones[i]);
    }
    drop(w->bot);
    drop(w->ear);
    prompt_free(w->prompt);
    room_work_clear(&w->work);
    room_free(w->room);
    mem_free(w);
    return 0;
}

static void run(struct world *w, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        room_work_tick(&w->work);
        room_tick(w->room, &w->work, w->now_us);
        w->now_us += TICK_US;
    }
}

static void talk(struct world *w, int i)
{
    port_play(w->ports[i], &w->ports[i]->play, (uint32_t)i + 1, w->tones[i], 0);
}

static void hush(struct world *w, int i)
{
    port_play_cancel(w->ports[i], &w->ports[i]->play);
}

/* Who is in what the ear hears, as a word of '1' and '.'. */
static const char *mixed(const struct world *w)
{
    static char word[PORTS + 1];

    for (int i = 0; i < PORTS; i++) {
        double s = 0, c = 0, hz = 200 + 100 * i;

        for (size_t k = 0; k < MIX_FRAME; k++) {
            s += w->ear->heard[k] * sin(2 * M_PI * hz * (double)k / MIX_RATE);
            c += w->ear->heard[k] * cos(2 * M_PI * hz * (double)k / MIX_RATE);
        }
        word[i] = 2 * hypot(s, c) / MIX_FRAME > 150 ? '1' : '.'; /* the softest has 328 */
    }
    return word;
}

static void all_are_mixed_while_they_are_few(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < CROWD_VOICES; i++)
        talk(w, i);
    run(w, 10);
    assert_string_equal(mixed(w), "11111111....");
}

static void of_more_the_loudest_are(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < PORTS; i++)
        talk(w, i);
    run(w, 1); /* at once: nobody else has sounded before */
    assert_string_equal(mixed(w), "....11111111");
    run(w, 50);
    assert_string_equal(mixed(w), "....11111111");
    assert_true(w->room->crowded);
}

static void who_is_in_it_stays_against_one_who_is_a_little_louder(void **state)
{
    struct world *w = *state;

    for (int i = 1; i <= CROWD_VOICES; i++)
        talk(w, i);
    run(w, 50);
    talk(w, 0);
    run(w, 50);
    assert_string_equal(mixed(w), ".11111111...");
    talk(w, 9); /* 8 dB louder than the softest of them */
    run(w, 50);
    assert_string_equal(mixed(w), "..11111111..");
    talk(w, 1); /* it begins again, and is not let in */
    run(w, 50);
    assert_string_equal(mixed(w), "..11111111..");
}

static void a_pause_between_words_costs_nobody_the_place(void **state)
{
    struct world *w = *state;

    for (int i = 2; i < 11; i++)
        talk(w, i);
    run(w, 50);
    assert_string_equal(mixed(w), "...11111111.");
    hush(w, 10);
    run(w, 5); /* now they are few again, and all are heard */
    assert_string_equal(mixed(w), "..11111111..");
    talk(w, 10);
    run(w, 5);
    assert_string_equal(mixed(w), "...11111111.");
}

static void when_there_is_room_again_all_are_heard(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < PORTS; i++)
        talk(w, i);
    run(w, 20);
    for (int i = 8; i < PORTS; i++)
        hush(w, i);
    run(w, 5);
    assert_string_equal(mixed(w), "11111111....");
    assert_false(w->room->crowded);
}

static void bots_and_who_is_elsewhere_do_not_count(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < PORTS; i++)
        talk(w, i);
    port_play(w->bot, &w->bot->play, 99, w->prompt, 0);
    w->ports[11]->apart = true;
    w->ports[10]->mute_in = true;
    w->ports[9]->off_main = true;
    run(w, 50);
    assert_string_equal(mixed(w), ".11111111...");
    assert_true(w->bot->voice.any);
    assert_int_equal(w->room->in_main, CROWD_VOICES + 1);
}

static void who_moves_to_another_room_is_no_longer_crowded_out(void **state)
{
    struct world *w = *state;
    struct room *other = room_new(2);

    for (int i = 0; i < PORTS; i++)
        talk(w, i);
    run(w, 20);
    assert_true(w->ports[0]->crowded);
    room_move(w->ports[0], other);
    room_work_tick(&w->work);
    room_tick(other, &w->work, w->now_us);
    assert_true(w->ports[0]->voice.any);
    room_move(w->ports[0], w->room);
    room_free(other);
}

static void who_is_crowded_out_does_not_talk(void **state)
{
    struct world *w = *state;

    room_watch(w->room, true);
    for (int i = 0; i < PORTS; i++)
        talk(w, i);
    run(w, 50); /* all are loud enough for a roster */
    assert_false(w->ports[0]->talk.on);
    assert_true(w->ports[11]->talk.on);
}

int main(void)
{
#define TICKED(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TICKED(all_are_mixed_while_they_are_few),
        TICKED(of_more_the_loudest_are),
        TICKED(who_is_in_it_stays_against_one_who_is_a_little_louder),
        TICKED(a_pause_between_words_costs_nobody_the_place),
        TICKED(when_there_is_room_again_all_are_heard),
        TICKED(bots_and_who_is_elsewhere_do_not_count),
        TICKED(who_moves_to_another_room_is_no_longer_crowded_out),
        TICKED(who_is_crowded_out_does_not_talk),
    };
#undef TICKED

    return cmocka_run_group_tests(tests, NULL, NULL);
}

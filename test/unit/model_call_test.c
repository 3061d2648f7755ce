/*
 * model_call_test.c - the laws of the call's table, and what a call remembers of its life.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "model/call.h"

#define FX CALL_FX

static const unsigned stops = FX(END_OPERATIONS) | FX(STOP_MEDIA) | FX(HANG_UP);
static const unsigned lets_go = FX(END_OPERATIONS) | FX(STOP_MEDIA) | FX(HANG_UP);

static const struct rule *rule_of(int s, int e)
{
    return &call_machine.rules[s * CALL_EVENT_COUNT + e];
}

static bool is_live(int s)
{
    return s != CALL_TERMINATED;
}

/* Every rule that is allowed; the body gets s, e and r. */
#define EACH_RULE(s, e, r)                                                  \
    for (int s = 0; s < CALL_STATE_COUNT; s++)                              \
        for (int e = 0; e < CALL_EVENT_COUNT; e++)                          \
            for (const struct rule *r = rule_of(s, e); r != NULL; r = NULL) \
                if (r->allowed)

static struct call *new_call(void)
{
    struct arena a = {0};
    struct graph_call *g = arena_new(&a, sizeof(*g));
    struct id id = id_new();
    struct call *c = call_new(&id, g, &a);

    assert_null(a.blocks);
    assert_ptr_equal(c->graph, g);
    assert_string_equal(c->id.text, id.text);
    return c;
}

static struct call *call_in(enum call_state s)
{
    struct call *c = new_call();

    c->state = s;
    return c;
}

static unsigned go(struct call *c, enum call_event ev, enum end why)
{
    struct ending ending = ending_of(why, 0);
    struct fail f = {0};
    unsigned fx = 0;

    if (call_handle(c, ev, why != END_NONE ? &ending : NULL, &fx, &f) != ERR_OK)
        fail_msg("%s", f.text);
    return fx;
}

/* ---- laws ---- */

static void a_failure_ends_the_call_wherever_it_lives(void **state)
{
    (void)state;
    for (int s = 0; s < CALL_STATE_COUNT; s++) {
        if (!is_live(s))
            continue;
        assert_true(rule_of(s, CALL_EV_BROKEN)->allowed);
        assert_int_equal(rule_of(s, CALL_EV_BROKEN)->to, CALL_TERMINATED);
    }
}

static void the_end_is_the_end(void **state)
{
    (void)state;
    for (int e = 0; e < CALL_EVENT_COUNT; e++)
        assert_false(rule_of(CALL_TERMINATED, e)->allowed);
    EACH_RULE(s, e, r)
    {
        if (s == CALL_TERMINATING)
            assert_true(r->to == CALL_TERMINATING || r->to == CALL_TERMINATED);
    }
}

static void whoever_ends_is_announced_and_forgotten_and_nobody_else_is_forgotten(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (r->to == CALL_TERMINATED)
            assert_int_equal(r->fx & (FX(NOTIFY) | FX(FORGET)), FX(NOTIFY) | FX(FORGET));
        else
            assert_int_equal(r->fx & FX(FORGET), 0);
    }
}

/* GROUPED is the one that says something new of a state that stays. */
static void every_new_state_is_announced_and_no_other_event_is(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal((r->fx & FX(NOTIFY)) != 0, r->to != s || e == CALL_EV_GROUPED);
}

static void an_event_that_changes_no_state_does_nothing(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (r->to == s && e != CALL_EV_GROUPED)
            assert_int_equal(r->fx, 0);
    }
}

static void leaving_and_ending_let_go_of_everything(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        bool lives = s != CALL_TERMINATING;
        bool ends = r->to == CALL_TERMINATING || r->to == CALL_TERMINATED;

        assert_int_equal(r->fx & lets_go, lives && ends ? lets_go : 0);
    }
}

/* Walks every way through the table: bounded, since only HOLD and RESUME go in a circle, and
 * those stop nothing. */
static void walk(int s, unsigned done, int depth)
{
    if (depth == 0)
        return;
    for (int e = 0; e < CALL_EVENT_COUNT; e++) {
        const struct rule *r = rule_of(s, e);

        if (!r->allowed || r->to == s)
            continue;
        if ((done & r->fx & (stops | FX(TEND))) != 0)
            fail_msg("%s in %s does again what was done before", call_machine.events[e],
                     call_machine.states[s]);
        walk(r->to, done | r->fx, depth - 1);
    }
}

static void what_is_stopped_once_is_not_stopped_again(void **state)
{
    (void)state;
    walk(CALL_ESTABLISHING, 0, 8);
    walk(CALL_INCOMING, 0, 9);
}

static void whoever_is_over_has_stopped_everything(void **state)
{
    static const enum call_event ways[][4] = {
        {CALL_EV_UNREACHED, CALL_EVENT_COUNT},
        {CALL_EV_RINGS, CALL_EV_HANGUP, CALL_EV_RELEASED, CALL_EVENT_COUNT},
        {CALL_EV_CONNECTED, CALL_EV_LEFT, CALL_EVENT_COUNT},
        {CALL_EV_REMOVED, CALL_EVENT_COUNT},
        {CALL_EV_CONNECTED, CALL_EV_GROUPED, CALL_EV_REMOVED, CALL_EVENT_COUNT},
        {CALL_EV_CONNECTED, CALL_EV_HOLD, CALL_EV_LOST, CALL_EVENT_COUNT},
        {CALL_EV_CONNECTED, CALL_EV_UNTENDED, CALL_EV_RELEASED, CALL_EVENT_COUNT},
        {CALL_EV_RINGS, CALL_EV_STOPPING, CALL_EV_BROKEN, CALL_EVENT_COUNT},
        {CALL_EV_CONNECTED, CALL_EV_TRANSFER, CALL_EV_HANDED_ON, CALL_EV_COMPLETED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct call *c = new_call();
        unsigned done = 0;

        for (size_t k = 0; k < 4 && ways[i][k] != CALL_EVENT_COUNT; k++)
            done |= go(c, ways[i][k], END_NONE);
        assert_int_equal(c->state, CALL_TERMINATED);
        assert_int_equal(done & stops, stops);
        (void)obj_unref(c);
    }
}

static void only_terminating_waits_for_the_release(void **state)
{
    (void)state;
    for (int s = 0; s < CALL_STATE_COUNT; s++)
        assert_int_equal(rule_of(s, CALL_EV_RELEASED)->allowed, s == CALL_TERMINATING);
    assert_int_equal(rule_of(CALL_TERMINATING, CALL_EV_RELEASED)->to, CALL_TERMINATED);
}

static void every_live_call_can_be_hung_up_and_stopped(void **state)
{
    (void)state;
    for (int s = 0; s < CALL_STATE_COUNT; s++) {
        if (!is_live(s))
            continue;
        assert_true(rule_of(s, CALL_EV_HANGUP)->allowed);
        assert_int_equal(rule_of(s, CALL_EV_HANGUP)->to, CALL_TERMINATING);
        assert_true(rule_of(s, CALL_EV_STOPPING)->allowed);
        assert_int_equal(rule_of(s, CALL_EV_STOPPING)->to, CALL_TERMINATING);
    }
}

static void ringing_and_establishing_accept_the_same(void **state)
{
    (void)state;
    for (int e = 0; e < CALL_EVENT_COUNT; e++) {
        const struct rule *a = rule_of(CALL_ESTABLISHING, e);
        const struct rule *b = rule_of(CALL_RINGING, e);

        assert_int_equal(a->allowed, b->allowed);
        assert_int_equal(a->to, b->to);
        if (e != CALL_EV_RINGS) /* the first phone is news, the second is none */
            assert_int_equal(a->fx, b->fx);
    }
}

static void established_and_held_end_alike(void **state)
{
    (void)state;
    for (int e = 0; e < CALL_EVENT_COUNT; e++) {
        const struct rule *a = rule_of(CALL_ESTABLISHED, e);
        const struct rule *b = rule_of(CALL_HELD, e);

        assert_int_equal(a->allowed, b->allowed);
        assert_int_equal(a->to, b->to);
        if (e != CALL_EV_HOLD && e != CALL_EV_RESUME)
            assert_int_equal(a->fx, b->fx);
    }
}

static void only_an_answered_call_is_tended_held_transferred_or_untended(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        bool up = s == CALL_ESTABLISHED || s == CALL_HELD;

        if (e == CALL_EV_UNTENDED)
            assert_true(up || s == CALL_TRANSFERRING);
        if (e == CALL_EV_HOLD || e == CALL_EV_RESUME)
            assert_true(up || (s == CALL_TRANSFERRING && r->to == s && r->fx == 0));
        if (e == CALL_EV_TRANSFER)
            assert_true(up);
        assert_int_equal((r->fx & FX(TEND)) != 0, e == CALL_EV_CONNECTED);
    }
}

static void only_a_call_that_came_can_be_answered_rejected_and_redirected(void **state)
{
    static const enum call_event says[] = {CALL_EV_ANSWER, CALL_EV_REJECT, CALL_EV_REDIRECT,
                                           CALL_EV_OVERDUE};

    (void)state;
    for (int s = 0; s < CALL_STATE_COUNT; s++)
        for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
            assert_int_equal(rule_of(s, says[i])->allowed, s == CALL_INCOMING);
}

static void a_transfer_succeeds_or_comes_back(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (e == CALL_EV_NOT_HANDED_ON)
            assert_true(s == CALL_TRANSFERRING && r->to == CALL_ESTABLISHED);
        if (e == CALL_EV_NOT_HANDED_ON_HELD)
            assert_true(s == CALL_TRANSFERRING && r->to == CALL_HELD);
        if (e == CALL_EV_HANDED_ON)
            assert_true(s == CALL_TRANSFERRING && r->to == CALL_TRANSFER_ACCEPTED);
        if (e == CALL_EV_COMPLETED)
            assert_true(s == CALL_REDIRECTING || s == CALL_TRANSFER_ACCEPTED);
    }
}

static void every_state_but_the_first_two_can_be_reached(void **state)
{
    bool reached[CALL_STATE_COUNT] = {[CALL_ESTABLISHING] = true, [CALL_INCOMING] = true};

    (void)state;
    EACH_RULE(s, e, r)
    reached[r->to] = true;
    for (int s = 0; s < CALL_STATE_COUNT; s++)
        assert_true(reached[s]);
}

static void every_event_means_something_somewhere(void **state)
{
    bool known[CALL_EVENT_COUNT] = {false};

    (void)state;
    EACH_RULE(s, e, r)
    known[e] = true;
    for (int e = 0; e < CALL_EVENT_COUNT; e++)
        assert_true(known[e]);
}

static void effects_come_in_the_order_of_deeds(void **state)
{
    (void)state;
    assert_true(CALL_BIT_END_OPERATIONS < CALL_BIT_STOP_MEDIA);
    assert_true(CALL_BIT_STOP_MEDIA < CALL_BIT_HANG_UP);
    assert_true(CALL_BIT_HANG_UP < CALL_BIT_NOTIFY);
    assert_int_equal(CALL_BIT_FORGET, CALL_EFFECT_COUNT - 1);
}

/* ---- one call ---- */

static void the_machine_is_what_calls_live_by(void **state)
{
    (void)state;
    for (int s = 0; s < CALL_STATE_COUNT; s++) {
        for (int e = 0; e < CALL_EVENT_COUNT; e++) {
            struct call *c = call_in((enum call_state)s);
            const struct rule *r = rule_of(s, e);
            unsigned fx = 77;
            enum err err = call_handle(c, (enum call_event)e, NULL, &fx, NULL);

            assert_int_equal(err, r->allowed ? ERR_OK : ERR_CONFLICT);
            assert_int_equal(c->state, r->allowed ? r->to : s);
            assert_int_equal(fx, r->allowed ? r->fx : 77);
            (void)obj_unref(c);
        }
    }
}

static void a_refused_event_says_why_and_changes_nothing(void **state)
{
    struct call *c = call_in(CALL_TERMINATED);
    struct ending why = ending_of(END_PEER_HUNG_UP, 0);
    struct fail f = {0};
    unsigned fx = 77;

    (void)state;
    assert_int_equal(call_handle(c, CALL_EV_LEFT, &why, &fx, &f), ERR_CONFLICT);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.text, "LEFT: the call is terminated");
    assert_int_equal(fx, 77);
    assert_int_equal(c->state, CALL_TERMINATED);
    assert_int_equal(c->ending.why, END_NONE);
    assert_int_equal(c->transition_count, 0);
    (void)obj_unref(c);
}

static void a_call_begins_establishing_and_remembers_when(void **state)
{
    struct call *c = new_call();

    (void)state;
    assert_int_equal(c->state, CALL_ESTABLISHING);
    assert_true(c->created_ms > 0);
    assert_int_equal(c->established_ms, 0);
    assert_int_equal(strlen(c->participant.text), ID_SIZE - 1);
    (void)go(c, CALL_EV_CONNECTED, END_NONE);
    assert_true(c->established_ms >= c->created_ms);
    (void)obj_unref(c);
}

static void coming_back_from_hold_is_no_second_answer(void **state)
{
    struct call *c = new_call();

    (void)state;
    (void)go(c, CALL_EV_CONNECTED, END_NONE);
    c->established_ms = 1;
    (void)go(c, CALL_EV_HOLD, END_NONE);
    (void)go(c, CALL_EV_RESUME, END_NONE);
    assert_int_equal(c->established_ms, 1);
    (void)obj_unref(c);
}

static void the_first_reason_stays(void **state)
{
    struct call *c = new_call();

    (void)state;
    (void)go(c, CALL_EV_CONNECTED, END_NONE);
    (void)go(c, CALL_EV_HANGUP, END_APP_HUNG_UP);
    (void)go(c, CALL_EV_LEFT, END_PEER_HUNG_UP);
    (void)go(c, CALL_EV_BROKEN, END_SERVER_FAILED);
    assert_int_equal(c->ending.why, END_APP_HUNG_UP);
    assert_int_equal(c->ending.code, 200);
    assert_int_equal(c->ending.subcode, 7000);
    (void)obj_unref(c);
}

static void no_reason_is_not_a_reason(void **state)
{
    struct call *c = new_call();
    struct ending none = {.why = END_NONE};
    unsigned fx;

    (void)state;
    assert_int_equal(call_handle(c, CALL_EV_STOPPING, &none, &fx, NULL), ERR_OK);
    (void)go(c, CALL_EV_BROKEN, END_SERVER_FAILED);
    assert_int_equal(c->ending.why, END_SERVER_FAILED);
    (void)obj_unref(c);
}

static void transitions_are_recorded_with_their_cause(void **state)
{
    struct call *c = new_call();

    (void)state;
    (void)go(c, CALL_EV_RINGS, END_NONE);
    (void)go(c, CALL_EV_RINGS, END_NONE); /* a second phone: nothing moves */
    (void)go(c, CALL_EV_UNREACHED, END_BUSY);
    assert_int_equal(c->transition_count, 2);
    assert_int_equal(c->transitions[0].from, CALL_ESTABLISHING);
    assert_int_equal(c->transitions[0].event, CALL_EV_RINGS);
    assert_int_equal(c->transitions[0].to, CALL_RINGING);
    assert_int_equal(c->transitions[0].cause, END_NONE);
    assert_true(c->transitions[0].at_ms >= c->created_ms);
    assert_int_equal(c->transitions[1].from, CALL_RINGING);
    assert_int_equal(c->transitions[1].to, CALL_TERMINATED);
    assert_int_equal(c->transitions[1].cause, END_BUSY);
    (void)obj_unref(c);
}

static char *dump(const struct call *c)
{
    char *text = mem_new(16384);
    FILE *out = fmemopen(text, 16384, "w");

    assert_non_null(out);
    call_dump(c, out);
    (void)fclose(out);
    return text;
}

static size_t lines_of(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

static void the_last_32_transitions_are_kept(void **state)
{
    struct call *c = new_call();
    char *text;

    (void)state;
    (void)go(c, CALL_EV_CONNECTED, END_NONE);
    for (int i = 0; i < 20; i++) {
        (void)go(c, CALL_EV_HOLD, END_NONE);
        (void)go(c, CALL_EV_RESUME, END_NONE);
    }
    (void)go(c, CALL_EV_LEFT, END_PEER_HUNG_UP);
    assert_int_equal(c->transition_count, 42);
    assert_int_equal(c->transitions[41 % CALL_TRANSITIONS].event, CALL_EV_LEFT);
    assert_int_equal(c->transitions[10].event, CALL_EV_RESUME); /* number 10 and not 42 */
    text = dump(c);
    assert_int_equal(lines_of(text), 1 + CALL_TRANSITIONS);
    assert_null(strstr(text, "CONNECTED"));
    assert_non_null(strstr(text, "ESTABLISHED LEFT -> TERMINATED because PEER_HUNG_UP\n"));
    (void)mem_free(text);
    (void)obj_unref(c);
}

static void a_dump_names_the_call_and_its_steps_in_order(void **state)
{
    struct call *c = new_call();
    const char *rings;
    const char *connected;
    char *text;

    (void)state;
    (void)go(c, CALL_EV_RINGS, END_NONE);
    (void)go(c, CALL_EV_CONNECTED, END_NONE);
    text = dump(c);
    assert_int_equal(lines_of(text), 3);
    assert_true(str_starts(text, "call "));
    assert_true(str_starts(text + 5, c->id.text));
    rings = strstr(text, "ESTABLISHING RINGS -> RINGING\n");
    connected = strstr(text, "RINGING CONNECTED -> ESTABLISHED\n");
    assert_true(rings != NULL && connected > rings);
    (void)mem_free(text);
    (void)obj_unref(c);
}

static void media_actions_need_an_answered_call(void **state)
{
    static const enum err expected[CALL_STATE_COUNT] = {
        [CALL_ESTABLISHING] = ERR_TOO_EARLY, [CALL_RINGING] = ERR_TOO_EARLY,
        [CALL_INCOMING] = ERR_TOO_EARLY,     [CALL_REDIRECTING] = ERR_TOO_EARLY,
        [CALL_ESTABLISHED] = ERR_OK,         [CALL_HELD] = ERR_OK,
        [CALL_TRANSFERRING] = ERR_CONFLICT,  [CALL_TRANSFER_ACCEPTED] = ERR_CONFLICT,
        [CALL_TERMINATING] = ERR_ENDING,     [CALL_TERMINATED] = ERR_NOT_FOUND,
    };

    (void)state;
    for (int s = 0; s < CALL_STATE_COUNT; s++) {
        struct call *c = call_in((enum call_state)s);
        struct fail f = {0};

        assert_int_equal(call_needs_media(c, &f), expected[s]);
        assert_int_equal(f.err, expected[s]);
        assert_int_equal(f.text[0] != '\0', expected[s] != ERR_OK);
        assert_int_equal(call_needs_media(c, NULL), expected[s]);
        (void)obj_unref(c);
    }
}

static void only_a_call_that_came_and_waits_needs_an_answer(void **state)
{
    static const enum err expected[CALL_STATE_COUNT] = {
        [CALL_ESTABLISHING] = ERR_CONFLICT, [CALL_RINGING] = ERR_CONFLICT,
        [CALL_INCOMING] = ERR_OK,           [CALL_REDIRECTING] = ERR_CONFLICT,
        [CALL_ESTABLISHED] = ERR_CONFLICT,  [CALL_HELD] = ERR_CONFLICT,
        [CALL_TRANSFERRING] = ERR_CONFLICT, [CALL_TRANSFER_ACCEPTED] = ERR_CONFLICT,
        [CALL_TERMINATING] = ERR_ENDING,    [CALL_TERMINATED] = ERR_CONFLICT,
    };

    (void)state;
    for (int s = 0; s < CALL_STATE_COUNT; s++) {
        struct call *c = call_in((enum call_state)s);
        struct fail f = {0};

        assert_int_equal(call_needs_answer(c, &f), ERR_CALL_KIND);
        assert_false(call_is_incoming(c));
        c->graph->direction = GRAPH_CALL_DIRECTION_INCOMING;
        assert_true(call_is_incoming(c));
        f = (struct fail){0};
        assert_int_equal(call_needs_answer(c, &f), expected[s]);
        assert_int_equal(f.text[0] != '\0', expected[s] != ERR_OK);
        (void)obj_unref(c);
    }
}

static void a_call_that_came_begins_incoming_and_is_recalled_so(void **state)
{
    struct arena a = {0};
    struct graph_call *g = arena_new(&a, sizeof(*g));
    struct id id = id_new();
    struct call *c;

    (void)state;
    g->direction = GRAPH_CALL_DIRECTION_INCOMING;
    c = call_new(&id, g, &a);
    assert_int_equal(c->state, CALL_INCOMING);
    call_recall(c, 1, "incoming", "ANSWER", "establishing", NULL);
    call_recall(c, 2, "establishing", "CONNECTED", "established", NULL);
    assert_int_equal(c->transition_count, 2);
    assert_int_equal(c->transitions[0].from, CALL_INCOMING);
    assert_int_equal(c->established_ms, 2);
    (void)obj_unref(c);
}

static void states_have_the_names_of_the_api(void **state)
{
    (void)state;
    assert_string_equal(call_state_name(CALL_ESTABLISHING), "establishing");
    assert_string_equal(call_state_name(CALL_RINGING), "ringing");
    assert_string_equal(call_state_name(CALL_HELD), "established");
    assert_string_equal(call_state_name(CALL_TERMINATED), "terminated");
    assert_string_equal(call_event_name(CALL_EV_UNTENDED), "UNTENDED");
    assert_string_equal(call_machine.states[CALL_HELD], "HELD");
    assert_string_equal(call_machine.effects[CALL_BIT_FORGET], "FORGET");
}

/* As the store has it: a lived call's transitions, by their names. */
static struct call *recalled(const struct call *c)
{
    struct call *again = new_call();

    for (unsigned i = 0; i < c->transition_count; i++) {
        const struct transition *t = &c->transitions[i];

        call_recall(again, t->at_ms, call_state_name(t->from), call_event_name(t->event),
                    call_state_name(t->to), t->cause != END_NONE ? end_name(t->cause) : NULL);
    }
    return again;
}

static void what_was_written_down_is_recalled_as_it_was(void **state)
{
    static const enum call_event events[] = {CALL_EV_RINGS,   CALL_EV_CONNECTED, CALL_EV_HOLD,
                                             CALL_EV_RESUME,  CALL_EV_HOLD,      CALL_EV_HANGUP,
                                             CALL_EV_RELEASED};
    const struct ending why = ending_of(END_APP_HUNG_UP, 0);
    struct call *c = new_call();
    struct call *again;
    unsigned fx;

    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        assert_int_equal(
            call_handle(c, events[i], events[i] == CALL_EV_HANGUP ? &why : NULL, &fx, NULL),
            ERR_OK);
    again = recalled(c);
    assert_int_equal(again->transition_count, c->transition_count);
    for (unsigned i = 0; i < c->transition_count; i++) {
        assert_int_equal(again->transitions[i].at_ms, c->transitions[i].at_ms);
        assert_int_equal(again->transitions[i].from, c->transitions[i].from);
        assert_int_equal(again->transitions[i].event, c->transitions[i].event);
        assert_int_equal(again->transitions[i].to, c->transitions[i].to);
        assert_int_equal(again->transitions[i].cause, c->transitions[i].cause);
    }
    assert_int_equal(again->established_ms, c->established_ms);
    assert_int_equal(again->ending.why, END_APP_HUNG_UP);
    assert_int_equal(again->ending.code, 200);
    assert_int_equal(again->ending.subcode, 7000);
    assert_int_equal(again->state, CALL_ESTABLISHING);
    (void)obj_unref(c);
    (void)obj_unref(again);
}

static void what_the_table_does_not_know_is_not_recalled(void **state)
{
    struct call *c = new_call();

    (void)state;
    call_recall(c, 1, "establishing", "CONNECTED", "terminated", NULL);
    call_recall(c, 1, "asleep", "RINGS", "ringing", NULL);
    call_recall(c, 1, "establishing", "WAKES", "ringing", NULL);
    call_recall(c, 1, NULL, NULL, NULL, NULL);
    assert_int_equal(c->transition_count, 0);
    call_recall(c, 1, "establishing", "UNREACHED", "terminated", "A_REASON_OF_TOMORROW");
    assert_int_equal(c->transition_count, 1);
    assert_int_equal(c->ending.why, END_NONE);
    (void)obj_unref(c);
}

static int nothing_is_left(void **state)
{
    (void)state;
    return obj_report(stderr) == 0 ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_teardown(name, nothing_is_left)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_failure_ends_the_call_wherever_it_lives),
        TEST(the_end_is_the_end),
        TEST(whoever_ends_is_announced_and_forgotten_and_nobody_else_is_forgotten),
        TEST(every_new_state_is_announced_and_no_other_event_is),
        TEST(an_event_that_changes_no_state_does_nothing),
        TEST(leaving_and_ending_let_go_of_everything),
        TEST(what_is_stopped_once_is_not_stopped_again),
        TEST(whoever_is_over_has_stopped_everything),
        TEST(only_terminating_waits_for_the_release),
        TEST(every_live_call_can_be_hung_up_and_stopped),
        TEST(ringing_and_establishing_accept_the_same),
        TEST(established_and_held_end_alike),
        TEST(only_an_answered_call_is_tended_held_transferred_or_untended),
        TEST(only_a_call_that_came_can_be_answered_rejected_and_redirected),
        TEST(a_transfer_succeeds_or_comes_back),
        TEST(every_state_but_the_first_two_can_be_reached),
        TEST(every_event_means_something_somewhere),
        TEST(effects_come_in_the_order_of_deeds),
        TEST(the_machine_is_what_calls_live_by),
        TEST(a_refused_event_says_why_and_changes_nothing),
        TEST(a_call_begins_establishing_and_remembers_when),
        TEST(coming_back_from_hold_is_no_second_answer),
        TEST(the_first_reason_stays),
        TEST(no_reason_is_not_a_reason),
        TEST(transitions_are_recorded_with_their_cause),
        TEST(the_last_32_transitions_are_kept),
        TEST(a_dump_names_the_call_and_its_steps_in_order),
        TEST(media_actions_need_an_answered_call),
        TEST(only_a_call_that_came_and_waits_needs_an_answer),
        TEST(a_call_that_came_begins_incoming_and_is_recalled_so),
        TEST(states_have_the_names_of_the_api),
        TEST(what_was_written_down_is_recalled_as_it_was),
        TEST(what_the_table_does_not_know_is_not_recalled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

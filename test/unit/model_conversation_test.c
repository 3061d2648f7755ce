/*
 * model_conversation_test.c - the laws of a conversation's table, and what each count means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "model/conversation.h"

#define FX CONVERSATION_FX
#define EV(name) CONVERSATION_EV_##name
#define K(name) CONVERSATION_##name

static const struct rule *rule_of(int k, int e)
{
    return &conversation_machine.rules[k * CONVERSATION_EVENT_COUNT + e];
}

/* Every rule that is allowed; the body gets k, e and r. */
#define EACH_RULE(k, e, r)                                                  \
    for (int k = 0; k < CONVERSATION_KIND_COUNT; k++)                       \
        for (int e = 0; e < CONVERSATION_EVENT_COUNT; e++)                  \
            for (const struct rule *r = rule_of(k, e); r != NULL; r = NULL) \
                if (r->allowed)

/* ---- laws ---- */

static void a_conversation_ends_once(void **state)
{
    (void)state;
    for (int e = 0; e < CONVERSATION_EVENT_COUNT; e++)
        assert_false(rule_of(K(OVER), e)->allowed);
}

static void whoever_is_in_one_that_ends_is_sent_off_and_no_timer_stays(void **state)
{
    (void)state;
    EACH_RULE(k, e, r)
    {
        bool ends = r->to == K(OVER);

        assert_int_equal((r->fx & FX(END_ALL)) != 0, ends);
        if (ends)
            assert_int_equal(r->fx & FX(STAY), FX(STAY));
    }
}

static void two_become_a_group_and_no_kind_becomes_another_else(void **state)
{
    (void)state;
    EACH_RULE(k, e, r)
    {
        bool escalates = k == K(P2P) && e == EV(INVITES);

        assert_int_equal((r->fx & FX(ESCALATE)) != 0, escalates);
        if (escalates)
            assert_int_equal(r->to, K(GROUP));
        else
            assert_true(r->to == k || r->to == K(OVER));
    }
}

/* Two who talk alone, and the echo, end by their call and leg. */
static void what_has_no_roster_is_ended_by_nothing_here(void **state)
{
    (void)state;
    EACH_RULE(k, e, r)
    assert_true(conversation_has_roster((enum conversation_kind)k) || r->to == K(GROUP));
}

static void meetings_of_both_kinds_live_alike(void **state)
{
    (void)state;
    for (int e = 0; e < CONVERSATION_EVENT_COUNT; e++) {
        const struct rule *a = rule_of(K(SCHEDULED), e);
        const struct rule *b = rule_of(K(CHANNEL), e);

        assert_int_equal(a->allowed, b->allowed);
        assert_int_equal(a->fx, b->fx);
        assert_true(!a->allowed || (a->to == K(OVER)) == (b->to == K(OVER)));
    }
}

static void who_waits_alone_can_stay_and_can_wait_too_long(void **state)
{
    (void)state;
    EACH_RULE(k, e, r)
    {
        if ((r->fx & FX(WAIT_ALONE)) == 0)
            continue;
        assert_int_equal(e, EV(ALONE));
        assert_int_equal(r->to, k);
        assert_int_equal(rule_of(k, EV(PEOPLED))->fx, FX(STAY));
        assert_int_equal(rule_of(k, EV(ALONE_TOO_LONG))->to, K(OVER));
    }
}

static void every_event_means_something_somewhere(void **state)
{
    bool known[CONVERSATION_EVENT_COUNT] = {false};

    (void)state;
    EACH_RULE(k, e, r)
    known[e] = true;
    for (int e = 0; e < CONVERSATION_EVENT_COUNT; e++)
        assert_true(known[e]);
}

static void the_machine_is_what_conversations_live_by(void **state)
{
    (void)state;
    for (int k = 0; k < CONVERSATION_KIND_COUNT; k++)
        for (int e = 0; e < CONVERSATION_EVENT_COUNT; e++) {
            const struct rule *r = rule_of(k, e);
            enum conversation_kind kind = (enum conversation_kind)k;
            unsigned fx = 77;

            assert_int_equal(conversation_handle(&kind, (enum conversation_event)e, &fx, NULL),
                             r->allowed ? ERR_OK : ERR_CONFLICT);
            assert_int_equal(kind, r->allowed ? r->to : k);
            assert_int_equal(fx, r->allowed ? r->fx : 77);
        }
}

static void a_refused_event_says_why(void **state)
{
    enum conversation_kind kind = K(OVER);
    struct fail f = {0};
    unsigned fx;

    (void)state;
    assert_int_equal(conversation_handle(&kind, EV(INVITES), &fx, &f), ERR_CONFLICT);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.text, "INVITES: the conversation is over");
}

/* ---- ends ---- */

static void every_end_has_its_reason_and_nothing_else_has_one(void **state)
{
    static const struct {
        enum conversation_event ev;
        int subcode;
    } reasons[] = {
        {EV(NOBODY_CAME), 5013}, {EV(ALONE), 5010},  {EV(ALONE_TOO_LONG), 5012},
        {EV(HOST_LEFT), 5007},   {EV(CLOSED), 5001},
    };
    bool ends[CONVERSATION_EVENT_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        struct ending e = ending_of(conversation_end(reasons[i].ev), 0);

        assert_int_equal(e.code, 200);
        assert_int_equal(e.subcode, reasons[i].subcode);
        ends[reasons[i].ev] = true;
    }
    for (int e = 0; e < CONVERSATION_EVENT_COUNT; e++)
        assert_int_equal(conversation_end((enum conversation_event)e) != END_NONE, ends[e]);
    EACH_RULE(k, e, r)
    assert_true(r->to != K(OVER) || ends[e]);
}

/* ---- what a count means ---- */

#define NOTHING CONVERSATION_EVENT_COUNT

static enum conversation_event judged(enum conversation_kind k, const struct census *c)
{
    enum conversation_event ev = NOTHING;

    return conversation_judge(k, c, &ev) ? ev : NOTHING;
}

/* 0, 1 and many of each: more are not told apart. */
static void a_count_means_for_each_kind_what_the_table_says(void **state)
{
    /* clang-format off */
    static const struct {
        size_t people, applications, expected;
        bool ever;
        enum conversation_event group, meeting;
    } rows[] = {
        /* a group that begins: the bot is there, and rings */
        {0, 1, 1, false, EV(PEOPLED),     EV(PEOPLED)},
        {0, 1, 0, false, EV(NOBODY_CAME), NOTHING},
        {0, 2, 0, false, EV(NOBODY_CAME), NOTHING},
        {0, 2, 2, false, EV(PEOPLED),     EV(PEOPLED)},
        /* people are in */
        {1, 1, 0, true,  EV(PEOPLED),     EV(PEOPLED)},
        {2, 1, 0, true,  EV(PEOPLED),     EV(PEOPLED)},
        {2, 0, 0, true,  EV(PEOPLED),     EV(PEOPLED)},
        {1, 2, 2, true,  EV(PEOPLED),     EV(PEOPLED)},
        /* one side is left: a group is over, a meeting may be joined */
        {1, 0, 0, true,  EV(ALONE),       EV(PEOPLED)},
        {1, 0, 1, true,  EV(PEOPLED),     EV(PEOPLED)},
        {0, 1, 0, true,  EV(ALONE),       EV(ALONE)},
        {0, 1, 1, true,  EV(PEOPLED),     EV(PEOPLED)},
        /* only applications are left */
        {0, 2, 0, true,  EV(ALONE),       EV(ALONE)},
        {0, 2, 1, true,  EV(PEOPLED),     EV(PEOPLED)},
        /* nobody is in */
        {0, 0, 0, true,  NOTHING,         NOTHING},
        {0, 0, 0, false, NOTHING,         NOTHING},
        {0, 0, 1, false, EV(PEOPLED),     EV(PEOPLED)},
        {0, 0, 2, true,  EV(PEOPLED),     EV(PEOPLED)},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct census c = {.people = rows[i].people,
                                 .applications = rows[i].applications,
                                 .expected = rows[i].expected,
                                 .ever_peopled = rows[i].ever};

        if (judged(K(GROUP), &c) != rows[i].group)
            fail_msg("row %zu: a group", i);
        if (judged(K(SCHEDULED), &c) != rows[i].meeting ||
            judged(K(CHANNEL), &c) != rows[i].meeting)
            fail_msg("row %zu: a meeting", i);
        assert_int_equal(judged(K(P2P), &c), NOTHING);
        assert_int_equal(judged(K(ECHO), &c), NOTHING);
        assert_int_equal(judged(K(OVER), &c), NOTHING);
    }
}

/* Counts up to three of each; people who are in have been in. */
#define EACH_COUNT(c)                                                                         \
    for (unsigned n = 0; n < 4 * 4 * 4 * 2; n++)                                              \
        for (struct census c = {n % 4, n / 4 % 4, n / 16 % 4, n / 64 != 0}, *once = &c; once; \
             once = NULL)                                                                     \
            if (c.people == 0 || c.ever_peopled)

static void what_a_count_means_can_be_told(void **state)
{
    (void)state;
    EACH_COUNT(c)
    {
        for (int k = 0; k < CONVERSATION_KIND_COUNT; k++) {
            enum conversation_event ev = judged((enum conversation_kind)k, &c);

            assert_true(ev == NOTHING || rule_of(k, ev)->allowed);
        }
    }
}

static void nobody_who_talks_or_is_expected_is_cut_off_by_a_count(void **state)
{
    (void)state;
    EACH_COUNT(c)
    {
        for (int k = 0; k < CONVERSATION_KIND_COUNT; k++) {
            enum conversation_event ev = judged((enum conversation_kind)k, &c);
            bool ends = ev != NOTHING && rule_of(k, ev)->to == K(OVER);

            if (c.expected != 0 || c.people > 1 || (c.people == 1 && c.applications != 0))
                assert_false(ends);
        }
    }
}

/* ---- names ---- */

static void kinds_have_names_and_three_have_a_roster(void **state)
{
    (void)state;
    assert_string_equal(conversation_kind_name(K(P2P)), "peerToPeer");
    assert_string_equal(conversation_kind_name(K(ECHO)), "echo");
    assert_string_equal(conversation_kind_name(K(GROUP)), "group");
    assert_string_equal(conversation_kind_name(K(SCHEDULED)), "scheduled");
    assert_string_equal(conversation_kind_name(K(CHANNEL)), "channel");
    assert_string_equal(conversation_kind_name(K(OVER)), "over");
    for (int k = 0; k < CONVERSATION_KIND_COUNT; k++)
        assert_int_equal(conversation_has_roster((enum conversation_kind)k),
                         k == K(GROUP) || k == K(SCHEDULED) || k == K(CHANNEL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conversation_ends_once),
        cmocka_unit_test(whoever_is_in_one_that_ends_is_sent_off_and_no_timer_stays),
        cmocka_unit_test(two_become_a_group_and_no_kind_becomes_another_else),
        cmocka_unit_test(what_has_no_roster_is_ended_by_nothing_here),
        cmocka_unit_test(meetings_of_both_kinds_live_alike),
        cmocka_unit_test(who_waits_alone_can_stay_and_can_wait_too_long),
        cmocka_unit_test(every_event_means_something_somewhere),
        cmocka_unit_test(the_machine_is_what_conversations_live_by),
        cmocka_unit_test(a_refused_event_says_why),
        cmocka_unit_test(every_end_has_its_reason_and_nothing_else_has_one),
        cmocka_unit_test(a_count_means_for_each_kind_what_the_table_says),
        cmocka_unit_test(what_a_count_means_can_be_told),
        cmocka_unit_test(nobody_who_talks_or_is_expected_is_cut_off_by_a_count),
        cmocka_unit_test(kinds_have_names_and_three_have_a_roster),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * model_leg_test.c - the laws of a leg, and what several refusals mean together.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

#include "model/leg.h"

#define FX LEG_FX

static const unsigned last_deeds = FX(REMOVE) | FX(TELL) | FX(FREE);

static const struct rule *rule_of(int s, int e)
{
    return &leg_machine.rules[s * LEG_EVENT_COUNT + e];
}

#define EACH_RULE(s, e, r)                                                  \
    for (int s = 0; s < LEG_STATE_COUNT; s++)                               \
        for (int e = 0; e < LEG_EVENT_COUNT; e++)                           \
            for (const struct rule *r = rule_of(s, e); r != NULL; r = NULL) \
                if (r->allowed)

static bool is_in_room(int s)
{
    return s == LEG_IS_UP || s == LEG_IS_HELD;
}

static void whoever_is_gone_is_removed_told_and_freed_and_nobody_else_is_freed(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (r->to == LEG_IS_GONE)
            assert_int_equal(r->fx, last_deeds);
        else
            assert_int_equal(r->fx & FX(FREE), 0);
    }
}

static void gone_is_gone(void **state)
{
    (void)state;
    for (int e = 0; e < LEG_EVENT_COUNT; e++)
        assert_false(rule_of(LEG_IS_GONE, e)->allowed);
}

static void only_the_end_of_its_dialog_makes_it_gone_and_it_always_does(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal(r->to == LEG_IS_GONE, e == LEG_EV_ENDED);
    for (int s = 0; s < LEG_STATE_COUNT; s++)
        assert_int_equal(rule_of(s, LEG_EV_ENDED)->allowed, s != LEG_IS_GONE);
}

static void whatever_is_there_can_be_ended_and_is_told_so_once(void **state)
{
    (void)state;
    for (int s = 0; s < LEG_STATE_COUNT; s++) {
        const struct rule *r = rule_of(s, LEG_EV_HANGUP);

        assert_int_equal(r->allowed, s != LEG_IS_GONE);
        if (!r->allowed)
            continue;
        assert_int_equal(r->to, LEG_IS_ENDING);
        assert_int_equal((r->fx & FX(BYE)) != 0, s != LEG_IS_ENDING);
    }
    EACH_RULE(s, e, r)
    {
        if (e != LEG_EV_HANGUP)
            assert_int_equal(r->fx & FX(BYE), 0);
    }
}

static void its_sound_ends_as_soon_as_it_is_hung_up(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (r->to != LEG_IS_GONE)
            assert_int_equal((r->fx & FX(REMOVE)) != 0, is_in_room(s) && e == LEG_EV_HANGUP);
    }
}

static void it_joins_the_room_once_when_it_is_answered(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(CONNECT)) != 0, e == LEG_EV_ANSWERED);
        if (e == LEG_EV_ANSWERED) {
            assert_false(is_in_room(s));
            assert_int_equal(r->to, LEG_IS_UP);
        }
    }
    assert_true(LEG_BIT_CONNECT < LEG_BIT_TELL);
}

static void holding_mutes_and_resuming_unmutes(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(MUTE)) != 0, s == LEG_IS_UP && r->to == LEG_IS_HELD);
        assert_int_equal((r->fx & FX(UNMUTE)) != 0, s == LEG_IS_HELD && r->to == LEG_IS_UP);
    }
}

static void what_changes_for_others_is_told(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        bool news = r->to != s && r->to != LEG_IS_TRYING && r->to != LEG_IS_ENDING;

        assert_int_equal((r->fx & FX(TELL)) != 0, news);
    }
}

static void it_is_freed_last(void **state)
{
    (void)state;
    assert_int_equal(LEG_BIT_FREE, LEG_EFFECT_COUNT - 1);
    assert_true(LEG_BIT_BYE < LEG_BIT_REMOVE);
    assert_true(LEG_BIT_REMOVE < LEG_BIT_TELL);
}

struct step {
    enum leg_event ev;
    enum leg_state to;
    unsigned fx;
};

static void live(const struct step *steps, size_t count)
{
    enum leg_state is = LEG_IS_IDLE;

    for (size_t i = 0; i < count; i++) {
        unsigned fx = 77;

        assert_int_equal(leg_handle(&is, steps[i].ev, &fx), ERR_OK);
        assert_int_equal(is, steps[i].to);
        assert_int_equal(fx, steps[i].fx);
    }
}

static void a_phone_rings_is_answered_holds_comes_back_and_ends(void **state)
{
    static const struct step steps[] = {
        {LEG_EV_DIAL, LEG_IS_TRYING, FX(INVITE)},
        {LEG_EV_RINGS, LEG_IS_RINGING, FX(TELL)},
        {LEG_EV_RINGS, LEG_IS_RINGING, 0}, /* a second 180 is no news */
        {LEG_EV_ANSWERED, LEG_IS_UP, FX(CONNECT) | FX(TELL)},
        {LEG_EV_RESUME, LEG_IS_UP, 0}, /* a re-INVITE that changes nothing */
        {LEG_EV_HOLD, LEG_IS_HELD, FX(MUTE) | FX(TELL)},
        {LEG_EV_HOLD, LEG_IS_HELD, 0},
        {LEG_EV_RESUME, LEG_IS_UP, FX(UNMUTE) | FX(TELL)},
        {LEG_EV_HANGUP, LEG_IS_ENDING, FX(BYE) | FX(REMOVE)},
        {LEG_EV_HANGUP, LEG_IS_ENDING, 0},
        {LEG_EV_ENDED, LEG_IS_GONE, FX(REMOVE) | FX(TELL) | FX(FREE)},
    };

    (void)state;
    live(steps, sizeof(steps) / sizeof(steps[0]));
}

static void a_phone_may_answer_without_ringing_and_be_the_first_to_go(void **state)
{
    static const struct step steps[] = {
        {LEG_EV_DIAL, LEG_IS_TRYING, FX(INVITE)},
        {LEG_EV_ANSWERED, LEG_IS_UP, FX(CONNECT) | FX(TELL)},
        {LEG_EV_ENDED, LEG_IS_GONE, FX(REMOVE) | FX(TELL) | FX(FREE)},
    };

    (void)state;
    live(steps, sizeof(steps) / sizeof(steps[0]));
}

static void a_phone_that_calls_us_is_up_when_we_answer(void **state)
{
    static const struct step steps[] = {
        {LEG_EV_ANSWERED, LEG_IS_UP, FX(CONNECT) | FX(TELL)},
    };

    (void)state;
    live(steps, 1);
}

static void a_phone_is_asked_once(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(INVITE)) != 0, e == LEG_EV_DIAL);
        if (e == LEG_EV_DIAL)
            assert_int_equal(s, LEG_IS_IDLE);
    }
}

static void the_machine_is_what_legs_live_by(void **state)
{
    (void)state;
    for (int s = 0; s < LEG_STATE_COUNT; s++) {
        for (int e = 0; e < LEG_EVENT_COUNT; e++) {
            enum leg_state is = (enum leg_state)s;
            const struct rule *r = rule_of(s, e);
            unsigned fx = 77;

            assert_int_equal(leg_handle(&is, (enum leg_event)e, &fx),
                             r->allowed ? ERR_OK : ERR_CONFLICT);
            assert_int_equal(is, r->allowed ? r->to : s);
            assert_int_equal(fx, r->allowed ? r->fx : 77);
        }
    }
}

static void kinds_and_states_have_words(void **state)
{
    (void)state;
    assert_string_equal(leg_kind_name(LEG_BOT), "serviceHosted");
    assert_string_equal(leg_kind_name(LEG_ECHO), "echo");
    assert_string_equal(leg_state_name(LEG_IS_IDLE), "idle");
    assert_string_equal(leg_state_name(LEG_IS_GONE), "gone");
    assert_string_equal(leg_machine.states[LEG_IS_UP], "UP");
}

/* ---- RFC 3261 section 16.7, step 6 ---- */

/* clang-format off */
static const struct fork {
    const char *why;
    int best;
    int statuses[4]; /* ends with 0 */
} forks[] = {
    {"one is what it is",                                  503, {503}},
    {"all declined",                                       603, {603, 603, 603}},
    {"a decline and a silence",                            408, {603, 408}},
    {"a decline and a busy phone",                         486, {603, 486}},
    {"a decline and a broken phone",                       500, {603, 500}},
    {"a decline and another 6xx: not all declined",        600, {603, 600}},
    {"a decline and one that does not exist anywhere",     604, {603, 604, 603}},
    {"busy beats no answer",                               486, {408, 486}},
    {"unavailable beats no answer",                        480, {408, 480, 408}},
    {"busy beats unavailable",                             486, {480, 486}},
    {"unavailable beats unknown",                          480, {404, 480}},
    {"unknown beats no codec",                             404, {488, 404}},
    {"no codec beats no right",                            488, {403, 488}},
    {"any 4xx beats silence",                              487, {408, 487}},
    {"within 4xx the lower is more general",               403, {410, 403}},
    {"the lowest class: 3xx before 4xx",                   302, {486, 302}},
    {"the lowest class: 4xx before 5xx",                   408, {503, 408}},
    {"the lowest class: 5xx before 6xx",                   504, {600, 504}},
    {"500 before 503: it is not us who are overloaded",    500, {503, 500}},
    {"a class beats what tells much in a higher one",      499, {500, 499, 603}},
    {"three phones",                                       486, {408, 603, 486}},
};
/* clang-format on */

static size_t count_of(const struct fork *f)
{
    size_t n = 0;

    while (n < 4 && f->statuses[n] != 0)
        n++;
    return n;
}

static void the_best_of_several_refusals_is_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(forks) / sizeof(forks[0]); i++) {
        int best = fork_best(forks[i].statuses, count_of(&forks[i]));

        if (best != forks[i].best)
            fail_msg("%s: %d and not %d", forks[i].why, best, forks[i].best);
    }
}

static void the_order_of_refusals_does_not_matter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(forks) / sizeof(forks[0]); i++) {
        size_t n = count_of(&forks[i]);
        int turned[4];

        for (size_t by = 0; by < n; by++) {
            for (size_t k = 0; k < n; k++)
                turned[k] = forks[i].statuses[n - 1 - (k + by) % n];
            assert_int_equal(fork_best(turned, n), forks[i].best);
        }
    }
}

static void no_refusal_is_none(void **state)
{
    (void)state;
    assert_int_equal(fork_best(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_is_gone_is_removed_told_and_freed_and_nobody_else_is_freed),
        cmocka_unit_test(gone_is_gone),
        cmocka_unit_test(only_the_end_of_its_dialog_makes_it_gone_and_it_always_does),
        cmocka_unit_test(whatever_is_there_can_be_ended_and_is_told_so_once),
        cmocka_unit_test(its_sound_ends_as_soon_as_it_is_hung_up),
        cmocka_unit_test(it_joins_the_room_once_when_it_is_answered),
        cmocka_unit_test(holding_mutes_and_resuming_unmutes),
        cmocka_unit_test(what_changes_for_others_is_told),
        cmocka_unit_test(it_is_freed_last),
        cmocka_unit_test(a_phone_is_asked_once),
        cmocka_unit_test(a_phone_rings_is_answered_holds_comes_back_and_ends),
        cmocka_unit_test(a_phone_may_answer_without_ringing_and_be_the_first_to_go),
        cmocka_unit_test(a_phone_that_calls_us_is_up_when_we_answer),
        cmocka_unit_test(the_machine_is_what_legs_live_by),
        cmocka_unit_test(kinds_and_states_have_words),
        cmocka_unit_test(the_best_of_several_refusals_is_said),
        cmocka_unit_test(the_order_of_refusals_does_not_matter),
        cmocka_unit_test(no_refusal_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * model_media_stream_test.c - the laws of a stream.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/media_stream.h"

#define FX(name) (1u << STREAM_BIT_##name)

static const struct rule *rule_of(int s, int e)
{
    return &media_stream_machine.rules[s * STREAM_EVENT_COUNT + e];
}

#define EACH_RULE(s, e, r)                                                  \
    for (int s = 0; s < STREAM_STATE_COUNT; s++)                            \
        for (int e = 0; e < STREAM_EVENT_COUNT; e++)                        \
            for (const struct rule *r = rule_of(s, e); r != NULL; r = NULL) \
                if (r->allowed)

static void gone_is_gone(void **state)
{
    (void)state;
    for (int e = 0; e < STREAM_EVENT_COUNT; e++)
        assert_false(rule_of(STREAM_GONE, e)->allowed);
}

static void whoever_is_gone_is_let_go_and_buried_and_nobody_else_is(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(BURY)) != 0, r->to == STREAM_GONE);
        if (r->to == STREAM_GONE)
            assert_true((r->fx & FX(LET_GO)) != 0);
    }
}

static void a_connection_that_opens_is_told_what_the_stream_is(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(START)) != 0, e == STREAM_EV_CONNECTED);
        assert_int_equal(r->to == STREAM_OPEN, e == STREAM_EV_CONNECTED);
    }
}

static void every_break_is_let_go_and_tried_again_but_at_the_end(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (e != STREAM_EV_BROKEN)
            continue;
        assert_true((r->fx & FX(LET_GO)) != 0);
        assert_int_equal((r->fx & FX(RETRY)) != 0, r->to != STREAM_GONE);
    }
}

static void ready_comes_once_and_lost_and_back_take_turns(void **state)
{
    (void)state;
    assert_true((rule_of(STREAM_CALLING, STREAM_EV_CONNECTED)->fx & FX(TELL_READY)) != 0);
    assert_true((rule_of(STREAM_OPEN, STREAM_EV_BROKEN)->fx & FX(TELL_LOST)) != 0);
    assert_true((rule_of(STREAM_RETURNING, STREAM_EV_CONNECTED)->fx & FX(TELL_BACK)) != 0);
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(TELL_READY)) != 0,
                         s == STREAM_CALLING && r->to == STREAM_OPEN);
        assert_int_equal((r->fx & FX(TELL_LOST)) != 0,
                         s == STREAM_OPEN && r->to == STREAM_RETURNING);
        assert_int_equal((r->fx & FX(TELL_BACK)) != 0,
                         s == STREAM_RETURNING && r->to == STREAM_OPEN);
        assert_int_equal((r->fx & FX(TELL_REFUSED)) != 0,
                         s == STREAM_CALLING && e == STREAM_EV_OVERDUE);
        assert_int_equal((r->fx & FX(TELL_GAVE_UP)) != 0,
                         s == STREAM_RETURNING && e == STREAM_EV_OVERDUE);
    }
}

static void a_call_that_ends_ends_it_from_wherever_it_is(void **state)
{
    (void)state;
    assert_int_equal(rule_of(STREAM_OPEN, STREAM_EV_CLOSE)->to, STREAM_CLOSING);
    assert_int_equal(rule_of(STREAM_CALLING, STREAM_EV_CLOSE)->to, STREAM_GONE);
    assert_int_equal(rule_of(STREAM_RETURNING, STREAM_EV_CLOSE)->to, STREAM_GONE);
    assert_int_equal(rule_of(STREAM_CLOSING, STREAM_EV_OVERDUE)->to, STREAM_GONE);
}

static void a_server_that_stops_ends_it_at_once_from_wherever_it_is(void **state)
{
    (void)state;
    for (int s = 0; s < STREAM_GONE; s++) {
        const struct rule *r = rule_of(s, STREAM_EV_STOPPING);

        assert_true(r->allowed);
        assert_int_equal(r->to, STREAM_GONE);
        assert_int_equal(r->fx, FX(LET_GO) | FX(BURY));
    }
}

static void what_comes_too_late_changes_nothing(void **state)
{
    enum stream_state s = STREAM_CLOSING;
    unsigned fx = 7;

    (void)state;
    assert_false(media_stream_handle(&s, STREAM_EV_CONNECTED, &fx));
    assert_int_equal(s, STREAM_CLOSING);
    assert_int_equal(fx, 0);
    assert_true(media_stream_handle(&s, STREAM_EV_BROKEN, &fx));
    assert_int_equal(s, STREAM_GONE);
    assert_string_equal(media_stream_state_name(s), "GONE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gone_is_gone),
        cmocka_unit_test(whoever_is_gone_is_let_go_and_buried_and_nobody_else_is),
        cmocka_unit_test(a_connection_that_opens_is_told_what_the_stream_is),
        cmocka_unit_test(every_break_is_let_go_and_tried_again_but_at_the_end),
        cmocka_unit_test(ready_comes_once_and_lost_and_back_take_turns),
        cmocka_unit_test(a_call_that_ends_ends_it_from_wherever_it_is),
        cmocka_unit_test(a_server_that_stops_ends_it_at_once_from_wherever_it_is),
        cmocka_unit_test(what_comes_too_late_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

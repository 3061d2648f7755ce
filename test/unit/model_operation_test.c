/*
 * model_operation_test.c - the laws of an operation: one end, told once, and the line moves on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/obj.h"
#include "model/operation.h"

#define FX OPERATION_FX

static const struct rule *rule_of(int s, int e)
{
    return &operation_machine.rules[s * OPERATION_EVENT_COUNT + e];
}

#define EACH_RULE(s, e, r)                                                  \
    for (int s = 0; s < OPERATION_STATE_COUNT; s++)                         \
        for (int e = 0; e < OPERATION_EVENT_COUNT; e++)                     \
            for (const struct rule *r = rule_of(s, e); r != NULL; r = NULL) \
                if (r->allowed)

static bool is_end(int s)
{
    return s == OPERATION_COMPLETED || s == OPERATION_FAILED;
}

static bool has_turn(int s)
{
    return s == OPERATION_FETCHING || s == OPERATION_PLAYING || s == OPERATION_RECORDING ||
           s == OPERATION_KEEPING;
}

static struct operation *new_operation(void)
{
    struct arena a = {0};
    const char *context = arena_dup(&a, "context");
    struct operation *o = operation_new(&graph_play_prompt_operation_type, &a);

    assert_null(a.blocks);
    o->client_context = context;
    return o;
}

static unsigned go(struct operation *o, enum operation_event ev)
{
    unsigned fx = 0;

    assert_int_equal(operation_handle(o, ev, &fx), ERR_OK);
    return fx;
}

static void it_ends_exactly_once(void **state)
{
    (void)state;
    for (int e = 0; e < OPERATION_EVENT_COUNT; e++) {
        assert_false(rule_of(OPERATION_COMPLETED, e)->allowed);
        assert_false(rule_of(OPERATION_FAILED, e)->allowed);
    }
}

static void its_end_is_announced_and_nothing_else_is(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal((r->fx & FX(ANNOUNCE)) != 0, is_end(r->to));
}

static void the_line_moves_on_exactly_when_it_was_its_turn(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal((r->fx & FX(NEXT)) != 0, is_end(r->to) && has_turn(s));
}

static void the_port_is_silenced_exactly_when_it_is_cut_while_playing(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal((r->fx & FX(STOP)) != 0, s == OPERATION_PLAYING && r->to == OPERATION_FAILED);
}

static void a_recording_that_is_cut_is_stopped_and_one_that_is_whole_is_kept(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(RECORD)) != 0, r->to == OPERATION_RECORDING);
        assert_int_equal((r->fx & FX(STOP_RECORD)) != 0,
                         s == OPERATION_RECORDING && e == OPERATION_EV_CANCEL);
        assert_int_equal((r->fx & FX(KEEP)) != 0, r->to == OPERATION_KEEPING);
        if (r->to == OPERATION_KEEPING)
            assert_int_equal(s, OPERATION_RECORDING);
    }
}

static void sound_is_fetched_before_it_is_played(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal((r->fx & FX(FETCH)) != 0, r->to == OPERATION_FETCHING);
        assert_int_equal((r->fx & FX(PLAY)) != 0, r->to == OPERATION_PLAYING);
        if (r->to == OPERATION_PLAYING)
            assert_int_equal(s, OPERATION_FETCHING);
    }
}

static void whatever_lives_can_be_cancelled(void **state)
{
    (void)state;
    for (int s = 0; s < OPERATION_STATE_COUNT; s++)
        assert_int_equal(rule_of(s, OPERATION_EV_CANCEL)->allowed, !is_end(s));
}

static void a_failure_ends_it_wherever_it_has_its_turn(void **state)
{
    (void)state;
    for (int s = 0; s < OPERATION_STATE_COUNT; s++) {
        assert_int_equal(rule_of(s, OPERATION_EV_FAIL)->allowed, has_turn(s));
        if (has_turn(s))
            assert_int_equal(rule_of(s, OPERATION_EV_FAIL)->to, OPERATION_FAILED);
    }
}

static void only_what_was_played_to_the_last_sample_or_done_is_completed(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal(r->to == OPERATION_COMPLETED,
                     e == OPERATION_EV_PLAYED || e == OPERATION_EV_DONE);
}

static void it_is_announced_before_the_next_has_its_turn(void **state)
{
    (void)state;
    assert_true(OPERATION_BIT_STOP < OPERATION_BIT_ANNOUNCE);
    assert_true(OPERATION_BIT_ANNOUNCE < OPERATION_BIT_NEXT);
}

static void the_machine_is_what_operations_live_by(void **state)
{
    (void)state;
    for (int s = 0; s < OPERATION_STATE_COUNT; s++) {
        for (int e = 0; e < OPERATION_EVENT_COUNT; e++) {
            struct operation o = {.state = (enum operation_state)s};
            const struct rule *r = rule_of(s, e);
            unsigned fx = 77;

            assert_int_equal(operation_handle(&o, (enum operation_event)e, &fx),
                             r->allowed ? ERR_OK : ERR_CONFLICT);
            assert_int_equal(o.state, r->allowed ? r->to : s);
            assert_int_equal(fx, r->allowed ? r->fx : 77);
        }
    }
}

static void one_prompt_is_fetched_played_and_completed(void **state)
{
    struct operation *o = new_operation();

    (void)state;
    assert_int_equal(go(o, OPERATION_EV_TURN), FX(FETCH));
    assert_int_equal(go(o, OPERATION_EV_FETCHED), FX(PLAY));
    assert_int_equal(go(o, OPERATION_EV_PLAYED), FX(ANNOUNCE) | FX(NEXT));
    assert_int_equal(o->state, OPERATION_COMPLETED);
    (void)obj_unref(o);
}

static void several_prompts_are_one_operation_with_one_end(void **state)
{
    struct operation *o = new_operation();
    int announced = 0;

    (void)state;
    for (int i = 0; i < 3; i++) {
        unsigned fx = go(o, OPERATION_EV_TURN);

        assert_int_equal(fx, FX(FETCH));
        assert_false(operation_is_over(o));
        fx |= go(o, OPERATION_EV_FETCHED);
        announced += (fx & FX(ANNOUNCE)) != 0;
    }
    announced += (go(o, OPERATION_EV_PLAYED) & FX(ANNOUNCE)) != 0;
    assert_int_equal(announced, 1);
    assert_true(operation_is_over(o));
    (void)obj_unref(o);
}

static void a_second_prompt_that_cannot_be_had_fails_the_operation(void **state)
{
    struct operation *o = new_operation();

    (void)state;
    (void)go(o, OPERATION_EV_TURN);
    (void)go(o, OPERATION_EV_FETCHED);
    (void)go(o, OPERATION_EV_TURN);
    assert_int_equal(go(o, OPERATION_EV_FAIL), FX(ANNOUNCE) | FX(NEXT));
    assert_int_equal(o->state, OPERATION_FAILED);
    (void)obj_unref(o);
}

static void cancelled_while_waiting_it_leaves_the_line_alone(void **state)
{
    struct operation *o = new_operation();

    (void)state;
    assert_int_equal(go(o, OPERATION_EV_CANCEL), FX(ANNOUNCE));
    assert_true(operation_is_over(o));
    (void)obj_unref(o);
}

static void what_comes_late_is_refused(void **state)
{
    struct operation *o = new_operation();
    unsigned fx = 77;

    (void)state;
    (void)go(o, OPERATION_EV_TURN);
    assert_int_equal(operation_handle(o, OPERATION_EV_PLAYED, &fx), ERR_CONFLICT);
    (void)go(o, OPERATION_EV_CANCEL);
    assert_int_equal(operation_handle(o, OPERATION_EV_FETCHED, &fx), ERR_CONFLICT);
    assert_int_equal(operation_handle(o, OPERATION_EV_CANCEL, &fx), ERR_CONFLICT);
    assert_int_equal(fx, 77);
    assert_int_equal(o->state, OPERATION_FAILED);
    (void)obj_unref(o);
}

static void its_status_is_that_of_the_api(void **state)
{
    static const char *const expected[OPERATION_STATE_COUNT] = {
        [OPERATION_WAITING] = "running",     [OPERATION_FETCHING] = "running",
        [OPERATION_PLAYING] = "running",     [OPERATION_ERRAND] = "running",
        [OPERATION_RECORDING] = "running",   [OPERATION_KEEPING] = "running",
        [OPERATION_COMPLETED] = "completed", [OPERATION_FAILED] = "failed",
    };

    (void)state;
    for (int s = 0; s < OPERATION_STATE_COUNT; s++) {
        struct operation o = {.state = (enum operation_state)s};

        assert_string_equal(operation_status(&o), expected[s]);
        assert_int_equal(operation_is_over(&o), is_end(s));
    }
}

static void a_new_one_waits_and_owns_its_texts(void **state)
{
    struct operation *o = new_operation();

    (void)state;
    assert_int_equal(o->state, OPERATION_WAITING);
    assert_ptr_equal(o->type, &graph_play_prompt_operation_type);
    assert_string_equal(o->client_context, "context");
    assert_int_equal(strlen(o->id.text), ID_SIZE - 1);
    assert_non_null(o->arena.blocks);
    (void)obj_unref(o);
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
        TEST(it_ends_exactly_once),
        TEST(its_end_is_announced_and_nothing_else_is),
        TEST(the_line_moves_on_exactly_when_it_was_its_turn),
        TEST(the_port_is_silenced_exactly_when_it_is_cut_while_playing),
        TEST(a_recording_that_is_cut_is_stopped_and_one_that_is_whole_is_kept),
        TEST(sound_is_fetched_before_it_is_played),
        TEST(whatever_lives_can_be_cancelled),
        TEST(a_failure_ends_it_wherever_it_has_its_turn),
        TEST(only_what_was_played_to_the_last_sample_or_done_is_completed),
        TEST(it_is_announced_before_the_next_has_its_turn),
        TEST(the_machine_is_what_operations_live_by),
        TEST(one_prompt_is_fetched_played_and_completed),
        TEST(several_prompts_are_one_operation_with_one_end),
        TEST(a_second_prompt_that_cannot_be_had_fails_the_operation),
        TEST(cancelled_while_waiting_it_leaves_the_line_alone),
        TEST(what_comes_late_is_refused),
        TEST(its_status_is_that_of_the_api),
        TEST(a_new_one_waits_and_owns_its_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

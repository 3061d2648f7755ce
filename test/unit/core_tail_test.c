/*
 * What is said of notices just now: heard in order, waited for, missed only by who is slow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/tail.h"
#include "loop/loop.h"
#include "json/json.h"

static const char one[] = "11111111-1111-8111-8111-111111111111";
static const char two[] = "22222222-2222-8222-8222-222222222222";
static const char app[] = "33333333-3333-4333-8333-333333333333";

struct heard {
    struct json *answer; /* the last one */
    int count;
};

struct world {
    struct loop *loop;
    struct tail *tail;
    struct heard a, b;
};

static int set_up(void **state)
{
    struct world *w = mem_new(sizeof(*w));

    w->loop = loop_new("test");
    w->tail = tail_new(w->loop);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    json_free(w->a.answer);
    json_free(w->b.answer);
    tail_free(w->tail);
    loop_free(w->loop);
    (void)mem_free(w);
    return 0;
}

static void on_facts(const char *json, size_t len, void *arg)
{
    struct heard *h = arg;

    json_free(h->answer);
    h->answer = json_parse(json, len, NULL);
    assert_non_null(h->answer);
    h->count++;
}

static void say(struct world *w, const char *call, const char *what)
{
    tail_add(w->tail, &(struct tail_fact){.notice = 7,
                                          .call = call,
                                          .application = app,
                                          .change = "updated",
                                          .what = what,
                                          .state = "owed"});
}

static void ask(struct world *w, struct heard *h, int64_t after, int64_t wait_ms, const char *call)
{
    tail_ask(w->tail, &(struct tail_wish){.after = after, .wait_ms = wait_ms, .call = call},
             on_facts, h);
}

static size_t facts(const struct heard *h)
{
    return json_count(json_get(h->answer, "value"));
}

static const char *said(const struct heard *h, size_t i, const char *key)
{
    return json_text(json_get(json_at(json_get(h->answer, "value"), i), key));
}

static int64_t number(const struct heard *h, const char *key)
{
    return json_int(json_get(h->answer, key));
}

static void facts_come_in_order_with_all_that_is_known_of_them(void **state)
{
    struct world *w = *state;
    const struct json *fact;

    tail_add(w->tail, &(struct tail_fact){.notice = 41,
                                          .call = one,
                                          .application = app,
                                          .application_name = "A \"bot\"",
                                          .change = "deleted",
                                          .what = "operation",
                                          .detail = "completed",
                                          .operation = two,
                                          .state = "owed",
                                          .tries = 2,
                                          .status = 503,
                                          .why = "it broke"});
    say(w, two, "established");
    ask(w, &w->a, 0, 0, NULL);
    assert_int_equal(w->a.count, 1);
    assert_int_equal(facts(&w->a), 2);
    assert_int_equal(number(&w->a, "last"), 2);
    assert_int_equal(number(&w->a, "missed"), 0);
    fact = json_at(json_get(w->a.answer, "value"), 0);
    assert_int_equal(json_int(json_get(fact, "number")), 1);
    assert_int_equal(json_int(json_get(fact, "notice")), 41);
    assert_int_equal(json_int(json_get(fact, "tries")), 2);
    assert_int_equal(json_int(json_get(fact, "status")), 503);
    assert_string_equal(said(&w->a, 0, "call"), one);
    assert_string_equal(said(&w->a, 0, "applicationId"), app);
    assert_string_equal(said(&w->a, 0, "application"), "A \"bot\"");
    assert_string_equal(said(&w->a, 0, "changeType"), "deleted");
    assert_string_equal(said(&w->a, 0, "what"), "operation");
    assert_string_equal(said(&w->a, 0, "detail"), "completed");
    assert_string_equal(said(&w->a, 0, "operation"), two);
    assert_string_equal(said(&w->a, 0, "state"), "owed");
    assert_string_equal(said(&w->a, 0, "why"), "it broke");
    assert_string_equal(said(&w->a, 1, "what"), "established");
    assert_null(said(&w->a, 1, "detail"));
    assert_null(said(&w->a, 1, "application"));
}

static void who_says_nothing_hears_where_it_stands(void **state)
{
    struct world *w = *state;

    say(w, one, "x");
    ask(w, &w->a, -1, 60000, NULL);
    assert_int_equal(w->a.count, 1);
    assert_int_equal(facts(&w->a), 0);
    assert_int_equal(number(&w->a, "last"), 1);
}

static void who_waits_is_answered_in_the_next_turn_with_all_of_this_one(void **state)
{
    struct world *w = *state;

    ask(w, &w->a, 0, 60000, NULL);
    say(w, one, "first");
    say(w, two, "second");
    assert_int_equal(w->a.count, 0); /* nobody who says something is held up */
    loop_step(w->loop, 20);
    assert_int_equal(w->a.count, 1);
    assert_int_equal(facts(&w->a), 2);
    assert_string_equal(said(&w->a, 1, "what"), "second");
    say(w, one, "third");
    loop_step(w->loop, 10);
    assert_int_equal(w->a.count, 1); /* it has to ask again */
}

static void who_wants_one_call_is_not_woken_by_others(void **state)
{
    struct world *w = *state;

    say(w, two, "before");
    ask(w, &w->a, 0, 60000, one);
    say(w, two, "meanwhile");
    loop_step(w->loop, 10);
    assert_int_equal(w->a.count, 0);
    say(w, one, "mine");
    loop_step(w->loop, 20);
    assert_int_equal(w->a.count, 1);
    assert_int_equal(facts(&w->a), 1);
    assert_string_equal(said(&w->a, 0, "what"), "mine");
    assert_int_equal(number(&w->a, "last"), 3);
}

static void a_wait_ends_with_nothing(void **state)
{
    struct world *w = *state;

    ask(w, &w->a, 0, 60000, NULL);
    loop_step(w->loop, 0);
    assert_int_equal(w->a.count, 0);
    clock_advance_ms(60000);
    loop_clock_moved(w->loop);
    loop_step(w->loop, 20);
    assert_int_equal(w->a.count, 1);
    assert_int_equal(facts(&w->a), 0);
}

static void so_many_may_wait_and_no_more(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < TAIL_WAITERS; i++)
        ask(w, &w->a, 0, 60000, NULL);
    assert_int_equal(w->a.count, 0);
    ask(w, &w->b, 0, 60000, NULL);
    assert_int_equal(w->b.count, 1);
    assert_int_equal(facts(&w->b), 0);
    say(w, one, "x");
    loop_step(w->loop, 20);
    assert_int_equal(w->a.count, TAIL_WAITERS);
}

static void who_is_slow_hears_how_many_were_missed(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < TAIL_FACTS; i++)
        say(w, one, "x");
    ask(w, &w->a, 0, 0, NULL);
    assert_int_equal(facts(&w->a), TAIL_FACTS);
    assert_int_equal(number(&w->a, "missed"), 0);
    for (int i = 0; i < 12; i++)
        say(w, two, "y");
    ask(w, &w->a, 0, 60000, NULL);
    assert_int_equal(facts(&w->a), TAIL_FACTS);
    assert_int_equal(number(&w->a, "missed"), 12);
    assert_string_equal(said(&w->a, TAIL_FACTS - 13, "what"), "x");
    assert_string_equal(said(&w->a, TAIL_FACTS - 12, "what"), "y");
    ask(w, &w->b, 11, 60000, app); /* a call of which nothing was said: missed is news */
    assert_int_equal(w->b.count, 1);
    assert_int_equal(facts(&w->b), 0);
    assert_int_equal(number(&w->b, "missed"), 1);
}

static void who_was_here_before_the_server_hears_all(void **state)
{
    struct world *w = *state;

    say(w, one, "x");
    ask(w, &w->a, 4711, 60000, NULL);
    assert_int_equal(w->a.count, 1);
    assert_int_equal(facts(&w->a), 1);
    assert_int_equal(number(&w->a, "last"), 1);
}

static void all_who_wait_are_let_go(void **state)
{
    struct world *w = *state;

    ask(w, &w->a, 0, 60000, NULL);
    ask(w, &w->b, 0, 60000, one);
    tail_release(w->tail);
    assert_int_equal(w->a.count, 1);
    assert_int_equal(w->b.count, 1);
    assert_int_equal(facts(&w->b), 0);
    tail_release(w->tail);
    assert_int_equal(w->a.count, 1);
}

static void a_long_text_is_cut(void **state)
{
    struct world *w = *state;
    char text[4096];

    (void)memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    tail_add(w->tail, &(struct tail_fact){.call = one,
                                          .application = app,
                                          .application_name = text,
                                          .what = "x",
                                          .detail = text,
                                          .state = "owed",
                                          .why = text});
    ask(w, &w->a, 0, 0, one);
    assert_true(strlen(said(&w->a, 0, "detail")) < 200);
    assert_true(strlen(said(&w->a, 0, "why")) < 200);
    assert_true(strlen(said(&w->a, 0, "application")) < 200);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(facts_come_in_order_with_all_that_is_known_of_them),
        T(who_says_nothing_hears_where_it_stands),
        T(who_waits_is_answered_in_the_next_turn_with_all_of_this_one),
        T(who_wants_one_call_is_not_woken_by_others),
        T(a_wait_ends_with_nothing),
        T(so_many_may_wait_and_no_more),
        T(who_is_slow_hears_how_many_were_missed),
        T(who_was_here_before_the_server_hears_all),
        T(all_who_wait_are_let_go),
        T(a_long_text_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

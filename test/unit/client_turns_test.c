/*
 * Turns: bounded in all, bounded for one host, hosts one after the other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "client/turns.h"

static void those_of_one_host_go_in_order_and_no_more_than_allowed(void **state)
{
    struct turns t;
    struct turn u[4] = {0};

    (void)state;
    turns_init(&t, 2, 10);
    for (int i = 0; i < 4; i++)
        turns_wait(&t, &u[i], "https://a/x");
    assert_ptr_equal(turns_next(&t), &u[0]);
    assert_ptr_equal(turns_next(&t), &u[1]);
    assert_null(turns_next(&t));
    turns_done(&t, &u[1]);
    assert_ptr_equal(turns_next(&t), &u[2]);
    assert_null(turns_next(&t));
    for (int i = 0; i < 4; i++)
        turns_done(&t, &u[i]);
    assert_int_equal(t.taken, 0);
    assert_int_equal(t.hosts.count, 0);
    turns_clear(&t);
}

static void hosts_take_turns_within_the_total(void **state)
{
    struct turns t;
    struct turn a[3] = {0};
    struct turn b = {0};

    (void)state;
    turns_init(&t, 3, 2);
    for (int i = 0; i < 3; i++)
        turns_wait(&t, &a[i], "https://a/");
    turns_wait(&t, &b, "https://b/");
    assert_ptr_equal(turns_next(&t), &a[0]);
    assert_ptr_equal(turns_next(&t), &b);
    assert_null(turns_next(&t));
    turns_done(&t, &a[0]);
    assert_ptr_equal(turns_next(&t), &a[1]);
    turns_clear(&t);
}

static void many_greedy_hosts_leave_room_for_one_more(void **state)
{
    enum { GREEDY = 50, EACH = 100 };
    static struct turn greedy[GREEDY][EACH];
    struct turn late[2] = {0};
    struct turns t;
    size_t had[GREEDY] = {0};

    (void)state;
    turns_init(&t, 64, 256);
    for (int h = 0; h < GREEDY; h++) {
        char url[32];

        (void)snprintf(url, sizeof(url), "https://h%d/", h);
        for (int i = 0; i < EACH; i++)
            turns_wait(&t, &greedy[h][i], url);
        if (h == 0) /* while it is alone it may have a quarter */
            for (; turns_next(&t) != NULL; had[0]++)
                ;
    }
    assert_int_equal(had[0], 64);
    for (struct turn *u; (u = turns_next(&t)) != NULL;)
        had[(u - &greedy[0][0]) / EACH]++;
    for (int h = 0; h < GREEDY; h++)
        assert_in_range(had[h], 3, 64);
    assert_true(t.taken < 256);
    for (int i = 0; i < 2; i++)
        turns_wait(&t, &late[i], "https://late/");
    assert_ptr_equal(turns_next(&t), &late[0]);
    assert_ptr_equal(turns_next(&t), &late[1]);
    turns_clear(&t);
}

static void scheme_host_and_port_make_a_host_and_case_does_not(void **state)
{
    struct turns t;
    struct turn u[6] = {0};

    (void)state;
    turns_init(&t, 1, 10);
    turns_wait(&t, &u[0], "https://a/1");
    turns_wait(&t, &u[1], "HTTPS://A?2");
    turns_wait(&t, &u[2], "https://a#3");
    turns_wait(&t, &u[3], "http://a/");
    turns_wait(&t, &u[4], "https://a:444/");
    turns_wait(&t, &u[5], "https://ab/");
    assert_int_equal(t.hosts.count, 4);
    turns_clear(&t);
}

static void who_gives_up_waiting_is_passed_over(void **state)
{
    struct turns t;
    struct turn u[3] = {0};
    struct turn never = {0};

    (void)state;
    turns_init(&t, 1, 1);
    for (int i = 0; i < 3; i++)
        turns_wait(&t, &u[i], "https://a/");
    assert_ptr_equal(turns_next(&t), &u[0]);
    turns_done(&t, &u[1]);
    turns_done(&t, &never);
    turns_done(&t, &u[0]);
    assert_ptr_equal(turns_next(&t), &u[2]);
    turns_done(&t, &u[2]);
    turns_done(&t, &u[2]);
    assert_int_equal(t.taken, 0);
    assert_null(turns_next(&t));
    turns_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_one_host_go_in_order_and_no_more_than_allowed),
        cmocka_unit_test(hosts_take_turns_within_the_total),
        cmocka_unit_test(many_greedy_hosts_leave_room_for_one_more),
        cmocka_unit_test(scheme_host_and_port_make_a_host_and_case_does_not),
        cmocka_unit_test(who_gives_up_waiting_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

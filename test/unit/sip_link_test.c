/*
 * sip_link_test.c - which connections stay and which leave, with pairs of sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "sip/link.h"

enum { PAIRS = 8 };

struct world {
    struct link_table t;
    int ours[PAIRS];
    int theirs[PAIRS];
};

static void start(struct world *w, size_t most, size_t most_of_one)
{
    link_init(&w->t, most, most_of_one);
    for (int i = 0; i < PAIRS; i++) {
        int pair[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        w->ours[i] = pair[0];
        w->theirs[i] = pair[1];
    }
}

static void stop(struct world *w)
{
    link_clear(&w->t);
    for (int i = 0; i < PAIRS; i++) {
        (void)close(w->ours[i]);
        (void)close(w->theirs[i]);
    }
}

/* Connection i comes from this address; its source is "tcp:<i>". */
static bool add(struct world *w, int i, const char *ip, int64_t now_ms)
{
    struct addr a;
    char source[32];

    assert_int_equal(addr_read(&a, ip, false, NULL), ERR_OK);
    (void)snprintf(source, sizeof(source), "tcp:%d", i);
    return link_add(&w->t, w->ours[i], source, &a, now_ms);
}

/* Has the other side been hung up on? */
static bool ended(const struct world *w, int i)
{
    char c;

    return recv(w->theirs[i], &c, 1, MSG_DONTWAIT) == 0;
}

static void a_stranger_leaves_after_a_minute_and_a_phone_stays(void **state)
{
    struct world w;

    (void)state;
    start(&w, 10, 10);
    assert_true(add(&w, 0, "192.0.2.1", 1000));
    assert_true(add(&w, 1, "192.0.2.1", 1000));
    link_use(&w.t, "tcp:1", 1000);
    link_use(&w.t, "udp:9", 1000);
    for (int64_t ms = 2000; ms < 61000; ms += 1000) {
        link_use(&w.t, "tcp:1", ms);
        link_sweep(&w.t, ms);
        assert_false(ended(&w, 0));
    }
    link_use(&w.t, "tcp:1", 61000);
    link_sweep(&w.t, 61000);
    assert_true(ended(&w, 0));
    assert_false(ended(&w, 1));
    link_sweep(&w.t, 62000); /* its phone is gone: a stranger from now on */
    link_sweep(&w.t, 121000);
    assert_false(ended(&w, 1));
    link_sweep(&w.t, 122000);
    assert_true(ended(&w, 1));
    assert_int_equal(w.t.by_fd.count, 0);
    stop(&w);
}

static void one_too_many_of_an_address_takes_its_oldest_stranger(void **state)
{
    struct world w;

    (void)state;
    start(&w, 10, 2);
    assert_true(add(&w, 0, "192.0.2.1", 0));
    link_use(&w.t, "tcp:0", 0); /* a phone: is not counted */
    assert_true(add(&w, 1, "192.0.2.2", 0));
    assert_true(add(&w, 2, "192.0.2.1", 0));
    assert_true(add(&w, 3, "192.0.2.1", 0));
    assert_false(add(&w, 4, "192.0.2.1", 0));
    for (int i = 0; i < 5; i++)
        assert_int_equal(ended(&w, i), i == 2);
    stop(&w);
}

static void addresses_of_one_ipv6_network_are_one(void **state)
{
    struct world w;

    (void)state;
    start(&w, 10, 1);
    assert_true(add(&w, 0, "[2001:db8::1]", 0));
    assert_true(add(&w, 1, "[2001:db8:0:1::1]", 0));
    assert_false(add(&w, 2, "[2001:db8::2]", 0));
    for (int i = 0; i < 3; i++)
        assert_int_equal(ended(&w, i), i == 0);
    stop(&w);
}

static void one_too_many_in_all_takes_the_oldest_stranger(void **state)
{
    struct world w;

    (void)state;
    start(&w, 2, 2);
    assert_true(add(&w, 0, "192.0.2.1", 0));
    assert_true(add(&w, 1, "192.0.2.2", 0));
    link_use(&w.t, "tcp:0", 0);
    assert_true(add(&w, 2, "192.0.2.3", 0));
    assert_true(add(&w, 3, "192.0.2.4", 0));
    for (int i = 0; i < 4; i++)
        assert_int_equal(ended(&w, i), i == 1);
    link_make_room(&w.t);
    assert_true(ended(&w, 2));
    stop(&w);
}

/* Numbers are given again: what has one now may be somebody else's, and is not touched. */
static void a_number_that_was_closed_and_given_again_is_another_connection(void **state)
{
    struct world w;

    (void)state;
    start(&w, 10, 10);
    assert_true(add(&w, 0, "192.0.2.1", 0));
    assert_int_equal(dup2(w.ours[1], w.ours[0]), w.ours[0]);
    link_sweep(&w.t, LINK_STRANGER_MS);
    assert_false(ended(&w, 1));
    assert_int_equal(w.t.strangers.count, 0);
    assert_true(add(&w, 2, "192.0.2.1", 0));
    assert_int_equal(dup2(w.ours[3], w.ours[2]), w.ours[2]);
    assert_true(add(&w, 2, "192.0.2.2", 0));
    assert_int_equal(w.t.strangers.count, 1);
    link_sweep(&w.t, LINK_STRANGER_MS);
    assert_true(ended(&w, 3));
    assert_int_equal(w.t.hosts.count, 0);
    stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_leaves_after_a_minute_and_a_phone_stays),
        cmocka_unit_test(one_too_many_of_an_address_takes_its_oldest_stranger),
        cmocka_unit_test(addresses_of_one_ipv6_network_are_one),
        cmocka_unit_test(one_too_many_in_all_takes_the_oldest_stranger),
        cmocka_unit_test(a_number_that_was_closed_and_given_again_is_another_connection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_socket_test.c - pairs of ports: even and odd, at random, with a rest after use.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <unistd.h>

#include "media/socket.h"

/* A loopback address of this process alone, so that nobody else takes its ports meanwhile. */
static struct addr loopback(void)
{
    struct addr a;
    char ip[32];
    int n =
        snprintf(ip, sizeof(ip), "127.%d.%d.77", (int)getpid() / 256 % 256, (int)getpid() % 256);

    assert_true(addr_read_ip(&a, ip, (size_t)n, 0));
    return a;
}

static void the_system_chooses_an_even_port_and_the_one_above(void **state)
{
    struct addr at = loopback();
    struct socket_pool *sp;
    struct media_socket s;

    (void)state;
    assert_int_equal(socket_pool_new(&at, 0, 0, &sp, NULL), ERR_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(socket_open(sp, 0, &s, NULL), ERR_OK);
        assert_int_equal(addr_port(&s.rtp) % 2, 0);
        assert_int_equal(s.rtcp_port, addr_port(&s.rtp) + 1);
        socket_close(sp, 0, &s);
    }
    socket_pool_free(sp);
}

/* Some range of pairs that is free now: found by asking the system for one. */
static struct socket_pool *pool_of(int pairs, uint16_t *low)
{
    struct addr at = loopback();
    struct socket_pool *sp;
    struct media_socket s;

    assert_int_equal(socket_pool_new(&at, 0, 0, &sp, NULL), ERR_OK);
    assert_int_equal(socket_open(sp, 0, &s, NULL), ERR_OK);
    socket_close(sp, 0, &s);
    socket_pool_free(sp);
    *low = addr_port(&s.rtp);
    if (*low > 65535 - 2 * pairs)
        *low = (uint16_t)(*low - 2 * pairs);
    assert_int_equal(socket_pool_new(&at, *low, (uint16_t)(*low + 2 * pairs - 1), &sp, NULL),
                     ERR_OK);
    return sp;
}

static void a_pair_rests_before_it_is_used_again(void **state)
{
    uint16_t low;
    struct socket_pool *sp = pool_of(1, &low);
    struct media_socket s, other;
    struct fail f;

    (void)state;
    assert_int_equal(socket_open(sp, 100, &s, NULL), ERR_OK);
    assert_int_equal(addr_port(&s.rtp), low);
    assert_int_equal(socket_open(sp, 100, &other, &f), ERR_BUSY);
    assert_string_equal(f.text, "no free RTP ports");
    assert_int_equal(other.rtp_fd, -1);
    socket_close(sp, 200, &s);
    assert_int_equal(socket_open(sp, 200 + SOCKET_REST_MS - 1, &s, NULL), ERR_BUSY);
    assert_int_equal(socket_open(sp, 200 + SOCKET_REST_MS, &s, NULL), ERR_OK);
    socket_close(sp, 0, &s);
    socket_pool_free(sp);
}

static void a_port_that_somebody_else_has_is_passed_over(void **state)
{
    uint16_t low;
    struct socket_pool *first = pool_of(1, &low), *second;
    struct addr at = loopback();
    struct media_socket s, other;

    (void)state;
    assert_int_equal(socket_pool_new(&at, low, (uint16_t)(low + 1), &second, NULL), ERR_OK);
    assert_int_equal(socket_open(first, 0, &s, NULL), ERR_OK);
    assert_int_equal(socket_open(second, 0, &other, NULL), ERR_BUSY);
    socket_close(first, 0, &s);
    assert_int_equal(socket_open(second, SOCKET_REST_MS, &other, NULL), ERR_OK);
    socket_close(second, 0, &other);
    socket_pool_free(first);
    socket_pool_free(second);
}

static void a_range_without_a_pair_is_refused(void **state)
{
    struct addr at = loopback();
    struct socket_pool *sp;
    struct fail f;

    (void)state;
    assert_int_equal(socket_pool_new(&at, 4001, 4002, &sp, &f), ERR_BAD_REQUEST);
    assert_int_equal(socket_pool_new(&at, 4000, 4000, &sp, &f), ERR_BAD_REQUEST);
    assert_int_equal(socket_pool_new(&at, 0, 4000, &sp, &f), ERR_BAD_REQUEST);
    assert_int_equal(socket_pool_new(&at, 5000, 4000, &sp, &f), ERR_BAD_REQUEST);
    assert_int_equal(socket_pool_new(&at, 4000, 4001, &sp, &f), ERR_OK);
    socket_pool_free(sp);
    assert_int_equal(socket_pool_new(&at, 65534, 65535, &sp, &f), ERR_OK);
    socket_pool_free(sp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_system_chooses_an_even_port_and_the_one_above),
        cmocka_unit_test(a_pair_rests_before_it_is_used_again),
        cmocka_unit_test(a_port_that_somebody_else_has_is_passed_over),
        cmocka_unit_test(a_range_without_a_pair_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Tunnels against real sockets in this process: bytes both ways, the ends, and a long time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/tunnel.h"
#include "loop/loop.h"

enum { WAIT_MS = 20000, DIAL_MS = 10000, JUMP_S = 200 };

static long jumped_s;

/* The whole program's clock, libcurl's too: so that a long time can pass in a test. */
__attribute__((visibility("default"))) int clock_gettime(clockid_t which, struct timespec *t)
{
    int e = (int)syscall(SYS_clock_gettime, which, t);

    t->tv_sec += jumped_s;
    return e;
}

struct end {
    struct tunnel *tunnel;
    int peer; /* the descriptor at the other side; -1 */
    int ups;
    enum client_fail fail;
    bool is_over;
    bool is_writable;
    char got[64];
    size_t len;
};

struct world {
    struct loop *loop;
    struct tunnels *tunnels;
    int listener;
    int port;
    struct end a;
    struct end b;
};

static void on_up(enum client_fail fail, void *arg)
{
    struct end *e = arg;

    e->ups++;
    e->fail = fail;
}

static void on_ready(int events, void *arg)
{
    struct end *e = arg;
    ssize_t n;

    e->is_writable |= (events & LOOP_WRITE) != 0;
    while ((n = tunnel_read(e->tunnel, e->got + e->len, sizeof(e->got) - e->len - 1)) > 0)
        e->len += (size_t)n;
    e->got[e->len] = '\0';
    if (n == TUNNEL_OVER) {
        e->is_over = true;
        tunnel_want(e->tunnel, 0);
    }
}

static int set_up(void **state)
{
    static const struct client_settings s = {.guard = {.plain_http = true, .loopback = true},
                                             .per_host = 8,
                                             .total = 16,
                                             .user_agent = "carillon-test"};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    struct world *w = mem_new(sizeof(*w));
    struct fail f;

    jumped_s = 0;
    w->a.peer = w->b.peer = -1;
    w->loop = loop_new("test");
    assert_int_equal(tunnels_open(w->loop, &s, &w->tunnels, &f), ERR_OK);
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(w->listener, 16), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&at, &len), 0);
    w->port = ntohs(at.sin_port);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    tunnel_close(w->a.tunnel);
    tunnel_close(w->b.tunnel);
    tunnels_close(w->tunnels);
    loop_free(w->loop);
    if (w->a.peer >= 0)
        (void)close(w->a.peer);
    if (w->b.peer >= 0)
        (void)close(w->b.peer);
    (void)close(w->listener);
    (void)mem_free(w);
    return 0;
}

static void begin(struct world *w, struct end *e)
{
    static const struct tunnel_hooks hooks = {.up = on_up, .ready = on_ready};
    char url[64];

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/ignored", w->port);
    e->tunnel = tunnel_dial(w->tunnels, url, DIAL_MS, &hooks, e);
    assert_int_equal(e->ups, 0); /* never before it returns */
}

static void wait_up(struct world *w, const struct end *e)
{
    int64_t until = clock_real_us() + WAIT_MS * 1000LL;

    while (e->ups == 0 && clock_real_us() < until)
        loop_step(w->loop, 100);
    assert_int_equal(e->ups, 1);
}

/* The next that has not been closed again already. */
static int accept_open(const struct world *w)
{
    char byte;
    int fd;

    while ((fd = accept(w->listener, NULL, NULL)) >= 0 &&
           recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        (void)close(fd);
    assert_true(fd >= 0);
    return fd;
}

static void dial(struct world *w, struct end *e)
{
    begin(w, e);
    wait_up(w, e);
    assert_int_equal(e->fail, CLIENT_NONE);
    e->peer = accept_open(w);
}

/* What was said arrives, in both directions. */
static void assert_carries(struct world *w, struct end *e, const char *text)
{
    int64_t until = clock_real_us() + WAIT_MS * 1000LL;
    ssize_t n = (ssize_t)strlen(text);
    char got[64] = {0};

    assert_int_equal(tunnel_write(e->tunnel, text, (size_t)n), n);
    assert_int_equal(recv(e->peer, got, sizeof(got) - 1, 0), n);
    assert_string_equal(got, text);
    e->len = 0;
    assert_int_equal(send(e->peer, text, (size_t)n, MSG_NOSIGNAL), n);
    while (e->len < (size_t)n && !e->is_over && clock_real_us() < until)
        loop_step(w->loop, 100);
    assert_string_equal(e->got, text);
    assert_false(e->is_over);
}

static void assert_becomes(struct world *w, const bool *what)
{
    int64_t until = clock_real_us() + WAIT_MS * 1000LL;

    while (!*what && clock_real_us() < until)
        loop_step(w->loop, 100);
    assert_true(*what);
}

static void bytes_go_both_ways(void **state)
{
    struct world *w = *state;

    dial(w, &w->a);
    assert_carries(w, &w->a, "first");
    assert_carries(w, &w->a, "and again");
}

static void two_tunnels_are_two_connections(void **state)
{
    struct world *w = *state;

    dial(w, &w->a);
    dial(w, &w->b);
    assert_carries(w, &w->a, "for a");
    assert_carries(w, &w->b, "for b");
}

static void a_long_silence_does_not_end_it(void **state)
{
    struct world *w = *state;

    dial(w, &w->a);
    assert_carries(w, &w->a, "before");
    jumped_s = JUMP_S; /* idle ones are given up after 118 s, at the next dial */
    dial(w, &w->b);
    assert_carries(w, &w->a, "after");
    assert_carries(w, &w->b, "b");
}

static void the_other_sides_end_is_told(void **state)
{
    struct world *w = *state;

    dial(w, &w->a);
    assert_int_equal(shutdown(w->a.peer, SHUT_RDWR), 0);
    assert_becomes(w, &w->a.is_over);
}

static void the_other_sides_end_is_told_though_another_is_dialled(void **state)
{
    struct world *w = *state;

    dial(w, &w->a);
    jumped_s = 2; /* the dead are looked for once a second */
    begin(w, &w->b);
    assert_int_equal(shutdown(w->a.peer, SHUT_RDWR), 0);
    tunnel_want(w->a.tunnel, 0);
    wait_up(w, &w->b);
    tunnel_want(w->a.tunnel, LOOP_READ);
    assert_becomes(w, &w->a.is_over);
}

static void closing_it_closes_the_connection(void **state)
{
    struct world *w = *state;
    char byte;

    dial(w, &w->a);
    tunnel_close(w->a.tunnel);
    w->a.tunnel = NULL;
    assert_int_equal(recv(w->a.peer, &byte, 1, 0), 0);
}

static void it_can_be_closed_at_any_time(void **state)
{
    struct world *w = *state;

    begin(w, &w->a);
    tunnel_close(w->a.tunnel); /* before it was begun */
    begin(w, &w->a);
    loop_step(w->loop, 0);
    tunnel_close(w->a.tunnel); /* while it is dialled, or just up */
    w->a.tunnel = NULL;
    dial(w, &w->b);
    assert_carries(w, &w->b, "the next");
}

static void nobody_there_is_said_so(void **state)
{
    struct world *w = *state;

    (void)close(w->listener);
    w->listener = -1;
    begin(w, &w->a);
    wait_up(w, &w->a);
    assert_int_equal(w->a.fail, CLIENT_CONNECT);
}

/* The other side reads nothing: what fits is taken, and then LOOP_WRITE tells when there is room.
 */
static void who_reads_nothing_is_waited_for(void **state)
{
    struct world *w = *state;
    char zeros[65536] = {0};
    size_t sent = 0;
    ssize_t n;

    dial(w, &w->a);
    tunnel_bound(w->a.tunnel, 1024);
    while ((n = tunnel_write(w->a.tunnel, zeros, sizeof(zeros))) > 0)
        sent += (size_t)n;
    assert_int_equal(n, TUNNEL_AGAIN);
    assert_true(sent > 0);
    tunnel_want(w->a.tunnel, LOOP_READ | LOOP_WRITE);
    loop_step(w->loop, 0);
    assert_false(w->a.is_writable);
    while (sent > 0 && (n = recv(w->a.peer, zeros, sizeof(zeros), 0)) > 0)
        sent -= (size_t)n;
    assert_becomes(w, &w->a.is_writable);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(bytes_go_both_ways),
        T(two_tunnels_are_two_connections),
        T(a_long_silence_does_not_end_it),
        T(the_other_sides_end_is_told),
        T(the_other_sides_end_is_told_though_another_is_dialled),
        T(closing_it_closes_the_connection),
        T(it_can_be_closed_at_any_time),
        T(nobody_there_is_said_so),
        T(who_reads_nothing_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

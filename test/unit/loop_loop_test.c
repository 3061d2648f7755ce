#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/ring.h"
#include "loop/tcp.h"
#include "loop/timer.h"
#include "loop/worker.h"

struct bell {
    struct timer timer;
    struct loop *loop;
    int number;
    struct heard *heard;
};

struct heard {
    int order[64];
    int count;
    int stop_at;
    struct loop *loop;
};

static void on_bell(void *arg)
{
    struct bell *b = arg;

    b->heard->order[b->heard->count++] = b->number;
    if (b->heard->count == b->heard->stop_at)
        loop_stop(b->heard->loop);
}

static void timers_ring_in_the_order_of_their_time(void **state)
{
    static const int delay[] = {30, 5, 20, 10, 25, 0, 15};
    static const int order[] = {5, 1, 3, 6, 2, 4};
    struct loop *l = loop_new("test");
    struct heard h = {.loop = l, .stop_at = 6};
    struct bell b[7] = {0};

    (void)state;
    for (int i = 0; i < 7; i++) {
        b[i].number = i;
        b[i].heard = &h;
        timer_start(&b[i].timer, l, delay[i], on_bell, &b[i]);
    }
    timer_stop(&b[0].timer);
    assert_false(timer_running(&b[0].timer));
    loop_run(l);
    assert_memory_equal(h.order, order, sizeof(order));
    loop_free(l);
}

static void hours_pass_when_the_clock_is_moved(void **state)
{
    struct loop *l = loop_new("test");
    struct heard h = {.loop = l, .stop_at = 1};
    struct bell b = {.number = 7, .heard = &h};

    (void)state;
    timer_start(&b.timer, l, 24 * 3600 * 1000, on_bell, &b);
    clock_advance_ms(24 * 3600 * 1000);
    loop_clock_moved(l);
    loop_run(l);
    assert_int_equal(h.count, 1);
    loop_free(l);
}

struct post {
    struct mailbox *box;
    int count;
};

static void post_all(void *arg)
{
    const struct post *p = arg;

    for (int i = 0; i < p->count; i++)
        mailbox_post(p->box, &i);
}

struct got {
    struct loop *loop;
    int next;
    int stop_at;
    int turns;
};

static void on_number(void *msg, void *arg)
{
    struct got *g = arg;

    assert_int_equal(*(int *)msg, g->next);
    if (++g->next == g->stop_at)
        loop_stop(g->loop);
}

static void on_turn(void *arg)
{
    ((struct got *)arg)->turns++;
}

static void messages_arrive_whole_and_in_order(void **state)
{
    struct loop *l = loop_new("test");
    struct got g = {.loop = l, .stop_at = 100000};
    struct post p = {.count = 100000};
    struct worker *w;

    (void)state;
    p.box = mailbox_new(l, sizeof(int), on_number, &g);
    loop_at_end_of_turn(l, on_turn, &g);
    w = worker_start("poster", post_all, &p);
    loop_run(l);
    worker_join(w);
    assert_int_equal(g.next, 100000);
    assert_true(g.turns > 0);
    mailbox_free(p.box);
    loop_free(l);
}

static void a_mailbox_without_a_loop_is_waited_for(void **state)
{
    struct got g = {.stop_at = -1};
    struct post p = {.count = 1000};
    struct worker *w;

    (void)state;
    p.box = mailbox_new(NULL, sizeof(int), on_number, &g);
    w = worker_start("poster", post_all, &p);
    while (g.next < 1000)
        (void)mailbox_wait(p.box, -1);
    worker_join(w);
    mailbox_free(p.box);
}

static void pop_all(void *arg)
{
    struct ring *r = arg;
    int v;

    for (int next = 0; next < 100000;) {
        if (!ring_pop(r, &v))
            continue;
        if (v != next++)
            abort();
    }
}

static void a_ring_loses_nothing_and_says_when_it_is_full(void **state)
{
    struct ring *r = ring_new(5, sizeof(int)); /* becomes 8 */
    struct worker *w;
    int v;

    (void)state;
    for (v = 0; v < 8; v++)
        assert_true(ring_push(r, &v));
    assert_false(ring_push(r, &v));
    assert_int_equal(ring_space(r), 0);
    for (int i = 0; i < 8; i++) {
        assert_true(ring_pop(r, &v));
        assert_int_equal(v, i);
    }
    assert_false(ring_pop(r, &v));
    w = worker_start("popper", pop_all, r);
    for (int i = 0; i < 100000;)
        i += ring_push(r, &i) ? 1 : 0;
    worker_join(w);
    ring_free(r);
}

struct talk {
    struct loop *loop;
    struct tcp *tcp;
    char got[64];
    size_t len;
    bool ended;
    bool written;
};

static void on_sent(bool ok, void *arg)
{
    ((struct talk *)arg)->written = ok;
}

static void on_read(const char *p, size_t n, void *arg)
{
    struct talk *t = arg;

    if (n == 0) {
        t->ended = true;
        tcp_close(t->tcp, false);
        loop_stop(t->loop);
        return;
    }
    assert_true(t->len + n < sizeof(t->got));
    (void)memcpy(t->got + t->len, p, n);
    t->len += n;
    tcp_write(t->tcp, p, n, on_sent, t);
    assert_false(t->written); /* never before return */
}

static void on_accept(struct tcp *tcp, void *arg)
{
    struct talk *t = arg;

    t->tcp = tcp;
    tcp_start(tcp, on_read, t);
}

static void speak(void *arg)
{
    const struct addr *a = arg;
    int fd = socket(a->sa.sa_family, SOCK_STREAM, 0);
    char back[6] = "";

    if (connect(fd, &a->sa, addr_len(a)) != 0 || write(fd, "hello", 5) != 5 ||
        recv(fd, back, 5, MSG_WAITALL) != 5 || strcmp(back, "hello") != 0)
        abort();
    (void)close(fd);
}

static void bytes_go_both_ways_over_tcp(void **state)
{
    struct loop *l = loop_new("test");
    struct talk t = {.loop = l};
    struct tcp_listener *s = NULL;
    struct addr at;
    struct fail f;
    struct worker *w;

    (void)state;
    assert_int_equal(addr_read(&at, "127.0.0.1:0", true, &f), ERR_OK);
    assert_int_equal(tcp_listen(l, &at, on_accept, &t, &s, &f), ERR_OK);
    assert_int_not_equal(addr_port(&at), 0);
    w = worker_start("peer", speak, &at);
    loop_run(l);
    worker_join(w);
    assert_string_equal(t.got, "hello");
    assert_true(t.written && t.ended);
    tcp_listener_close(s);
    loop_free(l);
}

static void an_address_in_use_is_named(void **state)
{
    struct loop *l = loop_new("test");
    struct tcp_listener *one = NULL;
    struct tcp_listener *two = NULL;
    struct addr at;
    struct fail f = {0};

    (void)state;
    assert_int_equal(addr_read(&at, "127.0.0.1:0", true, &f), ERR_OK);
    assert_int_equal(tcp_listen(l, &at, on_accept, NULL, &one, &f), ERR_OK);
    assert_int_equal(tcp_listen(l, &at, on_accept, NULL, &two, &f), ERR_BUSY);
    assert_non_null(strstr(f.text, "cannot listen on 127.0.0.1:"));
    tcp_listener_close(one);
    loop_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timers_ring_in_the_order_of_their_time),
        cmocka_unit_test(hours_pass_when_the_clock_is_moved),
        cmocka_unit_test(messages_arrive_whole_and_in_order),
        cmocka_unit_test(a_mailbox_without_a_loop_is_waited_for),
        cmocka_unit_test(a_ring_loses_nothing_and_says_when_it_is_full),
        cmocka_unit_test(bytes_go_both_ways_over_tcp),
        cmocka_unit_test(an_address_in_use_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * conn.c - one connection: bytes in, one request at a time, its reply out.
 *
 * The next request is looked at when the reply to the one before has been taken by the
 * kernel. What comes earlier is held, and reading stops: at most one read of the loop
 * is held. It reads no HTTP itself; that is message.c. The loop's thread.
 */
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/obj.h"
#include "crypto/tls.h"
#include "http/inside.h"
#include "loop/loop.h"

enum { LINGER_MS = 5000, TLS_UNSENT_MAX = 64 * 1024 };

enum wait { WAIT_EVER, WAIT_REQUEST, WAIT_IDLE, WAIT_LINGER };

enum lapse { LAPSE_NOTHING, LAPSE_END, LAPSE_REFUSE, LAPSE_STALL, LAPSE_CLOSE };

/* How long a connection may stay in a state, and what happens then. A request is timed
 * as a whole, from its first byte, or one byte a second would hold it for ever. */
/* clang-format off */
static const struct {
    enum wait wait;
    enum lapse lapse;
} rules[CONN_STATE_COUNT] = {
    [CONN_OPENING]   = {WAIT_REQUEST, LAPSE_END},
    [CONN_IDLE]      = {WAIT_IDLE,    LAPSE_END},
    [CONN_READING]   = {WAIT_REQUEST, LAPSE_REFUSE},
    [CONN_HANDLING]  = {WAIT_EVER,    LAPSE_NOTHING},
    [CONN_WRITING]   = {WAIT_REQUEST, LAPSE_STALL},
    [CONN_LINGERING] = {WAIT_LINGER,  LAPSE_CLOSE},
    [CONN_CLOSED]    = {WAIT_EVER,    LAPSE_NOTHING},
};
/* clang-format on */

static void on_deadline(void *arg);
static void on_written(bool ok, void *arg);

static int wait_ms(const struct conn *c)
{
    const struct http_limits *limits = &c->server->settings.limits;

    switch (rules[c->state].wait) {
    case WAIT_REQUEST:
        return limits->request_ms;
    case WAIT_IDLE:
        return limits->idle_ms;
    case WAIT_LINGER:
        return LINGER_MS;
    case WAIT_EVER:
        break;
    }
    return -1;
}

/* Each request moves the deadline twice. The timer is left where it is when it comes
 * too early, and looks again; setting it costs more than one look in half a minute. */
static void move(struct conn *c, enum conn_state to)
{
    int ms;

    c->state = to;
    if (to == CONN_IDLE || to == CONN_OPENING)
        list_push(&c->server->idle, &c->idle_node);
    else
        list_remove(&c->idle_node);
    ms = wait_ms(c);
    c->deadline_ms = ms < 0 ? INT64_MAX : clock_mono_ms() + ms;
    if (ms >= 0 && (!timer_running(&c->timer) || c->timer.due_ms > c->deadline_ms))
        timer_start(&c->timer, c->server->loop, ms, on_deadline, c);
}

static void on_freed(void *p)
{
    struct conn *c = p;

    message_clear(&c->message);
    buf_clear(&c->held);
    tls_free(c->tls);
}

static void leave(struct conn *c, bool now)
{
    struct request *r = c->request;

    if (c->state == CONN_CLOSED)
        return;
    c->request = NULL;
    if (r != NULL && c->state == CONN_HANDLING) {
        r->conn = NULL;
        r->pub.is_gone = true;
    } else {
        answer_drop(r);
    }
    timer_stop(&c->timer);
    list_remove(&c->idle_node);
    c->state = CONN_CLOSED;
    server_forget(c);
    c->server = NULL;
    /* What the kernel does not take at once may never go: nobody would wait for that. */
    tcp_close(c->tcp, now || tcp_unsent(c->tcp) > 0);
    c->tcp = NULL;
    (void)obj_unref(c);
}

void conn_close(struct conn *c)
{
    leave(c, true);
}

/* Tells the client that nothing more will come, as far as TLS can say it. */
static void end_tls(struct conn *c)
{
    struct buf *wire = &c->server->wire;

    if (c->tls == NULL)
        return;
    wire->len = 0;
    tls_end(c->tls, wire);
    if (wire->len > 0)
        tcp_write(c->tcp, wire->data, wire->len, NULL, NULL);
}

void conn_end(struct conn *c)
{
    end_tls(c);
    leave(c, false);
}

/* False: TLS is broken. */
static bool send_bytes(struct conn *c, const char *p, size_t n, tcp_written_h *h)
{
    struct buf *wire = &c->server->wire;

    if (c->tls != NULL) {
        wire->len = 0;
        if (!tls_write(c->tls, p, n, wire))
            return false;
        p = wire->data;
        n = wire->len;
    }
    tcp_write(c->tcp, p, n, h, h != NULL ? obj_ref(c) : NULL);
    return true;
}

bool conn_reply(struct conn *c, const char *p, size_t n, const struct http_reply *reply)
{
    if (!send_bytes(c, p, n, on_written)) {
        conn_close(c);
        return false;
    }
    c->on_sent = reply->on_sent;
    c->sent_arg = reply->arg;
    c->must_close = c->must_close || reply->close;
    c->unsent = tcp_unsent(c->tcp);
    move(c, CONN_WRITING);
    return true;
}

static void begin(struct conn *c)
{
    struct request *r = mem_new(sizeof(*r));

    r->conn = c;
    r->loop = c->server->loop;
    r->pub.peer = *tcp_peer(c->tcp);
    r->pub.tls = c->tls != NULL;
    r->pub.began_us = clock_real_us();
    c->request = r;
    message_start(&c->message, &c->server->settings.limits, &r->pub);
    move(c, CONN_READING);
}

static void deliver(struct conn *c)
{
    const struct http_settings *s = &c->server->settings;

    c->request->keep_alive = c->message.admitted.keep_alive;
    c->request->is_old = c->message.admitted.is_old;
    count_add(COUNT_HTTP_REQUESTS, 1);
    move(c, CONN_HANDLING);
    s->on_request(&c->request->pub, s->arg);
}

static void refuse(struct conn *c, enum refusal why)
{
    const struct http_settings *s = &c->server->settings;
    const char *text = refusal_text(why);
    struct http_request *r = &c->request->pub;
    struct http_reply reply = {
        .status = refusal_status(why),
        .content_type = "text/plain; charset=utf-8",
        .body = text,
        .body_len = strlen(text),
    };

    count_add(COUNT_HTTP_REFUSED, 1);
    move(c, CONN_HANDLING);
    if (s->on_refused != NULL)
        s->on_refused(r, refusal_err(why), reply.status, text, &reply, s->arg);
    reply.close = true; /* nobody knows where the next request would begin */
    http_reply(r, &reply);
}

/* Returns how many bytes were used; the rest must wait. */
static size_t feed(struct conn *c, const char *p, size_t n)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    size_t used = 0;

    while (used < n && c->state <= CONN_READING) {
        size_t part = 0;

        if (c->state != CONN_READING)
            begin(c);
        switch (message_feed(&c->message, p + used, n - used, &part)) {
        case MESSAGE_CONTINUE:
            if (!send_bytes(c, go_on, sizeof(go_on) - 1, NULL))
                conn_close(c);
            break;
        case MESSAGE_WHOLE:
            deliver(c);
            break;
        case MESSAGE_REFUSED:
            refuse(c, c->message.refusal);
            break;
        case MESSAGE_MORE:
            break;
        }
        used += part;
    }
    return used;
}

static void set_paused(struct conn *c, bool paused)
{
    if (c->is_paused == paused)
        return;
    c->is_paused = paused;
    tcp_pause(c->tcp, paused);
}

static void take(struct conn *c, const char *p, size_t n)
{
    size_t used = feed(c, p, n);

    if (used == n || c->state == CONN_CLOSED)
        return;
    buf_add(&c->held, p + used, n - used);
    set_paused(c, true);
}

/* The reply is out: what was held has its turn, then what the kernel has. */
static void next(struct conn *c)
{
    c->unsent = 0;
    move(c, CONN_IDLE);
    if (c->held.len > 0) {
        c->held_at += feed(c, c->held.data + c->held_at, c->held.len - c->held_at);
        if (c->held_at < c->held.len)
            return;
        buf_clear(&c->held);
        c->held_at = 0;
    }
    if (c->state != CONN_CLOSED)
        set_paused(c, false);
}

/* Closing with bytes unread would make the kernel say RST, and the client might never
 * see the answer (RFC 9112, 9.6): the rest is read and dropped for a while. */
static void linger(struct conn *c)
{
    if (c->has_peer_ended) {
        conn_close(c);
        return;
    }
    end_tls(c);
    tcp_shut(c->tcp);
    buf_clear(&c->held);
    c->held_at = 0;
    move(c, CONN_LINGERING);
    set_paused(c, false);
}

static void on_written(bool ok, void *arg)
{
    struct conn *c = arg;
    http_sent_h *h = c->on_sent;

    c->on_sent = NULL;
    if (h != NULL)
        h(ok, c->sent_arg);
    if (c->state == CONN_WRITING) {
        if (!ok)
            conn_close(c);
        else if (c->must_close || c->server->is_draining)
            linger(c);
        else
            next(c);
    }
    (void)obj_unref(c);
}

/* The peer sends no more. A reply that is going out may still arrive. */
static void on_end(struct conn *c)
{
    c->has_peer_ended = true;
    if (c->state == CONN_WRITING)
        c->must_close = true;
    else
        conn_close(c);
}

/* TLS answers by itself: a renewal of keys with another, a renegotiation with a warning. Who
 * asks on and on and takes no answer is closed. */
static bool write_tls(struct conn *c, const struct buf *wire)
{
    if (wire->len == 0)
        return true;
    tcp_write(c->tcp, wire->data, wire->len, NULL, NULL);
    if (tcp_unsent(c->tcp) <= c->unsent + TLS_UNSENT_MAX)
        return true;
    conn_close(c);
    return false;
}

static void on_tls_bytes(struct conn *c, const char *p, size_t n)
{
    struct http_server *s = c->server;
    bool alive;

    s->plain.len = s->wire.len = 0;
    alive = tls_feed(c->tls, p, n, &s->plain, &s->wire);
    if (!write_tls(c, &s->wire))
        return;
    if (s->plain.len > 0)
        take(c, s->plain.data, s->plain.len);
    if (alive || c->state == CONN_CLOSED)
        return;
    if (c->state == CONN_WRITING || c->state == CONN_HANDLING)
        on_end(c);
    else
        leave(c, false); /* its alert, if there is one, goes out first */
}

static void on_read(const char *p, size_t n, void *arg)
{
    struct conn *c = obj_ref(arg);

    if (n == 0)
        on_end(c);
    else if (c->state == CONN_LINGERING)
        ; /* dropped */
    else if (c->tls != NULL)
        on_tls_bytes(c, p, n);
    else
        take(c, p, n);
    (void)obj_unref(c);
}

/* A long reply may take long, as long as the client takes some of it now and then. */
static void look_at_progress(struct conn *c)
{
    size_t unsent = tcp_unsent(c->tcp);

    if (unsent >= c->unsent) {
        conn_close(c);
        return;
    }
    move(c, CONN_WRITING);
    c->unsent = unsent;
}

static void lapse(struct conn *c)
{
    switch (rules[c->state].lapse) {
    case LAPSE_END:
        conn_end(c);
        break;
    case LAPSE_REFUSE:
        refuse(c, REFUSAL_TIME);
        break;
    case LAPSE_STALL:
        look_at_progress(c);
        break;
    case LAPSE_CLOSE:
        conn_close(c);
        break;
    case LAPSE_NOTHING:
        break;
    }
}

static void on_deadline(void *arg)
{
    struct conn *c = obj_ref(arg);
    int64_t left = c->deadline_ms - clock_mono_ms();

    if (left <= 0)
        lapse(c);
    else if (c->deadline_ms != INT64_MAX) /* else nothing is awaited of the client now */
        timer_start(&c->timer, c->server->loop, left, on_deadline, c);
    (void)obj_unref(c);
}

void conn_open(struct http_server *s, struct tcp *t, struct ip_count *ip)
{
    struct conn *c = obj_new("http_conn", sizeof(*c), on_freed);

    c->server = s;
    c->tcp = t;
    c->ip = ip;
    if (s->tls != NULL)
        c->tls = tls_new(s->tls);
    list_push(&s->conns, &c->node);
    count_add(COUNT_HTTP_CONNECTIONS, 1);
    move(c, CONN_OPENING);
    tcp_start(t, on_read, c);
}

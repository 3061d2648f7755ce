#include "loop/tcp.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "loop/loop_uv.h"

enum { BACKLOG = 1024, READ_BYTES = 65536 };

struct tcp_listener {
    uv_tcp_t uv;
    struct loop *loop;
    tcp_accept_h *on_accept;
    void *arg;
};

struct tcp {
    uv_tcp_t uv;
    struct loop *loop;
    struct addr peer;
    tcp_read_h *on_read;
    void *arg;
    bool is_closing; /* no handler is called any more */
};

struct tcp_write {
    uv_write_t uv;
    struct timer failed;
    tcp_written_h *h;
    void *arg;
    char data[];
};

/* Read buffers are used only between on_alloc and on_read of one turn: one a thread is enough. */
static _Thread_local char read_bytes[READ_BYTES];

static void on_alloc(uv_handle_t *h, size_t wanted, uv_buf_t *out)
{
    (void)h;
    (void)wanted;
    *out = uv_buf_init(read_bytes, sizeof(read_bytes));
}

static void on_bytes(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
    struct tcp *t = s->data;
    struct loop *l = t->loop;
    int64_t began = loop_handler_begin();

    if (n == 0 || t->is_closing)
        return; /* EAGAIN */
    if (n < 0) {
        (void)uv_read_stop(s);
        t->on_read(NULL, 0, t->arg);
    } else {
        t->on_read(b->base, (size_t)n, t->arg);
    }
    loop_handler_end(l, "read", began);
}

static void on_closed(uv_handle_t *h)
{
    (void)mem_free(h->data);
}

static void on_connection(uv_stream_t *s, int status)
{
    const struct tcp_listener *l = s->data;
    struct tcp *t;
    int size = sizeof(t->peer);

    if (status < 0)
        return; /* out of descriptors: the peer stays in the backlog */
    t = mem_new(sizeof(*t));
    if (uv_tcp_init(&l->loop->uv, &t->uv) != 0)
        abort();
    t->uv.data = t;
    t->loop = l->loop;
    if (uv_accept(s, (uv_stream_t *)&t->uv) != 0 ||
        uv_tcp_getpeername(&t->uv, &t->peer.sa, &size) != 0) {
        uv_close((uv_handle_t *)&t->uv, on_closed);
        return;
    }
    (void)uv_tcp_nodelay(&t->uv, 1);
    l->on_accept(t, l->arg);
}

enum err tcp_listen(struct loop *l, struct addr *at, tcp_accept_h *on_accept, void *arg,
                    struct tcp_listener **out, struct fail *f)
{
    struct tcp_listener *s = mem_new(sizeof(*s));
    char text[ADDR_TEXT_SIZE];
    int size = sizeof(*at);
    int e;

    assert(loop_is_mine(l));
    if (uv_tcp_init(&l->uv, &s->uv) != 0)
        abort();
    s->uv.data = s;
    s->loop = l;
    s->on_accept = on_accept;
    s->arg = arg;
    e = uv_tcp_bind(&s->uv, &at->sa, 0);
    if (e == 0)
        e = uv_listen((uv_stream_t *)&s->uv, BACKLOG, on_connection);
    if (e == 0)
        e = uv_tcp_getsockname(&s->uv, &at->sa, &size);
    if (e != 0) {
        uv_close((uv_handle_t *)&s->uv, on_closed);
        return err_set(f, ERR_BUSY, "cannot listen on %s: %s", addr_text(at, text), uv_strerror(e));
    }
    *out = s;
    return ERR_OK;
}

void tcp_listener_close(struct tcp_listener *l)
{
    if (l != NULL)
        uv_close((uv_handle_t *)&l->uv, on_closed);
}

void tcp_start(struct tcp *t, tcp_read_h *on_read, void *arg)
{
    t->on_read = on_read;
    t->arg = arg;
    (void)uv_read_start((uv_stream_t *)&t->uv, on_alloc, on_bytes);
}

void tcp_pause(struct tcp *t, bool paused)
{
    if (paused)
        (void)uv_read_stop((uv_stream_t *)&t->uv);
    else
        (void)uv_read_start((uv_stream_t *)&t->uv, on_alloc, on_bytes);
}

static void on_written(uv_write_t *w, int status)
{
    struct tcp_write *o = w->data;

    if (o->h != NULL)
        o->h(status == 0, o->arg);
    (void)mem_free(o);
}

static void on_never_written(void *arg)
{
    struct tcp_write *o = arg;

    on_written(&o->uv, -1);
}

void tcp_write(struct tcp *t, const void *p, size_t n, tcp_written_h *h, void *arg)
{
    struct tcp_write *o = mem_new(sizeof(*o) + n);
    uv_buf_t b = uv_buf_init(o->data, (unsigned)n);

    (void)memcpy(o->data, p, n);
    o->uv.data = o;
    o->h = h;
    o->arg = arg;
    /* A stream whose peer has reset it refuses at once; it is told like any other failure. */
    if (uv_write(&o->uv, (uv_stream_t *)&t->uv, &b, 1, on_written) != 0)
        timer_start(&o->failed, t->loop, 0, on_never_written, o);
}

size_t tcp_unsent(const struct tcp *t)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&t->uv);
}

const struct addr *tcp_peer(const struct tcp *t)
{
    return &t->peer;
}

static void on_shut(uv_shutdown_t *r, int status)
{
    struct tcp *t = r->data;

    (void)status;
    (void)mem_free(r);
    if (!uv_is_closing((uv_handle_t *)&t->uv))
        uv_close((uv_handle_t *)&t->uv, on_closed);
}

static void on_half_shut(uv_shutdown_t *r, int status)
{
    (void)status; /* broken: on_read says so */
    (void)mem_free(r);
}

void tcp_shut(struct tcp *t)
{
    uv_shutdown_t *r = mem_new(sizeof(*r));

    if (uv_shutdown(r, (uv_stream_t *)&t->uv, on_half_shut) != 0)
        (void)mem_free(r);
}

void tcp_close(struct tcp *t, bool now)
{
    uv_shutdown_t *r;

    t->is_closing = true;
    (void)uv_read_stop((uv_stream_t *)&t->uv);
    if (!now) {
        r = mem_new(sizeof(*r));
        r->data = t;
        if (uv_shutdown(r, (uv_stream_t *)&t->uv, on_shut) == 0)
            return;
        (void)mem_free(r);
    }
    uv_close((uv_handle_t *)&t->uv, on_closed);
}

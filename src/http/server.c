/*
 * server.c - the listener, the limits on connections, and the end. The loop's thread.
 *
 * What a connection does is in conn.c.
 */
#include "http/server.h"

#include <assert.h>

#include "base/count.h"
#include "base/mem.h"
#include "http/inside.h"
#include "loop/loop.h"

enum {
    HEADER_BYTES = 32 * 1024,
    BODY_BYTES = 256 * 1024,
    REQUEST_MS = 30000,
    IDLE_MS = 60000,
    CONNECTIONS = 10000
};

static void fill_in(struct http_limits *l)
{
    l->header_bytes = l->header_bytes != 0 ? l->header_bytes : HEADER_BYTES;
    l->body_bytes = l->body_bytes != 0 ? l->body_bytes : BODY_BYTES;
    l->request_ms = l->request_ms != 0 ? l->request_ms : REQUEST_MS;
    l->idle_ms = l->idle_ms != 0 ? l->idle_ms : IDLE_MS;
    l->connections = l->connections != 0 ? l->connections : CONNECTIONS;
}

/* The count of an address, one higher; NULL when that would be too many. */
static struct ip_count *count_ip(struct http_server *s, const struct addr *peer)
{
    char ip[ADDR_TEXT_SIZE];
    struct ip_count *n = map_find(&s->per_ip, addr_ip_text(peer, ip));

    if (n == NULL) {
        n = mem_new(sizeof(*n));
        (void)str_copy(n->ip, sizeof(n->ip), ip);
        (void)map_put(&s->per_ip, n->ip, n);
    }
    if (n->count == s->settings.limits.connections_per_ip)
        return NULL;
    n->count++;
    return n;
}

static void on_accept(struct tcp *t, void *arg)
{
    struct http_server *s = arg;
    const struct http_limits *l = &s->settings.limits;
    struct ip_count *ip = NULL;

    if (l->connections_per_ip != 0 && (ip = count_ip(s, tcp_peer(t))) == NULL) {
        tcp_close(t, true);
        return;
    }
    conn_open(s, t, ip);
    /* The new one is the last of the idle: it goes only when all others are busy. */
    if (s->conns.count > l->connections)
        conn_end(LIST_OF(s->idle.first, struct conn, idle_node));
}

void server_forget(struct conn *c)
{
    struct http_server *s = c->server;

    list_remove(&c->node);
    count_add(COUNT_HTTP_CONNECTIONS, -1);
    if (c->ip == NULL || --c->ip->count > 0)
        return;
    (void)map_del(&s->per_ip, c->ip->ip);
    c->ip = mem_free(c->ip);
}

enum err http_listen(struct loop *l, struct addr *at, struct tls_context *tls,
                     const struct http_settings *settings, struct http_server **out, struct fail *f)
{
    struct http_server *s = mem_new(sizeof(*s));
    enum err e;

    assert(loop_is_mine(l));
    s->loop = l;
    s->tls = tls;
    s->settings = *settings;
    fill_in(&s->settings.limits);
    e = tcp_listen(l, at, on_accept, s, &s->listener, f);
    if (e != ERR_OK)
        (void)mem_free(s);
    else
        *out = s;
    return e;
}

void http_drain(struct http_server *s)
{
    assert(loop_is_mine(s->loop));
    s->is_draining = true;
    tcp_listener_close(s->listener);
    s->listener = NULL;
    while (s->idle.first != NULL)
        conn_end(LIST_OF(s->idle.first, struct conn, idle_node));
}

size_t http_connections(const struct http_server *s)
{
    return s->conns.count;
}

void http_close(struct http_server *s)
{
    if (s == NULL)
        return;
    assert(loop_is_mine(s->loop));
    tcp_listener_close(s->listener);
    while (s->conns.first != NULL)
        conn_close(LIST_OF(s->conns.first, struct conn, node));
    map_clear(&s->per_ip);
    buf_clear(&s->plain);
    buf_clear(&s->wire);
    buf_clear(&s->reply);
    (void)mem_free(s);
}

/*
 * http_site.h - a real HTTP server on a loop that is stepped by hand, and a raw client.
 *
 * One thread: the client's socket does not block, the loop is stepped until what is
 * expected has come. Time passes by clock_advance_ms() only.
 */
#ifndef TEST_HTTP_SITE_H
#define TEST_HTTP_SITE_H

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/obj.h"
#include "crypto/tls.h"
#include "http/server.h"
#include "loop/loop.h"

enum {
    STEPS = 3000,
    HEAD_MAX = 2048,
    BODY_MAX = 1000,
    REQUEST_MS = 10000,
    IDLE_MS = 20000,
    BIG = 12 << 20
};

#define HOST "Host: a\r\n"
#define LAST "Connection: close\r\n"

struct site {
    struct loop *loop;
    struct http_server *server;
    struct tls_context *tls;
    struct addr at;
    struct http_request *late; /* of "/late": replied to by the test */
    int requests;
    int sent; /* on_sent() calls */
    bool was_sent;
    bool is_in_reply;
};

static struct site site;

static inline void on_sent(bool sent, void *arg)
{
    assert_ptr_equal(arg, &site);
    assert_false(site.is_in_reply);
    site.sent++;
    site.was_sent = sent;
}

static inline void reply_text(struct http_request *r, int status, const char *text, size_t n)
{
    const struct http_header more[] = {{"X-More", "one\r\nX-Evil: two"}};
    struct http_reply reply = {.status = status,
                               .content_type = "text/plain",
                               .body = text,
                               .body_len = n,
                               .headers = more,
                               .header_count = 1,
                               .on_sent = on_sent,
                               .arg = &site};

    site.is_in_reply = true;
    http_reply(r, &reply);
    site.is_in_reply = false;
}

static inline void on_request(struct http_request *r, void *arg)
{
    static char big[BIG];
    char *text;

    assert_ptr_equal(arg, &site);
    site.requests++;
    assert_int_equal(strlen(r->body), r->body_len); /* no test sends NUL in a body */
    if (strcmp(r->path, "/late") == 0) {
        site.late = r;
    } else if (strcmp(r->path, "/none") == 0) {
        reply_text(r, 204, "ignored", 7);
    } else if (strcmp(r->path, "/big") == 0) {
        memset(big, 'b', sizeof(big));
        reply_text(r, 200, big, sizeof(big));
    } else {
        text = arena_printf(&r->arena, "[%s %s|%s|%s|%zu]", r->method, r->path, r->query, r->body,
                            r->header_count);
        reply_text(r, 200, text, strlen(text));
    }
}

static inline void on_refused(struct http_request *r, enum err why, int status, const char *text,
                              struct http_reply *reply, void *arg)
{
    assert_ptr_equal(arg, &site);
    assert_true(why != ERR_OK && status >= 400 && text[0] != '\0');
    reply->content_type = "application/json";
    reply->body = arena_printf(&r->arena, "{\"error\":\"%s\"}", text);
    reply->body_len = strlen(reply->body);
}

static inline void open_site(const struct http_limits *more)
{
    struct http_settings s = {.on_request = on_request, .on_refused = on_refused, .arg = &site};
    struct fail f = {0};

    if (more != NULL)
        s.limits = *more;
    s.limits.header_bytes = HEAD_MAX;
    s.limits.body_bytes = BODY_MAX;
    s.limits.request_ms = REQUEST_MS;
    s.limits.idle_ms = IDLE_MS;
    (void)signal(SIGPIPE, SIG_IGN); /* as src/main does */
    site.loop = loop_new("http test");
    assert_int_equal(addr_read(&site.at, "127.0.0.1:0", true, &f), ERR_OK);
    if (http_listen(site.loop, &site.at, site.tls, &s, &site.server, &f) != ERR_OK)
        fail_msg("%s", f.text);
}

static inline int set_up(void **state)
{
    (void)state;
    site = (struct site){0};
    open_site(NULL);
    return 0;
}

/* Nothing may be left over: no connection, no request, no memory (the sanitizer sees). */
static inline int tear_down(void **state)
{
    (void)state;
    http_close(site.server);
    for (int i = 0; i < 5; i++)
        loop_step(site.loop, 0);
    loop_free(site.loop);
    tls_context_free(site.tls);
    return (int)(obj_report(stderr) + (size_t)count_get(COUNT_HTTP_CONNECTIONS));
}

/* ---- the client ---- */

struct client {
    struct buf got;
    int fd;
    bool has_ended;
    bool is_reset;
};

static inline void client_open(struct client *c)
{
    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(c->fd >= 0);
    assert_int_equal(connect(c->fd, &site.at.sa, addr_len(&site.at)), 0);
}

static inline void client_close(struct client *c)
{
    (void)close(c->fd);
    c->fd = -1;
    buf_clear(&c->got);
}

/* One turn of the server, then what it has said. */
static inline void turn(struct client *c)
{
    char part[65536];
    ssize_t n;

    loop_step(site.loop, 2);
    while ((n = recv(c->fd, part, sizeof(part), MSG_DONTWAIT)) > 0)
        buf_add(&c->got, part, (size_t)n);
    if (n == 0)
        c->has_ended = true;
    else if (n < 0 && errno == ECONNRESET)
        c->is_reset = c->has_ended = true;
}

static inline void client_send(struct client *c, const char *p, size_t n)
{
    for (int i = 0; n > 0 && i < STEPS; i++) {
        ssize_t k = send(c->fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (k < 0 && errno != EAGAIN)
            return; /* the server has closed; the test looks at what came */
        p += k > 0 ? k : 0;
        n -= k > 0 ? (size_t)k : 0;
        if (n > 0)
            turn(c);
    }
}

static inline void say(struct client *c, const char *text)
{
    client_send(c, text, strlen(text));
}

/* Steps until `what` has come, or fails. */
static inline void await(struct client *c, const char *what)
{
    for (int i = 0; i < STEPS && (c->got.len == 0 || strstr(c->got.data, what) == NULL); i++) {
        if (c->has_ended)
            break;
        turn(c);
    }
    if (c->got.len == 0 || strstr(c->got.data, what) == NULL)
        fail_msg("'%s' did not come, but '%s'", what, c->got.len > 0 ? c->got.data : "nothing");
}

static inline void await_end(struct client *c)
{
    for (int i = 0; i < STEPS && !c->has_ended; i++)
        turn(c);
    assert_true(c->has_ended);
}

static inline size_t times(const char *in, const char *what)
{
    size_t n = 0;

    while ((in = strstr(in, what)) != NULL) {
        n++;
        in++;
    }
    return n;
}

static inline void await_requests(struct client *c, int n)
{
    for (int i = 0; i < STEPS + 2 * n && site.requests < n; i++)
        turn(c);
    assert_int_equal(site.requests, n);
}

static inline void pass(int64_t ms)
{
    clock_advance_ms(ms);
    loop_clock_moved(site.loop);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif

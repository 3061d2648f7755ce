/*
 * http_receiver.h - a tiny HTTP/1.1 server inside a test: who was asked what, and what to say.
 *
 * One thread accepts, one thread per connection reads whole requests and calls the test's
 * answer handler there. Each request is also posted to the test's mailbox, as a gift. Port 0,
 * loopback only. It is no model of a server: whoever talks to it is ours.
 */
#ifndef TEST_HTTP_RECEIVER_H
#define TEST_HTTP_RECEIVER_H

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/mailbox.h"
#include "loop/worker.h"

enum { RECEIVER_CONNS = 512 };

struct received {
    struct buf head; /* request line and headers */
    struct buf body;
};

struct receiver;

/* Writes the answer to fd; false: the connection is shut afterwards. */
typedef bool receiver_answer_h(struct receiver *r, int fd, const struct received *q);

struct receiver_conn {
    struct receiver *r;
    struct worker *worker;
    int fd;
};

struct receiver {
    int fd;
    int port;
    receiver_answer_h *answer;
    void *arg;
    struct worker *acceptor;
    struct mailbox *seen;                       /* struct received *; NULL: nobody wants to know */
    struct receiver_conn conns[RECEIVER_CONNS]; /* the acceptor's, until it is joined */
    _Atomic int accepted;
    _Atomic int requests;
    _Atomic int busy; /* answers under way */
    _Atomic int busiest;
};

static inline void received_free(struct received *q)
{
    buf_clear(&q->head);
    buf_clear(&q->body);
    (void)mem_free(q);
}

/* The value of a header, copied to out; false when there is none. */
static inline bool received_header(const struct received *q, const char *name, char *out,
                                   size_t size)
{
    size_t n = strlen(name);

    for (const char *at = strstr(q->head.data, "\r\n"); at != NULL; at = strstr(at, "\r\n")) {
        at += 2;
        if (strncasecmp(at, name, n) == 0 && at[n] == ':') {
            const char *value = at + n + 1 + strspn(at + n + 1, " ");

            (void)snprintf(out, size, "%.*s", (int)strcspn(value, "\r"), value);
            return true;
        }
    }
    return false;
}

/* Does the request line begin so ("GET /path ")? */
static inline bool received_is(const struct received *q, const char *start)
{
    return str_starts(q->head.data, start);
}

static inline bool receiver_say(int fd, const char *text)
{
    size_t n = strlen(text);

    return send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

/* One whole request, or NULL at the end of the connection. What follows it stays in b. */
static inline struct received *receiver_read(int fd, struct buf *b)
{
    struct received *q;
    char chunk[65536];
    char length[24];
    size_t head = 0;
    size_t body = 0;

    for (;;) {
        const char *end = b->len != 0 ? memmem(b->data, b->len, "\r\n\r\n", 4) : NULL;
        ssize_t n;

        if (end != NULL && head == 0) {
            struct received only = {.head = {.data = b->data}};

            head = (size_t)(end - b->data) + 4;
            if (received_header(&only, "Content-Length", length, sizeof(length)))
                body = (size_t)strtoul(length, NULL, 10);
        }
        if (head != 0 && b->len >= head + body)
            break;
        n = recv(fd, chunk, sizeof(chunk), 0);
        if (n <= 0)
            return NULL;
        buf_add(b, chunk, (size_t)n);
    }
    q = mem_new(sizeof(*q));
    buf_add(&q->head, b->data, head);
    buf_add(&q->body, b->data + head, body);
    buf_drop(b, head + body);
    return q;
}

static inline void receiver_talk(void *arg)
{
    struct receiver_conn *c = arg;
    struct receiver *r = c->r;
    struct buf b = {0};
    struct received *q;
    bool again = true;

    while (again && (q = receiver_read(c->fd, &b)) != NULL) {
        struct received *copy = mem_new(sizeof(*copy));
        int busy = atomic_fetch_add(&r->busy, 1) + 1;
        int was = atomic_load(&r->busiest);

        while (was < busy && !atomic_compare_exchange_weak(&r->busiest, &was, busy))
            continue;
        (void)atomic_fetch_add(&r->requests, 1);
        buf_add(&copy->head, q->head.data, q->head.len);
        buf_add(&copy->body, q->body.data, q->body.len);
        if (r->seen != NULL)
            mailbox_post(r->seen, &copy);
        else
            received_free(copy);
        again = r->answer(r, c->fd, q);
        received_free(q);
        (void)atomic_fetch_sub(&r->busy, 1);
    }
    buf_clear(&b);
    (void)shutdown(c->fd, SHUT_RDWR); /* closed by receiver_close(): the number is not reused */
}

static inline void receiver_accept(void *arg)
{
    struct receiver *r = arg;

    for (int i = 0; i < RECEIVER_CONNS; i++) {
        struct receiver_conn *c = &r->conns[i];
        int fd = accept(r->fd, NULL, NULL);

        if (fd < 0)
            return;
        c->r = r;
        c->fd = fd;
        (void)atomic_fetch_add(&r->accepted, 1);
        c->worker = worker_start("receiver", receiver_talk, c);
    }
}

static inline struct receiver *receiver_open(receiver_answer_h *answer, void *arg,
                                             struct mailbox *seen)
{
    struct receiver *r = mem_new(sizeof(*r));
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);

    r->answer = answer;
    r->arg = arg;
    r->seen = seen;
    r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(r->fd, (struct sockaddr *)&at, len) != 0 || listen(r->fd, 512) != 0 ||
        getsockname(r->fd, (struct sockaddr *)&at, &len) != 0)
        abort();
    r->port = ntohs(at.sin_port);
    r->acceptor = worker_start("acceptor", receiver_accept, r);
    return r;
}

/* Whoever still waits in an answer handler must have been let go. */
static inline void receiver_close(struct receiver *r)
{
    (void)shutdown(r->fd, SHUT_RDWR);
    worker_join(r->acceptor);
    (void)close(r->fd);
    for (int i = 0; i < RECEIVER_CONNS && r->conns[i].worker != NULL; i++) {
        (void)shutdown(r->conns[i].fd, SHUT_RDWR);
        worker_join(r->conns[i].worker);
        (void)close(r->conns[i].fd);
    }
    (void)mem_free(r);
}

#endif

/*
 * client.c - the control thread's side of the client: requests out, answers in.
 *
 * Control thread, but for the two handlers marked below. It knows nothing of
 * libcurl's ways (client/transfer.c) and decides nothing about addresses
 * (client/guard.c).
 */
#include "client/client.h"

#include <assert.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/exchange.h"
#include "client/keep.h"
#include "client/transfer.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/worker.h"

struct client {
    struct loop *home;
    struct loop *loop; /* of the client's thread */
    struct client_settings settings;
    struct arena arena;       /* what the settings point to */
    struct mailbox *requests; /* struct exchange *, a gift; NULL: stop */
    struct mailbox *answers;  /* struct exchange *, a gift */
    struct transfers *transfers;
    struct worker *worker;
    size_t waiting;
    bool is_stopping;
};

const char *client_fail_text(enum client_fail f)
{
    static const char *const texts[] = {
#define X(name, text) text,
        CLIENT_FAILS(X)
#undef X
    };

    return texts[f];
}

/* The client's thread. */
static void on_request(void *msg, void *arg)
{
    struct client *c = arg;
    struct exchange *x = *(struct exchange **)msg;

    if (x != NULL) {
        transfer_add(c->transfers, x);
        return;
    }
    transfer_stop(c->transfers);
    loop_stop(c->loop);
}

/* The client's thread. */
static void on_done(struct exchange *x, void *arg)
{
    struct client *c = arg;

    mailbox_post(c->answers, &x);
}

static void run(void *arg)
{
    struct client *c = arg;

    loop_run(c->loop);
    transfer_close(c->transfers);
}

static void on_answer(void *msg, void *arg)
{
    struct client *c = arg;
    struct exchange *x = *(struct exchange **)msg;
    struct client_answer a = {
        .fail = x->fail,
        .status = x->status,
        .retry_after_s = x->retry_after_s,
        .max_age_s = x->max_age_s,
        .location = x->location,
        .body = x->answer.data,
        .body_len = x->answer.len,
        .took_us = x->took_us,
    };

    c->waiting--;
    x->h(&a, x->arg);
    exchange_free(x);
}

static void client_free(struct client *c)
{
    loop_free(c->loop);
    arena_clear(&c->arena);
    (void)mem_free(c);
}

enum err client_start(struct loop *l, const struct client_settings *s, struct client **out,
                      struct fail *f)
{
    struct client *c = mem_new(sizeof(*c));
    enum err e;

    assert(loop_is_mine(l));
    assert(s->per_host > 0 && s->total > 0);
    keep_settings(&c->settings, s, &c->arena);
    c->home = l;
    c->loop = loop_new("client");
    e = transfer_open(c->loop, &c->settings, on_done, c, &c->transfers, f);
    if (e != ERR_OK) {
        client_free(c);
        return e;
    }
    c->requests = mailbox_new(c->loop, sizeof(struct exchange *), on_request, c);
    c->answers = mailbox_new(l, sizeof(struct exchange *), on_answer, c);
    c->worker = worker_start("client", run, c);
    *out = c;
    return ERR_OK;
}

void client_stop(struct client *c)
{
    static struct exchange *const stop = NULL;

    if (c == NULL)
        return;
    assert(loop_is_mine(c->home));
    c->is_stopping = true;
    mailbox_post(c->requests, &stop);
    worker_join(c->worker);
    mailbox_free(c->answers); /* tells whoever was not told yet */
    mailbox_free(c->requests);
    assert(c->waiting == 0);
    client_free(c);
}

void client_send(struct client *c, const struct client_request *r, client_h *h, void *arg)
{
    struct exchange *x;

    assert(loop_is_mine(c->home));
    assert(r->timeout_ms > 0);
    x = exchange_new(r, h, arg);
    c->waiting++;
    if (c->is_stopping) {
        x->fail = CLIENT_STOPPED;
        mailbox_post(c->answers, &x);
        return;
    }
    mailbox_post(c->requests, &x);
}

size_t client_waiting(const struct client *c)
{
    return c->waiting;
}

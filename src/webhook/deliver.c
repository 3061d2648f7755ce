/*
 * deliver.c - the life of a queue: waits for its turn, freezes, flies, rests, ends.
 *
 * The control thread. What hooks and callers do never starts anything at once:
 * it makes a queue ready, and the pump, run by a timer of 0 ms, does the rest.
 * So no queue is freed under the feet of whoever just spoke to it. It persists
 * nothing and parks nothing: each failure is tried again, in order.
 */
#include "webhook/deliver.h"

#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/client.h"
#include "client/turns.h"
#include "crypto/hash.h"
#include "loop/timer.h"
#include "webhook/backlog.h"
#include "webhook/post.h"

enum {
    ANSWER_MAX = 64 * 1024, /* bytes read of an answer's body, which nobody wants */
    RETRY_AFTER_MAX_S = 24 * 3600,
    HOST_SHARE = 4, /* one host has at most a quarter of the places */
    HOST_LEAST = 8, /* or so many */
    STOPPED_WAIT_MS = 1000,
    WHY_SIZE = 80,
};

struct deliver {
    struct loop *loop;
    struct client *client;
    struct deliver_settings settings;
    struct deliver_hooks hooks;
    struct list queues;
    struct list leaving; /* ended and empty */
    struct turns turns;
    struct timer pump;
    bool is_stopped;
};

enum queue_state {
    QUEUE_QUIET,    /* nothing to send, or held */
    QUEUE_WAITING,  /* for its turn */
    QUEUE_FREEZING, /* has its turn; several are being made one */
    QUEUE_FLYING,   /* has its turn; its POST is under way */
    QUEUE_RESTING,  /* until the next try */
};

/* What the client holds of a queue: the queue may go before the answer comes. */
struct flight {
    struct deliver_queue *q; /* NULL: forgotten */
};

struct deliver_queue {
    struct list_node node;
    struct list_node leaving;
    struct deliver *d;
    void *owner;
    char *call;
    char *application;
    char *tenant;
    char *uri;
    struct post_headers headers;
    struct backlog backlog;
    enum queue_state state;
    bool is_held;
    bool is_ended;
    bool is_expired;
    struct turn turn;
    struct timer retry;
    struct timer expiry;
    struct flight *flight;
    int tries;
    int last_status;
    const char *last_fail;
};

static void on_pump(void *arg);
static void on_answer(const struct client_answer *a, void *arg);

struct deliver *deliver_new(struct loop *l, struct client *c, const struct deliver_settings *s,
                            const struct deliver_hooks *h)
{
    struct deliver *d = mem_new(sizeof(*d));
    size_t share = s->in_flight / HOST_SHARE;

    assert(s->timeout_ms > 0 && s->in_flight > 0 && s->give_up_hours > 0);
    d->loop = l;
    d->client = c;
    d->settings = *s;
    d->hooks = *h;
    turns_init(&d->turns, share > HOST_LEAST ? share : HOST_LEAST, s->in_flight);
    return d;
}

static void queue_free(struct deliver_queue *q)
{
    count_add(COUNT_NOTICES_OWED, -(int64_t)q->backlog.items.count);
    if (q->flight != NULL)
        q->flight->q = NULL;
    timer_stop(&q->retry);
    timer_stop(&q->expiry);
    turns_done(&q->d->turns, &q->turn);
    list_remove(&q->node);
    list_remove(&q->leaving);
    q->backlog.group = 0;
    (void)backlog_drop(&q->backlog);
    post_headers_clear(&q->headers);
    q->call = mem_free(q->call);
    q->application = mem_free(q->application);
    q->tenant = mem_free(q->tenant);
    q->uri = mem_free(q->uri);
    (void)mem_free(q);
}

void deliver_stop(struct deliver *d)
{
    d->is_stopped = true;
}

void deliver_free(struct deliver *d)
{
    if (d == NULL)
        return;
    LIST_EACH(n, &d->queues)
    queue_free(LIST_OF(n, struct deliver_queue, node));
    timer_stop(&d->pump);
    turns_clear(&d->turns);
    (void)mem_free(d);
}

/* --- who may go --- */

static void run_pump_soon(struct deliver *d)
{
    if (!timer_running(&d->pump))
        timer_start(&d->pump, d->loop, 0, on_pump, d);
}

/* Looks at a quiet queue again: something of it has changed. */
static void stir(struct deliver_queue *q)
{
    struct deliver *d = q->d;
    bool is_empty = list_empty(&q->backlog.items);

    if (q->state != QUEUE_QUIET)
        return;
    if (is_empty && q->is_ended && q->leaving.in == NULL) {
        list_push(&d->leaving, &q->leaving);
        run_pump_soon(d);
    } else if (!is_empty && !q->is_held) {
        q->state = QUEUE_WAITING;
        turns_wait(&d->turns, &q->turn, d->hooks.rewrite(q->uri, d->hooks.arg));
        run_pump_soon(d);
    }
}

static void on_retry(void *arg)
{
    struct deliver_queue *q = arg;

    q->state = QUEUE_QUIET;
    stir(q);
}

static void give_turn_back(struct deliver_queue *q)
{
    turns_done(&q->d->turns, &q->turn);
    run_pump_soon(q->d);
}

/* 24 h after the end: what is left is given up, all of it. */
static void bury(struct deliver_queue *q)
{
    struct deliver *d = q->d;
    char why[WHY_SIZE];
    int64_t first;
    int64_t last;

    q->state = QUEUE_QUIET;
    timer_stop(&q->retry);
    give_turn_back(q);
    if (!list_empty(&q->backlog.items)) {
        if (q->last_fail == NULL && q->last_status != 0)
            (void)snprintf(why, sizeof(why), "the last answer was %d", q->last_status);
        else
            (void)str_copy(why, sizeof(why), q->last_fail != NULL ? q->last_fail : "never tried");
        q->backlog.group = 0;
        first = backlog_first(&q->backlog);
        last = backlog_last(&q->backlog);
        count_add(COUNT_NOTICES_OWED, -(int64_t)backlog_drop(&q->backlog));
        log_line(LOG_ERROR, "webhook", q->call, "notices %lld to %lld are given up: %s",
                 (long long)first, (long long)last, why);
        d->hooks.dead(q, first, last, why, d->hooks.arg);
    }
    stir(q);
}

static void on_expiry(void *arg)
{
    struct deliver_queue *q = arg;

    q->is_expired = true;
    if (q->state != QUEUE_FLYING && q->state != QUEUE_FREEZING)
        bury(q); /* else what becomes of the POST decides */
}

/* --- tries --- */

/* The wait after so many tries: the table, then a minute; each ±20 %, so that those who
 * failed together do not come back together. A Retry-After is a least. */
static int64_t wait_ms(int tries, int retry_after_s)
{
    static const int seconds[] = {1, 2, 4, 8, 15, 30, 60};
    const int last = (int)(sizeof(seconds) / sizeof(seconds[0])) - 1;
    int64_t ms = 1000 * (int64_t)seconds[tries - 1 < last ? tries - 1 : last];
    int64_t least =
        1000 * (int64_t)(retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : RETRY_AFTER_MAX_S);
    uint32_t dice;

    hash_random(&dice, sizeof(dice));
    ms = ms * (800 + dice % 401) / 1000;
    return ms > least ? ms : least;
}

static void rest(struct deliver_queue *q, int64_t ms)
{
    q->state = QUEUE_RESTING;
    timer_start(&q->retry, q->d->loop, ms, on_retry, q);
    give_turn_back(q);
}

static void log_failed_try(const struct deliver_queue *q, int64_t again_ms)
{
    const char *id = backlog_id(&q->backlog);
    long long ms = again_ms;

    if (q->last_fail != NULL)
        log_line(LOG_WARN, "webhook", q->call, "notice %s: try %d: %s; again in %lld ms", id,
                 q->tries, q->last_fail, ms);
    else
        log_line(LOG_WARN, "webhook", q->call, "notice %s: try %d: answer %d; again in %lld ms", id,
                 q->tries, q->last_status, ms);
}

static void on_failed_try(struct deliver_queue *q, int status, const char *fail, int retry_after_s)
{
    int64_t ms;

    q->tries++;
    q->last_status = status;
    q->last_fail = fail;
    count_add(COUNT_NOTICES_FAILED, 1);
    if (q->is_expired) {
        bury(q);
        return;
    }
    ms = wait_ms(q->tries, retry_after_s);
    log_failed_try(q, ms);
    rest(q, ms);
}

static void send_group(struct deliver_queue *q)
{
    struct deliver *d = q->d;
    const struct deliver_hooks *h = &d->hooks;
    const char *bearer = h->bearer(q->application, q->tenant, h->arg);
    struct client_request r = {.method = "POST", .max_bytes = ANSWER_MAX};
    struct post p;

    if (d->is_stopped) {
        rest(q, STOPPED_WAIT_MS); /* nobody has refused anything */
        return;
    }
    if (bearer == NULL) {
        on_failed_try(q, 0, "there is no token to send with", -1);
        return;
    }
    post_build(&p, &q->backlog, &q->headers, bearer, h->secret(q->application, h->arg));
    r.url = h->rewrite(q->uri, h->arg);
    r.headers = p.headers;
    r.body = p.body;
    r.body_len = p.body_len;
    r.timeout_ms = d->settings.timeout_ms;
    q->state = QUEUE_FLYING;
    q->flight = mem_new(sizeof(*q->flight));
    q->flight->q = q;
    client_send(d->client, &r, on_answer, q->flight);
    post_clear(&p);
}

static void begin(struct deliver_queue *q)
{
    const struct deliver_hooks *h = &q->d->hooks;
    const struct backlog *b = &q->backlog;

    if (!backlog_choose(&q->backlog)) {
        send_group(q);
        return;
    }
    q->state = QUEUE_FREEZING;
    h->freeze(q, backlog_first(b), backlog_last(b), backlog_id(b), h->arg);
}

void deliver_frozen(struct deliver_queue *q, bool ok)
{
    assert(q->state == QUEUE_FREEZING);
    if (ok)
        backlog_freeze(&q->backlog);
    else
        backlog_split(&q->backlog);
    if (q->is_expired)
        bury(q);
    else
        send_group(q);
}

static void on_delivered(struct deliver_queue *q)
{
    const struct deliver_hooks *h = &q->d->hooks;
    int64_t first = backlog_first(&q->backlog);
    int64_t last = backlog_last(&q->backlog);
    int64_t count;

    if (q->tries != 0 || log_wants(LOG_DEBUG))
        log_line(q->tries != 0 ? LOG_INFO : LOG_DEBUG, "webhook", q->call,
                 "notice %s: delivered at try %d", backlog_id(&q->backlog), q->tries + 1);
    count = (int64_t)backlog_drop(&q->backlog);
    count_add(COUNT_NOTICES_DELIVERED, count);
    count_add(COUNT_NOTICES_OWED, -count);
    q->state = QUEUE_QUIET;
    q->tries = 0;
    q->last_status = 0; /* the next one's story begins */
    q->last_fail = NULL;
    give_turn_back(q);
    h->delivered(q, first, last, h->arg);
    if (q->is_expired)
        bury(q);
    else
        stir(q);
}

static void on_answer(const struct client_answer *a, void *arg)
{
    struct flight *flight = arg;
    struct deliver_queue *q = flight->q;

    (void)mem_free(flight);
    if (q == NULL)
        return;
    q->flight = NULL;
    if (a->fail == CLIENT_STOPPED)
        rest(q, STOPPED_WAIT_MS); /* nobody has refused anything */
    else if (a->fail != CLIENT_NONE)
        on_failed_try(q, 0, client_fail_text(a->fail), -1);
    else if (a->status / 100 == 2)
        on_delivered(q);
    else
        on_failed_try(q, a->status, NULL, a->retry_after_s);
}

static void on_pump(void *arg)
{
    struct deliver *d = arg;
    struct list_node *n;
    struct turn *u;

    while ((u = turns_next(&d->turns)) != NULL)
        begin(LIST_OF(u, struct deliver_queue, turn));
    while ((n = list_pop(&d->leaving)) != NULL) {
        struct deliver_queue *q = LIST_OF(n, struct deliver_queue, leaving);

        d->hooks.empty(q, d->hooks.arg);
        queue_free(q);
    }
}

/* --- the queue as others see it --- */

struct deliver_queue *deliver_queue_new(struct deliver *d, const struct deliver_target *t,
                                        bool held, void *owner)
{
    struct deliver_queue *q = mem_new(sizeof(*q));

    q->d = d;
    q->owner = owner;
    q->is_held = held;
    q->call = str_dup(t->call);
    q->application = str_dup(t->application);
    q->tenant = str_dup(t->tenant);
    q->uri = str_dup(t->uri);
    post_headers_init(&q->headers, t->chain_id,
                      t->scenario_id != NULL ? t->scenario_id : t->chain_id);
    list_push(&d->queues, &q->node);
    return q;
}

void *deliver_owner(const struct deliver_queue *q)
{
    return q->owner;
}

void deliver_add(struct deliver_queue *q, const struct deliver_notice *n)
{
    assert(!q->is_ended);
    backlog_add(&q->backlog, n);
    count_add(COUNT_NOTICES_OWED, 1);
    stir(q);
}

void deliver_release(struct deliver_queue *q)
{
    q->is_held = false;
    stir(q);
}

void deliver_end(struct deliver_queue *q)
{
    if (q->is_ended)
        return;
    q->is_ended = true;
    timer_start(&q->expiry, q->d->loop, (int64_t)q->d->settings.give_up_hours * 3600 * 1000,
                on_expiry, q);
    stir(q);
}

size_t deliver_owed(const struct deliver_queue *q)
{
    return q->backlog.items.count;
}

void deliver_look(const struct deliver_queue *q, struct deliver_view *out)
{
    *out = (struct deliver_view){
        .tries = q->tries,
        .last_status = q->last_status,
        .last_fail = q->last_fail,
        .due_in_ms = -1,
    };
    if (q->state == QUEUE_WAITING)
        out->due_in_ms = 0;
    if (q->state == QUEUE_RESTING) {
        int64_t in_ms = q->retry.due_ms - clock_mono_ms();

        out->due_in_ms = in_ms > 0 ? in_ms : 0;
    }
}

/*
 * deliver.c - queues and the lanes they leave by; who has a turn.
 *
 * The control thread. What hooks and callers do never starts anything at once:
 * it makes a lane ready, and the pump, run by a timer of 0 ms, does the rest.
 * So no queue is freed under the feet of whoever just spoke to it. Tries are
 * lane.c's.
 */
#include "webhook/deliver.h"

#include <assert.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"
#include "webhook/lane.h"

enum {
    HOST_SHARE = 4, /* one host has at most a quarter of the places, when it is alone */
    HOST_LEAST = 8, /* or so many; see client/turns.h */
};

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

/* --- lanes --- */

static struct lane *lane_new(struct deliver *d, const struct deliver_target *t)
{
    struct lane *l = mem_new(sizeof(*l));

    l->d = d;
    l->application = str_dup(t->application);
    l->tenant = str_dup(t->tenant);
    l->uri = str_dup(t->uri);
    l->moves = t->moves;
    l->endpoint = endpoint_get(&d->endpoints, t->application, t->uri);
    if (!t->batch)
        post_headers_init(&l->headers, t->chain_id,
                          t->scenario_id != NULL ? t->scenario_id : t->chain_id);
    list_push(&d->lanes, &l->node);
    return l;
}

/* The lane that a queue joins: one of its own, or the one of its application, tenant and URI. */
static struct lane *lane_get(struct deliver *d, const struct deliver_target *t)
{
    struct lane *l;
    char *key;

    if (!t->batch)
        return lane_new(d, t);
    key = str_printf("%s %s %s", t->application, t->tenant, t->uri);
    l = map_find(&d->shared, key);
    if (l != NULL) {
        (void)mem_free(key);
        return l;
    }
    l = lane_new(d, t);
    l->key = key;
    (void)map_put(&d->shared, key, l);
    return l;
}

static void lane_free(struct lane *l)
{
    struct deliver *d = l->d;

    if (l->flight != NULL)
        l->flight->l = NULL;
    timer_stop(&l->retry);
    turns_done(&d->turns, &l->turn);
    if (l->key != NULL)
        (void)map_del(&d->shared, l->key);
    list_remove(&l->node);
    endpoint_release(&d->endpoints, l->endpoint);
    post_headers_clear(&l->headers);
    buf_clear(&l->parked);
    (void)mem_free(l->key);
    (void)mem_free(l->application);
    (void)mem_free(l->tenant);
    (void)mem_free(l->uri);
    (void)mem_free(l);
}

static void queue_free(struct deliver_queue *q)
{
    struct lane *l = q->lane;
    struct backlog_run run;

    count_add(COUNT_NOTICES_OWED, -(int64_t)q->owed);
    l->expired -= q->is_expired;
    backlog_take(&q->held, q, &run); /* the lane has none of an empty queue */
    timer_stop(&q->expiry);
    list_remove(&q->in_lane);
    list_remove(&q->leaving);
    (void)mem_free(q->call);
    (void)mem_free(q);
    if (list_empty(&l->queues))
        lane_free(l);
}

void deliver_stop(struct deliver *d)
{
    d->is_stopped = true;
}

void deliver_free(struct deliver *d)
{
    struct list_node *n;

    if (d == NULL)
        return;
    while ((n = d->lanes.first) != NULL) {
        struct lane *l = LIST_OF(n, struct lane, node);

        l->backlog.group = l->backlog.items.count; /* nothing will ever be sent again */
        backlog_drop(&l->backlog);
        queue_free(LIST_OF(l->queues.first, struct deliver_queue, in_lane));
    }
    timer_stop(&d->pump);
    turns_clear(&d->turns);
    map_clear(&d->shared);
    map_clear(&d->endpoints);
    (void)mem_free(d);
}

/* --- who may go --- */

static void on_pump(void *arg)
{
    struct deliver *d = arg;
    struct list_node *n;
    struct turn *u;

    while ((u = turns_next(&d->turns)) != NULL)
        lane_begin(LIST_OF(u, struct lane, turn));
    while ((n = list_pop(&d->leaving)) != NULL) {
        struct deliver_queue *q = LIST_OF(n, struct deliver_queue, leaving);

        q->hooks->empty(q, q->hooks->arg);
        queue_free(q);
    }
}

void deliver_pump_soon(struct deliver *d)
{
    if (!timer_running(&d->pump))
        timer_start(&d->pump, d->loop, 0, on_pump, d);
}

/* --- the queue as others see it --- */

struct deliver_queue *deliver_queue_new(struct deliver *d, const struct deliver_target *t,
                                        bool held, void *owner)
{
    struct deliver_queue *q = mem_new(sizeof(*q));

    q->lane = lane_get(d, t);
    q->owner = owner;
    q->hooks = t->hooks != NULL ? t->hooks : &d->hooks;
    q->is_held = held;
    q->call = str_dup(t->call);
    list_push(&q->lane->queues, &q->in_lane);
    return q;
}

void *deliver_owner(const struct deliver_queue *q)
{
    return q->owner;
}

void deliver_add(struct deliver_queue *q, const struct deliver_notice *n)
{
    assert(deliver_takes(q));
    backlog_add(q->is_held ? &q->held : &q->lane->backlog, q, n);
    q->owed++;
    count_add(COUNT_NOTICES_OWED, 1);
    lane_stir(q->lane);
}

void deliver_release(struct deliver_queue *q)
{
    q->is_held = false;
    backlog_move(&q->held, &q->lane->backlog);
    lane_stir(q->lane);
}

static void on_expiry(void *arg)
{
    struct deliver_queue *q = arg;

    q->is_expired = true;
    q->lane->expired++;
    lane_bury(q->lane);
}

void deliver_end(struct deliver_queue *q)
{
    struct deliver *d = q->lane->d;

    if (q->is_ended)
        return;
    q->is_ended = true;
    timer_start(&q->expiry, d->loop, (int64_t)d->settings.give_up_hours * 3600 * 1000, on_expiry,
                q);
    lane_settled(q, 0);
}

void deliver_saved(struct deliver_queue *q, int64_t number)
{
    backlog_saved(q->is_held ? &q->held : &q->lane->backlog, number);
}

bool deliver_forget(struct deliver_queue *q, int64_t number)
{
    if (!backlog_forget(q->is_held ? &q->held : &q->lane->backlog, number))
        return false;
    lane_settled(q, 1);
    return true;
}

bool deliver_takes(const struct deliver_queue *q)
{
    return !q->is_ended || q->owed != 0;
}

size_t deliver_owed(const struct deliver_queue *q)
{
    return q->owed;
}

void deliver_look(const struct deliver_queue *q, struct deliver_view *out)
{
    const struct lane *l = q->lane;

    *out = (struct deliver_view){
        .tries = l->tries,
        .last_status = l->last_status,
        .last_fail = l->last_fail,
        .due_in_ms = -1,
    };
    if (l->state == LANE_WAITING)
        out->due_in_ms = 0;
    if (l->state == LANE_RESTING) {
        int64_t in_ms = l->retry.due_ms - clock_mono_ms();

        out->due_in_ms = in_ms > 0 ? in_ms : 0;
    }
}

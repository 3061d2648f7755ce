/*
 * lane.h - the line in which notices leave: of one queue, or of several that share POSTs.
 *
 * What deliver.c (queues, turns) and lane.c (tries) have in common; nobody else
 * includes it. The control thread.
 */
#ifndef WEBHOOK_LANE_H
#define WEBHOOK_LANE_H

#include "base/list.h"
#include "base/map.h"
#include "client/client.h"
#include "client/turns.h"
#include "loop/timer.h"
#include "webhook/backlog.h"
#include "webhook/deliver.h"
#include "webhook/endpoint.h"
#include "webhook/post.h"

struct deliver {
    struct loop *loop;
    struct client *client;
    struct deliver_settings settings;
    struct deliver_hooks hooks;
    struct list lanes;
    struct map shared; /* lanes of those who batch, by "application tenant uri" */
    struct map endpoints;
    struct list leaving; /* queues, ended and empty */
    struct turns turns;
    struct timer pump;
    bool is_stopped;
};

enum lane_state {
    LANE_QUIET,    /* nothing to send */
    LANE_WAITING,  /* for its turn */
    LANE_FREEZING, /* has its turn; several are being made one */
    LANE_FLYING,   /* has its turn; its POST is under way */
    LANE_RESTING,  /* until the next try */
};

/* What the client holds of a lane: the lane may go before the answer comes. */
struct flight {
    struct lane *l; /* NULL: forgotten */
};

struct lane {
    struct list_node node;
    struct deliver *d;
    struct list queues; /* struct deliver_queue */
    size_t expired;     /* of them; thousands may share a lane, so they are not looked for */
    char *key;          /* in d->shared; NULL: of one queue */
    char *application;
    char *tenant;
    char *uri;
    int moves; /* still allowed */
    struct post_headers headers;
    struct endpoint *endpoint;
    struct backlog backlog;
    enum lane_state state;
    size_t freezing; /* answers that are still to come */
    bool freeze_failed;
    struct turn turn;
    struct timer retry;
    struct flight *flight;
    struct buf parked; /* ids of those before, until a POST has carried them there */
    /* of the group: */
    int tries;
    int refusals;            /* 4xx */
    bool is_broken;          /* 5xx at the last tries */
    int64_t broken_since_ms; /* the first of them */
    int last_status;
    const char *last_fail;
};

struct deliver_queue {
    struct list_node in_lane;
    struct list_node leaving;
    struct lane *lane;
    void *owner;
    const struct deliver_hooks *hooks;
    char *call;
    struct backlog held; /* until deliver_release() */
    size_t owed;
    bool is_held;
    bool is_ended;
    bool is_expired;
    struct timer expiry;
};

/* Looks at a lane again: something of it has changed. */
void lane_stir(struct lane *l);

/* It has its turn. */
void lane_begin(struct lane *l);

/* Gives up what is left of expired queues, as far as nothing of it is under way. */
void lane_bury(struct lane *l);

/* A queue owes some less. */
void lane_settled(struct deliver_queue *q, size_t count);

/* Makes the pump run in the next turn of the loop. */
void deliver_pump_soon(struct deliver *d);

#endif

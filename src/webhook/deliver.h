/*
 * deliver.h - notices on their way: order, tries, patience.
 *
 * One queue per call. Strictly in order, one POST in flight for a call; when
 * several wait, they may share one POST, frozen with its id before the first try;
 * queues that ask for it share POSTs with others of their application, tenant and
 * URI. At least once: what is not delivered stays owed, but for what the endpoint
 * refuses alone: that is parked, and the next goes on. Knows no call and no store:
 * core/owed.c persists first and is told here what became of it. The control
 * thread; the posting itself is client/'s.
 * Counts notices owed, delivered and failed; whoever makes one counts it as made.
 */
#ifndef WEBHOOK_DELIVER_H
#define WEBHOOK_DELIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct loop;
struct client;
struct deliver;
struct deliver_queue;

struct deliver_notice {
    int64_t number;         /* the caller's; rises within a queue */
    const char *webhook_id; /* its id; the id of the first counts when several are sent as one */
    const char *value;      /* one element of the `value` array, JSON; copied */
    bool restored;    /* of before a restart: perhaps sent already under its id, so nothing new may
                         share a POST with it */
    bool not_durable; /* it is in memory alone; said in a header */
};

/* How the tries of some notices of a queue went so far. Lives during the hook. */
struct deliver_outcome {
    int64_t first;
    int64_t last;
    int tries;
    int status;         /* the last answer's; 0: there was none */
    const char *answer; /* its first bytes, or why there was none; NULL: they were delivered */
};

struct deliver_hooks {
    /* deliver_add(), _release() and _end() call no hook but rewrite; any of them, and
     * deliver_frozen(), may be called from inside a hook.
     *
     * A fresh "Bearer ..." for the queue's application and tenant; lives until the next call.
     * NULL: cannot now (tried again later). */
    const char *(*bearer)(const char *application, const char *tenant, void *arg);
    /* The webhook secret ("whsec_...") of the application, or NULL: no signature header. */
    const char *(*secret)(const char *application, void *arg);
    /* Where a callback URI really goes (notices.rewrite); returns uri itself when nowhere else. */
    const char *(*rewrite)(const char *uri, void *arg);
    /* These notices (first..last) will be one POST under webhook_id, perhaps with others of other
     * queues: make it durable, then call deliver_frozen(). Only asked for more than one. */
    void (*freeze)(struct deliver_queue *q, int64_t first, int64_t last, const char *webhook_id,
                   void *arg);
    /* Delivered: these are owed no more. */
    void (*delivered)(struct deliver_queue *q, const struct deliver_outcome *o, void *arg);
    /* Tried in vain; they stay owed. */
    void (*tried)(struct deliver_queue *q, const struct deliver_outcome *o, void *arg);
    /* Refused: owed no more, to be kept for a person. */
    void (*parked)(struct deliver_queue *q, const struct deliver_outcome *o, void *arg);
    /* Given up 24 h after deliver_end(). */
    void (*dead)(struct deliver_queue *q, const struct deliver_outcome *o, void *arg);
    /* The queue was ended and is empty: it frees itself after this. */
    void (*empty)(struct deliver_queue *q, void *arg);
    void *arg;
};

struct deliver_settings {
    int timeout_ms;    /* [10 000] */
    size_t in_flight;  /* POSTs at a time over all queues [256] */
    int give_up_hours; /* after the call's end [24] */
};

struct deliver *deliver_new(struct loop *l, struct client *c, const struct deliver_settings *s,
                            const struct deliver_hooks *h);
/* From now on nothing is sent: the client is about to go. What is owed stays owed. */
void deliver_stop(struct deliver *d);
/* Frees all queues, tells no hook. What is in flight is forgotten. */
void deliver_free(struct deliver *d);

struct deliver_target {
    const char *call; /* id, for the log */
    const char *application;
    const char *tenant;
    const char *uri;
    const char *chain_id;    /* X-Microsoft-Skype-Chain-ID */
    const char *scenario_id; /* Scenario-Id; NULL: the chain id */
    int moves;  /* how often a 302, 307 or 308 may lead the POSTs elsewhere, for good [0] */
    bool batch; /* shares POSTs with others of its application, tenant and URI, without the two
                   headers */
    const struct deliver_hooks *hooks; /* told instead of deliver_new()'s, which still give bearer,
                                          secret and rewrite; NULL: those */
};

/* A new queue; held: nothing is sent until deliver_release() (the 201 first). Texts are copied. */
struct deliver_queue *deliver_queue_new(struct deliver *d, const struct deliver_target *t,
                                        bool held, void *owner);
void *deliver_owner(const struct deliver_queue *q);
void deliver_add(struct deliver_queue *q, const struct deliver_notice *n);
/* Notices of before a restart that were frozen together keep their common id: added with
 * deliver_add() in order, consecutive ones with the same webhook_id are one POST. */
void deliver_release(struct deliver_queue *q);
void deliver_frozen(struct deliver_queue *q, bool ok);
/* No more notices will come; 24 h from now what is left is dead. */
void deliver_end(struct deliver_queue *q);

/* A notice that was not durable is so now. */
void deliver_saved(struct deliver_queue *q, int64_t number);
/* Forgets a notice that is not being sent; false: too late, or there is none. Tells no hook. */
bool deliver_forget(struct deliver_queue *q, int64_t number);

/* May notices still be added? Not to a queue that was ended and is empty. */
bool deliver_takes(const struct deliver_queue *q);

size_t deliver_owed(const struct deliver_queue *q);
/* For /_/calls/{id}: tries so far of the first one owed, its last answer, when it is due. */
struct deliver_view {
    int tries;
    int last_status;       /* 0: no answer */
    const char *last_fail; /* a word, or NULL */
    int64_t due_in_ms;     /* -1: in flight or held */
};
void deliver_look(const struct deliver_queue *q, struct deliver_view *out);

#endif

/*
 * replay.h - the same request twice is one call: answers kept by the client's own
 * request id (client-request-id) for some minutes, over restarts.
 *
 * Only answers that were a 201 are kept. The control thread.
 */
#ifndef CORE_REPLAY_H
#define CORE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct control;
struct replay;

/* The 201 as first sent; NULL texts: the first request failed, ask again. */
typedef void replay_h(const char *location, const char *response, void *arg);

/* Looks a key up (tenant, application, client-request-id). Found and the same body: h is told
 * the answer, at once or when the first request has it: *out is NULL then, ERR_OK. Another
 * body: ERR_CONFLICT. New: *out is to be settled with replay_keep() or replay_drop(). */
struct replay_request {
    const char *key;
    const char *body;
    size_t len;
    replay_h *h;
    void *arg;
};
NODISCARD enum err replay_begin(struct control *ctl, const struct replay_request *q,
                                struct replay **out, struct fail *f);

/* The answer, which is written to the store in the present batch. */
void replay_keep(struct replay *r, const char *call, const char *location, const char *response);

/* It is on disk: those who wait are told. */
void replay_safe(struct replay *r);

/* The first request failed: who waits may try by himself. */
void replay_drop(struct replay *r);

/* One of before the restart. */
struct key_row;
void replay_restore(struct control *ctl, const struct key_row *row);

/* Forgets those that are over; called every few seconds. */
void replay_forget_old(struct control *ctl);

void replay_clear(struct control *ctl);

#endif

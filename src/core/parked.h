/*
 * parked.h - notices that are owed without their call: replayed, or left of a call that is gone.
 *
 * They are read from the store, sent with the id and the bytes they had and a fresh
 * token, each POST in a queue of its own. The control thread.
 */
#ifndef CORE_PARKED_H
#define CORE_PARKED_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct control;
struct notice_row;

/* {"value":[...]} of what the store has, at most a thousand rows or some megabytes; the next page
 * is after the last number. h gets the JSON text, valid during the call. */
struct parked_page {
    const char *state; /* "owed", "parked", "dead", or NULL: all */
    int64_t after;     /* a number; 0: from the first */
};
typedef void parked_list_h(const char *json, size_t len, void *arg);
void parked_list(struct control *ctl, const struct parked_page *p, parked_list_h *h, void *arg);

/* Sends again what was parked or given up under this webhook id. h is told once that is written
 * down: ERR_NOT_FOUND when there is none (any more), ERR_CONFLICT when it is owed already. */
typedef void parked_h(enum err e, void *arg);
void parked_replay(struct control *ctl, const char *webhook_id, parked_h *h, void *arg);

/* A notice that was owed before a restart and whose call is gone. */
void parked_restore(struct control *ctl, const struct notice_row *r);
/* No more of them will come. */
void parked_restored(struct control *ctl);

/* Frees all of them; webhook/ has freed its queues. */
void parked_clear(struct control *ctl);

#endif

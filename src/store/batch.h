/*
 * batch.h - what is committed together: intents, and who wants to be told.
 *
 * Everything of a batch lies in its arena. It is filled by the control thread,
 * given to the writer, and given back; one thread owns it at any time. It knows
 * no SQL.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "store/rows.h"
#include "store/store.h"

struct value {
    char kind;        /* 'i' or 't' */
    const char *text; /* or NULL */
    int64_t number;   /* of a text: its bytes */
};

/* One statement with its values. */
struct intent {
    struct intent *next;
    size_t statement; /* place in rows_statements() */
    size_t count;     /* of values */
    int most;         /* rows it may change; when it did, there may be more. 0: does not matter */
    struct value values[];
};

/* Somebody who is told: h (store_then), on_life (store_ask_ended_call) or on_notices
 * (store_ask_notices). Answers are the writer's, in the batch's arena. */
struct waiter {
    struct waiter *next;
    store_done_h *h;
    life_h *on_life;
    notices_h *on_notices;
    void *arg;
    const char *id; /* of the call asked for */
    const char *life;
    struct notices_ask ask;
    struct notice_row *rows;
    size_t row_count;
};

struct batch {
    struct arena arena;
    struct intent *first, **end;
    struct waiter *waiters, **waiters_end;
    size_t count;      /* of intents */
    size_t asks;       /* waiters with on_life or on_notices */
    struct redo *redo; /* what failed before and is done first; or NULL */
    bool tried;        /* the writer has had it */
    bool ok;           /* committed; with no intent, true */
    bool more;         /* an intent reached its `most` */
    char why[160];
};

struct batch *batch_new(void);

/* Adds a statement; texts are copied. */
void batch_put(struct batch *b, size_t statement, int most, const struct value *v, size_t n);

/* Adds one who is told how the batch fared. */
void batch_wait(struct batch *b, store_done_h *h, void *arg);

/* Adds one who asks for the life of an ended call, as it is after this batch. */
void batch_ask(struct batch *b, const char *id, life_h *h, void *arg);
void batch_ask_notices(struct batch *b, const struct notices_ask *q, notices_h *h, void *arg);

/* Nothing in it at all. */
bool batch_empty(const struct batch *b);

/* Frees it with everything in it. NULL is fine. */
void batch_free(struct batch *b);

#endif

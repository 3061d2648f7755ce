/*
 * backlog.h - the notices that one lane owes, and which of them are one POST.
 *
 * In the order of their numbers, whatever queue they are of. No I/O, no time. The
 * control thread.
 */
#ifndef WEBHOOK_BACKLOG_H
#define WEBHOOK_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/str.h"
#include "webhook/deliver.h"

enum {
    BACKLOG_GROUP_MAX = 100,        /* notices in one POST */
    BACKLOG_BYTES_MAX = 200 * 1024, /* and bytes of their values */
};

struct backlog { /* zeroed: empty */
    struct list items;
    size_t group; /* the first so many are one POST; 0: not decided */
};

/* Some notices of one queue. */
struct backlog_run {
    struct deliver_queue *of;
    int64_t first;
    int64_t last;
    size_t count;
};

/* Copies the notice to its place behind the group. */
void backlog_add(struct backlog *b, struct deliver_queue *of, const struct deliver_notice *n);

/* Moves all items to another backlog, behind its group. */
void backlog_move(struct backlog *from, struct backlog *to);

/* Decides what the next POST is, unless that is decided. True: it is several that were
 * never one before, so backlog_freeze() or backlog_split() must follow. */
bool backlog_choose(struct backlog *b);

/* The group is one from now on: all take the first one's id. */
void backlog_freeze(struct backlog *b);

/* The group could not be frozen: only the first one goes, alone. */
void backlog_split(struct backlog *b);

/* The webhook id of the group, and the queue of its first notice. Not for an empty backlog. */
const char *backlog_id(const struct backlog *b);
struct deliver_queue *backlog_first(const struct backlog *b);

/* Is one of the group not on disk? */
bool backlog_is_unsafe(const struct backlog *b);

/* The next notices of the group that follow each other and are of one queue; *at begins as 0.
 * False: no more. */
bool backlog_run(const struct backlog *b, size_t *at, struct backlog_run *out);

/* Appends the body of the group's POST: the same bytes each time. */
void backlog_body(const struct backlog *b, struct buf *out);

/* Forgets the group. */
void backlog_drop(struct backlog *b);

/* Forgets all of a queue that are behind the group; how many and which in *out. */
void backlog_take(struct backlog *b, const struct deliver_queue *of, struct backlog_run *out);

/* Forgets one behind the group; false when there is none of this number. */
bool backlog_forget(struct backlog *b, int64_t number);

/* One is on disk now. */
void backlog_saved(struct backlog *b, int64_t number);

#endif

/*
 * backlog.h - the notices that one queue owes, and which of them are one POST.
 *
 * No I/O, no time. The control thread.
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

/* Copies the notice to the end. */
void backlog_add(struct backlog *b, const struct deliver_notice *n);

/* Decides what the next POST is, unless that is decided. True: it is several that were
 * never one before, so backlog_freeze() or backlog_split() must follow. */
bool backlog_choose(struct backlog *b);

/* The group is one from now on: all take the first one's id. */
void backlog_freeze(struct backlog *b);

/* The group could not be frozen: only the first one goes, alone. */
void backlog_split(struct backlog *b);

/* Of the group, or of all when none is decided. Not for an empty backlog. */
int64_t backlog_first(const struct backlog *b);
int64_t backlog_last(const struct backlog *b);
const char *backlog_id(const struct backlog *b);

/* Appends the body of the group's POST: the same bytes each time. */
void backlog_body(const struct backlog *b, struct buf *out);

/* Forgets the group, or all when none is decided; returns how many. */
size_t backlog_drop(struct backlog *b);

#endif

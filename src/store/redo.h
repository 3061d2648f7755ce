/*
 * redo.h - what a failed batch must not lose: kept in memory and done first when it can be.
 *
 * While nothing can be written, calls end and notices are made and delivered. Of all that
 * the last word on each row is kept, so that it stays small however long this lasts. The
 * rows of notices are bounded by core/, which takes the oldest back. The control thread;
 * while a batch has it, the writer only reads it.
 */
#ifndef STORE_REDO_H
#define STORE_REDO_H

#include <stddef.h>

#include "base/list.h"
#include "store/batch.h"

struct redo;

/* One statement that is to be done again. */
struct redo_item {
    struct list_node node;
    char *key;
    struct intent *intent; /* its own copy */
};

/* Keeps those statements of a failed batch that the table of rows.c says; makes *r if it is
 * NULL. */
void redo_keep(struct redo **r, const struct batch *b);

/* struct redo_item, in the order in which they are to be done; r may be NULL. */
const struct list *redo_items(const struct redo *r);

/* NULL is fine. */
void redo_free(struct redo *r);

#endif

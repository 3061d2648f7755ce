/*
 * store_inside.h - what the other files of this room need of an open store.
 *
 * The control thread.
 */
#ifndef STORE_STORE_INSIDE_H
#define STORE_STORE_INSIDE_H

#include "store/batch.h"

/* The batch that is being gathered; never NULL. Not to be kept. */
struct batch *store_gathering(struct store *s);

/* The database's file. */
const char *store_path(const struct store *s);

/* Remembers what store_prune() was asked, so that it goes on by itself while there is more. */
void store_prune_on(struct store *s, int64_t ended_before_ms, int64_t keys_before_ms);

/* False between a batch that failed and one that did not. */
bool store_durable(const struct store *s);

#endif

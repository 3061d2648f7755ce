/*
 * turns.h - whose turn it is: so many at a time, so many to one host, hosts in turn.
 *
 * Who waits for slow hosts does not hold up those who wait for another: one host may
 * have a share of what is still free, so there is always something left. (It is how
 * switches divide their memory among ports: A. K. Choudhury and E. L. Hahne, "Dynamic
 * queue length thresholds for shared-memory packet switches", 1998.)
 * Used by the client for connections and by webhook/ for notices in flight. It
 * starts nothing itself. One thread at a time.
 */
#ifndef CLIENT_TURNS_H
#define CLIENT_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"
#include "base/map.h"

struct turn_host;

struct turn { /* lives in its owner; zeroed: neither waiting nor having its turn */
    struct list_node node;
    struct turn_host *host;
};

struct turns {
    struct map hosts;  /* those with somebody waiting or having a turn */
    struct list ready; /* hosts with somebody waiting, longest first */
    size_t per_host;   /* what a host may have that is alone */
    size_t total;
    size_t taken; /* turns that are had now */
};

void turns_init(struct turns *t, size_t per_host, size_t total);

/* Frees the table. Who still waited is forgotten. */
void turns_clear(struct turns *t);

/* Waits in the line of the URL's scheme, host and port. u must be in none. */
void turns_wait(struct turns *t, struct turn *u, const char *url);

/* Who goes now, or NULL when nobody may; turns_done() gives the turn back. */
struct turn *turns_next(struct turns *t);

/* The turn is over, or is waited for no more. Nothing happens when u is in no line. */
void turns_done(struct turns *t, struct turn *u);

#endif

/*
 * route.h - one audio routing group of a room: whose voices go to whom alone.
 *
 * Made by the control thread, read by one media thread, never changed in between: a change is a
 * new one. Numbers of ports that are not in the room mean nothing.
 */
#ifndef MEDIA_ROUTE_H
#define MEDIA_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/media.h"

struct route {
    uint32_t group; /* the caller's number for it */
    size_t source_count, receiver_count;
    uint32_t sources[MEDIA_ROUTE_PORTS]; /* both in ascending order */
    uint32_t receivers[MEDIA_ROUTE_PORTS];
};

/* NULL: more ports than a group may have. */
struct route *route_new(uint32_t group, const struct media_route *m);
void route_free(struct route *r); /* NULL is fine */

bool route_has_source(const struct route *r, uint32_t port);
bool route_has_receiver(const struct route *r, uint32_t port);

#endif

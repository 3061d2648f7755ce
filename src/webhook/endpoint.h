/*
 * endpoint.h - how those fare who notify the same endpoint: is it down, or does it refuse one?
 *
 * An endpoint is an application's scheme, host and port. Each lane that sends there
 * tells how its tries end. No I/O. The control thread.
 */
#ifndef WEBHOOK_ENDPOINT_H
#define WEBHOOK_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"

struct endpoint;

/* Finds or makes it; known: by key. endpoint_release() for each. */
struct endpoint *endpoint_get(struct map *known, const char *application, const char *uri);
void endpoint_release(struct map *known, struct endpoint *e);

/* who: any address that stays the same; it is only compared. */
void endpoint_accepted(struct endpoint *e);
void endpoint_failed(struct endpoint *e, const void *who);

/* Has it accepted what others sent since then, and refused none of theirs afterwards? */
bool endpoint_accepts_others(const struct endpoint *e, const void *who, int64_t since_ms);

#endif

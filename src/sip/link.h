/*
 * link.h - the connections that others made to us: which to keep, which to end.
 *
 * One over which a phone is registered, or has a call, stays. All others are those of
 * strangers: they end a minute after they were made or last used, and they are bounded,
 * for each address and in all; when there is one too many the oldest leaves. So nobody
 * holds memory by saying half a message, or nothing.
 *
 * Knows sockets by their numbers and nothing of SIP. The library owns them and closes
 * them: we only shut them, which it hears as a hang-up. The sip thread only.
 */
#ifndef SIP_LINK_H
#define SIP_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/list.h"
#include "base/map.h"

enum {
    LINK_STRANGERS = 2000,
    LINK_STRANGERS_OF_ONE = 500, /* address; of IPv6 its /64 */
    LINK_STRANGER_MS = 60000,
    LINK_SOURCE_SIZE = 80,
};

struct link_table {
    struct map by_source; /* as in struct sip_binding: "tcp:192.0.2.1:5060" */
    struct map by_fd;
    struct map hosts;      /* of strangers, by address */
    struct list strangers; /* the oldest first */
    struct list known;     /* the longest unused first */
    size_t most;
    size_t most_of_one;
};

/* An empty table; at most so many strangers, and so many of one address. */
void link_init(struct link_table *t, size_t most, size_t most_of_one);

/* A new connection, of a stranger so far. False when an older one of its address had to leave. */
bool link_add(struct link_table *t, int fd, const char *source, const struct addr *a,
              int64_t now_ms);

/* A registered phone or a call uses the connection from this source, if there is one. */
void link_use(struct link_table *t, const char *source, int64_t now_ms);

/* What is not used at now_ms is a stranger's again; who has been one for too long leaves. */
void link_sweep(struct link_table *t, int64_t now_ms);

/* The oldest stranger leaves: there are no descriptors left. */
void link_make_room(struct link_table *t);

/* Forgets all; ends none. */
void link_clear(struct link_table *t);

#endif

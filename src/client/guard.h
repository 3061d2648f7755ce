/*
 * guard.h - what may be dialled. Pure. Any thread.
 *
 * Judged is the address that is really connected to, after name resolution, on
 * every hop; what is in doubt is refused.
 */
#ifndef CLIENT_GUARD_H
#define CLIENT_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

struct guard_range {
    struct addr net;
    int bits;
};

struct guard {
    bool plain_http;                 /* http: URLs are allowed */
    bool loopback;                   /* 127/8 and ::1 */
    bool private_nets;               /* RFC 1918, 6598, 4193 */
    const struct guard_range *allow; /* and these, except multicast and unusable ones */
    size_t allow_count;
};

/* Reads "10.1.0.0/16" or "fd00::/8" or a single address. */
NODISCARD enum err guard_range_read(struct guard_range *r, const char *text, struct fail *f);

/* Is it in one of them? IPv4 inside IPv6 is looked for by the IPv4 address inside. */
bool guard_in_ranges(const struct guard_range *r, size_t count, const struct addr *a);

/* May this address be connected to? Link-local (metadata) only when `allow` names it; so are
 * the clouds' metadata addresses that lie in other ranges. IPv4 inside IPv6 is judged, and
 * looked for in `allow`, by the IPv4 address inside. */
bool guard_allows(const struct guard *g, const struct addr *a);

/* What is said of a URL. */
enum guard_verdict {
    GUARD_FINE,
    GUARD_MALFORMED, /* no http(s) URL, or written so that two readers could differ about it */
    GUARD_REFUSED,   /* well written, but not to be dialled: plain http, a refused address */
};

enum guard_verdict guard_judge(const struct guard *g, const char *url, struct fail *f);

/* Is this URL of a form that may be dialled at all: https, or http when allowed; a host; no
 * credentials in it; at most 2048 characters, printable ASCII. Says why not. A host that is
 * an IP address is judged at once; a name only when it is resolved. */
NODISCARD enum err guard_url(const struct guard *g, const char *url, struct fail *f);

#endif

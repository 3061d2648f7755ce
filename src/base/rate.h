/*
 * rate.h - how often one address may do one thing: a token bucket for each, bounded.
 *
 * A bucket fills at `per_minute` and holds `burst`. At most `addresses` buckets are
 * kept; the one not asked for longest leaves first, so that a flood from many
 * addresses costs no memory. IPv6 is counted by /64: who has one address there has
 * them all. One thread at a time.
 */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"

struct rate;

struct rate *rate_new(int per_minute, int burst, size_t addresses);
/* Each port of an address is one of its own. Before the first use. */
void rate_by_port(struct rate *r);
void rate_free(struct rate *r); /* NULL is fine */

/* Takes one token of the address; false when there is none. now_ms: clock_mono_ms(). */
bool rate_take(struct rate *r, const struct addr *a, int64_t now_ms);

/* Is there a token? Takes none. For what only counts when it fails. */
bool rate_has(struct rate *r, const struct addr *a, int64_t now_ms);

/* Seconds until the address has a token again, at least 1. */
int rate_retry_s(struct rate *r, const struct addr *a, int64_t now_ms);

#endif

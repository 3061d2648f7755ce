/*
 * nonce.h - digest nonces: made, checked for age and origin, and used once per count.
 *
 * A nonce is its time, a random number, and an HMAC of both and of the address that
 * asked for it, with a secret of the process: nothing is remembered until one is used
 * with a right password. From then on its nonce count (nc) must rise, in a table of
 * bounded size. Who answers with a good one has got our challenge at his address, so
 * that a forged source cannot make others look like guessers. One thread.
 */
#ifndef SIP_NONCE_H
#define SIP_NONCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/list.h"
#include "base/map.h"

enum { NONCE_SIZE = 65, NONCE_SECRET_BYTES = 32 };

struct nonce_table {
    uint8_t secret[NONCE_SECRET_BYTES];
    int64_t life_ms;
    size_t max;           /* nonces in use that are remembered */
    struct map used;      /* by their random number */
    struct list in_use;   /* oldest use first */
    int64_t forgotten_ms; /* nonces made until then and not in the table are stale */
};

enum nonce_verdict {
    NONCE_GOOD,
    NONCE_STALE,   /* ours, but too old, forgotten or already used with this count */
    NONCE_FOREIGN, /* not ours, or made for another address */
};

/* An empty table with a new secret; max is how many nonces in use it remembers. */
void nonce_init(struct nonce_table *t, int64_t life_ms, size_t max);

/* Forgets all that are in use. */
void nonce_clear(struct nonce_table *t);

/* A new nonce for this address, whatever its port; returns out. */
char *nonce_make(struct nonce_table *t, const struct addr *who, int64_t now_ms,
                 char out[NONCE_SIZE]);

/* Ours, for this address, and young enough? Remembers nothing. */
enum nonce_verdict nonce_check(const struct nonce_table *t, const char *nonce,
                               const struct addr *who, int64_t now_ms);

/* Uses a nonce that nonce_check() found good: stale when this count, or a higher one, was there. */
enum nonce_verdict nonce_use(struct nonce_table *t, const char *nonce, uint32_t nc, int64_t now_ms);

#endif

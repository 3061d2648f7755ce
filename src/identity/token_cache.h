/*
 * token_cache.h - private to identity/: tokens that were found good, by their SHA-256.
 *
 * A bot uses one token for an hour, so nearly every request is answered from here.
 * Only good ones are kept, at most TOKEN_CACHE_MAX, the oldest goes first; none
 * longer than the token lives. The control thread.
 */
#ifndef IDENTITY_TOKEN_CACHE_H
#define IDENTITY_TOKEN_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "crypto/hash.h"
#include "identity/token.h"

enum { TOKEN_CACHE_MAX = 4096 };

struct token_cache { /* zeroed: empty */
    struct map by_digest;
    struct list in_order; /* oldest first */
};

/* False when it is not there, or its token has expired. */
bool token_cache_find(struct token_cache *c, const uint8_t digest[SHA256_BYTES],
                      struct caller *out);

void token_cache_add(struct token_cache *c, const uint8_t digest[SHA256_BYTES],
                     const struct caller *who);

void token_cache_clear(struct token_cache *c);

#endif

/*
 * token_cache.c - see token_cache.h.
 *
 * The map goes by the first eight bytes of the digest; the rest is compared. Two
 * tokens that agree in those eight take turns, which is slow and not wrong.
 */
#include "identity/token_cache.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

struct entry {
    struct list_node node;
    uint8_t digest[SHA256_BYTES];
    struct caller who;
};

static uint64_t key_of(const uint8_t digest[SHA256_BYTES])
{
    uint64_t key;

    (void)memcpy(&key, digest, sizeof(key));
    return key;
}

static void forget(struct token_cache *c, struct entry *e)
{
    (void)map_del_num(&c->by_digest, key_of(e->digest));
    list_remove(&e->node);
    (void)mem_free(e);
}

bool token_cache_find(struct token_cache *c, const uint8_t digest[SHA256_BYTES], struct caller *out)
{
    struct entry *e = map_find_num(&c->by_digest, key_of(digest));

    if (e == NULL || memcmp(e->digest, digest, SHA256_BYTES) != 0)
        return false;
    if (e->who.expires_ms <= clock_wall_ms()) {
        forget(c, e);
        return false;
    }
    *out = e->who;
    return true;
}

void token_cache_add(struct token_cache *c, const uint8_t digest[SHA256_BYTES],
                     const struct caller *who)
{
    struct entry *e = map_find_num(&c->by_digest, key_of(digest));

    if (e != NULL)
        forget(c, e);
    if (c->in_order.count >= TOKEN_CACHE_MAX)
        forget(c, LIST_OF(c->in_order.first, struct entry, node));
    e = mem_new(sizeof(*e));
    (void)memcpy(e->digest, digest, SHA256_BYTES);
    e->who = *who;
    list_push(&c->in_order, &e->node);
    (void)map_put_num(&c->by_digest, key_of(digest), e);
}

void token_cache_clear(struct token_cache *c)
{
    while (!list_empty(&c->in_order))
        forget(c, LIST_OF(c->in_order.first, struct entry, node));
    map_clear(&c->by_digest);
}

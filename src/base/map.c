/*
 * Chained buckets; grows by doubling when there are as many entries as slots.
 * A walk remembers slot and depth in one number, so it may go on after the
 * entry it returned has been deleted.
 */
#include "base/map.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

struct map_entry {
    struct map_entry *next;
    uint64_t hash; /* the number itself, for number keys */
    const char *key;
    void *value;
};

static uint64_t seed[2];
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void make_seed(void)
{
    if (getrandom(seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        seed[0] = (uint64_t)(uintptr_t)&seeded; /* only before the pool is ready, at boot */
}

static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdULL;
    h ^= h >> 33;
    h *= 0xc4ceb9fe1a85ec53ULL;
    return h ^ (h >> 33);
}

static uint64_t hash_text(const char *key)
{
    uint64_t h = seed[0];

    for (; *key != '\0'; key++)
        h = (h ^ (unsigned char)*key) * 0x100000001b3ULL + seed[1];
    return mix(h);
}

static struct map_entry **slot_of(const struct map *m, uint64_t hash)
{
    return &m->slots[mix(hash ^ seed[1]) & (m->slot_count - 1)];
}

static bool same(const struct map_entry *e, uint64_t hash, const char *key)
{
    return e->hash == hash && (key == NULL || strcmp(e->key, key) == 0);
}

static void grow(struct map *m)
{
    struct map old = *m;

    m->slot_count = old.slot_count != 0 ? 2 * old.slot_count : 16;
    m->slots = mem_array(m->slot_count, sizeof(struct map_entry *));
    for (size_t i = 0; i < old.slot_count; i++) {
        struct map_entry *next;

        for (struct map_entry *e = old.slots[i]; e != NULL; e = next) {
            struct map_entry **s = slot_of(m, e->hash);

            next = e->next;
            e->next = *s;
            *s = e;
        }
    }
    (void)mem_free(old.slots);
}

static void *put(struct map *m, uint64_t hash, const char *key, void *value)
{
    struct map_entry **s;
    struct map_entry *e;

    if (m->count >= m->slot_count)
        grow(m);
    s = slot_of(m, hash);
    for (e = *s; e != NULL; e = e->next) {
        if (same(e, hash, key)) {
            void *was = e->value;

            e->key = key;
            e->value = value;
            return was;
        }
    }
    e = mem_new(sizeof(*e));
    *e = (struct map_entry){.next = *s, .hash = hash, .key = key, .value = value};
    *s = e;
    m->count++;
    return NULL;
}

static void *find(const struct map *m, uint64_t hash, const char *key)
{
    if (m->count == 0)
        return NULL;
    for (const struct map_entry *e = *slot_of(m, hash); e != NULL; e = e->next)
        if (same(e, hash, key))
            return e->value;
    return NULL;
}

static void *del(struct map *m, uint64_t hash, const char *key)
{
    if (m->count == 0)
        return NULL;
    for (struct map_entry **at = slot_of(m, hash); *at != NULL; at = &(*at)->next) {
        struct map_entry *e = *at;

        if (same(e, hash, key)) {
            void *was = e->value;

            *at = e->next;
            m->count--;
            (void)mem_free(e);
            return was;
        }
    }
    return NULL;
}

void *map_put(struct map *m, const char *key, void *value)
{
    (void)pthread_once(&seeded, make_seed);
    return put(m, hash_text(key), key, value);
}

void *map_find(const struct map *m, const char *key)
{
    return key != NULL ? find(m, hash_text(key), key) : NULL;
}

void *map_del(struct map *m, const char *key)
{
    return key != NULL ? del(m, hash_text(key), key) : NULL;
}

void *map_put_num(struct map *m, uint64_t key, void *value)
{
    (void)pthread_once(&seeded, make_seed);
    return put(m, key, NULL, value);
}

void *map_find_num(const struct map *m, uint64_t key)
{
    return find(m, key, NULL);
}

void *map_del_num(struct map *m, uint64_t key)
{
    return del(m, key, NULL);
}

void *map_next(const struct map *m, size_t *at)
{
    /* *at is the slot in the high half, and how many of its entries are still to come
     * (counted from the end of the chain, so that deleting the current one is harmless). */
    size_t slot = *at >> 16;
    size_t left = *at & 0xffff;

    for (; slot < m->slot_count; slot++, left = 0) {
        const struct map_entry *e = m->slots[slot];
        size_t n = 0;

        for (const struct map_entry *c = e; c != NULL; c = c->next)
            n++;
        if (left == 0)
            left = n + 1; /* a slot not begun */
        for (; e != NULL && n >= left; n--)
            e = e->next;
        if (left == 1 || e == NULL)
            continue;
        *at = (slot << 16) | (left - 1);
        return e->value;
    }
    *at = m->slot_count << 16;
    return NULL;
}

void map_clear(struct map *m)
{
    for (size_t i = 0; i < m->slot_count; i++) {
        struct map_entry *next;

        for (struct map_entry *e = m->slots[i]; e != NULL; e = next) {
            next = e->next;
            (void)mem_free(e);
        }
    }
    (void)mem_free(m->slots);
    *m = (struct map){0};
}

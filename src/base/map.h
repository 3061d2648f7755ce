/*
 * map.h - a hash table from texts or numbers to pointers.
 *
 * The table borrows its text keys: they must live as long as their entry (they
 * usually are a member of the value). Hashing is seeded at random per process,
 * so that nobody outside can choose collisions. One thread at a time.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_entry;

struct map { /* zeroed: empty */
    struct map_entry **slots;
    size_t slot_count; /* a power of two */
    size_t count;
};

/* Adds or replaces; returns the value that was there, or NULL. value is not NULL. */
void *map_put(struct map *m, const char *key, void *value);

void *map_find(const struct map *m, const char *key);

/* Takes out; returns the value, or NULL when there is none. */
void *map_del(struct map *m, const char *key);

/* The same with numbers as keys; one map holds either texts or numbers. */
void *map_put_num(struct map *m, uint64_t key, void *value);
void *map_find_num(const struct map *m, uint64_t key);
void *map_del_num(struct map *m, uint64_t key);

/* Walks all values in no order: *at starts as 0; NULL at the end. The value just
 * returned may be deleted; nothing may be added meanwhile. */
void *map_next(const struct map *m, size_t *at);

/* Forgets all entries; the values are not touched. */
void map_clear(struct map *m);

#endif

/*
 * arena.h - memory that is freed in one go: of one request, one call, one notice.
 *
 * Never fails (base/mem.h). Nothing in it may outlive it. One thread at a time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/err.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* of the newest block, bytes */
    size_t total;               /* asked for so far, bytes */
};

/* Zeroed, aligned for any type. A zeroed arena is an empty one. */
void *arena_new(struct arena *a, size_t size);

/* A copy of n bytes with a 0 after them. */
char *arena_text(struct arena *a, const char *s, size_t n);

/* A copy of s; NULL stays NULL. */
char *arena_dup(struct arena *a, const char *s);

/* A formatted text. */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF(2, 3);

/* Frees everything; the arena is empty and usable again. */
void arena_clear(struct arena *a);

#endif

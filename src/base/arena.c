#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_BYTES = 2048, ALIGN = _Alignof(max_align_t) };

struct arena_block {
    struct arena_block *next;
    size_t size;
    max_align_t data[];
};

static void *take(struct arena *a, size_t size)
{
    char *p;

    size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (a->blocks == NULL || a->blocks->size - a->used < size) {
        size_t bytes = size > BLOCK_BYTES ? size : BLOCK_BYTES;
        struct arena_block *b = mem_new(sizeof(*b) + bytes);

        b->size = bytes;
        b->next = a->blocks;
        a->blocks = b;
        a->used = 0;
    }
    p = (char *)a->blocks->data + a->used;
    a->used += size;
    a->total += size;
    return p;
}

void *arena_new(struct arena *a, size_t size)
{
    return take(a, size != 0 ? size : 1); /* blocks come zeroed and are never reused */
}

char *arena_text(struct arena *a, const char *s, size_t n)
{
    char *p = take(a, n + 1);

    (void)memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *arena_dup(struct arena *a, const char *s)
{
    return s != NULL ? arena_text(a, s, strlen(s)) : NULL;
}

/* Most texts are short: they are printed once, and copied. */
char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char first[256];
    va_list ap;
    char *p;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(first, sizeof(first), fmt, ap);
    va_end(ap);
    if (n < 0)
        n = 0;
    if ((size_t)n < sizeof(first))
        return arena_text(a, first, (size_t)n);
    p = take(a, (size_t)n + 1);
    va_start(ap, fmt);
    (void)vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

void arena_clear(struct arena *a)
{
    while (a->blocks != NULL) {
        struct arena_block *b = a->blocks;

        a->blocks = b->next;
        (void)mem_free(b);
    }
    a->used = a->total = 0;
}

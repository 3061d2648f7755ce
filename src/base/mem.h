/*
 * mem.h - memory that does not fail: the process stops when there is none.
 *
 * The doors of the server have limits, so that no client can bring us there
 * (docs/adr/0003-memory.md). Any thread; media threads only before a port runs.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* Zeroed memory; never NULL. */
void *mem_new(size_t size);

/* Zeroed array; never NULL; stops the process when n * size overflows. */
void *mem_array(size_t n, size_t size);

/* As realloc(), never NULL; the new part is not zeroed. */
void *mem_grow(void *p, size_t size);

/* A copy of n bytes; never NULL. */
void *mem_dup(const void *p, size_t n);

/* free(); NULL is fine. Always returns NULL, so that `x = mem_free(x)` reads well. */
void *mem_free(void *p);

#endif

/*
 * ring.h - a fixed queue between exactly two threads, without lock or wait.
 *
 * One thread pushes, one pops. Elements are copied by value. Full is an answer,
 * not an error: who pushes decides what it means. The media threads talk only
 * through these.
 */
#ifndef LOOP_RING_H
#define LOOP_RING_H

#include <stdbool.h>
#include <stddef.h>

struct ring;

/* count is rounded up to a power of two. */
struct ring *ring_new(size_t count, size_t element_size);

/* False when full. The pushing thread only. */
bool ring_push(struct ring *r, const void *element);

/* How many more fit now, as the pushing thread sees it (never too many). */
size_t ring_space(const struct ring *r);

/* False when empty. The popping thread only. */
bool ring_pop(struct ring *r, void *element);

/* When neither thread uses it any more. NULL is fine. */
void ring_free(struct ring *r);

#endif

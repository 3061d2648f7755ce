#include "loop/ring.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

enum { CACHE_LINE = 64 };

struct ring {
    size_t mask;
    size_t size;
    unsigned char *data;
    char apart[CACHE_LINE]; /* the two ends are written by two cores */
    _Atomic size_t head;    /* next to pop; written by the popper */
    char apart_too[CACHE_LINE];
    _Atomic size_t tail; /* next to push; written by the pusher */
};

struct ring *ring_new(size_t count, size_t element_size)
{
    struct ring *r = mem_new(sizeof(*r));
    size_t slots = 1;

    while (slots < count)
        slots *= 2;
    r->mask = slots - 1;
    r->size = element_size;
    r->data = mem_array(slots, element_size);
    return r;
}

bool ring_push(struct ring *r, const void *element)
{
    size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (tail - atomic_load_explicit(&r->head, memory_order_acquire) > r->mask)
        return false;
    (void)memcpy(r->data + (tail & r->mask) * r->size, element, r->size);
    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
    return true;
}

size_t ring_space(const struct ring *r)
{
    return r->mask + 1 -
           (atomic_load_explicit(&r->tail, memory_order_relaxed) -
            atomic_load_explicit(&r->head, memory_order_acquire));
}

bool ring_pop(struct ring *r, void *element)
{
    size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

    if (head == atomic_load_explicit(&r->tail, memory_order_acquire))
        return false;
    (void)memcpy(element, r->data + (head & r->mask) * r->size, r->size);
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return true;
}

void ring_free(struct ring *r)
{
    if (r == NULL)
        return;
    (void)mem_free(r->data);
    (void)mem_free(r);
}

/*
 * route.c - one audio routing group of a room. Pure.
 */
#include "media/route.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static void take(uint32_t *to, const uint32_t *from, size_t n)
{
    if (n == 0)
        return;
    memcpy(to, from, n * sizeof(*to));
    qsort(to, n, sizeof(*to), by_number);
}

struct route *route_new(uint32_t group, const struct media_route *m)
{
    struct route *r;

    if (m->source_count > MEDIA_ROUTE_PORTS || m->receiver_count > MEDIA_ROUTE_PORTS)
        return NULL;
    r = mem_new(sizeof(*r));
    r->group = group;
    r->source_count = m->source_count;
    r->receiver_count = m->receiver_count;
    take(r->sources, m->sources, m->source_count);
    take(r->receivers, m->receivers, m->receiver_count);
    return r;
}

void route_free(struct route *r)
{
    (void)mem_free(r);
}

bool route_has_source(const struct route *r, uint32_t port)
{
    return bsearch(&port, r->sources, r->source_count, sizeof(port), by_number) != NULL;
}

bool route_has_receiver(const struct route *r, uint32_t port)
{
    return bsearch(&port, r->receivers, r->receiver_count, sizeof(port), by_number) != NULL;
}

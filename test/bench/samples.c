#include "samples.h"

#include <stdlib.h>

#include "watch.h"

enum { FIRST_ROOM = 4096 };

void samples_add(struct samples *s, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t us = to_ns > from_ns ? (to_ns - from_ns) / 1000 : 0;

    if (from_ns == 0 || to_ns == 0)
        return;
    if (s->count == s->room) {
        s->room = s->room == 0 ? FIRST_ROOM : s->room * 2;
        s->us = realloc(s->us, s->room * sizeof(*s->us));
        if (s->us == NULL)
            watch_die("memory");
    }
    s->us[s->count++] = us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static double at(const struct samples *s, double share)
{
    size_t i = (size_t)(share * (double)s->count);

    if (s->count == 0)
        return 0;
    return s->us[i < s->count ? i : s->count - 1] / 1000.0;
}

void samples_print(struct samples *s, FILE *out)
{
    if (s->count != 0)
        qsort(s->us, s->count, sizeof(*s->us), compare);
    (void)fprintf(
        out, "{\"count\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f}",
        s->count, at(s, 0.5), at(s, 0.99), at(s, 0.999), at(s, 1));
}

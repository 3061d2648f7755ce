#include "base/count.h"

#include <stdatomic.h>

static _Atomic int64_t values[COUNT_COUNT];

static const struct {
    const char *kind;
    const char *name;
    const char *help;
} rows[COUNT_COUNT] = {
#define X(name, kind, metric, help) [COUNT_##name] = {kind, metric, help},
    COUNTS(X)
#undef X
};

void count_add(enum count c, int64_t n)
{
    (void)atomic_fetch_add_explicit(&values[c], n, memory_order_relaxed);
}

int64_t count_get(enum count c)
{
    return atomic_load_explicit(&values[c], memory_order_relaxed);
}

const char *count_name(enum count c)
{
    return rows[c].name;
}

const char *count_kind(enum count c)
{
    return rows[c].kind;
}

const char *count_help(enum count c)
{
    return rows[c].help;
}

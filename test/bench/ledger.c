#include "ledger.h"

#include <string.h>

#include "watch.h"

enum { BUCKETS = 1 << 20 };

static struct entry *buckets[BUCKETS];
static struct entry *newest;

/* FNV-1a */
static uint32_t hash(const char *id)
{
    uint32_t h = 2166136261u;

    for (int i = 0; i < LEDGER_ID; i++)
        h = (h ^ (unsigned char)id[i]) * 16777619u;
    return h;
}

struct entry *ledger_get(const char *id)
{
    struct entry **b = &buckets[hash(id) % BUCKETS];
    struct entry *e;

    for (e = *b; e != NULL; e = e->next)
        if (memcmp(e->id, id, LEDGER_ID) == 0)
            return e;
    e = watch_memory(sizeof(*e));
    memcpy(e->id, id, LEDGER_ID);
    e->leg = -1;
    e->next = *b;
    e->older = newest;
    *b = e;
    newest = e;
    return e;
}

struct entry *ledger_newest(void)
{
    return newest;
}

#include "base/rate.h"

#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"

enum { MINUTE_MS = 60000 };

/* Levels are in thousandths of a token, so that slow rates fill evenly. */
static const int64_t token = 1000;

struct bucket {
    struct list_node node; /* in `used`, longest ago first */
    char key[ADDR_TEXT_SIZE];
    int64_t level;
    int64_t at_ms;
};

struct rate {
    struct map buckets;
    struct list used;
    int64_t per_minute; /* thousandths */
    int64_t most;
    size_t addresses;
    bool by_port;
};

struct rate *rate_new(int per_minute, int burst, size_t addresses)
{
    struct rate *r = mem_new(sizeof(*r));

    r->per_minute = per_minute * token;
    r->most = burst * token;
    r->addresses = addresses;
    return r;
}

void rate_by_port(struct rate *r)
{
    r->by_port = true;
}

static void drop(struct rate *r, struct bucket *b)
{
    (void)map_del(&r->buckets, b->key);
    list_remove(&b->node);
    (void)mem_free(b);
}

void rate_free(struct rate *r)
{
    if (r == NULL)
        return;
    while (!list_empty(&r->used))
        drop(r, LIST_OF(r->used.first, struct bucket, node));
    map_clear(&r->buckets);
    (void)mem_free(r);
}

static struct bucket *bucket_of(struct rate *r, const struct addr *a, int64_t now_ms)
{
    char key[ADDR_TEXT_SIZE];
    struct bucket *b;

    (void)(r->by_port ? addr_text(a, key) : addr_net_text(a, key));
    b = map_find(&r->buckets, key);
    if (b == NULL) {
        if (r->buckets.count >= r->addresses)
            drop(r, LIST_OF(r->used.first, struct bucket, node));
        b = mem_new(sizeof(*b));
        (void)memcpy(b->key, key, sizeof(key));
        b->level = r->most;
        b->at_ms = now_ms;
        (void)map_put(&r->buckets, b->key, b);
    } else {
        list_remove(&b->node);
    }
    list_push(&r->used, &b->node);
    if (now_ms > b->at_ms) {
        int64_t minutes = (now_ms - b->at_ms) / MINUTE_MS;

        /* a long absence fills the bucket, whatever the product would be */
        if (minutes > r->most / r->per_minute)
            b->level = r->most;
        else
            b->level += (now_ms - b->at_ms) * r->per_minute / MINUTE_MS;
        b->at_ms = now_ms;
    }
    if (b->level > r->most)
        b->level = r->most;
    return b;
}

bool rate_has(struct rate *r, const struct addr *a, int64_t now_ms)
{
    return bucket_of(r, a, now_ms)->level >= token;
}

bool rate_take(struct rate *r, const struct addr *a, int64_t now_ms)
{
    struct bucket *b = bucket_of(r, a, now_ms);

    if (b->level < token)
        return false;
    b->level -= token;
    return true;
}

int rate_retry_s(struct rate *r, const struct addr *a, int64_t now_ms)
{
    int64_t missing = token - bucket_of(r, a, now_ms)->level;
    int64_t ms = missing > 0 ? missing * MINUTE_MS / r->per_minute : 0;

    return ms < 1000 ? 1 : (int)((ms + 999) / 1000);
}

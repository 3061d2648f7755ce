#include "appmedia/ear.h"

#include "base/mem.h"

void ear_init(struct ear *e, size_t per_tick)
{
    *e = (struct ear){.size = EAR_TICKS * per_tick};
    e->frames = mem_array(e->size, sizeof(*e->frames));
}

void ear_free(struct ear *e)
{
    e->frames = mem_free(e->frames);
}

static void lose(struct ear *e, uint32_t ticks)
{
    e->lost += ticks;
    e->lost_all += ticks;
}

/* With all that belongs to it. */
static void drop_oldest_tick(struct ear *e)
{
    uint32_t tick = e->frames[e->first].tick;

    while (e->count > 0 && e->frames[e->first].tick == tick)
        ear_pop(e);
    lose(e, 1);
}

void ear_add(struct ear *e, const struct pipe_heard *h)
{
    bool is_new = h->tick != e->last_tick;

    if (is_new && e->last_tick != 0 && h->tick > e->last_tick + 1)
        lose(e, h->tick - e->last_tick - 1);
    if (e->count == e->size ||
        (is_new && e->count > 0 && h->tick - e->frames[e->first].tick >= EAR_TICKS))
        drop_oldest_tick(e);
    e->last_tick = h->tick;
    e->frames[(e->first + e->count++) % e->size] = *h;
}

const struct pipe_heard *ear_peek(const struct ear *e)
{
    return e->count > 0 ? &e->frames[e->first] : NULL;
}

void ear_pop(struct ear *e)
{
    e->first = (e->first + 1) % e->size;
    e->count--;
}

uint32_t ear_take_lost(struct ear *e)
{
    uint32_t lost = e->lost;

    e->lost = 0;
    return lost;
}

void ear_forget(struct ear *e)
{
    e->count = 0;
    e->lost = 0;
    e->last_tick = 0;
}

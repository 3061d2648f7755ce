/*
 * A binary heap by due time, as in every textbook, with each timer knowing its
 * place so that stopping is as cheap as starting. The alarm is set by real time;
 * when the model's clock is moved, timer_run_due() is called again.
 */
#include "loop/timer.h"

#include <assert.h>

#include "base/clock.h"
#include "base/mem.h"
#include "loop/loop_uv.h"

enum { FAR_MS = 60000 };

static void put(struct loop *l, size_t at, struct timer *t)
{
    l->heap[at] = t;
    t->place = at;
}

static void rise(struct loop *l, size_t at)
{
    struct timer *t = l->heap[at];

    for (; at > 1 && l->heap[at / 2]->due_ms > t->due_ms; at /= 2)
        put(l, at, l->heap[at / 2]);
    put(l, at, t);
}

static void sink(struct loop *l, size_t at)
{
    struct timer *t = l->heap[at];

    for (;;) {
        size_t child = 2 * at;

        if (child > l->timers)
            break;
        if (child < l->timers && l->heap[child + 1]->due_ms < l->heap[child]->due_ms)
            child++;
        if (l->heap[child]->due_ms >= t->due_ms)
            break;
        put(l, at, l->heap[child]);
        at = child;
    }
    put(l, at, t);
}

static void take_out(struct loop *l, struct timer *t)
{
    size_t at = t->place;
    struct timer *last = l->heap[l->timers--];

    t->place = 0;
    if (last == t)
        return;
    put(l, at, last);
    rise(l, at);
    sink(l, last->place);
}

static void on_alarm_again(uv_timer_t *a)
{
    timer_run_due(a->data);
}

static void set_alarm(struct loop *l)
{
    int64_t in_ms = FAR_MS;

    if (l->timers != 0)
        in_ms = l->heap[1]->due_ms - clock_mono_ms();
    if (in_ms < 0)
        in_ms = 0;
    uv_update_time(&l->uv); /* the handler may have taken a while */
    (void)uv_timer_start(&l->alarm, on_alarm_again, (uint64_t)(in_ms < FAR_MS ? in_ms : FAR_MS), 0);
}

/* Only what was due at the beginning: a timer that sets itself to 0 ms waits a turn. */
void timer_run_due(struct loop *l)
{
    int64_t now = clock_mono_ms();
    size_t most = l->timers;

    while (most-- > 0 && l->timers != 0 && l->heap[1]->due_ms <= now) {
        struct timer *t = l->heap[1];
        int64_t began = loop_handler_begin();

        take_out(l, t);
        t->on_due(t->arg); /* t may be gone now */
        loop_handler_end(l, "timer", began);
    }
    set_alarm(l);
}

void timer_start(struct timer *t, struct loop *l, int64_t delay_ms, timer_h *h, void *arg)
{
    assert(loop_is_mine(l));
    timer_stop(t);
    if (l->timers + 2 > l->heap_size) {
        l->heap_size = l->heap_size != 0 ? 2 * l->heap_size : 64;
        l->heap = mem_grow(l->heap, l->heap_size * sizeof(struct timer *));
    }
    t->loop = l;
    t->due_ms = clock_mono_ms() + delay_ms;
    t->on_due = h;
    t->arg = arg;
    l->timers++;
    put(l, l->timers, t);
    rise(l, l->timers);
    if (t->place == 1)
        set_alarm(l);
}

void timer_stop(struct timer *t)
{
    if (t->place == 0)
        return;
    assert(loop_is_mine(t->loop));
    take_out(t->loop, t);
}

bool timer_running(const struct timer *t)
{
    return t->place != 0;
}

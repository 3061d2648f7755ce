/*
 * timer.h - timers that live inside their owner, by the clock of base/clock.h.
 *
 * A loop keeps its timers in one heap and the kernel knows only the first:
 * ten thousand calls with three timers each cost no descriptor. The owner's
 * thread only.
 */
#ifndef LOOP_TIMER_H
#define LOOP_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

typedef void timer_h(void *arg);

struct timer { /* zeroed: not running; must be stopped before its memory goes */
    struct loop *loop;
    int64_t due_ms; /* clock_mono_ms() */
    size_t place;   /* in the heap, from 1; 0: not running */
    timer_h *on_due;
    void *arg;
};

/* Calls h once, delay_ms from now; a running timer is set anew. */
void timer_start(struct timer *t, struct loop *l, int64_t delay_ms, timer_h *h, void *arg);

/* Fine when it is not running. */
void timer_stop(struct timer *t);

bool timer_running(const struct timer *t);

#endif

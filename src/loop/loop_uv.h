/*
 * loop_uv.h - what the files of this room know of each other. No other room includes it.
 */
#ifndef LOOP_LOOP_UV_H
#define LOOP_LOOP_UV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "loop/loop.h"
#include "loop/timer.h"

struct loop {
    uv_loop_t uv;
    const char *name;
    pthread_t owner;
    uv_timer_t alarm; /* set to the first of the heap */
    uv_async_t wake;  /* loop_stop(), loop_clock_moved() */
    uv_check_t check; /* end of a turn: after I/O */
    uv_prepare_t prepare;
    bool is_stopping;
    _Atomic bool stop_asked;
    struct timer **heap; /* [1..timers] */
    size_t timers;
    size_t heap_size;
    struct list turn_end; /* struct turn_end */
    struct list fds;      /* struct loop_fd: those still open */
    struct list signals;
};

/* Runs what is due and sets the alarm anew. */
void timer_run_due(struct loop *l);

/* Measures one handler; names it in the log when it held the loop. */
int64_t loop_handler_begin(void);
void loop_handler_end(const struct loop *l, const char *what, int64_t began_us);

#endif

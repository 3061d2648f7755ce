/*
 * worker.h - a thread with a name.
 */
#ifndef LOOP_WORKER_H
#define LOOP_WORKER_H

struct worker;

typedef void worker_h(void *arg);

/* Starts run(arg) in a thread of its own; name (at most 15 characters) is what ps and
 * perf show. All signals are blocked in it. */
struct worker *worker_start(const char *name, worker_h *run, void *arg);

/* Waits for its end and frees it. NULL is fine. */
void worker_join(struct worker *w);

#endif

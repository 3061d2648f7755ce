/*
 * watch.h - descriptors and who is told when they are ready; the clock of the load program.
 *
 * One thread. A skin over epoll, so that the bot, the callback receiver and the
 * phone can live in one loop.
 */
#ifndef BENCH_WATCH_H
#define BENCH_WATCH_H

#include <stddef.h>
#include <stdint.h>

struct watch;
typedef void watch_h(struct watch *w, uint32_t events);

/* Embedded in whatever owns the descriptor, as its first member. */
struct watch {
    int fd;
    watch_h *h;
};

/* Monotonic nanoseconds. */
uint64_t watch_now(void);

/* Opens the loop. Ends the program when it cannot. */
void watch_open(void);

/* Tells w->h of readiness to read, edge-triggered to write as well. */
void watch_add(struct watch *w);

/* Closes the descriptor; w may go. */
void watch_close(struct watch *w);

/* Waits until something is ready or the time (ns, monotonic) has come, and tells. */
void watch_step(uint64_t until_ns);

/* Ends the program with a sentence on standard error. */
_Noreturn void watch_die(const char *what);

/* Memory, or the end of the program. */
void *watch_memory(size_t size);

#endif

/*
 * loop.h - the event loop of one thread.
 *
 * A skin over libuv: rooms above this one never see it. A loop belongs to the
 * thread that runs it; only loop_stop(), loop_clock_moved() and mailbox_post()
 * may be called from elsewhere. A handler that holds the loop for more than
 * 20 ms is named in the log.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

typedef void loop_h(void *arg);

/* name is a literal, for the log. The calling thread becomes the owner until
 * loop_run() is called in another. */
struct loop *loop_new(const char *name);

/* Runs until loop_stop(); the calling thread owns the loop from now on. */
void loop_run(struct loop *l);

/* Runs what is ready and returns; waits at most wait_ms for something. For tests. */
void loop_step(struct loop *l, int wait_ms);

/* Any thread. */
void loop_stop(struct loop *l);

/* Any thread: looks at the timers again after clock_advance_ms(). */
void loop_clock_moved(struct loop *l);

/* Closes what is open and frees the loop; its owner must have stopped running it. */
void loop_free(struct loop *l);

/* Is this the thread that runs the loop? Public entries of a room assert it. */
bool loop_is_mine(const struct loop *l);

/* Calls h once per turn of the loop, after everything that was ready has been
 * handled: the place to hand over what was gathered. One per loop and arg. */
void loop_at_end_of_turn(struct loop *l, loop_h *h, void *arg);
/* It is not called again. Not from inside such a handler. */
void loop_forget_end_of_turn(struct loop *l, loop_h *h, void *arg);

/* A file descriptor that is watched. */
enum loop_events { LOOP_READ = 1, LOOP_WRITE = 2 };
struct loop_fd;
typedef void loop_fd_h(int events, void *arg);

/* Watches fd (which stays the caller's) for events; h gets those that are ready. */
struct loop_fd *loop_fd_open(struct loop *l, int fd, int events, loop_fd_h *h, void *arg);
void loop_fd_set(struct loop_fd *w, int events);
/* No handler is called afterwards; the descriptor may be closed at once. NULL is fine. */
void loop_fd_close(struct loop_fd *w);

/* Calls h in the loop when one of the signals arrives. */
void loop_on_signal(struct loop *l, int signum, loop_h *h, void *arg);

#endif

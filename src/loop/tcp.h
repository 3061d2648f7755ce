/*
 * tcp.h - TCP streams on a loop: bytes in, bytes out, nothing said of what they mean.
 *
 * TCP_NODELAY is always on. The loop's thread only.
 */
#ifndef LOOP_TCP_H
#define LOOP_TCP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/addr.h"
#include "base/err.h"

struct loop;
struct tcp_listener;
struct tcp;

typedef void tcp_accept_h(struct tcp *t, void *arg);

/* n bytes have come; n == 0: the peer has closed or the connection broke. */
typedef void tcp_read_h(const char *p, size_t n, void *arg);

/* The write is done (ok) or will never be. */
typedef void tcp_written_h(bool ok, void *arg);

/* Listens; `at` gets the real port. Fails when the address cannot be bound, naming it. */
NODISCARD enum err tcp_listen(struct loop *l, struct addr *at, tcp_accept_h *on_accept, void *arg,
                              struct tcp_listener **out, struct fail *f);
/* No connection is accepted afterwards; those open stay. NULL is fine. */
void tcp_listener_close(struct tcp_listener *l);

/* on_read is called until tcp_close(). */
void tcp_start(struct tcp *t, tcp_read_h *on_read, void *arg);

/* Stops and resumes reading: back-pressure. */
void tcp_pause(struct tcp *t, bool paused);

/* Writes n bytes, which are copied; h (may be NULL) is told once, never before return. */
void tcp_write(struct tcp *t, const void *p, size_t n, tcp_written_h *h, void *arg);

/* Bytes handed to tcp_write() that the kernel has not yet taken. */
size_t tcp_unsent(const struct tcp *t);

const struct addr *tcp_peer(const struct tcp *t);

/* Says that nothing more will be written, after what was; the peer's bytes still come. */
void tcp_shut(struct tcp *t);

/* Closes after what was written has gone out, or at once when now is true. on_read is
 * not called again; t is gone. */
void tcp_close(struct tcp *t, bool now);

#endif

/*
 * tunnel.h - connections that are dialled as requests are (guard, proxy, TLS, turns), and then
 * handed out as a stream of bytes each way. What is said on them is somebody else's.
 *
 * All of one loop; the thread of that loop.
 */
#ifndef CLIENT_TUNNEL_H
#define CLIENT_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "client/client.h"

struct loop;
struct tunnel;
struct tunnels;

/* Before the thread runs. What the settings point to is copied. */
NODISCARD enum err tunnels_open(struct loop *l, const struct client_settings *s,
                                struct tunnels **out, struct fail *f);
/* All tunnels must have been closed. NULL is fine. */
void tunnels_close(struct tunnels *t);

struct tunnel_hooks {
    /* The connection stands, or cannot be had; once. After a failure the tunnel can only be
     * closed. */
    void (*up)(enum client_fail fail, void *arg);
    /* LOOP_READ, LOOP_WRITE: what could be done now. */
    void (*ready)(int events, void *arg);
};

/* Dials scheme, host and port of an http(s) URL. Nothing is told before it returns. */
struct tunnel *tunnel_dial(struct tunnels *all, const char *url, int timeout_ms,
                           const struct tunnel_hooks *h, void *arg);

enum { TUNNEL_AGAIN = 0, TUNNEL_OVER = -1 };

/* How many bytes; TUNNEL_AGAIN: not now; TUNNEL_OVER: the other side closed, or it broke. What is
 * there is read until AGAIN, for TLS may hold bytes of which the descriptor knows nothing. */
ssize_t tunnel_read(struct tunnel *t, void *p, size_t n);
ssize_t tunnel_write(struct tunnel *t, const void *p, size_t n);

/* ready() is called for these, as long as they can be done. At first LOOP_READ. */
void tunnel_want(struct tunnel *t, int events);

/* Once it stands: the kernel keeps no more than this ahead of the network. What waits longer waits
 * with us, where it can still be thrown away. */
void tunnel_bound(struct tunnel *t, int unsent_bytes);

/* From any hook too; nothing is told any more. NULL is fine. */
void tunnel_close(struct tunnel *t);

#endif

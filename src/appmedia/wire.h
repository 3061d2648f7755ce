/*
 * wire.h - WebSocket messages over a tunnel (RFC 6455): wslay's framing, our bounds.
 *
 * Ours are never fragmented. Of theirs: text of 16 KiB, binary of 64 KiB, 64 fragments at most, no
 * masks, text in UTF-8; who does otherwise is closed with 1009, 1002 or 1007, and has a second to
 * read that. At each wake-up only so much is read that nobody holds the thread. The stream thread.
 */
#ifndef APPMEDIA_WIRE_H
#define APPMEDIA_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct loop;
struct wire;

enum {
    WIRE_BINARY_MAX = 64 * 1024,
    WIRE_TEXT_MAX = 16 * 1024,
    WIRE_FRAGMENTS_MAX = 64,
    WIRE_OUT_MAX = 128 * 1024, /* bytes that a bot leaves unread, */
    WIRE_OUT_COUNT_MAX = 1024, /* and messages */
};

/* What is below: a tunnel (client/tunnel.h has what the results mean). */
struct wire_under {
    ssize_t (*read)(void *p, size_t n, void *arg);
    ssize_t (*write)(const void *p, size_t n, void *arg);
    void (*want)(int events, void *arg);
};

struct wire_hooks {
    void (*text)(const char *p, size_t n, void *arg);
    void (*binary)(const uint8_t *p, size_t n, void *arg);
    void (*pong)(void *arg);
    /* It is over: the other side closed or broke it, or did what is not allowed (violation).
     * Told once, from the loop or from wire_ready(), never from what says something. Only
     * wire_free() may follow. */
    void (*over)(const char *why, bool violation, void *arg);
};

/* arg is of both tables; first: what was read already of what is below. Nothing is told before the
 * next turn of the loop. */
struct wire *wire_new(struct loop *l, const struct wire_under *u, const struct wire_hooks *h,
                      void *arg, const char *first, size_t n);
void wire_free(struct wire *w); /* from hooks too; NULL is fine */

/* What is below can be read or written. */
void wire_ready(struct wire *w, int events);

/* Queued; wire_flush() sends. */
void wire_text(struct wire *w, const char *p, size_t n);
void wire_binary(struct wire *w, const uint8_t *p, size_t n);
void wire_ping(struct wire *w);
/* Nothing can be said after it. */
void wire_close(struct wire *w, unsigned code);

/* Sends what can be sent now. */
void wire_flush(struct wire *w);

/* Has all that was said gone out? */
bool wire_is_idle(const struct wire *w);

#endif

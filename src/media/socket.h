/*
 * socket.h - pairs of UDP ports for RTP (even) and RTCP (the odd one above).
 *
 * In random order, and not used again for 5 s, so that late packets of an old
 * call are not heard by a new one. The control thread.
 */
#ifndef MEDIA_SOCKET_H
#define MEDIA_SOCKET_H

#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "media/media.h"

enum { SOCKET_REST_MS = 5000 };

struct socket_pool;

/* low and high both 0: the system chooses ports. */
NODISCARD enum err socket_pool_new(const struct addr *listen, uint16_t low, uint16_t high,
                                   struct socket_pool **out, struct fail *f);
void socket_pool_free(struct socket_pool *sp); /* NULL is fine */

NODISCARD enum err socket_open(struct socket_pool *sp, int64_t now_ms, struct media_socket *out,
                               struct fail *f);
/* Closes both; the pair rests from now on. */
void socket_close(struct socket_pool *sp, int64_t now_ms, const struct media_socket *s);

#endif

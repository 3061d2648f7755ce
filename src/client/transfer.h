/*
 * transfer.h - exchanges under way: libcurl's multi interface on the client's own loop.
 *
 * The thread of their loop only. Every exchange given to transfer_add() is given back
 * once through `done`, which owns it from then on.
 */
#ifndef CLIENT_TRANSFER_H
#define CLIENT_TRANSFER_H

#include "base/err.h"
#include "client/client.h"
#include "loop/loop.h"

struct exchange;
struct transfers;

typedef void transfer_done_h(struct exchange *x, void *arg);

/* Before the thread runs. s and what it points to must live as long as the transfers. */
NODISCARD enum err transfer_open(struct loop *l, const struct client_settings *s,
                                 transfer_done_h *done, void *arg, struct transfers **out,
                                 struct fail *f);

void transfer_add(struct transfers *t, struct exchange *x);

/* It is given back at once, with CLIENT_STOPPED. Not from inside `done`. */
void transfer_cancel(struct exchange *x);

/* Of an exchange with is_tunnel that was given back with CLIENT_NONE: x->easy is connected, and
 * whoever has it reads and writes, until it is closed and x freed here. */
void transfer_release(struct exchange *x);

/* Gives up all that is waiting or under way: each is done with CLIENT_STOPPED. */
void transfer_stop(struct transfers *t);

/* After transfer_stop(); closes all connections. */
void transfer_close(struct transfers *t);

#endif

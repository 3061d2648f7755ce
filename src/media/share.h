/*
 * share.h - who gets whose payload: one encoder serves all who hear the same in the same form.
 *
 * Ports of a room with equal codec, tuning and ears follow one of them, their lead, and get what
 * its encoder makes. Who has a voice in what it hears must not hear itself, so it goes alone: its
 * own encoder takes over what the lead's remembers, and its payloads go on as if nothing had been.
 * It comes back when its own voice has been out of the mix for a while, or in a pause. There is no
 * pool: each leg has an encoder, and a lead is only one that all use.
 *
 * The room's media thread; between two ticks, or before anything is encoded in one.
 */
#ifndef MEDIA_SHARE_H
#define MEDIA_SHARE_H

#include <stddef.h>

#include "base/list.h"

struct port;

enum {
    SHARE_ALONE_TICKS = 15, /* after the voice's own tail of 10 */
    SHARE_WAITING =
        32, /* of a room; more (a lobby that is let in at once) do not wait: time is dearer */
};

/* Alone from now on: nothing happens when it is already. Who follows it gets a new lead. */
void share_leave(struct port *p);

/* It hears as others do: follows one of the leads, or becomes one, as soon as it may. *waiting: how
 * many of the room may not yet; counted on. */
void share_join(struct list *leads, struct port *p, size_t *waiting);

#endif

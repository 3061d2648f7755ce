/*
 * keep.h - client_settings kept. Private to this room.
 */
#ifndef CLIENT_KEEP_H
#define CLIENT_KEEP_H

#include "base/arena.h"
#include "client/client.h"

/* What the settings point to is copied: the caller's may go. */
void keep_settings(struct client_settings *to, const struct client_settings *s, struct arena *a);

#endif

/*
 * lobby.h - a phone before it is in: what it hears, and the passcode that it types.
 *
 * An application in the lobby has no port at all; a phone hears a sound of its own
 * and nobody else. The control thread.
 */
#ifndef CORE_LOBBY_H
#define CORE_LOBBY_H

#include "core/live.h"

/* A party in LOBBY or ASKED: it is kept apart and hears why it waits. */
void lobby_keep(struct party *p);
/* It waits no more: the sound stops. It stays apart until it is seated. */
void lobby_leave(struct party *p);

/* A key was pressed at the phone of a party that is not in. */
void lobby_key(struct party *p, char key);

#endif

/*
 * move.h - a person goes from one conversation to another, and the phone notices nothing.
 *
 * The control thread.
 */
#ifndef CORE_MOVE_H
#define CORE_MOVE_H

#include "core/live.h"

/* Takes the phone of a person who is in a conversation into the party `to` of another one, who is
 * seated by it. Where it came from the person has left. False, and nothing has changed: it has no
 * phone that is up, or the rooms are on different media threads. */
bool move_party(struct party *from, struct party *to);

#endif

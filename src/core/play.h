/*
 * play.h - the media operations of a call: one line, first come first served.
 *
 * The control thread.
 */
#ifndef CORE_PLAY_H
#define CORE_PLAY_H

#include "core/live.h"

/* Puts an operation (taken over) at the end of the line. ERR_TOO_MANY when it is full. */
NODISCARD enum err play_add(struct live_call *lc, struct operation *o, struct fail *f);

/* Cancels what runs and what waits: each fails with 8508. */
void play_end_all(struct live_call *lc);

/* The bot's port has ended a play. */
void play_on_played(struct live_call *lc, uint32_t number, enum media_play_end reason);

/* Tells an operation of the line what happened, and carries out what follows; too late: nothing. */
void play_tell(struct live_call *lc, struct operation *o, enum operation_event ev);

/* An operation of the call, running or ended lately; NULL when there is none. */
const struct operation *play_find(const struct live_call *lc, const char *id);

/* Remembers an operation that ended with its request (subscribeToTone and others). */
void play_remember(struct live_call *lc, struct operation *o);

#endif

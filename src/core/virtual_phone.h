/*
 * virtual_phone.h - a phone inside the server that follows a script.
 *
 * A leg like any other: it rings, answers, has a port that really hears and
 * speaks, and hangs up. The control thread.
 */
#ifndef CORE_VIRTUAL_PHONE_H
#define CORE_VIRTUAL_PHONE_H

#include "core/live.h"

/* Begins to ring, and goes on as leg->user->virtual_phone says. */
void virtual_phone_ring(struct live_leg *leg);

/* Was picked up: the rest of the script (play, keys, hang up). */
void virtual_phone_up(struct live_leg *leg);

/* We hang up on it: its end follows from the loop. */
void virtual_phone_end(struct live_leg *leg, int status);

#endif

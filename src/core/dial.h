/*
 * dial.h - reaching people: rings a call's target, and tells the call what its legs say.
 *
 * The control thread.
 */
#ifndef CORE_DIAL_H
#define CORE_DIAL_H

#include "core/live.h"

/* Rings the call's target on every phone it has, or on its virtual phone; starts the ring
 * timer. What cannot be rung is told to the call as UNREACHED. */
void dial_call(struct live_call *lc);

/* Posts RELEASED when a terminating call has no leg left. */
void dial_check_released(struct live_call *lc);

/* Ends every leg of a conversation in which no application is. */
void dial_end_conversation(struct conversation *c);

/* A phone has called one of our own numbers (echo). The incoming gift stays the caller's. */
void dial_incoming(struct control *ctl, const struct sip_event *e);

/* A leg's port, offer and address: opened for a leg that has none yet. ERR_BUSY. */
NODISCARD enum err dial_open_port(struct live_leg *leg, struct fail *f);

#endif

/*
 * incoming.h - a phone calls us: the echo, or a meeting.
 *
 * The control thread.
 */
#ifndef CORE_INCOMING_H
#define CORE_INCOMING_H

#include "core/live.h"

/* A phone has called. The incoming gift stays the caller's. */
void incoming(struct control *ctl, const struct sip_event *e);

/* A phone that has called a meeting, and has said the passcode if there is one: it comes in, waits,
 * or is sent away. */
void incoming_judge(struct party *p);

#endif

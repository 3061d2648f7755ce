/*
 * keepalive.h - keeps the way back to phones behind NAT open.
 */
#ifndef SIP_KEEPALIVE_H
#define SIP_KEEPALIVE_H

#include "sip/stack.h"

/* Once a second: OPTIONS to each UDP phone behind NAT, 30 s after the last. The sip thread only. */
void keepalive_send(struct stack *s, unsigned second);

#endif

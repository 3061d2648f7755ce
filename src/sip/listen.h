/*
 * listen.h - the ports of the sip thread.
 */
#ifndef SIP_LISTEN_H
#define SIP_LISTEN_H

#include "sip/stack.h"

/* Makes the agent and binds it; the real ports are in s->set afterwards. Fails when a port is
 * taken or a certificate cannot be read, and says which. */
NODISCARD enum err listen_open(struct stack *s, struct fail *f);

#endif

/*
 * accept.h - we stand in for accept(), so that connections are counted before
 * sofia-sip spends anything on them: it takes as many as come and has no time-out
 * for one that says nothing (its own, TPTAG_TIMEOUT, starts with the first byte,
 * starts anew with each, and is missing for TLS). The sip thread only.
 */
#ifndef SIP_ACCEPT_H
#define SIP_ACCEPT_H

#include "sip/stack.h"

/* Connections that this thread accepts from now on are watched, in s->links. */
void accept_watch(struct stack *s);

/* No more. */
void accept_forget(struct stack *s);

/* Once a second: keeps those of phones and calls, ends those of strangers when it is time. */
void accept_sweep(struct stack *s);

#endif

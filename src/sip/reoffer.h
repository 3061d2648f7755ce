/*
 * reoffer.h - re-INVITE and UPDATE of phones: hold, resume, refresh. The sip thread only.
 */
#ifndef SIP_REOFFER_H
#define SIP_REOFFER_H

#include "sip/dialog.h"

/* A re-INVITE; returns what a leg callback returns. */
int reoffer_on_invite(struct dialog *d, nta_incoming_t *irq, const sip_t *sip);

/* An UPDATE; returns what a leg callback returns. */
int reoffer_on_update(struct dialog *d, nta_incoming_t *irq, const sip_t *sip);

/* Answers what SIP_EV_OFFER told of: 200 with the sdp, or `status` when sdp is NULL. */
void reoffer_reply(struct dialog *d, const char *sdp, int status);

/* Do two descriptions have the same o= line, so that one is a repetition of the other? Pure. */
bool reoffer_same(const char *a, const char *b);

#endif

/*
 * dialout.h - our INVITEs to phones. The sip thread only.
 */
#ifndef SIP_DIALOUT_H
#define SIP_DIALOUT_H

#include "sip/dialog.h"

/* Calls a phone; events follow. i and its sdp are not kept. */
void dialout_invite(struct stack *s, uint64_t leg, const struct sip_invite *i);

/* CANCEL, as soon as the phone has said anything (RFC 3261 section 9.1). */
void dialout_cancel(struct dialog *d);

/* Acknowledges the 2xx to an INVITE of ours. */
void dialout_ack(struct dialog *d, nta_outgoing_t *invite, const sip_t *sip);

#endif

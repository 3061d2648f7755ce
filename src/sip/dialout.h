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

/* What a 2xx says of the peer: its tag, its Contact, the way there. */
void dialout_follow(struct dialog *d, const sip_t *sip);

/* Acknowledges the 2xx to an INVITE of ours, which had this branch and CSeq. */
void dialout_ack(struct dialog *d, const char *branch, uint32_t cseq);

/* A dialog in UNACKED: its ACK goes out. */
void dialout_confirm(struct dialog *d);

#endif

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

/* Acknowledges the 2xx to an INVITE of ours, which had this CSeq. Keeps nothing of it. */
void dialout_ack(struct dialog *d, uint32_t cseq);

/* A 2xx without a transaction: true when it was one that we had acknowledged in a dialog that is
 * still here, and have again (RFC 3261 section 13.2.2.4). */
bool dialout_ack_again(struct stack *s, const sip_t *sip);

/* A dialog in UNACKED: its ACK goes out. */
void dialout_confirm(struct dialog *d);

#endif

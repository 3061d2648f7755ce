/*
 * dialin.h - INVITEs of phones. The sip thread only.
 */
#ifndef SIP_DIALIN_H
#define SIP_DIALIN_H

#include "sip/dialog.h"

/* An INVITE outside any dialog that `account` has proved to have sent; returns a status when it
 * has been answered, else 0. */
int dialin_on_invite(struct stack *s, nta_incoming_t *irq, const sip_t *sip,
                     const struct sip_account *account);

/* 180 to a leg that is CALLED; nothing in another state. */
void dialin_ring(struct dialog *d);

/* To a leg that is CALLED: a 200 with an answer, or an offer when it had none. It waits in TAKEN
 * until dialog_confirm(), which calls dialin_confirm(). */
void dialin_answer(struct dialog *d, const char *sdp);
void dialin_confirm(struct dialog *d);

/* 400-699 to a leg that is CALLED or TAKEN. */
void dialin_refuse(struct dialog *d, int status);

/* Sends a 2xx to an INVITE or UPDATE with our description (may be NULL). */
void dialin_accept(struct dialog *d, nta_incoming_t *irq, const char *sdp);

/* The nta_ack_cancel_f of an INVITE of theirs, first or later. */
int dialin_on_ack_or_cancel(void *dialog, nta_incoming_t *irq, const sip_t *sip);

#endif

/*
 * caller.h - a phone that called us: its leg from the INVITE until it is taken or refused.
 *
 * What it is offered is agreed when it calls, so that a phone with which nothing
 * is possible hears so at once and not from whoever picks up. The control thread.
 */
#ifndef CORE_CALLER_H
#define CORE_CALLER_H

#include "core/live.h"

struct party;
struct sip_event;

/* The leg of an SIP_EV_INCOMING in that conversation, IDLE. */
struct live_leg *caller_new(struct conversation *c, const struct sip_event *e,
                            const struct user *user);

/* The same, with the caller a party of that conversation, ARRIVING, and the leg opened. NULL: it
 * could not be opened; the phone is refused, and the leg is over. */
struct live_leg *caller_admit(struct conversation *c, const struct sip_event *e,
                              const struct user *user);

/* Its port and our answer to its offer, or our offer when it had none; both wait for caller_take().
 * ERR_BUSY, ERR_MEDIA_KIND, ERR_BAD_REQUEST. */
NODISCARD enum err caller_open(struct live_leg *leg, const struct sip_event *e, struct fail *f);

/* caller_open() failed: the phone is refused with what that means, and the leg is over. */
void caller_give_up(struct live_leg *leg, const struct sip_event *e, const struct fail *f);

/* Is it still waiting to be taken? NULL is fine. */
bool caller_waits(const struct live_leg *leg);

/* 180; nothing when it does not wait. */
void caller_ring(struct live_leg *leg);

/* 200, and its sound flows; nothing when it does not wait. */
void caller_take(struct live_leg *leg);

/* Refuses it with a SIP status; nothing when it does not wait. */
void caller_refuse(struct live_leg *leg, int status);

/* Refuses a call that has no leg. why: for the log. */
void caller_refuse_event(struct control *ctl, const struct sip_event *e, int status,
                         const char *why);

#endif

/*
 * retarget.h - calls that an application hands on: redirected before its answer, transferred
 * after it.
 *
 * Whom it names is rung into the call's own conversation; who has picked up stays
 * there with the other one, and the application's call ends. The control thread.
 */
#ifndef CORE_RETARGET_H
#define CORE_RETARGET_H

#include "core/live.h"

struct party;

/* Sends a call that came on to others, who ring together. Its notices go to the callbackUri that
 * the body may name and wait for create_answered(). As called_check(); ERR_ROLE_MISSING,
 * ERR_BAD_REQUEST, ERR_NOT_BUILT. */
NODISCARD enum err retarget_redirect(struct live_call *lc, const struct graph_redirect_action *body,
                                     unsigned roles, struct fail *f);

/* Can the call be transferred at all, by an application with these roles? As call_needs_media();
 * ERR_ROLE_MISSING, ERR_NOT_BUILT. */
NODISCARD enum err retarget_check_transfer(const struct live_call *lc, unsigned roles,
                                           struct fail *f);

/* Hands the other side on to the target. replaced: the call of the same application that the
 * target is in (consultative), NULL: the target is rung (blind). ERR_BAD_REQUEST, ERR_CONFLICT,
 * ERR_NOT_BUILT, ERR_TOO_MANY. */
NODISCARD enum err retarget_transfer(struct live_call *lc,
                                     const struct graph_invitation_participant_info *target,
                                     struct live_call *replaced, struct fail *f);

/* An invitation has been taken: a call that waited for it is handed on. */
void retarget_taken(struct party *p);

/* Whom the call was to be handed on to did not come: it is as before. False: it was not to be. */
bool retarget_failed(struct live_call *lc);

/* Who was in that conversation has gone over to another call: is that how its application wanted
 * it handed on? Then its call ends so. */
bool retarget_left(struct conversation *old);

#endif

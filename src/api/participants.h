/*
 * participants.h - what all actions on participants begin with.
 *
 * The control thread.
 */
#ifndef API_PARTICIPANTS_H
#define API_PARTICIPANTS_H

#include "api/api.h"
#include "core/party.h"

/* The call of the path, if it is the caller's own, established and in a conversation with a
 * roster; else NULL, f says why. */
struct live_call *participants_call(struct ask *a, struct fail *f);

/* A participant that the call sees, or has invited; else NULL and ERR_NOT_FOUND. */
struct party *participants_find(const struct live_call *lc, const char *pid, struct fail *f);

/* The call that a target's replacesCallId names, "/app/calls/{id}" as in the seed era or an id: one
 * of the same application, with that user in it. field: where the target stands in the body.
 * ERR_BAD_REQUEST, ERR_NOT_FOUND. */
NODISCARD enum err participants_replaced(const struct ask *a,
                                         const struct graph_invitation_participant_info *p,
                                         const char *field, struct live_call **out, struct fail *f);

#endif

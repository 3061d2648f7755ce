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

#endif

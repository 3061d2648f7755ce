/*
 * whose.h - a call, for whoever may see it.
 */
#ifndef API_WHOSE_H
#define API_WHOSE_H

#include "api/api.h"
#include "core/live.h"

/* The call of the path, when it is the caller's own: else NULL and ERR_NOT_FOUND, with the same
 * words whether it exists or not. */
struct live_call *whose_call(struct ask *a, struct fail *f);

/* The call of the path, able to do media now, which we host; else NULL, and the answer is given. */
struct live_call *whose_media_call(struct ask *a);

/* The same for a call that the body names; id in the form of base/id.h. */
struct live_call *whose_named(const struct ask *a, const char *id, struct fail *f);

#endif

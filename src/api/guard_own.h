/*
 * guard_own.h - who may use our own verbs: a person at this machine, not a page in
 * his browser and not a proxy in front of us.
 */
#ifndef API_GUARD_OWN_H
#define API_GUARD_OWN_H

#include "api/api.h"

/* ERR_FORBIDDEN with the reason; ERR_MEDIA_TYPE for a change that is not JSON (or a form, at
 * the token endpoint); ERR_UNAUTHENTICATED without the operator token in production. */
NODISCARD enum err guard_own(const struct ask *a, struct fail *f);

#endif

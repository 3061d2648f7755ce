/*
 * doorman.h - who has failed too often waits: wrong tokens and wrong secrets, by
 * address; each refusal is one line of the security log.
 */
#ifndef API_DOORMAN_H
#define API_DOORMAN_H

#include "api/api.h"

/* Verifies the token of a request into a->caller, as token_verify(); ERR_TOO_MANY instead of its
 * refusal when this address has failed too often within the minute, without a line in the log. */
NODISCARD enum err doorman_token(struct ask *a, struct fail *f);

/* May this address ask the token endpoint again? ERR_TOO_MANY. */
NODISCARD enum err doorman_issuer(struct ask *a, struct fail *f);

/* May this address try a passcode or a join token? Wrong ones count as failures: doorman_refused().
 * ERR_TOO_MANY, for right ones too: else who guesses would learn it. */
NODISCARD enum err doorman_guess(struct ask *a, struct fail *f);

/* The token endpoint has refused this address: a wrong secret counts as a failure. */
void doorman_refused(struct ask *a, const char *what, const char *why);

#endif

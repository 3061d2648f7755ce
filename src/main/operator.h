/*
 * operator.h - the operator's token: what opens our own verbs (`/_/`) in production.
 *
 * Configured, or made on the first start and kept in the data folder. At start, one thread.
 */
#ifndef MAIN_OPERATOR_H
#define MAIN_OPERATOR_H

#include "base/arena.h"
#include "main/config.h"

/* *out: the token, in the arena; NULL in dev, where the verbs are open on the own machine.
 * When it is made, the log names the file, never the token. */
NODISCARD enum err operator_token(const struct config *c, struct arena *a, const char **out,
                                  struct fail *f);

/* The same for a command beside the server: what is configured, else what the file says, in
 * either profile; *out NULL when there is neither. Makes nothing. */
NODISCARD enum err operator_token_find(const struct config *c, struct arena *a, const char **out,
                                       struct fail *f);

#endif

/*
 * operations.h - the answer that is an operation, and GET of one.
 *
 * The control thread.
 */
#ifndef API_OPERATIONS_H
#define API_OPERATIONS_H

#include "api/api.h"
#include "core/live.h"

/* Answers 200 with the operation's resource; Location says where it can be read again. */
void operations_reply(struct ask *a, const struct live_call *lc, const struct operation *o);

/* Answers 202 with the operation; Location says where it can be read again. */
void operations_reply_later(struct ask *a, const struct live_call *lc, const struct operation *o);
/* The same without a body: the seed era's cancelMediaProcessing. */
void operations_reply_bare(struct ask *a, const struct live_call *lc, const struct operation *o);

/* Reads a body that has nothing but a clientContext; the texts are in *arena. False: answered. */
bool operations_read_context(struct ask *a, const struct type *action, struct arena *arena,
                             const char **client_context);

#endif

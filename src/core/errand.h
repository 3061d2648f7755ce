/*
 * errand.h - operations of a call that stand in no line: invitations, hold music.
 *
 * model/operation.h says that each ends exactly once. The control thread.
 */
#ifndef CORE_ERRAND_H
#define CORE_ERRAND_H

#include "core/live.h"

/* Takes over one reference. ERR_TOO_MANY: the call has as many as it may. */
NODISCARD enum err errand_add(struct live_call *lc, struct operation *o, struct fail *f);

/* It has ended, with code and sub-code of its resultInfo; text is a literal or NULL. Fine when it
 * has ended before. */
void errand_done(struct live_call *lc, struct operation *o);
void errand_failed(struct live_call *lc, struct operation *o, const struct ending *why);

/* One of those that were invited has come (why NULL), or will not. The last one ends it. */
void errand_invited(struct live_call *lc, struct operation *o, const struct ending *why);

/* The call is over: what still runs fails with 8508. */
void errand_end_all(struct live_call *lc);

/* An operation that is done when its request is answered: nothing follows it, it can be read. The
 * texts must be in *arena, which it takes over. */
struct operation *errand_at_once(struct live_call *lc, const struct type *type,
                                 const char *client_context, struct arena *arena);

#endif

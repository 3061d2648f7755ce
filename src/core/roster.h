/*
 * roster.h - who is in a conversation, as its applications see it: pages and notices.
 *
 * At most two notices a second to one call, and at most one waiting: a newer one
 * takes the place of one that was never tried. In the lobby only the own row is
 * seen; above 350 only who talks, and oneself. The control thread.
 */
#ifndef CORE_ROSTER_H
#define CORE_ROSTER_H

#include <stdbool.h>

#include "core/live.h"
#include "json/field.h"

/* What the roster says of this party has changed: whose call may know is told soon. */
void roster_changed(struct party *p);

/* Only those who talk are shown? Asked when media/ tells who does. */
bool roster_is_of_talkers(const struct conversation *c);

/* Has a call still to be told, by a delta, that this party is gone? */
bool roster_must_keep(const struct party *p);

/* Does the call see this party? */
bool roster_sees(const struct live_call *lc, const struct party *p);

struct roster_page {
    size_t skip, top;
};

/* The rows that the call sees, as a list under key. */
void roster_write(const struct live_call *lc, struct writer *w, const char *key,
                  const struct write_how *how);
/* A page of them: at most top rows behind the first skip. */
void roster_write_page(const struct live_call *lc, struct writer *w, const char *key,
                       const struct write_how *how, const struct roster_page *page);
/* One row; context: its "@odata.context", NULL in a list. */
void roster_write_party(const struct party *p, const char *context, struct writer *w,
                        const struct write_how *how);

/* Nothing is told any more. */
void roster_stop(struct live_call *lc);

#endif

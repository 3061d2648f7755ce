/*
 * owed.h - the notices of a call: made safe on disk, then sent, and owed until they were delivered.
 *
 * webhook/ delivers and tells how it went. While the disk fails notices go on from
 * memory, so many and no more. The control thread.
 */
#ifndef CORE_OWED_H
#define CORE_OWED_H

#include "core/live.h"

struct buf;
struct notice_change;
struct notice_row;
struct writer;

/* What a notice says, in short: for dumps, and for who listens. */
struct owed_news {
    const char *change;         /* a literal: its changeType; NULL: not known any more */
    const char *what;           /* a literal: "established", "tone", ... */
    const char *detail;         /* copied: how it ended, how many; never a key; or NULL */
    const struct id *operation; /* that it is about, or NULL */
};

/* A notice is owed: value is taken, one element of `value`. Its number; 0 when nobody is told. */
int64_t owed_add(struct live_call *lc, const struct owed_news *news, struct buf *value);

/* Takes a notice back that was never tried, so that a newer one can take its place. */
enum owed_taken {
    OWED_TAKEN,   /* it will not be sent */
    OWED_SAID,    /* it was sent or tried, or there is none */
    OWED_NOT_YET, /* it is just being written: ask again soon */
};
enum owed_taken owed_take_back(struct live_call *lc, int64_t number);

/* A notice as the store has it: of before a restart, or parked and to be sent again. */
void owed_restore(struct live_call *lc, const struct notice_row *r);

/* The call could not be written down, so it does not exist: nobody hears of it. */
void owed_silence(struct live_call *lc);

/* The disk is back, and what was in memory alone is on it. */
void owed_saved(struct control *ctl);

/* Was everything that was said of the call delivered? */
bool owed_is_heard(const struct live_call *lc);

/* Writes "notices": [...] of a call's life. */
void owed_look(const struct live_call *lc, struct writer *w);

/* Frees what was kept for dumps. */
void owed_clear(struct live_call *lc);

/* What webhook/ asks about an application, whoever the queue is of. */
const char *owed_bearer(const char *application, const char *tenant, void *arg);

/* An outcome as a change of a row, but for its number. */
struct notice_change owed_change(const struct deliver_outcome *o, const char *state);

#endif

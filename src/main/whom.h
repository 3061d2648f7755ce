/*
 * whom.h - whom a person at a shell means: users by SIP name, name or id; a meeting by its number.
 *
 * One thread.
 */
#ifndef MAIN_WHOM_H
#define MAIN_WHOM_H

#include "base/arena.h"
#include "identity/directory.h"
#include "json/writer.h"

enum { WHOM_MOST = 25 }; /* targets of a call */

struct whom {
    const char *users[WHOM_MOST]; /* ids */
    size_t user_count;
    const char *join_id; /* of a meeting, digits; or NULL */
    const char *passcode;
};

/* Looks the words up; texts are in the arena and in d. ERR_BAD_REQUEST names the word that is
 * nobody, or several. An id need not be in the directory. */
NODISCARD enum err whom_read(struct whom *out, const struct directory_config *d,
                             const char *const *words, size_t count, struct arena *a,
                             struct fail *f);

/* Writes the members "targets" and "meetingInfo" of a call. */
void whom_write(const struct whom *x, struct writer *w);

#endif

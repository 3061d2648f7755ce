/*
 * doctor.h - what the files of `carillon doctor` know of each other. At start, one thread.
 */
#ifndef MAIN_DOCTOR_H
#define MAIN_DOCTOR_H

#include <stdbool.h>

#include "base/arena.h"
#include "main/commands.h"
#include "json/json.h"

/* X(NAME, word at the beginning of the line) */
#define DOCTOR_VERDICTS(X) \
    X(OK, "ok")            \
    X(WARN, "warn")        \
    X(BAD, "bad")

/* clang-format off */
enum doctor_verdict {
#define X(name, text) DOCTOR_##name,
    DOCTOR_VERDICTS(X)
#undef X
};
/* clang-format on */

struct doctor {
    const struct config *config;
    const struct command_args *args;
    const struct json *ready; /* what the running server has written down; NULL: none runs */
    struct arena arena;
    bool is_bad; /* some line said so */
};

/* Prints the line of one check. */
void doctor_say(struct doctor *d, enum doctor_verdict v, const char *what, const char *fmt, ...)
    PRINTF(4, 5);

/* Sends a notice without news to --callback and says what came back; nothing when it was not
 * given. */
void doctor_callback(struct doctor *d);

#endif

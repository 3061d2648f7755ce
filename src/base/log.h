/*
 * log.h - one line a fact, on standard error, each with its call id.
 *
 * A line is one write(2), so lines of different threads never mix. What is
 * secret (tokens, passwords, digits that were pressed) is not for the log.
 * Any thread; media threads log only when a port comes or goes.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

enum log_form { LOG_TEXT, LOG_JSON };

/* Before any thread starts. */
void log_open(enum log_level level, enum log_form f);

/* Raises the level of a running server to debug, and lowers it again (SIGUSR1). */
void log_toggle_debug(void);

/* Would a line of this level be written? For lines that are dear to make. */
bool log_wants(enum log_level level);

/* room: who speaks ("sip"). call: the call's id, or NULL when it is about none. */
void log_line(enum log_level level, const char *room, const char *call, const char *fmt, ...)
    PRINTF(4, 5);

/* One line of the security log: somebody tried what he may not. what is a literal ("token",
 * "REGISTER"); the line has "security" as its room and ends in the form that contrib/fail2ban
 * reads: "<what> refused from <ip>: ...". */
void log_refused(const char *what, const struct addr *from, const char *fmt, ...) PRINTF(3, 4);

#endif

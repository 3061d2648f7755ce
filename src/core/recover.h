/*
 * recover.h - the morning after: what was owed, who was registered, which calls were cut.
 *
 * Runs once, before anything listens. Calls of before the end are over (500/9001),
 * their phones are freed, their bots are told, in order. The control thread.
 */
#ifndef CORE_RECOVER_H
#define CORE_RECOVER_H

#include "base/err.h"

struct control;

NODISCARD enum err recover_all(struct control *ctl, struct fail *f);

#endif

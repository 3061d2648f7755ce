/*
 * checkpoint.h - the thread that moves what is committed from the log into the file.
 *
 * SQLite's write-ahead log keeps commits fast, and somebody must copy it into the
 * database now and then. In the committing thread that stalls commits by tens of
 * milliseconds; so it has a thread and a connection of its own.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "base/err.h"

struct checkpoint;

NODISCARD enum err checkpoint_open(const char *path, struct checkpoint **out, struct fail *f);

/* Tells that the log has so many pages now. The writer's thread, after a commit. */
void checkpoint_log_is(struct checkpoint *c, int pages);

/* Stops the thread and closes its connection; nobody may tell it anything any more. NULL is
 * fine. */
void checkpoint_close(struct checkpoint *c);

#endif

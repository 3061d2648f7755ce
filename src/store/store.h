/*
 * store.h - what must survive: one SQLite file, one writer thread, group commit.
 *
 * Who decides (the control thread) hands over statements with their values and
 * goes on; the writer commits what has gathered while it was busy with the batch
 * before, with synchronous=FULL, and only then says so. Checkpoints run on a
 * connection and thread of their own. Nothing else in the server opens the file.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct loop;
struct store;

/* Every statement that is ever written is a row of the table at the top of store/rows.c;
 * store/rows.h has one function for each thing that is written. */

struct store_settings {
    const char *folder; /* carillon.db in it; the folder is locked against a second server */
    bool no_sync;       /* tests only: synchronous=OFF */
    int max_pages;      /* tests only: the database grows to this many pages; 0: no bound */
};

/* Told in the loop's thread when the store stops or starts to be durable (disk full, I/O
 * error, a disk that does not answer for 5 s); why is for a person. */
typedef void store_health_h(bool durable, const char *why, void *arg);

/* Opens or makes the database, migrates it, starts the threads. A newer schema version is
 * refused in words that say which version is needed; so is a folder in use. */
NODISCARD enum err store_open(struct loop *l, const struct store_settings *s,
                              store_health_h *on_health, void *arg, struct store **out,
                              struct fail *f);

/* Waits until what was put is committed, or cannot be, and tells those who wait; at most wait_ms.
 * For the end of a server, before the loop runs its last turn. */
void store_flush(struct store *s, int wait_ms);

/* Commits what is waiting, tells those who wait, stops the threads, closes. The loop does not
 * run afterwards. NULL is fine. */
void store_close(struct store *s);

/* Calls h in the loop's thread once everything put before this call is committed (ok), or
 * could not be: batches are all or nothing, and what was put while a batch was being committed
 * shares its fate if it fails. Then no new call and no idempotency key of it is ever there; what
 * tells how calls and notices went on is kept in memory and written first once that is possible
 * (redo.h). In the order of the calls, never before return. */
typedef void store_done_h(bool ok, void *arg);
void store_then(struct store *s, store_done_h *h, void *arg);

/* Statements waiting or being committed. */
size_t store_waiting(const struct store *s);

#endif

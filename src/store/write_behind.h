/*
 * write_behind.h - the writer: takes batches, commits each as one transaction.
 *
 * It owns the connection that writes. Between open and start, and after stop, the
 * caller's thread may use it; in between only its own thread does. It decides
 * nothing about the next batch: who gathers does.
 */
#ifndef STORE_WRITE_BEHIND_H
#define STORE_WRITE_BEHIND_H

#include "store/batch.h"
#include "store/store.h"

struct mailbox;
struct write_behind;

/* Opens and migrates the database, starts the checkpoints' thread. */
NODISCARD enum err write_behind_open(const char *path, const struct store_settings *s,
                                     struct write_behind **out, struct fail *f);

/* Starts the thread; each batch comes back as a message (struct batch *) in told. */
void write_behind_start(struct write_behind *w, struct mailbox *told);

/* Gives a batch to the thread. */
void write_behind_post(struct write_behind *w, struct batch *b);

/* Ends the thread after what it was given. */
void write_behind_stop(struct write_behind *w);

/* Does a batch here and now; not while the thread runs. */
void write_behind_carry_out(struct write_behind *w, struct batch *b);

/* Closes; the thread must have been stopped. NULL is fine. */
void write_behind_close(struct write_behind *w);

#endif

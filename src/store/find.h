/*
 * find.h - answers the questions of a batch, in the writer's thread and connection.
 *
 * So a question sees what its own batch wrote. It changes nothing.
 */
#ifndef STORE_FIND_H
#define STORE_FIND_H

#include "store/batch.h"
#include "store/db.h"

struct find;

NODISCARD enum err find_open(sqlite3 *db, struct find **out, struct fail *f);

/* Fills in the answers of all waiters who ask, into the batch's arena. */
void find_answer(struct find *x, struct batch *b);

/* NULL is fine. */
void find_close(struct find *x);

#endif

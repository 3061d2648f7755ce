/*
 * schema.h - the tables of the database and how they came to be, version by version.
 *
 * At the start only, before another thread has a connection.
 */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include <sqlite3.h>

#include "base/err.h"

/* Brings the database to the version of this program, in one transaction. What is not
 * ours, damaged or newer is refused and not touched. */
NODISCARD enum err schema_migrate(sqlite3 *db, struct fail *f);

/* The version that this program writes. */
int schema_version(void);

#endif

/*
 * db.h - one SQLite connection: opened, set up, its errors put into words.
 *
 * A connection is used by one thread at a time (SQLITE_OPEN_NOMUTEX).
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Opens an existing file, for reading alone or for both. */
NODISCARD enum err db_open(const char *path, bool writes, sqlite3 **out, struct fail *f);

/* Runs SQL that answers nothing. */
NODISCARD enum err db_exec(sqlite3 *db, const char *sql, struct fail *f);

/* Prepares a statement that is kept. */
NODISCARD enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct fail *f);

/* The one number that a query answers. */
NODISCARD enum err db_number(sqlite3 *db, const char *sql, int64_t *out, struct fail *f);

/* What went wrong last, for a person, and as this server's error. */
enum err db_fail(sqlite3 *db, struct fail *f);

/* What an SQLite code means, for a person. */
const char *db_words(int rc);

/* The same of what has just failed with rc, with what the system said of the file, when it was
 * the file: "the disk fails (I/O error): Read-only file system (SQLite 778)". */
void db_why(sqlite3 *db, int rc, char *out, size_t size);

/* Closes; NULL is fine. */
void db_close(sqlite3 *db);

#endif

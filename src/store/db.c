/*
 * db.c - connections, and the only place where SQLite's codes become words.
 */
#include "store/db.h"

#include <stdio.h>
#include <string.h>

/* What a writer waits for the checkpoint's last step, which takes the writer's place for
 * a moment (milliseconds). */
enum { BUSY_MS = 10000 };

static const struct {
    int code;
    const char *words;
} reasons[] = {
    /* clang-format off */
    {SQLITE_FULL,     "the disk is full"},
    {SQLITE_READONLY, "the file or its file system is read-only"},
    {SQLITE_IOERR,    "the disk fails (I/O error)"},
    {SQLITE_CORRUPT,  "the file is damaged: restore a copy, or move it away to start anew"},
    {SQLITE_NOTADB,   "the file is not a database: restore a copy, or move it away to start anew"},
    {SQLITE_BUSY,     "another program holds it locked"},
    {SQLITE_LOCKED,   "another program holds it locked"},
    {SQLITE_CANTOPEN, "it cannot be opened"},
    {SQLITE_PERM,     "access is not allowed"},
    {SQLITE_AUTH,     "access is not allowed"},
    {SQLITE_NOLFS,    "the file system does not take a file of this size"},
    {SQLITE_TOOBIG,   "a value is too large"},
    {SQLITE_NOMEM,    "there is no memory left"},
    /* clang-format on */
};

const char *db_words(int rc)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].code == (rc & 0xff)) /* the low byte is the primary code */
            return reasons[i].words;
    return sqlite3_errstr(rc);
}

/* The errno of the file that failed, the log or else the database. sqlite3_system_errno() knows
 * nothing of commits to a log (3.40); each file does. */
static int system_error(sqlite3 *db, int rc)
{
    sqlite3_file *log = NULL;
    int no = 0;

    if ((rc & 0xff) != SQLITE_IOERR)
        return 0;
    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log != NULL && log->pMethods != NULL)
        (void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &no);
    if (no == 0)
        (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_LAST_ERRNO, &no);
    return no;
}

void db_why(sqlite3 *db, int rc, char *out, size_t size)
{
    int no = system_error(db, rc);
    char text[128];

    (void)snprintf(out, size, "%s%s%s (SQLite %d)", db_words(rc), no != 0 ? ": " : "",
                   no != 0 ? strerror_r(no, text, sizeof(text)) : "", sqlite3_extended_errcode(db));
}

enum err db_fail(sqlite3 *db, struct fail *f)
{
    const char *path = sqlite3_db_filename(db, "main");
    char why[160];

    db_why(db, sqlite3_extended_errcode(db), why, sizeof(why));
    return err_set(f, ERR_INTERNAL, "the database '%s': %s", path != NULL ? path : "", why);
}

enum err db_exec(sqlite3 *db, const char *sql, struct fail *f)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? ERR_OK : db_fail(db, f);
}

enum err db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct fail *f)
{
    int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

    return rc == SQLITE_OK ? ERR_OK : db_fail(db, f);
}

enum err db_number(sqlite3 *db, const char *sql, int64_t *out, struct fail *f)
{
    sqlite3_stmt *st = NULL;
    enum err e = db_prepare(db, sql, &st, f);

    if (e != ERR_OK)
        return e;
    if (sqlite3_step(st) == SQLITE_ROW)
        *out = sqlite3_column_int64(st, 0);
    else
        e = db_fail(db, f);
    (void)sqlite3_finalize(st);
    return e;
}

enum err db_open(const char *path, bool writes, sqlite3 **out, struct fail *f)
{
    int mode = writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    int rc = sqlite3_open_v2(path, out, mode | SQLITE_OPEN_NOMUTEX, NULL);
    enum err e;

    if (rc != SQLITE_OK) {
        e = err_set(f, ERR_INTERNAL, "the database '%s': %s (SQLite %d)", path, db_words(rc), rc);
        db_close(*out);
        *out = NULL;
        return e;
    }
    (void)sqlite3_extended_result_codes(*out, 1);
    (void)sqlite3_busy_timeout(*out, BUSY_MS);
    return ERR_OK;
}

void db_close(sqlite3 *db)
{
    (void)sqlite3_close(db);
}

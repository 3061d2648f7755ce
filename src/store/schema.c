/*
 * schema.c - the tables, version by version. It moves no data but by SQL.
 */
#include "store/schema.h"

#include <stdint.h>
#include <stdio.h>

#include "store/db.h"

enum { APPLICATION_ID = 0x4341524c }; /* "CARL": file(1) and we know the file by it */

/* One row per version, applied in order to whatever is older. A row that was released is
 * never changed. Bodies are in rowid tables: WITHOUT ROWID they made commits stall (a page
 * split moves kilobytes). The rows that age (ended_calls, transitions, keys) are only ever
 * added at the end, so that the oldest are the first by `row` and no index by time is needed.
 * AUTOINCREMENT: the highest number there ever was is remembered, though its notice is delivered
 * and gone. */
static const struct {
    int version;
    const char *sql;
} migrations[] = {
    {1, "CREATE TABLE calls (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT,"
        " application TEXT, callback_uri TEXT, state TEXT NOT NULL, chain_id TEXT,"
        " scenario_id TEXT, resource TEXT, dialogs TEXT, created_ms INTEGER NOT NULL);"

        "CREATE TABLE ended_calls (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, life TEXT,"
        " ended_ms INTEGER NOT NULL);"

        "CREATE TABLE transitions (row INTEGER PRIMARY KEY, call TEXT NOT NULL,"
        " at_ms INTEGER NOT NULL, from_state TEXT, event TEXT, to_state TEXT, cause TEXT);"

        "CREATE TABLE notices (number INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL,"
        " application TEXT, tenant TEXT, uri TEXT, webhook_id TEXT, headers TEXT, body TEXT,"
        " state TEXT NOT NULL, answer TEXT, made_ms INTEGER NOT NULL);"

        "CREATE TABLE keys (row INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, body_hash TEXT,"
        " call TEXT, location TEXT, response TEXT, made_ms INTEGER NOT NULL);"

        "CREATE TABLE bindings (row INTEGER PRIMARY KEY, user TEXT NOT NULL,"
        " contact TEXT NOT NULL, received TEXT, instance TEXT, call_id TEXT,"
        " cseq INTEGER NOT NULL, expires_ms INTEGER NOT NULL, UNIQUE (user, contact));"

        "CREATE TABLE probe (row INTEGER PRIMARY KEY, room BLOB);"},

    /* What parking needs. The index holds only what is owed no more: it costs nothing while all
     * goes well. */
    {2, "ALTER TABLE notices ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE notices ADD COLUMN last_status INTEGER NOT NULL DEFAULT 0;"
        "ALTER TABLE notices ADD COLUMN settled_ms INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX notices_settled ON notices (settled_ms) WHERE state<>'owed';"},

    /* A phone's dialog is its own: a phone in a meeting belongs to no call. */
    {3, "CREATE TABLE dialogs (leg INTEGER PRIMARY KEY, dialog TEXT NOT NULL);"
        "INSERT INTO dialogs (dialog) SELECT j.value FROM calls, json_each(calls.dialogs) AS j"
        " WHERE calls.dialogs IS NOT NULL;"
        "ALTER TABLE calls DROP COLUMN dialogs;"},

    /* Meetings that the API made. */
    {4,
     "CREATE TABLE meetings (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
     " tenant TEXT NOT NULL, organizer TEXT NOT NULL, organizer_name TEXT NOT NULL,"
     " kind TEXT NOT NULL, thread TEXT NOT NULL, message TEXT NOT NULL, join_id TEXT NOT NULL,"
     " passcode TEXT, vtc_id TEXT NOT NULL, options TEXT NOT NULL, created_ms INTEGER NOT NULL);"},
};

enum { MIGRATIONS = sizeof(migrations) / sizeof(migrations[0]) };

int schema_version(void)
{
    return migrations[MIGRATIONS - 1].version;
}

/* Is it ours, or empty? */
static enum err recognize(sqlite3 *db, struct fail *f)
{
    int64_t id = 0;
    int64_t tables = 0;
    enum err e = db_number(db, "PRAGMA application_id", &id, f);

    if (e == ERR_OK)
        e = db_number(db, "SELECT count(*) FROM sqlite_master", &tables, f);
    if (e == ERR_OK && id != APPLICATION_ID && (id != 0 || tables != 0))
        e = err_set(f, ERR_INTERNAL, "'%s' is the database of another program: use another --data",
                    sqlite3_db_filename(db, "main"));
    return e;
}

static enum err apply(sqlite3 *db, int64_t have, struct fail *f)
{
    char sql[96];
    enum err e = ERR_OK;

    for (size_t i = 0; i < MIGRATIONS && e == ERR_OK; i++)
        if (migrations[i].version > have)
            e = db_exec(db, migrations[i].sql, f);
    if (e != ERR_OK)
        return e;
    (void)snprintf(sql, sizeof(sql), "PRAGMA user_version=%d; PRAGMA application_id=%d",
                   schema_version(), APPLICATION_ID);
    return db_exec(db, sql, f);
}

enum err schema_migrate(sqlite3 *db, struct fail *f)
{
    int64_t have = 0;
    enum err e = recognize(db, f);

    if (e == ERR_OK)
        e = db_number(db, "PRAGMA user_version", &have, f);
    if (e != ERR_OK)
        return e;
    if (have > schema_version())
        return err_set(f, ERR_INTERNAL,
                       "the database '%s' is of schema version %lld; this program knows up to %d:"
                       " start the newer carillon or use another --data",
                       sqlite3_db_filename(db, "main"), (long long)have, schema_version());
    if (have == schema_version())
        return ERR_OK;
    e = db_exec(db, "BEGIN IMMEDIATE", f);
    if (e != ERR_OK)
        return e;
    e = apply(db, have, f);
    if (e == ERR_OK)
        e = db_exec(db, "COMMIT", f);
    if (e != ERR_OK && sqlite3_get_autocommit(db) == 0)
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return e;
}

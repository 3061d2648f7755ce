/*
 * write_behind.c - the writer thread: prepared statements, one transaction for each batch.
 *
 * All of it runs in the writer's thread, but for opening, posting and closing.
 */
#include "store/write_behind.h"

#include <stdio.h>

#include "base/count.h"
#include "base/list.h"
#include "base/mem.h"
#include "loop/mailbox.h"
#include "loop/worker.h"
#include "store/checkpoint.h"
#include "store/db.h"
#include "store/find.h"
#include "store/redo.h"
#include "store/schema.h"
#include "store/statement.h"

enum {
    LOG_PAGES_MOST = 8000, /* 32 MB; beyond, the writer helps the checkpoints, see on_commit */
    IDLE_MS = 5000,        /* then the page cache is given back */
};

/* What the writer says for itself, beside the statements of rows.c. */
enum own { BEGIN, COMMIT, ROLLBACK, OWN_COUNT };

static const char *const own_sql[OWN_COUNT] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
};

struct write_behind {
    sqlite3 *db;
    sqlite3_stmt **stmts; /* of rows_statements(), in their order */
    size_t stmt_count;
    sqlite3_stmt *own[OWN_COUNT];
    struct find *find;
    struct checkpoint *checkpoint;
    struct mailbox *orders; /* struct batch *; NULL: stop */
    struct mailbox *told;
    struct worker *thread;
    bool stop;
};

/* In the writer's thread after each commit. The checkpoints are passive: as long as commits
 * follow each other closely, the log's end is never reached and the log never begins anew.
 * So when it has become long, the writer copies the last piece itself, once. */
static int on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct write_behind *w = arg;

    checkpoint_log_is(w->checkpoint, pages);
    if (pages > LOG_PAGES_MOST)
        (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    return SQLITE_OK;
}

/* The connection's settings. secure_delete: Debian's default overwrites what is deleted with
 * zeros, at the price of more writing; FAST does it where that costs nothing. */
static enum err set_up(sqlite3 *db, const struct store_settings *s, struct fail *f)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql),
                   "PRAGMA journal_mode=WAL; PRAGMA synchronous=%s; PRAGMA wal_autocheckpoint=0;"
                   "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA cache_size=-4000;"
                   "PRAGMA secure_delete=FAST; PRAGMA journal_size_limit=67108864",
                   s->no_sync ? "OFF" : "FULL");
    return db_exec(db, sql, f);
}

/* Not before the migration: it may need more room. */
static enum err bound(sqlite3 *db, const struct store_settings *s, struct fail *f)
{
    char sql[64];

    if (s->max_pages <= 0)
        return ERR_OK;
    (void)snprintf(sql, sizeof(sql), "PRAGMA max_page_count=%d", s->max_pages);
    return db_exec(db, sql, f);
}

static enum err prepare(struct write_behind *w, struct fail *f)
{
    const struct statement *rows = rows_statements(&w->stmt_count);
    enum err e = ERR_OK;

    w->stmts = mem_array(w->stmt_count, sizeof(sqlite3_stmt *));
    for (size_t i = 0; i < w->stmt_count && e == ERR_OK; i++)
        e = db_prepare(w->db, rows[i].sql, &w->stmts[i], f);
    for (size_t i = 0; i < OWN_COUNT && e == ERR_OK; i++)
        e = db_prepare(w->db, own_sql[i], &w->own[i], f);
    if (e == ERR_OK)
        e = find_open(w->db, &w->find, f);
    return e;
}

static void on_order(void *msg, void *arg);

enum err write_behind_open(const char *path, const struct store_settings *s,
                           struct write_behind **out, struct fail *f)
{
    struct write_behind *w = mem_new(sizeof(*w));
    enum err e = db_open(path, true, &w->db, f);

    /* Refused files are not touched, not even their journal mode: migrate before set_up. */
    if (e == ERR_OK)
        e = schema_migrate(w->db, f);
    if (e == ERR_OK)
        e = set_up(w->db, s, f);
    if (e == ERR_OK)
        e = bound(w->db, s, f);
    if (e == ERR_OK)
        e = prepare(w, f);
    if (e == ERR_OK)
        e = checkpoint_open(path, &w->checkpoint, f);
    if (e != ERR_OK) {
        write_behind_close(w);
        return e;
    }
    (void)sqlite3_wal_hook(w->db, on_commit, w);
    w->orders = mailbox_new(NULL, sizeof(struct batch *), on_order, w);
    *out = w;
    return ERR_OK;
}

static int step(sqlite3_stmt *st)
{
    int rc = sqlite3_step(st);

    (void)sqlite3_reset(st);
    return rc;
}

static int carry_out(struct write_behind *w, struct batch *b, const struct intent *in)
{
    sqlite3_stmt *st = w->stmts[in->statement];
    int rc = SQLITE_OK;

    /* The texts stay where they are until the batch is freed: SQLite need not copy them. */
    for (size_t i = 0; i < in->count && rc == SQLITE_OK; i++) {
        const struct value *v = &in->values[i];
        int place = (int)i + 1;

        if (v->kind == 'i')
            rc = sqlite3_bind_int64(st, place, v->number);
        else if (v->text == NULL)
            rc = sqlite3_bind_null(st, place);
        else
            rc = sqlite3_bind_text64(st, place, v->text, (sqlite3_uint64)v->number, SQLITE_STATIC,
                                     SQLITE_UTF8);
    }
    if (rc == SQLITE_OK)
        rc = step(st);
    if (rc == SQLITE_DONE && in->most != 0 && sqlite3_changes(w->db) >= in->most)
        b->more = true;
    return rc;
}

/* All or nothing; what failed before comes first. */
static int commit(struct write_behind *w, struct batch *b)
{
    int rc = step(w->own[BEGIN]);

    for (struct list_node *n = redo_items(b->redo)->first; n != NULL && rc == SQLITE_DONE;
         n = n->next)
        rc = carry_out(w, b, LIST_OF(n, struct redo_item, node)->intent);
    for (const struct intent *in = b->first; in != NULL && rc == SQLITE_DONE; in = in->next)
        rc = carry_out(w, b, in);
    if (rc == SQLITE_DONE)
        rc = step(w->own[COMMIT]);
    return rc;
}

/* Some errors roll back by themselves, and some statement may have been the one that failed. */
static void give_up(struct write_behind *w, struct batch *b, int rc)
{
    db_why(w->db, rc, b->why, sizeof(b->why));
    if (sqlite3_get_autocommit(w->db) == 0)
        (void)step(w->own[ROLLBACK]);
    b->more = false;
    count_add(COUNT_STORE_ERRORS, 1);
}

void write_behind_carry_out(struct write_behind *w, struct batch *b)
{
    b->tried = true;
    b->ok = true;
    if (b->count > 0 || b->redo != NULL) {
        int rc = commit(w, b);

        b->ok = rc == SQLITE_DONE;
        if (b->ok) {
            count_add(COUNT_STORE_COMMITS, 1);
            count_add(COUNT_STORE_ROWS, (int64_t)b->count);
        } else {
            give_up(w, b, rc);
        }
    }
    if (b->asks > 0)
        find_answer(w->find, b);
}

static void on_order(void *msg, void *arg)
{
    struct write_behind *w = arg;
    struct batch *b = *(struct batch **)msg;

    if (b == NULL) {
        w->stop = true;
        return;
    }
    write_behind_carry_out(w, b);
    mailbox_post(w->told, &b);
}

static void run(void *arg)
{
    struct write_behind *w = arg;
    bool busy = false;

    while (!w->stop) {
        size_t n = mailbox_wait(w->orders, busy ? IDLE_MS : -1);

        if (n == 0 && busy)
            (void)sqlite3_db_release_memory(w->db);
        busy = n > 0;
    }
}

void write_behind_start(struct write_behind *w, struct mailbox *told)
{
    w->told = told;
    w->thread = worker_start("store", run, w);
}

void write_behind_post(struct write_behind *w, struct batch *b)
{
    mailbox_post(w->orders, &b);
}

void write_behind_stop(struct write_behind *w)
{
    write_behind_post(w, NULL);
    worker_join(w->thread);
    w->thread = NULL;
}

void write_behind_close(struct write_behind *w)
{
    if (w == NULL)
        return;
    checkpoint_close(w->checkpoint);
    find_close(w->find);
    mailbox_free(w->orders);
    for (size_t i = 0; w->stmts != NULL && i < w->stmt_count; i++)
        (void)sqlite3_finalize(w->stmts[i]);
    for (size_t i = 0; i < OWN_COUNT; i++)
        (void)sqlite3_finalize(w->own[i]);
    db_close(w->db);
    (void)mem_free(w->stmts);
    (void)mem_free(w);
}

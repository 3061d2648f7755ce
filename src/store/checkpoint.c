/*
 * checkpoint.c - its own thread and connection; it decides when, the writer only tells how
 * long the log is.
 */
#include "store/checkpoint.h"

#include <stdbool.h>

#include "base/mem.h"
#include "loop/mailbox.h"
#include "loop/worker.h"
#include "store/db.h"

/* A checkpoint each 1000 pages (4 MB) keeps reads short; after ten quiet seconds the log is
 * emptied altogether. */
enum { STEP_PAGES = 1000, IDLE_MS = 10000 };

enum word { WORD_WRITTEN, WORD_FULL, WORD_STOP };

struct checkpoint {
    sqlite3 *db;             /* the thread's */
    struct mailbox *mailbox; /* to the thread */
    struct worker *thread;
    bool dirty, full, stop; /* the thread's */
    int pages, told_at;     /* the writer's */
};

static void on_word(void *msg, void *arg)
{
    enum word *w = msg;
    struct checkpoint *c = arg;

    c->dirty = true;
    c->full = c->full || *w == WORD_FULL;
    c->stop = c->stop || *w == WORD_STOP;
}

/* SQLITE_BUSY and errors are left alone: the log stays, the next try comes. Whether the disk
 * works is the writer's to say. */
static void run(void *arg)
{
    struct checkpoint *c = arg;

    while (!c->stop) {
        size_t n = mailbox_wait(c->mailbox, c->dirty ? IDLE_MS : -1);
        bool idle = n == 0 && c->dirty;

        if (c->stop || (!c->full && !idle))
            continue;
        c->full = false;
        (void)sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        if (!idle)
            continue;
        /* What is left to copy is nothing or little: the writer hardly waits. */
        if (sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) ==
            SQLITE_OK)
            c->dirty = false;
        (void)sqlite3_db_release_memory(c->db);
    }
}

enum err checkpoint_open(const char *path, struct checkpoint **out, struct fail *f)
{
    struct checkpoint *c = mem_new(sizeof(*c));
    enum err e = db_open(path, true, &c->db, f);

    if (e == ERR_OK)
        e = db_exec(c->db, "PRAGMA mmap_size=0; PRAGMA cache_size=-200", f);
    if (e != ERR_OK) {
        checkpoint_close(c);
        return e;
    }
    (void)sqlite3_busy_timeout(c->db, 0); /* it is the one that gives way */
    c->mailbox = mailbox_new(NULL, sizeof(enum word), on_word, c);
    c->thread = worker_start("checkpoint", run, c);
    *out = c;
    return ERR_OK;
}

void checkpoint_log_is(struct checkpoint *c, int pages)
{
    enum word w = WORD_WRITTEN;

    if (pages < c->pages)
        c->told_at = 0; /* the log began anew */
    c->pages = pages;
    if (c->told_at != 0 && pages - c->told_at < STEP_PAGES)
        return;
    if (c->told_at != 0 || pages >= STEP_PAGES)
        w = WORD_FULL;
    c->told_at = pages;
    mailbox_post(c->mailbox, &w);
}

void checkpoint_close(struct checkpoint *c)
{
    static const enum word stop = WORD_STOP;

    if (c == NULL)
        return;
    if (c->thread != NULL)
        mailbox_post(c->mailbox, &stop);
    worker_join(c->thread);
    mailbox_free(c->mailbox);
    db_close(c->db);
    (void)mem_free(c);
}

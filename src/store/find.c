/*
 * find.c - two prepared queries: the life of an ended call, a page of notices.
 *
 * The writer's thread, but for opening and closing.
 */
#include "store/find.h"

#include <string.h>

#include "base/mem.h"

enum { ROWS_FIRST = 16 };

struct find {
    sqlite3_stmt *life;
    sqlite3_stmt *notices;
};

enum err find_open(sqlite3 *db, struct find **out, struct fail *f)
{
    struct find *x = mem_new(sizeof(*x));
    enum err e = db_prepare(db, "SELECT life FROM ended_calls WHERE id=?1", &x->life, f);

    if (e == ERR_OK)
        e = db_prepare(db,
                       "SELECT number,call,application,tenant,uri,webhook_id,headers,body,state,"
                       "made_ms,tries,last_status,answer FROM notices WHERE number>?1"
                       " AND (?2 IS NULL OR state=?2) AND (?3 IS NULL OR webhook_id=?3)"
                       " ORDER BY number LIMIT ?4",
                       &x->notices, f);
    *out = x;
    return e;
}

static const char *text(struct batch *b, sqlite3_stmt *st, int column)
{
    return arena_dup(&b->arena, (const char *)sqlite3_column_text(st, column));
}

static struct notice_row read_notice(struct batch *b, sqlite3_stmt *st)
{
    return (struct notice_row){
        .number = sqlite3_column_int64(st, 0),
        .call = text(b, st, 1),
        .application = text(b, st, 2),
        .tenant = text(b, st, 3),
        .uri = text(b, st, 4),
        .webhook_id = text(b, st, 5),
        .headers = text(b, st, 6),
        .body = text(b, st, 7),
        .state = text(b, st, 8),
        .made_ms = sqlite3_column_int64(st, 9),
        .tries = sqlite3_column_int(st, 10),
        .last_status = sqlite3_column_int(st, 11),
        .answer = text(b, st, 12),
    };
}

static void add_row(struct batch *b, struct waiter *w, size_t *room, const struct notice_row *r)
{
    if (w->row_count == *room) {
        struct notice_row *more;

        *room = *room != 0 ? *room * 2 : ROWS_FIRST;
        more = arena_new(&b->arena, *room * sizeof(*more));
        if (w->row_count != 0)
            (void)memcpy(more, w->rows, w->row_count * sizeof(*more));
        w->rows = more;
    }
    w->rows[w->row_count++] = *r;
}

static bool bind_ask(sqlite3_stmt *st, const struct notices_ask *q)
{
    return sqlite3_bind_int64(st, 1, q->after) == SQLITE_OK &&
           sqlite3_bind_text(st, 2, q->state, -1, SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_bind_text(st, 3, q->webhook_id, -1, SQLITE_STATIC) == SQLITE_OK &&
           sqlite3_bind_int(st, 4, q->most) == SQLITE_OK;
}

static void find_notices(struct find *x, struct batch *b, struct waiter *w)
{
    sqlite3_stmt *st = x->notices;
    size_t bytes = 0;
    size_t room = 0;

    if (!bind_ask(st, &w->ask))
        return;
    while (bytes < NOTICES_ASK_BYTES && sqlite3_step(st) == SQLITE_ROW) {
        const struct notice_row r = read_notice(b, st);

        bytes += r.body != NULL ? strlen(r.body) : 0;
        add_row(b, w, &room, &r);
    }
    (void)sqlite3_reset(st);
}

static void find_life(struct find *x, struct batch *b, struct waiter *w)
{
    if (sqlite3_bind_text(x->life, 1, w->id, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_step(x->life) == SQLITE_ROW)
        w->life = text(b, x->life, 0);
    (void)sqlite3_reset(x->life);
}

void find_answer(struct find *x, struct batch *b)
{
    for (struct waiter *w = b->waiters; w != NULL; w = w->next) {
        if (w->on_life != NULL)
            find_life(x, b, w);
        else if (w->on_notices != NULL)
            find_notices(x, b, w);
    }
}

void find_close(struct find *x)
{
    if (x == NULL)
        return;
    (void)sqlite3_finalize(x->life);
    (void)sqlite3_finalize(x->notices);
    (void)mem_free(x);
}

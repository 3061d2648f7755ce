/*
 * load.c - reading everything back, when the server starts.
 *
 * On a connection of its own for each list, in the caller's thread: the writer's
 * is not disturbed. It sees what is committed. It does not judge what it reads.
 */
#include <stddef.h>

#include "store/db.h"
#include "store/rows.h"
#include "store/store_inside.h"

/* Turns the row under the cursor into a call of the handler in `to`. */
struct reader {
    union {
        call_row_h *call;
        transition_row_h *transition;
        notice_row_h *notice;
        dialog_row_h *dialog;
        key_row_h *key;
        binding_row_h *binding;
        meeting_row_h *meeting;
    };
    void *arg;
};
typedef void read_row_h(sqlite3_stmt *st, const struct reader *to);

static const char *text(sqlite3_stmt *st, int column)
{
    return (const char *)sqlite3_column_text(st, column);
}

static enum err walk(sqlite3 *db, const char *sql, read_row_h *h, const struct reader *to,
                     struct fail *f)
{
    sqlite3_stmt *st = NULL;
    enum err e = db_prepare(db, sql, &st, f);
    int rc;

    if (e != ERR_OK)
        return e;
    for (rc = sqlite3_step(st); rc == SQLITE_ROW; rc = sqlite3_step(st))
        h(st, to);
    if (rc != SQLITE_DONE)
        e = db_fail(db, f);
    (void)sqlite3_finalize(st);
    return e;
}

static enum err load(const struct store *s, const char *sql, read_row_h *h, const struct reader *to,
                     struct fail *f)
{
    sqlite3 *db = NULL;
    enum err e = db_open(store_path(s), false, &db, f);

    if (e == ERR_OK)
        e = walk(db, sql, h, to, f);
    db_close(db);
    return e;
}

static void read_call(sqlite3_stmt *st, const struct reader *to)
{
    const struct call_row r = {
        .id = text(st, 0),
        .tenant = text(st, 1),
        .application = text(st, 2),
        .callback_uri = text(st, 3),
        .state = text(st, 4),
        .chain_id = text(st, 5),
        .scenario_id = text(st, 6),
        .resource = text(st, 7),
        .created_ms = sqlite3_column_int64(st, 8),
    };

    to->call(&r, to->arg);
}

enum err store_load_calls(struct store *s, call_row_h *h, void *arg, struct fail *f)
{
    const struct reader to = {.call = h, .arg = arg};

    return load(s,
                "SELECT id,tenant,application,callback_uri,state,chain_id,scenario_id,resource,"
                "created_ms FROM calls ORDER BY row",
                read_call, &to, f);
}

static void read_dialog(sqlite3_stmt *st, const struct reader *to)
{
    to->dialog(sqlite3_column_int64(st, 0), text(st, 1), to->arg);
}

enum err store_load_dialogs(struct store *s, dialog_row_h *h, void *arg, struct fail *f)
{
    const struct reader to = {.dialog = h, .arg = arg};

    return load(s, "SELECT leg,dialog FROM dialogs ORDER BY leg", read_dialog, &to, f);
}

static void read_transition(sqlite3_stmt *st, const struct reader *to)
{
    const struct transition_row r = {
        .call = text(st, 0),
        .at_ms = sqlite3_column_int64(st, 1),
        .from = text(st, 2),
        .event = text(st, 3),
        .to = text(st, 4),
        .cause = text(st, 5),
    };

    to->transition(&r, to->arg);
}

enum err store_load_transitions(struct store *s, transition_row_h *h, void *arg, struct fail *f)
{
    const struct reader to = {.transition = h, .arg = arg};

    return load(s,
                "SELECT call,at_ms,from_state,event,to_state,cause FROM transitions"
                " WHERE call IN (SELECT id FROM calls) ORDER BY row",
                read_transition, &to, f);
}

static void read_notice(sqlite3_stmt *st, const struct reader *to)
{
    const struct notice_row r = {
        .number = sqlite3_column_int64(st, 0),
        .call = text(st, 1),
        .application = text(st, 2),
        .tenant = text(st, 3),
        .uri = text(st, 4),
        .webhook_id = text(st, 5),
        .headers = text(st, 6),
        .body = text(st, 7),
        .state = text(st, 8),
        .made_ms = sqlite3_column_int64(st, 9),
    };

    to->notice(&r, to->arg);
}

enum err store_load_notices(struct store *s, notice_row_h *h, void *arg, struct fail *f)
{
    const struct reader to = {.notice = h, .arg = arg};

    return load(s,
                "SELECT number,call,application,tenant,uri,webhook_id,headers,body,state,made_ms"
                " FROM notices ORDER BY number",
                read_notice, &to, f);
}

enum err store_load_last_notice(struct store *s, int64_t *out, struct fail *f)
{
    sqlite3 *db = NULL;
    enum err e = db_open(store_path(s), false, &db, f);

    *out = 0;
    if (e == ERR_OK)
        e = db_number(db, "SELECT coalesce(max(seq),0) FROM sqlite_sequence WHERE name='notices'",
                      out, f);
    db_close(db);
    return e;
}

static void read_key(sqlite3_stmt *st, const struct reader *to)
{
    const struct key_row r = {
        .key = text(st, 0),
        .body_hash = text(st, 1),
        .call = text(st, 2),
        .location = text(st, 3),
        .response = text(st, 4),
        .made_ms = sqlite3_column_int64(st, 5),
    };

    to->key(&r, to->arg);
}

enum err store_load_keys(struct store *s, key_row_h *h, void *arg, struct fail *f)
{
    const struct reader to = {.key = h, .arg = arg};

    return load(s, "SELECT key,body_hash,call,location,response,made_ms FROM keys ORDER BY row",
                read_key, &to, f);
}

static void read_binding(sqlite3_stmt *st, const struct reader *to)
{
    const struct binding_row r = {
        .user = text(st, 0),
        .contact = text(st, 1),
        .received = text(st, 2),
        .instance = text(st, 3),
        .call_id = text(st, 4),
        .cseq = sqlite3_column_int64(st, 5),
        .expires_ms = sqlite3_column_int64(st, 6),
    };

    to->binding(&r, to->arg);
}

enum err store_load_bindings(struct store *s, binding_row_h *h, void *arg, struct fail *f)
{
    const struct reader to = {.binding = h, .arg = arg};

    return load(s,
                "SELECT user,contact,received,instance,call_id,cseq,expires_ms"
                " FROM bindings ORDER BY row",
                read_binding, &to, f);
}

static void read_meeting(sqlite3_stmt *st, const struct reader *to)
{
    const struct meeting_row r = {
        .id = text(st, 0),
        .tenant = text(st, 1),
        .organizer = text(st, 2),
        .organizer_name = text(st, 3),
        .kind = text(st, 4),
        .thread = text(st, 5),
        .message = text(st, 6),
        .join_id = text(st, 7),
        .passcode = text(st, 8),
        .vtc_id = text(st, 9),
        .options = text(st, 10),
        .created_ms = sqlite3_column_int64(st, 11),
    };

    to->meeting(&r, to->arg);
}

enum err store_load_meetings(struct store *s, meeting_row_h *h, void *arg, struct fail *f)
{
    const struct reader to = {.meeting = h, .arg = arg};

    return load(s,
                "SELECT id,tenant,organizer,organizer_name,kind,thread,message,join_id,passcode,"
                "vtc_id,options,created_ms FROM meetings ORDER BY row",
                read_meeting, &to, f);
}

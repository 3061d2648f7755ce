/*
 * rows.c - the table of statements, and the verbs that fill them with values.
 *
 * The control thread. It runs no SQL: what it makes are intents in the batch that is being
 * gathered; write_behind.c carries them out.
 */
#include "store/rows.h"

#include <assert.h>
#include <string.h>

#include "store/batch.h"
#include "store/db.h"
#include "store/statement.h"
#include "store/store_inside.h"

/* What one store_prune() takes of each table: some milliseconds of the writer's time. */
#define PRUNE_ROWS 500
#define PRUNE_TEXT "500"

/* The rows that age lie in the order of their age, see schema.c. */
#define PRUNE(table, when)                                                                         \
    "DELETE FROM " table " WHERE row IN (SELECT row FROM " table " ORDER BY row LIMIT " PRUNE_TEXT \
    ") AND " when "<?1"

/* X(NAME, types, keys, kept, SQL): i = int64, t = text, n = text or NULL, in the order of ?1, ?2,
 * ...; keys and kept: see statement.h. A call that could not be written does not exist and an
 * idempotency key with it, so those are not kept; nor is a freeze, or what becomes of a meeting,
 * since who asked for it was told that it failed. */
/* clang-format off */
#define STATEMENTS(X)                                                                            \
    X(PUT_CALL, "tnnntnnni", 0, NULL,                                                            \
      "INSERT INTO calls (id,tenant,application,callback_uri,state,chain_id,scenario_id,"        \
      "resource,created_ms) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)"                                 \
      " ON CONFLICT (id) DO UPDATE SET tenant=?2,application=?3,callback_uri=?4,state=?5,"       \
      "chain_id=?6,scenario_id=?7,resource=?8,created_ms=?9")                                    \
    X(CALL_STATE, "tt", 1, "state=", "UPDATE calls SET state=?2 WHERE id=?1")                    \
    X(PUT_DIALOG, "it", 1, "dialog+", "INSERT OR REPLACE INTO dialogs (leg,dialog) VALUES (?1,?2)")\
    X(DELETE_DIALOG, "i", 1, "dialog-", "DELETE FROM dialogs WHERE leg=?1")                      \
    X(DELETE_CALL, "t", 1, "call-", "DELETE FROM calls WHERE id=?1")                             \
    X(ADD_ENDED, "tni", 1, "ended=", "INSERT OR REPLACE INTO ended_calls (id,life,ended_ms) VALUES (?1,?2,?3)")\
    X(ADD_TRANSITION, "tinnnn", 0, NULL,                                                         \
      "INSERT INTO transitions (call,at_ms,from_state,event,to_state,cause)"                     \
      " VALUES (?1,?2,?3,?4,?5,?6)")                                                             \
    X(ADD_NOTICE, "itnnnnnnti", 1, "notice+",                                                    \
      "INSERT OR REPLACE INTO notices (number,call,application,tenant,uri,webhook_id,headers,"   \
      "body,state,made_ms) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)")                             \
    X(FREEZE_NOTICES, "iitt", 0, NULL,                                                           \
      "UPDATE notices SET webhook_id=?4 WHERE number BETWEEN ?1 AND ?2 AND call=?3")             \
    X(DELETE_NOTICE, "i", 1, "notice-", "DELETE FROM notices WHERE number=?1")                   \
    X(NOTICE_STATE, "itiini", 1, "notice=",                                                      \
      "UPDATE notices SET state=?2,tries=?3,last_status=?4,answer=?5,settled_ms=?6"              \
      " WHERE number=?1")                                                                        \
    X(PRUNE_NOTICES, "i", 0, NULL,                                                               \
      "DELETE FROM notices WHERE number IN (SELECT number FROM notices WHERE state<>'owed'"      \
      " AND settled_ms<?1 ORDER BY settled_ms LIMIT " PRUNE_TEXT ")")                            \
    X(PUT_KEY, "tnnnni", 0, NULL,                                                                \
      "INSERT OR REPLACE INTO keys (key,body_hash,call,location,response,made_ms)"               \
      " VALUES (?1,?2,?3,?4,?5,?6)")                                                             \
    X(PUT_BINDING, "ttnnnii", 2, "binding+",                                                     \
      "INSERT INTO bindings (user,contact,received,instance,call_id,cseq,expires_ms)"            \
      " VALUES (?1,?2,?3,?4,?5,?6,?7) ON CONFLICT (user,contact) DO UPDATE SET received=?3,"     \
      "instance=?4,call_id=?5,cseq=?6,expires_ms=?7")                                            \
    X(DELETE_BINDING, "tt", 2, "binding-", "DELETE FROM bindings WHERE user=?1 AND contact=?2")  \
    X(PUT_MEETING, "ttttttttntti", 0, NULL,                                                      \
      "INSERT INTO meetings (id,tenant,organizer,organizer_name,kind,thread,message,join_id,"    \
      "passcode,vtc_id,options,created_ms) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)"      \
      " ON CONFLICT (id) DO UPDATE SET tenant=?2,organizer=?3,organizer_name=?4,kind=?5,"        \
      "thread=?6,message=?7,join_id=?8,passcode=?9,vtc_id=?10,options=?11,created_ms=?12")       \
    X(DELETE_MEETING, "t", 0, NULL, "DELETE FROM meetings WHERE id=?1")                          \
    X(PRUNE_ENDED, "i", 0, NULL, PRUNE("ended_calls", "ended_ms"))                               \
    X(PRUNE_TRANSITIONS, "i", 0, NULL, PRUNE("transitions", "at_ms"))                            \
    X(PRUNE_KEYS, "i", 0, NULL, PRUNE("keys", "made_ms"))                                        \
    X(PROBE, "", 0, NULL, "INSERT OR REPLACE INTO probe (row,room) VALUES (1,zeroblob(65536))")  \
    X(UNPROBE, "", 0, NULL, "DELETE FROM probe")
/* clang-format on */

enum name {
#define X(name, types, keys, kept, sql) name,
    STATEMENTS(X)
#undef X
};

static const struct statement table[] = {
#define X(name, types, keys, kept, sql) {#name, types, keys, kept, sql},
    STATEMENTS(X)
#undef X
};

const struct statement *rows_statements(size_t *count)
{
    *count = sizeof(table) / sizeof(table[0]);
    return table;
}

static struct value text(const char *s)
{
    return (struct value){.kind = 't', .text = s};
}

static struct value integer(int64_t n)
{
    return (struct value){.kind = 'i', .number = n};
}

/* The values must be what the table says; a wrong row would be found by the first test. */
static void put(struct store *s, enum name statement, int most, const struct value *v, size_t n)
{
    const char *types = table[statement].types;

    assert(strlen(types) == n);
    for (size_t i = 0; i < n; i++) {
        assert((types[i] == 'i') == (v[i].kind == 'i'));
        assert(types[i] != 't' || v[i].text != NULL);
    }
    batch_put(store_gathering(s), statement, most, v, n);
}

#define PUT(s, statement, ...) PUT_MOST(s, statement, 0, __VA_ARGS__)
#define PUT_MOST(s, statement, most, ...)                        \
    put(s, statement, most, (const struct value[]){__VA_ARGS__}, \
        sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value))

void store_put_call(struct store *s, const struct call_row *r)
{
    PUT(s, PUT_CALL, text(r->id), text(r->tenant), text(r->application), text(r->callback_uri),
        text(r->state), text(r->chain_id), text(r->scenario_id), text(r->resource),
        integer(r->created_ms));
}

void store_call_state(struct store *s, const char *id, const char *state)
{
    PUT(s, CALL_STATE, text(id), text(state));
}

void store_put_dialog(struct store *s, int64_t leg, const char *dialog)
{
    PUT(s, PUT_DIALOG, integer(leg), text(dialog));
}

void store_del_dialog(struct store *s, int64_t leg)
{
    PUT(s, DELETE_DIALOG, integer(leg));
}

void store_end_call(struct store *s, const char *id, const char *life, int64_t at_ms)
{
    PUT(s, DELETE_CALL, text(id));
    PUT(s, ADD_ENDED, text(id), text(life), integer(at_ms));
}

void store_prune(struct store *s, int64_t ended_before_ms, int64_t keys_before_ms)
{
    PUT_MOST(s, PRUNE_ENDED, PRUNE_ROWS, integer(ended_before_ms));
    PUT_MOST(s, PRUNE_TRANSITIONS, PRUNE_ROWS, integer(ended_before_ms));
    PUT_MOST(s, PRUNE_KEYS, PRUNE_ROWS, integer(keys_before_ms));
    /* While nothing can be written, nobody may be asking for anything to be written: the
     * probe, sixteen pages, is how we find that the disk is back. */
    put(s, store_durable(s) ? UNPROBE : PROBE, 0, NULL, 0);
    store_prune_on(s, ended_before_ms, keys_before_ms);
}

void store_add_transition(struct store *s, const struct transition_row *r)
{
    PUT(s, ADD_TRANSITION, text(r->call), integer(r->at_ms), text(r->from), text(r->event),
        text(r->to), text(r->cause));
}

void store_add_notice(struct store *s, const struct notice_row *r)
{
    PUT(s, ADD_NOTICE, integer(r->number), text(r->call), text(r->application), text(r->tenant),
        text(r->uri), text(r->webhook_id), text(r->headers), text(r->body), text(r->state),
        integer(r->made_ms));
}

void store_freeze_notices(struct store *s, int64_t first, int64_t last, const char *call,
                          const char *webhook_id)
{
    PUT(s, FREEZE_NOTICES, integer(first), integer(last), text(call), text(webhook_id));
}

void store_notice_delivered(struct store *s, int64_t number)
{
    PUT(s, DELETE_NOTICE, integer(number));
}

void store_notice_state(struct store *s, const struct notice_change *c)
{
    PUT(s, NOTICE_STATE, integer(c->number), text(c->state), integer(c->tries),
        integer(c->last_status), text(c->answer), integer(c->at_ms));
}

void store_prune_notices(struct store *s, int64_t before_ms)
{
    PUT(s, PRUNE_NOTICES, integer(before_ms));
}

void store_put_key(struct store *s, const struct key_row *r)
{
    PUT(s, PUT_KEY, text(r->key), text(r->body_hash), text(r->call), text(r->location),
        text(r->response), integer(r->made_ms));
}

void store_put_binding(struct store *s, const struct binding_row *r)
{
    PUT(s, PUT_BINDING, text(r->user), text(r->contact), text(r->received), text(r->instance),
        text(r->call_id), integer(r->cseq), integer(r->expires_ms));
}

void store_del_binding(struct store *s, const char *user, const char *contact)
{
    PUT(s, DELETE_BINDING, text(user), text(contact));
}

void store_put_meeting(struct store *s, const struct meeting_row *r)
{
    PUT(s, PUT_MEETING, text(r->id), text(r->tenant), text(r->organizer), text(r->organizer_name),
        text(r->kind), text(r->thread), text(r->message), text(r->join_id), text(r->passcode),
        text(r->vtc_id), text(r->options), integer(r->created_ms));
}

void store_del_meeting(struct store *s, const char *id)
{
    PUT(s, DELETE_MEETING, text(id));
}

void store_ask_ended_call(struct store *s, const char *id, life_h *h, void *arg)
{
    batch_ask(store_gathering(s), id, h, arg);
}

void store_ask_notices(struct store *s, const struct notices_ask *q, notices_h *h, void *arg)
{
    batch_ask_notices(store_gathering(s), q, h, arg);
}

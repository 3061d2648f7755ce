/*
 * notices.c - our own verbs on notices: what is owed, parked or dead, and once more, please.
 */
#include "api/reply.h"
#include "base/str.h"
#include "core/control.h"
#include "core/parked.h"

static void on_list(const char *json, size_t len, void *arg)
{
    reply_json(arg, 200, json, len, NULL);
}

void notices_list(struct ask *a)
{
    const char *after = http_query(a->http, "after");
    const char *state = http_query(a->http, "state");
    int64_t number = 0;
    struct fail f;

    if (state != NULL && !str_eq(state, "owed") && !str_eq(state, "parked") &&
        !str_eq(state, "dead")) {
        (void)err_set(&f, ERR_BAD_REQUEST, "'state' must be owed, parked or dead.");
        reply_fail(a, &f);
        return;
    }
    if (after != NULL && !str_number(after, 0, INT64_MAX, &number)) {
        (void)err_set(&f, ERR_BAD_REQUEST, "'after' must be the number of a notice.");
        reply_fail(a, &f);
        return;
    }
    parked_list(a->api->control, &(struct parked_page){.state = state, .after = number}, on_list,
                a);
}

static void on_replayed(enum err e, void *arg)
{
    struct fail f;

    if (e == ERR_CONFLICT)
        (void)err_set(&f, ERR_CONFLICT, "The notice is owed already: it is being sent.");
    else if (e == ERR_NOT_FOUND)
        (void)err_set(&f, ERR_NOT_FOUND, "There is no such notice, parked or dead.");
    if (e == ERR_OK)
        reply_empty(arg, 202, NULL);
    else
        reply_fail(arg, &f);
}

void notices_replay(struct ask *a)
{
    struct id id;

    if (id_read_text(&id, a->ids[0]))
        parked_replay(a->api->control, id.text, on_replayed, a);
    else
        on_replayed(ERR_NOT_FOUND, a);
}

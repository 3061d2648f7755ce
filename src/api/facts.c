/*
 * facts.c - our own verb for who listens to notices as they are made and delivered.
 */
#include "core/tail.h"

#include "api/reply.h"
#include "base/str.h"
#include "core/control.h"

enum { WAIT_MOST_S = 60 };

static void on_facts(const char *json, size_t len, void *arg)
{
    reply_json(arg, 200, json, len, NULL);
}

void facts_get(struct ask *a)
{
    const char *after = http_query(a->http, "after");
    const char *wait = http_query(a->http, "wait");
    const char *call = http_query(a->http, "call");
    struct tail_wish w = {.after = -1};
    int64_t seconds = 0;
    struct id id;
    struct fail f;

    if ((after != NULL && !str_number(after, 0, INT64_MAX, &w.after)) ||
        (wait != NULL && !str_number(wait, 0, WAIT_MOST_S, &seconds))) {
        (void)err_set(&f, ERR_BAD_REQUEST,
                      "'after' is the number of a fact, 'wait' a number of seconds up to %d.",
                      WAIT_MOST_S);
        reply_fail(a, &f);
        return;
    }
    if (call != NULL && !id_read_text(&id, call)) {
        (void)err_set(&f, ERR_BAD_REQUEST, "'call' must be the id of a call.");
        reply_fail(a, &f);
        return;
    }
    w.wait_ms = seconds * 1000;
    w.call = call != NULL ? id.text : NULL;
    tail_ask(a->api->control->tail, &w, on_facts, a);
}

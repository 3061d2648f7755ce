/*
 * incoming_calls.c - what an application says of a call that came to it: answer, reject, redirect.
 */
#include "api/answered.h"
#include "api/body.h"
#include "api/reply.h"
#include "api/whose.h"
#include "core/called.h"
#include "core/retarget.h"

/* The call of the path, if it still waits; else the answer is given. */
static struct live_call *waiting_call(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);

    if (lc != NULL && called_check(lc, &f) != ERR_OK)
        lc = NULL;
    if (lc == NULL)
        reply_fail(a, &f);
    return lc;
}

static void reply_done(struct ask *a, const struct live_call *lc, enum err e, const struct fail *f)
{
    if (e == ERR_OK)
        answered_accept(a, lc->call->id.text);
    else
        reply_fail(a, f);
}

void incoming_calls_answer(struct ask *a)
{
    struct live_call *lc = waiting_call(a);
    struct graph_answer_action body;
    struct arena arena = {0};
    struct fail f;
    enum err e;

    if (lc == NULL)
        return;
    e = body_read(a, &graph_answer_action_type, &body, &arena, false, &f);
    if (e == ERR_OK)
        e = called_answer(
            lc,
            &(struct called_request){.arena = &arena,
                                     .answer = &body,
                                     .roles = a->caller.roles,
                                     .scenario_id = reply_echo(a->http, "scenario-id")},
            &f);
    arena_clear(&arena); /* empty when it was taken over */
    reply_done(a, lc, e, &f);
}

void incoming_calls_reject(struct ask *a)
{
    struct live_call *lc = waiting_call(a);
    struct graph_reject_action body;
    struct arena arena = {0};
    struct fail f;
    enum err e;

    if (lc == NULL)
        return;
    e = body_read(a, &graph_reject_action_type, &body, &arena, true, &f);
    if (e == ERR_OK)
        e = called_reject(lc, body.reason, body.callback_uri, &f);
    reply_done(a, lc, e, &f);
    arena_clear(&arena);
}

void incoming_calls_redirect(struct ask *a)
{
    struct live_call *lc = waiting_call(a);
    struct graph_redirect_action body;
    struct arena arena = {0};
    struct fail f;
    enum err e;

    if (lc == NULL)
        return;
    e = body_read(a, &graph_redirect_action_type, &body, &arena, false, &f);
    if (e == ERR_OK)
        e = retarget_redirect(lc, &body, a->caller.roles, &f);
    reply_done(a, lc, e, &f);
    arena_clear(&arena);
}

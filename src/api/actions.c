/*
 * actions.c - what is done with a call that lives: prompts, tones, keepAlive, operations.
 */
#include "api/body.h"
#include "api/operations.h"
#include "api/reply.h"
#include "api/whose.h"
#include "base/clock.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/errand.h"
#include "core/play.h"
#include "core/tones.h"

static enum err read_play_prompt(struct ask *a, struct graph_play_prompt_action *body,
                                 struct arena *arena, struct fail *f)
{
    enum err e = body_read(a, &graph_play_prompt_action_type, body, arena, false, f);

    if (e == ERR_OK && body->prompts.count == 0)
        e = err_set(f, ERR_BAD_REQUEST, "'prompts' must have at least one member");
    return e;
}

void actions_play_prompt(struct ask *a)
{
    struct live_call *lc = whose_media_call(a);
    struct graph_play_prompt_action body;
    struct arena arena = {0};
    struct operation *o;
    struct fail f;

    if (lc == NULL)
        return;
    if (read_play_prompt(a, &body, &arena, &f) != ERR_OK) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    o = operation_new(&graph_play_prompt_operation_type, &arena);
    o->client_context = body.client_context;
    o->prompts = body.prompts;
    o->endless = body.loop.set && body.loop.value;
    (void)obj_ref(o); /* play_add() takes one, the answer needs another */
    if (play_add(lc, o, &f) != ERR_OK)
        reply_fail(a, &f);
    else
        operations_reply(a, lc, o);
    (void)obj_unref(o);
}

void actions_cancel(struct ask *a)
{
    struct live_call *lc = whose_media_call(a);
    struct graph_cancel_media_processing_action body;
    struct arena arena = {0};
    struct operation *o;
    struct fail f;

    if (lc == NULL)
        return;
    if (body_read(a, &graph_cancel_media_processing_action_type, &body, &arena, true, &f) !=
        ERR_OK) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    play_end_all(lc);
    o = errand_at_once(lc, &graph_cancel_media_processing_operation_type, body.client_context,
                       &arena);
    if (a->root == ROOT_APP)
        operations_reply_bare(a, lc, o);
    else
        operations_reply(a, lc, o);
}

void actions_subscribe(struct ask *a)
{
    struct live_call *lc = whose_media_call(a);
    const char *context;
    struct arena arena = {0};
    struct fail f;

    if (lc == NULL)
        return;
    if (role_check(a->caller.roles, ROLE(ACCESS_MEDIA), "subscribeToTone", &f) != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    if (!operations_read_context(a, &graph_subscribe_to_tone_action_type, &arena, &context))
        return;
    lc->tones = true;
    operations_reply(a, lc,
                     errand_at_once(lc, &graph_subscribe_to_tone_operation_type, context, &arena));
}

void actions_keep_alive(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);

    if (lc != NULL && lc->call->state == CALL_TERMINATING) {
        (void)err_set(&f, ERR_ENDING, "The call is terminating.");
        lc = NULL;
    }
    if (lc == NULL) {
        reply_fail(a, &f);
        return;
    }
    control_keep_alive(lc);
    reply_empty(a, 200, NULL);
}

void actions_send_tones(struct ask *a)
{
    struct live_call *lc = whose_media_call(a);
    struct graph_send_dtmf_tones_action body;
    struct arena arena = {0};
    struct operation *o = NULL;
    struct fail f;

    if (lc == NULL)
        return;
    if (body_read(a, &graph_send_dtmf_tones_action_type, &body, &arena, false, &f) == ERR_OK)
        o = tones_send(lc, &body, &arena, &f);
    arena_clear(&arena); /* it is the operation's when there is one */
    if (o == NULL)
        reply_fail(a, &f);
    else
        operations_reply(a, lc, o);
    (void)obj_unref(o);
}

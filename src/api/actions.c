/*
 * actions.c - what is done with a call that lives: prompts, tones, keepAlive, operations.
 */
#include "api/body.h"
#include "api/reply.h"
#include "api/whose.h"
#include "base/clock.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/notify.h"
#include "core/play.h"
#include "model/shape.h"

/* The call of the path, able to do media now; else the answer is given. */
static struct live_call *media_call(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);

    if (lc != NULL && shape_is_app_hosted(lc->call->graph)) {
        (void)err_set(&f, ERR_MEDIA_KIND, "The application hosts the media of this call itself.");
        lc = NULL;
    } else if (lc != NULL && call_needs_media(lc->call, &f) != ERR_OK) {
        lc = NULL;
    }
    if (lc == NULL)
        reply_fail(a, &f);
    return lc;
}

static const char *operation_url(const struct ask *a, const struct live_call *lc,
                                 const struct operation *o)
{
    return arena_printf(&a->http->arena, "%s/operations/%s", body_call_url(a, lc->call->id.text),
                        o->id.text);
}

/* The seed era knew one type for operations that end at once; today each has its own. */
static const struct type *type_for(const struct ask *a, const struct type *today)
{
    if (a->root == ROOT_APP && today != &graph_play_prompt_operation_type)
        return &graph_comms_operation_type;
    return today;
}

static void reply_operation(struct ask *a, const struct live_call *lc, const struct operation *o,
                            bool location)
{
    const struct write_how how = {.nulls = true, .v1 = a->v1};
    struct graph_play_prompt_operation op;
    struct graph_result_info result;
    struct buf body = {0};
    struct writer w;

    notify_fill_operation(o, &op, &result);
    op.operation.odata.type = type_for(a, o->type);
    op.operation.odata_context =
        body_context(a, arena_printf(&a->http->arena, "calls('%s')/operations", lc->call->id.text));
    writer_init(&w, &body);
    fields_write(&w, NULL, op.operation.odata.type, &op, &how);
    reply_buf(a, 200, &body, location ? operation_url(a, lc, o) : NULL);
}

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
    struct live_call *lc = media_call(a);
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
        reply_operation(a, lc, o, true);
    (void)obj_unref(o);
}

/* An operation that is done when its request is answered: nothing follows it. */
static struct operation *done_at_once(struct live_call *lc, const struct type *type,
                                      const char *client_context, struct arena *arena)
{
    struct operation *o = operation_new(type, arena);

    o->client_context = client_context;
    o->state = OPERATION_COMPLETED;
    o->code = 200;
    play_remember(lc, o);
    return o;
}

void actions_cancel(struct ask *a)
{
    struct live_call *lc = media_call(a);
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
    o = done_at_once(lc, &graph_cancel_media_processing_operation_type, body.client_context,
                     &arena);
    if (a->root == ROOT_APP)
        reply_empty(a, 202, operation_url(a, lc, o));
    else
        reply_operation(a, lc, o, true);
}

void actions_subscribe(struct ask *a)
{
    struct live_call *lc = media_call(a);
    struct graph_context_action body;
    struct arena arena = {0};
    struct fail f;

    if (lc == NULL)
        return;
    if ((a->caller.roles & ROLE(ACCESS_MEDIA)) == 0) {
        (void)err_set(&f, ERR_ROLE_MISSING,
                      "The application lacks the role %s, which subscribeToTone needs.",
                      role_name(ROLE(ACCESS_MEDIA)));
        reply_fail(a, &f);
        return;
    }
    if (body_read(a, &graph_subscribe_to_tone_action_type, &body, &arena, true, &f) != ERR_OK) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    lc->tones = true;
    reply_operation(
        a, lc,
        done_at_once(lc, &graph_subscribe_to_tone_operation_type, body.client_context, &arena),
        true);
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

void actions_operation(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    const struct operation *o = lc != NULL ? play_find(lc, a->ids[1]) : NULL;

    if (o == NULL)
        reply_error(a, ERR_NOT_FOUND);
    else
        reply_operation(a, lc, o, false);
}

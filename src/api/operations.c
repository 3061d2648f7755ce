#include "api/operations.h"

#include "api/body.h"
#include "api/odata.h"
#include "api/reply.h"
#include "api/whose.h"
#include "core/notify.h"
#include "core/play.h"

static const char *operation_url(const struct ask *a, const struct live_call *lc,
                                 const struct operation *o)
{
    return arena_printf(&a->http->arena, "%s/operations/%s", body_call_url(a, lc->call->id.text),
                        o->id.text);
}

/* The seed era knew one type for operations that end at once; today each has its own. */
static const struct type *type_for(const struct ask *a, const struct type *today)
{
    static const struct type *const old[] = {&graph_play_prompt_operation_type,
                                             &graph_record_operation_type,
                                             &graph_invite_participants_operation_type};

    if (a->root != ROOT_APP)
        return today;
    for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++)
        if (today == old[i])
            return today;
    return &graph_comms_operation_type;
}

/* only: see struct write_how. */
static void reply(struct ask *a, int status, const struct live_call *lc, const struct operation *o,
                  const char *location, const char *const *only)
{
    const struct write_how how = {.nulls = true, .v1 = a->v1, .only = only};
    union operation_page op;
    struct graph_result_info result;
    struct buf body = {0};
    struct writer w;

    notify_fill_operation(o, &op, &result);
    op.operation.odata.type = type_for(a, o->type);
    op.operation.odata_context =
        body_context(a, arena_printf(&a->http->arena, "calls('%s')/operations", lc->call->id.text));
    writer_init(&w, &body);
    fields_write(&w, NULL, op.operation.odata.type, &op, &how);
    reply_buf(a, status, &body, location);
}

void operations_reply(struct ask *a, const struct live_call *lc, const struct operation *o)
{
    reply(a, 200, lc, o, operation_url(a, lc, o), NULL);
}

void operations_reply_later(struct ask *a, const struct live_call *lc, const struct operation *o)
{
    reply(a, 202, lc, o, operation_url(a, lc, o), NULL);
}

void operations_reply_bare(struct ask *a, const struct live_call *lc, const struct operation *o)
{
    reply_empty(a, 202, operation_url(a, lc, o));
}

bool operations_read_context(struct ask *a, const struct type *action, struct arena *arena,
                             const char **client_context)
{
    struct graph_context_action body;
    struct fail f;

    if (body_read(a, action, &body, arena, true, &f) != ERR_OK) {
        arena_clear(arena);
        reply_fail(a, &f);
        return false;
    }
    *client_context = body.client_context;
    return true;
}

void operations_get(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    const struct operation *o = lc != NULL ? play_find(lc, a->ids[1]) : NULL;
    const char *const *only;

    if (o == NULL)
        reply_error(a, ERR_NOT_FOUND);
    else if (odata_single(a, type_for(a, o->type), &only, &f) != ERR_OK)
        reply_fail(a, &f);
    else
        reply(a, 200, lc, o, NULL, only);
}

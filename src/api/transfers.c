/*
 * transfers.c - an application hands the other side of its call on.
 */
#include "api/body.h"
#include "api/participants.h"
#include "api/reply.h"
#include "api/whose.h"
#include "core/control.h"
#include "core/retarget.h"
#include "model/shape.h"

static void on_safe(bool ok, void *arg)
{
    (void)ok; /* as with a hang-up */
    reply_empty(arg, 202, NULL);
}

static enum err transfer(struct ask *a, struct live_call *lc, struct arena *arena, struct fail *f)
{
    struct graph_transfer_action body;
    struct live_call *replaced = NULL;
    enum err e = body_read(a, &graph_transfer_action_type, &body, arena, false, f);

    if (e == ERR_OK && body.transfer_target->replaces_call_id != NULL &&
        shape_target_user(body.transfer_target) != NULL)
        e = participants_replaced(a, body.transfer_target, "transferTarget", &replaced, f);
    return e == ERR_OK ? retarget_transfer(lc, body.transfer_target, replaced, f) : e;
}

void transfers_post(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    struct arena arena = {0};

    if (lc == NULL || retarget_check_transfer(lc, a->caller.roles, &f) != ERR_OK ||
        transfer(a, lc, &arena, &f) != ERR_OK)
        reply_fail(a, &f);
    else
        control_when_safe(a->api->control, on_safe, a);
    arena_clear(&arena);
}

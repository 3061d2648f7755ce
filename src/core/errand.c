#include "core/errand.h"

#include "base/obj.h"
#include "core/control.h"
#include "core/notify.h"
#include "core/play.h"

enum err errand_add(struct live_call *lc, struct operation *o, struct fail *f)
{
    if (lc->errands.count >= (size_t)lc->control->settings.operations_per_call) {
        (void)obj_unref(o);
        return err_set(f, ERR_TOO_MANY, "%zu operations of this call are running already.",
                       lc->errands.count);
    }
    list_push(&lc->errands, &o->node);
    return ERR_OK;
}

static void end(struct live_call *lc, struct operation *o, enum operation_event ev)
{
    unsigned fx = 0;

    if (operation_handle(o, ev, &fx) != ERR_OK)
        return;
    notify_operation(lc, o);
    list_remove(&o->node);
    play_remember(lc, o);
}

void errand_done(struct live_call *lc, struct operation *o)
{
    if (operation_is_over(o))
        return;
    o->code = 200;
    end(lc, o, OPERATION_EV_DONE);
}

void errand_failed(struct live_call *lc, struct operation *o, const struct ending *why)
{
    if (operation_is_over(o))
        return;
    o->code = why->code;
    o->subcode = why->subcode;
    o->result_text = end_text(why->why);
    end(lc, o, OPERATION_EV_NOT_DONE);
}

void errand_invited(struct live_call *lc, struct operation *o, const struct ending *why)
{
    o->reached = o->reached || why == NULL;
    if (--o->awaited != 0)
        return;
    if (o->reached)
        errand_done(lc, o);
    else
        errand_failed(lc, o, why);
}

void errand_end_all(struct live_call *lc)
{
    while (!list_empty(&lc->errands)) {
        struct operation *o = LIST_OF(lc->errands.first, struct operation, node);

        o->code = 400;
        o->subcode = 8508;
        end(lc, o, OPERATION_EV_CANCEL);
    }
}

struct operation *errand_at_once(struct live_call *lc, const struct type *type,
                                 const char *client_context, struct arena *arena)
{
    struct operation *o = operation_new(type, arena);

    o->client_context = client_context;
    o->state = OPERATION_COMPLETED;
    o->code = 200;
    play_remember(lc, o);
    return o;
}

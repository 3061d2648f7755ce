#include "core/burial.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/hosted.h"
#include "core/look.h"
#include "core/owed.h"
#include "core/party.h"
#include "core/roster.h"
#include "core/sound.h"
#include "store/rows.h"
#include "json/writer.h"

static bool leg_is_over(const struct live_leg *leg)
{
    return leg->state == LEG_IS_GONE && (leg->port == 0 || leg->port_is_gone);
}

static bool is_over(const struct live_call *lc)
{
    if (!lc->is_forgotten || lc->notices != NULL || lc->webhook != NULL || lc->unsafe_notices != 0)
        return false;
    if (lc->port != 0 && !lc->port_is_gone)
        return false;
    if (!hosted_is_over(lc))
        return false;
    LIST_EACH(n, &lc->legs)
    if (!leg_is_over(LIST_OF(n, struct live_leg, in_call)))
        return false;
    return true;
}

static void free_operations(struct list *l)
{
    struct list_node *n;

    while ((n = list_pop(l)) != NULL)
        (void)obj_unref(LIST_OF(n, struct operation, node));
}

/* Lets go of everything the call holds; its last reference may be elsewhere. */
static void let_go(struct live_call *lc)
{
    struct list_node *n;

    while ((n = list_pop(&lc->legs)) != NULL)
        (void)obj_unref(LIST_OF(n, struct live_leg, in_call));
    while ((n = list_pop(&lc->plays)) != NULL) {
        struct live_play *p = LIST_OF(n, struct live_play, node);

        sound_release(p->sound);
        (void)mem_free(p);
    }
    free_operations(&lc->line);
    free_operations(&lc->finished);
    owed_clear(lc);
    free_operations(&lc->errands);
    hosted_free(lc);
}

static void bury(struct live_call *lc)
{
    struct control *ctl = lc->control;
    struct buf life = {0};
    struct writer w;

    writer_init(&w, &life);
    look_call(lc, &w, NULL);
    store_end_call(ctl->with.store, lc->call->id.text, life.data, clock_wall_ms());
    buf_clear(&life);
    (void)map_del(&ctl->live.dying, lc->call->id.text);
    let_go(lc);
    (void)obj_unref(lc);
}

/* It is nobody any more in its conversation, which may end with it. */
static void part(struct live_call *lc)
{
    struct conversation *c = lc->conversation;

    roster_stop(lc);
    if (lc->party != NULL)
        lc->party->call = NULL;
    lc->party = obj_unref(lc->party);
    list_remove(&lc->in_conversation);
    lc->conversation = NULL;
    if (c != NULL)
        live_conversation_check(c);
}

void burial_end(struct live_call *lc)
{
    part(lc);
    lc->end_is_due = true;
    burial_check(lc);
}

void burial_check(struct live_call *lc)
{
    /* the queue is ended only when the last notice has been put into it */
    if (lc->end_is_due && lc->unsafe_notices == 0) {
        lc->end_is_due = false;
        if (lc->notices != NULL)
            deliver_end(lc->notices); /* may call back through empty() */
        else
            burial_check(lc);
        return;
    }
    if (lc->end_is_due || lc->is_buried || !lc->control->is_durable || !is_over(lc))
        return; /* who is over stays while that cannot be written: a restart would end it again */
    lc->is_buried = true;
    bury(lc);
}

void burial_clear(struct control *ctl)
{
    size_t at = 0;

    for (struct live_call *lc; (lc = map_next(&ctl->live.dying, &at)) != NULL;) {
        (void)map_del(&ctl->live.dying, lc->call->id.text);
        lc->notices = NULL; /* webhook/ has freed its queues */
        lc->webhook = NULL;
        let_go(lc);
        (void)obj_unref(lc);
    }
}

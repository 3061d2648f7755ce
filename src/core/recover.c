#include "core/recover.h"

#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/burial.h"
#include "core/control.h"
#include "core/create.h"
#include "core/meetings.h"
#include "core/notify.h"
#include "core/owed.h"
#include "core/parked.h"
#include "core/phones.h"
#include "core/replay.h"
#include "store/rows.h"
#include "json/json.h"

struct recovery {
    struct control *ctl;
    size_t calls;
    size_t notices;
};

/* A phone that was in a call, whosever: it is told that this is over. */
static void on_dialog(int64_t leg, const char *dialog, void *arg)
{
    struct control *ctl = ((struct recovery *)arg)->ctl;

    sip_free_dialog(ctl->with.sip, dialog);
    store_del_dialog(ctl->with.store, leg);
}

/* Which way it went: ours to say, so the table does not read it back. */
static int direction_of(const struct json *j)
{
    return str_eq(json_text(json_get(j, "direction")), "incoming") ? GRAPH_CALL_DIRECTION_INCOMING
                                                                   : GRAPH_CALL_DIRECTION_OUTGOING;
}

/* The resource as it was written down; a row that cannot be read any more still ends. */
static struct graph_call *read_resource(const struct call_row *r, struct arena *a)
{
    struct graph_call *g = arena_new(a, sizeof(*g));
    struct json *j = json_parse(r->resource, strlen(r->resource), NULL);
    struct fail f;

    if (j == NULL || fields_read(j, &graph_call_type, g, a, &f) != ERR_OK)
        log_line(LOG_WARN, "core", r->id,
                 "its resource cannot be read again; the notices say less");
    g->direction = direction_of(j);
    json_free(j);
    g->odata.type = &graph_call_type;
    g->callback_uri = arena_dup(a, r->callback_uri);
    g->tenant_id = arena_dup(a, r->tenant);
    g->call_chain_id = arena_dup(a, r->chain_id);
    return g;
}

/* Where the call stood when it was cut; HELD and ESTABLISHED have one name and one fate. */
static enum call_state state_of(const char *name)
{
    for (int s = 0; s < CALL_STATE_COUNT; s++)
        if (str_eq(name, call_state_name((enum call_state)s)))
            return (enum call_state)s;
    return CALL_ESTABLISHING;
}

static void on_call(const struct call_row *r, void *arg)
{
    struct recovery *v = arg;
    struct control *ctl = v->ctl;
    struct arena a = {0};
    struct graph_call *g = read_resource(r, &a);
    struct live_call *lc;
    struct id id;

    if (!id_read_text(&id, r->id)) {
        arena_clear(&a);
        return;
    }
    lc = create_live(ctl, &id, g, &a, r->tenant, r->application);
    g->id = lc->call->id.text;
    lc->call->chain_id = g->call_chain_id;
    lc->call->scenario_id = arena_dup(&lc->call->arena, r->scenario_id);
    lc->call->created_ms = r->created_ms;
    lc->headers = create_headers(lc->call);
    notify_open(lc, true);
    lc->call->state = state_of(r->state);
    lc->is_recovered = true;
    if (lc->call->state == CALL_TERMINATED) { /* only its notices are left */
        lc->is_forgotten = true;
        (void)map_put(&ctl->live.dying, lc->call->id.text, lc);
        return;
    }
    list_push(&live_application_get(ctl, lc->call->application.text)->calls, &lc->in_application);
    (void)map_put(&ctl->live.calls, lc->call->id.text, lc);
    count_add(COUNT_CALLS_LIVE, 1);
    v->calls++;
}

static struct live_call *find(struct control *ctl, const char *id)
{
    struct live_call *lc = live_call_find(ctl, id);

    return lc != NULL ? lc : live_dying_find(ctl, id);
}

static void on_transition(const struct transition_row *r, void *arg)
{
    const struct live_call *lc = find(((struct recovery *)arg)->ctl, r->call);

    if (lc != NULL)
        call_recall(lc->call, r->at_ms, r->from, r->event, r->to, r->cause);
}

static void on_notice(const struct notice_row *r, void *arg)
{
    struct recovery *v = arg;
    struct live_call *lc = find(v->ctl, r->call);

    if (!str_eq(r->state, "owed"))
        return;
    if (lc != NULL && str_eq(r->uri, lc->call->graph->callback_uri))
        owed_restore(lc, r);
    else /* replayed, made while its call could not be written, or of before its answer, to the
            application's webhook */
        parked_restore(v->ctl, r);
    v->notices++;
}

static void on_key(const struct key_row *r, void *arg)
{
    replay_restore(((struct recovery *)arg)->ctl, r);
}

static void on_binding(const struct binding_row *r, void *arg)
{
    struct sip_binding b = {.cseq = r->cseq, .expires_ms = r->expires_ms};

    (void)str_copy(b.user, sizeof(b.user), r->user);
    (void)str_copy(b.contact, sizeof(b.contact), r->contact);
    (void)str_copy(b.received, sizeof(b.received), r->received);
    (void)str_copy(b.instance, sizeof(b.instance), r->instance != NULL ? r->instance : "");
    (void)str_copy(b.call_id, sizeof(b.call_id), r->call_id != NULL ? r->call_id : "");
    if (b.expires_ms > clock_wall_ms())
        phones_restore(((struct recovery *)arg)->ctl, &b);
}

static void on_meeting(const struct meeting_row *r, void *arg)
{
    meetings_restore(((struct recovery *)arg)->ctl, r);
}

/* What was cut ends now; what had ended goes on telling. */
static void end_all(struct control *ctl)
{
    const struct ending why = ending_of(END_SERVER_CRASHED, 0);
    size_t at = 0;

    parked_restored(ctl);
    for (struct live_call *lc; (lc = map_next(&ctl->live.dying, &at)) != NULL;) {
        deliver_release(lc->notices);
        burial_end(lc);
    }
    at = 0;
    for (struct live_call *lc; (lc = map_next(&ctl->live.calls, &at)) != NULL;) {
        deliver_release(lc->notices);
        (void)control_tell(lc, CALL_EV_BROKEN, &why, NULL);
    }
}

enum err recover_all(struct control *ctl, struct fail *f)
{
    struct recovery v = {.ctl = ctl};
    struct store *s = ctl->with.store;
    enum err e = store_load_last_notice(s, &ctl->notice_number, f);

    if (e == ERR_OK)
        e = store_load_meetings(s, on_meeting, &v, f);
    if (e == ERR_OK)
        e = store_load_calls(s, on_call, &v, f);
    if (e == ERR_OK)
        e = store_load_dialogs(s, on_dialog, &v, f);
    if (e == ERR_OK)
        e = store_load_transitions(s, on_transition, &v, f);
    if (e == ERR_OK)
        e = store_load_notices(s, on_notice, &v, f);
    if (e == ERR_OK)
        e = store_load_keys(s, on_key, &v, f);
    if (e == ERR_OK)
        e = store_load_bindings(s, on_binding, &v, f);
    if (e != ERR_OK)
        return e;
    end_all(ctl);
    if (v.calls != 0 || v.notices != 0)
        log_line(LOG_WARN, "core", NULL,
                 "after a crash: %zu calls ended with 500/9001, %zu notices owed", v.calls,
                 v.notices);
    return ERR_OK;
}

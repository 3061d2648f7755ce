#include "core/called.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/caller.h"
#include "core/control.h"
#include "core/create.h"
#include "core/hosted.h"
#include "core/notify.h"
#include "core/owed.h"
#include "core/party.h"

enum { ANSWER_MS = 15000 }; /* Graph: answer, reject or redirect within 15 s */

/* --- the call as the application sees it --- */

static struct graph_participant_info *fill_info(struct graph_participant_info *info,
                                                struct graph_identity_set *set, const char *id)
{
    set->odata.type = &graph_identity_set_type;
    info->odata.type = &graph_participant_info_type;
    info->identity = set;
    info->id = id;
    info->endpoint_type = GRAPH_ENDPOINT_TYPE_DEFAULT;
    return info;
}

static struct graph_identity *identity_new(struct arena *a, const char *id, const char *name)
{
    struct graph_identity *who = arena_new(a, sizeof(*who));

    who->odata.type = &graph_identity_type;
    who->id = arena_dup(a, id);
    who->display_name = arena_dup(a, name);
    return who;
}

/* Who it is, as far as the application may know. */
static struct graph_identity_set *identity_of(struct arena *a, const struct participant *who)
{
    struct graph_identity_set *set = arena_new(a, sizeof(*set));

    if (who->pseudonym != NULL) {
        set->encrypted = identity_new(a, who->pseudonym, NULL);
        set->encrypted->odata.type = &graph_encrypted_identity_type;
        return set;
    }
    set->user = identity_new(a, who->identity, who->name);
    set->user->tenant_id = arena_dup(a, who->tenant);
    set->user->identity_provider = "AAD";
    return set;
}

struct graph_participant_info *called_info(struct arena *a, const struct participant *who)
{
    struct graph_participant_info *info = arena_new(a, sizeof(*info));

    return fill_info(info, identity_of(a, who), arena_dup(a, who->id.text));
}

static struct objects target(struct arena *a, const struct application *app, const char *pid)
{
    struct graph_invitation_participant_info *t = arena_new(a, sizeof(*t));
    struct graph_identity_set *set = arena_new(a, sizeof(*set));
    struct objects list = {.count = 1, .items = arena_new(a, sizeof(void *))};

    set->application = identity_new(a, app->id, app->name);
    (void)fill_info(&t->info, set, pid);
    t->info.odata.type = &graph_invitation_participant_info_type;
    list.items[0] = t;
    return list;
}

/* Of a call that another application has sent on: from where to where. */
static struct objects route(struct arena *a, const struct application *from,
                            const struct application *to)
{
    struct graph_call_route *r = arena_new(a, sizeof(*r));
    struct objects list = {.count = 1, .items = arena_new(a, sizeof(void *))};

    r->odata.type = &graph_call_route_type;
    r->routing_type = GRAPH_ROUTING_TYPE_FORWARDED;
    r->original = arena_new(a, sizeof(*r->original));
    r->original->odata.type = &graph_identity_set_type;
    r->original->application = identity_new(a, from->id, from->name);
    r->final = arena_new(a, sizeof(*r->final));
    r->final->odata.type = &graph_identity_set_type;
    r->final->application = identity_new(a, to->id, to->name);
    list.items[0] = r;
    return list;
}

/* before: the call of the application that sent it on, or NULL. */
static void fill_resource(struct live_call *lc, const struct party *from,
                          const struct live_call *before)
{
    struct call *c = lc->call;
    struct graph_call *g = c->graph;
    struct arena *a = &c->arena;
    struct id chain = id_new();

    g->source = called_info(a, &from->who);
    g->my_participant_id = c->participant.text;
    g->targets = target(a, lc->application, c->participant.text);
    g->tenant_id = c->tenant.text;
    g->id = c->id.text;
    g->incoming_context = arena_new(a, sizeof(*g->incoming_context));
    g->incoming_context->odata.type = &graph_incoming_context_type;
    g->incoming_context->source_participant_id = g->source->id;
    g->call_chain_id = arena_dup(a, before != NULL ? before->call->chain_id : chain.text);
    if (before != NULL && before->application != NULL)
        g->call_routes = route(a, before->application, lc->application);
    c->chain_id = g->call_chain_id;
}

/* An application without one role for calls hears that somebody calls, by an id that means nothing
 * and is another one next time. */
static void disguise(struct party *from, const struct application *app, bool masked)
{
    struct id nobody = id_new();
    char *name = str_printf("29:%s", nobody.text);

    masked = masked || (app->role_bits & ROLES_OF_CALLS) == 0;
    participant_set_pseudonym(&from->who, masked ? name : NULL);
    (void)mem_free(name);
}

static struct live_call *make_call(struct live_leg *leg, const struct application *app,
                                   const struct live_call *before)
{
    struct control *ctl = leg->control;
    struct party *from = leg->party;
    struct arena a = {0};
    struct graph_call *g = arena_new(&a, sizeof(*g));
    struct id id = id_new_at(ctl->settings.place, clock_wall_ms());
    struct live_call *lc;

    g->odata.type = &graph_call_type;
    g->direction = GRAPH_CALL_DIRECTION_INCOMING;
    g->callback_uri = arena_dup(&a, app->calling_webhook);
    lc = create_live(ctl, &id, g, &a, app->tenant, app->id);
    fill_resource(lc, from, before);
    lc->headers = create_headers(lc->call);
    create_enter(lc, from->conversation);
    lc->party = obj_ref(party_new(
        from->conversation,
        &(struct party_identity){
            .kind = PARTY_APPLICATION, .id = app->id, .name = app->name, .tenant = app->tenant},
        &lc->call->participant));
    lc->party->call = lc;
    leg->call = lc;
    list_push(&lc->legs, &leg->in_call);
    notify_open(lc, false);
    return lc;
}

/* --- it comes --- */

int called_why_not(struct control *ctl, const struct application *app, struct fail *f)
{
    const struct live_application *a = live_application_get(ctl, app->id);

    if (app->calling_webhook == NULL) {
        (void)err_set(f, ERR_NOT_FOUND, "the application has no callingWebhook");
        return 480;
    }
    if (create_check_callback(ctl, app->calling_webhook, f) != ERR_OK)
        return 480;
    if (a->calls.count < (size_t)ctl->settings.calls_per_application)
        return 0;
    (void)err_set(f, ERR_TOO_MANY, "the application has %zu calls already", a->calls.count);
    return 486;
}

struct live_leg *called_leg(const struct live_call *lc)
{
    LIST_EACH(n, &lc->legs)
    {
        struct live_leg *leg = LIST_OF(n, struct live_leg, in_call);

        if (caller_waits(leg))
            return leg;
    }
    return NULL;
}

static void on_overdue(void *arg)
{
    struct live_call *lc = arg;
    const struct ending why =
        ending_of(owed_is_heard(lc) ? END_NOT_ANSWERED : END_NOT_ACKNOWLEDGED, 0);

    (void)control_tell(lc, CALL_EV_OVERDUE, &why, NULL);
}

/* The call and its first notice are on disk, or cannot be: then the call is broken next. */
static void on_safe(struct live_call *lc, void *arg)
{
    (void)arg;
    if (lc == NULL || lc->call->state != CALL_INCOMING)
        return;
    if (called_leg(lc) != NULL)
        caller_ring(called_leg(lc));
    timer_start(&lc->answer_timer, lc->control->with.loop, ANSWER_MS, on_overdue, lc);
}

void called_bot(struct control *ctl, const struct sip_event *e, const struct user *user,
                const struct application *app)
{
    struct fail f;
    int status = called_why_not(ctl, app, &f);
    struct conversation *c;
    struct live_leg *leg;
    struct id tenant;

    if (status != 0) {
        caller_refuse_event(ctl, e, status, f.text);
        return;
    }
    (void)id_read_text(&tenant, user->tenant);
    c = live_conversation_new(ctl, CONVERSATION_P2P, &tenant);
    leg = caller_admit(c, e, user);
    if (leg == NULL)
        return;
    disguise(leg->party, app, false);
    create_commit(make_call(leg, app, NULL), on_safe, NULL);
}

void called_send_on(struct live_call *lc, const struct application *app, bool masked)
{
    struct live_leg *leg = called_leg(lc);
    struct live_call *next;

    live_leg_detach(leg);
    disguise(leg->party, app, masked || leg->party->who.pseudonym != NULL);
    next = make_call(leg, app, lc);
    next->hops = lc->hops + 1;
    create_commit(next, on_safe, NULL);
}

/* --- what the application says --- */

enum err called_check(const struct live_call *lc, struct fail *f)
{
    enum err e = call_needs_answer(lc->call, f);

    if (e == ERR_OK && lc->unsafe_notices != 0)
        e = err_set(f, ERR_CONFLICT, "The call is just being written down; try again.");
    return e;
}

void called_turn(struct live_call *lc, const char *callback_uri)
{
    struct call *c = lc->call;

    timer_stop(&lc->answer_timer);
    if (callback_uri != NULL)
        c->graph->callback_uri = arena_dup(&c->arena, callback_uri);
    notify_turn(lc);
    create_write(lc);
}

static enum err check_answer(const struct live_call *lc, const struct called_request *r,
                             struct hosted_place **hosted, struct fail *f)
{
    struct graph_call said = {.callback_uri = r->answer->callback_uri,
                              .media_config = r->answer->media_config,
                              .requested_modalities = r->answer->accepted_modalities};
    const struct create_request as_new = {.tenant = lc->call->tenant.text,
                                          .application = lc->call->application.text,
                                          .roles = r->roles,
                                          .graph = &said,
                                          .arena = r->arena};

    return create_check_answer(lc->control, &as_new, hosted, f);
}

/* The phone gets its 200 and is in, and the application with it. */
static void pick_up(struct live_call *lc)
{
    struct live_leg *leg = called_leg(lc);
    struct party *who = leg != NULL ? obj_ref(leg->party) : NULL;

    if (who == NULL)
        return; /* it gave up: its call hears of that */
    caller_take(leg);
    (void)party_tell(who, PARTICIPANT_EV_ENTER, NULL, NULL);
    (void)obj_unref(who);
}

enum err called_answer(struct live_call *lc, const struct called_request *r, struct fail *f)
{
    struct call *c = lc->call;
    struct hosted_place *hosted = NULL;
    enum err e = called_check(lc, f);

    if (e == ERR_OK)
        e = check_answer(lc, r, &hosted, f);
    if (e != ERR_OK)
        return e;
    lc->answer = *r->arena;
    *r->arena = (struct arena){0};
    c->graph->media_config = r->answer->media_config;
    c->graph->requested_modalities = r->answer->accepted_modalities;
    c->graph->call_options = r->answer->call_options;
    if (r->scenario_id != NULL)
        c->scenario_id = arena_dup(&c->arena, r->scenario_id);
    lc->headers = create_headers(c);
    called_turn(lc, r->answer->callback_uri);
    lc->party->is_off_main = c->graph->media_config->remove_from_default_audio_group.value;
    (void)control_tell(lc, CALL_EV_ANSWER, NULL, NULL);
    create_prefetch(lc);
    if (hosted == NULL) {
        pick_up(lc);
        return ERR_OK;
    }
    hosted_new(lc, hosted); /* who hosts its own media is had before the phone is answered */
    hosted_dial(lc, pick_up);
    return ERR_OK;
}

enum err called_reject(struct live_call *lc, int reason, const char *callback_uri, struct fail *f)
{
    static const int statuses[] = {[GRAPH_REJECT_REASON_NONE] = 603,
                                   [GRAPH_REJECT_REASON_BUSY] = 486,
                                   [GRAPH_REJECT_REASON_FORBIDDEN] = 403};
    const struct ending why = ending_of(END_APP_REJECTED, 0);
    struct live_leg *leg = called_leg(lc);
    enum err e = called_check(lc, f);

    if (e == ERR_OK && callback_uri != NULL)
        e = create_check_callback(lc->control, callback_uri, f);
    if (e != ERR_OK)
        return e;
    if (leg != NULL)
        leg->refuse_with =
            statuses[reason != GRAPH_REJECT_REASON_ABSENT ? reason : GRAPH_REJECT_REASON_NONE];
    called_turn(lc, callback_uri);
    return control_tell(lc, CALL_EV_REJECT, &why, f);
}

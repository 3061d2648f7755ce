#include "core/create.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "client/guard.h"
#include "core/burial.h"
#include "core/control.h"
#include "core/hosted.h"
#include "core/invite.h"
#include "core/join.h"
#include "core/notify.h"
#include "core/owed.h"
#include "core/party.h"
#include "core/sound.h"
#include "model/shape.h"
#include "store/rows.h"
#include "json/writer.h"

/* The role that each shape needs (docs/api.md, Tokens and roles). */
static const unsigned shape_roles[SHAPE_COUNT] = {
    [SHAPE_P2P] = ROLE(INITIATE),
    [SHAPE_PSTN] = ROLE(INITIATE),
    [SHAPE_GROUP] = ROLE(INITIATE_GROUP),
    [SHAPE_JOIN] = ROLE(JOIN_GROUP),
    [SHAPE_JOIN_AS_GUEST] = ROLE(JOIN_GROUP_AS_GUEST),
    [SHAPE_JOIN_BY_TOKEN] = ROLE(JOIN_GROUP),
    [SHAPE_JOIN_BY_ID] = ROLE(JOIN_GROUP),
};

static enum err check_source(const struct create_request *r, struct fail *f)
{
    const struct graph_participant_info *source = r->graph->source;
    const struct graph_identity *app =
        source != NULL && source->identity != NULL ? source->identity->application : NULL;
    struct id id;

    if (app == NULL || app->id == NULL)
        return ERR_OK;
    if (!id_read_text(&id, app->id) || !str_eq(id.text, r->application))
        return err_set(f, ERR_SOURCE_INVALID,
                       "'source.identity.application.id' is not the application of the token.");
    return ERR_OK;
}

static enum err check_tenant(const struct create_request *r, struct fail *f)
{
    struct id id;

    if (r->graph->tenant_id == NULL)
        return ERR_OK;
    if (!id_read_text(&id, r->graph->tenant_id))
        return err_set(f, ERR_BAD_REQUEST, "'tenantId' must be a GUID.");
    if (!str_eq(id.text, r->tenant))
        return err_set(f, ERR_TENANT_MISMATCH, "'tenantId' is %s, but the token is of tenant %s.",
                       id.text, r->tenant);
    return ERR_OK;
}

static enum err check_media(const struct graph_call *g, const char *field, struct fail *f)
{
    if (g->media_config == NULL)
        return err_set(
            f, ERR_BAD_REQUEST,
            "'mediaConfig' is missing; serviceHostedMediaConfig lets us host the media.");
    if (g->requested_modalities.count == 0)
        return err_set(f, ERR_BAD_REQUEST, "'%s' is missing; want [\"audio\"].", field);
    for (size_t i = 0; i < g->requested_modalities.count; i++)
        if (g->requested_modalities.items[i] == GRAPH_MODALITY_AUDIO)
            return ERR_OK;
    return err_set(f, ERR_BAD_REQUEST, "'%s' must have audio in it.", field);
}

static enum err check_limits(struct control *ctl, const struct create_request *r, struct fail *f)
{
    const struct live_application *a = live_application_get(ctl, r->application);

    if (a->calls.count >= (size_t)ctl->settings.calls_per_application)
        return err_set(f, ERR_TOO_MANY, "This application has %zu calls already; the limit is %d.",
                       a->calls.count, ctl->settings.calls_per_application);
    return ERR_OK;
}

enum err create_check_callback(struct control *ctl, const char *uri, struct fail *f)
{
    struct fail why;

    if (uri == NULL)
        return err_set(f, ERR_BAD_REQUEST, "'callbackUri' is missing.");
    if (guard_url(ctl->with.guard, settings_rewrite(&ctl->settings, uri), &why) != ERR_OK)
        return err_set(f, ERR_BAD_REQUEST, "'callbackUri' cannot be used: %s", why.text);
    return ERR_OK;
}

static enum err check_built(enum shape shape, struct fail *f)
{
    if (!shape_is_built(shape))
        return err_set(f, ERR_NOT_BUILT, "This request is %s, which is not built yet.",
                       shape_text(shape));
    return ERR_OK;
}

enum err create_check_each_once(const struct objects *targets, struct fail *f)
{
    struct id id, other;

    for (size_t i = 0; i < targets->count; i++) {
        if (!id_read_text(&id, shape_target_user(targets->items[i])))
            return err_set(f, ERR_NOT_BUILT, "'targets[%zu]' is a phone number: not built yet.", i);
        for (size_t k = 0; k < i; k++)
            if (id_read_text(&other, shape_target_user(targets->items[k])) &&
                str_eq(id.text, other.text))
                return err_set(f, ERR_BAD_REQUEST, "'targets[%zu]' is 'targets[%zu]' again.", i, k);
    }
    return ERR_OK;
}

/* Whom a group call rings: people, each once, and none who is there already. */
static enum err check_targets(const struct create_request *r, const struct place *at,
                              struct fail *f)
{
    const struct objects *targets = &r->graph->targets;
    enum err e = create_check_each_once(targets, f);
    struct id id;

    for (size_t i = 0; i < targets->count && e == ERR_OK && at->conversation != NULL; i++)
        if (id_read_text(&id, shape_target_user(targets->items[i])) &&
            party_find_identity(at->conversation, PARTY_USER, id.text) != NULL)
            e = err_set(f, ERR_CONFLICT, "'targets[%zu]' is in the meeting already.", i);
    return e;
}

static bool has_coordinates(const struct graph_call *g)
{
    return g->chat_info != NULL || g->meeting_info != NULL;
}

static enum err check_place(struct control *ctl, const struct create_request *r, enum shape shape,
                            struct place *at, struct fail *f)
{
    enum err e = ERR_OK;

    *at = (struct place){0};
    if (has_coordinates(r->graph))
        e = join_check(ctl, r, shape, at, f);
    if (e == ERR_OK && shape == SHAPE_GROUP)
        e = check_targets(r, at, f);
    return e;
}

static enum err check_host_role(const struct create_request *r, struct fail *f)
{
    if (!shape_is_app_hosted(r->graph))
        return ERR_OK;
    return role_check(r->roles, ROLE(ACCESS_MEDIA), "media that the application hosts", f);
}

static enum err check_who(const struct create_request *r, enum shape shape, struct fail *f)
{
    enum err e = role_check(r->roles, shape_roles[shape], shape_text(shape), f);

    if (e == ERR_OK)
        e = check_host_role(r, f);
    if (e == ERR_OK)
        e = check_tenant(r, f);
    if (e == ERR_OK)
        e = check_source(r, f);
    return e;
}

/* What is asked for: which kind of call, into what, and where its media is. */
struct wish {
    enum shape shape;
    struct place place;
    struct hosted_place *hosted; /* in the request's arena; NULL: we host the media */
};

static enum err check_hosted(const struct control *ctl, const struct create_request *r,
                             struct hosted_place **out, struct fail *f)
{
    if (!shape_is_app_hosted(r->graph))
        return ERR_OK;
    *out = arena_new(r->arena, sizeof(**out));
    return hosted_find(ctl, r->graph, *out, r->arena, f);
}

static enum err check(struct control *ctl, const struct create_request *r, struct wish *w,
                      struct fail *f)
{
    enum err e = shape_of(r->graph, &w->shape, f);

    if (e == ERR_OK)
        e = check_who(r, w->shape, f);
    if (e == ERR_OK)
        e = check_media(r->graph, "requestedModalities", f);
    if (e == ERR_OK)
        e = create_check_callback(ctl, r->graph->callback_uri, f);
    if (e == ERR_OK)
        e = check_built(w->shape, f);
    if (e == ERR_OK)
        e = check_hosted(ctl, r, &w->hosted, f);
    if (e == ERR_OK)
        e = check_place(ctl, r, w->shape, &w->place, f);
    if (e == ERR_OK)
        e = control_is_open(ctl, f);
    if (e == ERR_OK)
        e = check_limits(ctl, r, f);
    return e;
}

enum err create_check_answer(struct control *ctl, const struct create_request *r,
                             struct hosted_place **hosted, struct fail *f)
{
    enum err e = check_host_role(r, f);

    if (e == ERR_OK)
        e = check_media(r->graph, "acceptedModalities", f);
    if (e == ERR_OK)
        e = create_check_callback(ctl, r->graph->callback_uri, f);
    if (e == ERR_OK)
        e = check_hosted(ctl, r, hosted, f);
    return e;
}

static const struct graph_identity *guest_of(const struct graph_call *g)
{
    return g->source != NULL && g->source->identity != NULL ? g->source->identity->guest : NULL;
}

/* source.identity.application is filled from the token when the request did not name it. */
static void fill_source(struct graph_call *g, const struct application *app, struct arena *a)
{
    struct graph_identity *id;

    if (g->source == NULL) {
        g->source = arena_new(a, sizeof(*g->source));
        g->source->odata.type = &graph_participant_info_type;
    }
    if (g->source->identity == NULL) {
        g->source->identity = arena_new(a, sizeof(*g->source->identity));
        g->source->identity->odata.type = &graph_identity_set_type;
    }
    if (g->source->identity->guest != NULL)
        return; /* a guest is who it says, and nobody else */
    id = g->source->identity->application;
    if (id == NULL) {
        id = arena_new(a, sizeof(*id));
        id->odata.type = &graph_identity_type;
        g->source->identity->application = id;
    }
    if (id->id == NULL)
        id->id = app->id;
    if (id->display_name == NULL)
        id->display_name = app->name;
}

/* What the server says of a new call (the seed's 201). */
static void fill_resource(struct live_call *lc, const struct create_request *r)
{
    struct call *c = lc->call;
    struct graph_call *g = c->graph;
    struct id chain;

    g->odata.type = &graph_call_type;
    g->state = GRAPH_CALL_STATE_ESTABLISHING;
    g->direction = GRAPH_CALL_DIRECTION_OUTGOING;
    fill_source(g, lc->application, &c->arena);
    g->tenant_id = arena_dup(&c->arena, r->tenant);
    g->my_participant_id = c->participant.text;
    g->id = c->id.text;
    if (!id_read_text(&chain, g->call_chain_id))
        chain = id_new();
    g->call_chain_id = arena_dup(&c->arena, chain.text);
    c->chain_id = g->call_chain_id;
    c->scenario_id = arena_dup(&c->arena, r->scenario_id);
}

static void lc_free(void *p)
{
    struct live_call *lc = p;

    (void)obj_unref(lc->call);
    arena_clear(&lc->answer);
    (void)mem_free(lc->device_quality);
}

const char *create_headers(struct call *c)
{
    struct buf b = {0};
    struct writer w;
    const char *text;

    writer_init(&w, &b);
    writer_object(&w, NULL);
    writer_text(&w, "chain", c->chain_id);
    if (c->scenario_id != NULL)
        writer_text(&w, "scenario", c->scenario_id);
    writer_end(&w);
    text = arena_dup(&c->arena, b.data);
    buf_clear(&b);
    return text;
}

struct live_call *create_live(struct control *ctl, const struct id *id, struct graph_call *g,
                              struct arena *a, const char *tenant, const char *application)
{
    struct live_call *lc = obj_new("live call", sizeof(*lc), lc_free);

    lc->control = ctl;
    lc->call = call_new(id, g, a);
    (void)id_read_text(&lc->call->tenant, tenant);
    (void)id_read_text(&lc->call->application, application);
    lc->application = directory_application(ctl->with.directory, lc->call->application.text);
    return lc;
}

static struct conversation *open_conversation(struct control *ctl, const struct wish *w,
                                              const struct id *tenant)
{
    if (w->place.meeting != NULL || w->place.conversation != NULL)
        return coordinates_open(ctl, &w->place);
    return live_conversation_new(
        ctl, w->shape == SHAPE_GROUP ? CONVERSATION_GROUP : CONVERSATION_P2P, tenant);
}

/* Who the application is in the conversation; it is judged once the call is on disk. */
static void enter_book(struct live_call *lc)
{
    const struct graph_call *g = lc->call->graph;
    const struct graph_identity *guest = guest_of(g);
    const struct graph_identity *who = guest != NULL ? guest : g->source->identity->application;
    const struct graph_meeting_info *info = g->meeting_info;
    struct conversation *c = lc->conversation;

    if (info != NULL && info->allow_conversation_without_host.set &&
        !info->allow_conversation_without_host.value && list_empty(&c->parties))
        c->host = lc; /* it began it, and wants no conversation without it */
    lc->party = obj_ref(
        party_new(c,
                  &(struct party_identity){.kind = guest != NULL ? PARTY_GUEST : PARTY_APPLICATION,
                                           .id = who->id,
                                           .name = who->display_name,
                                           .tenant = guest != NULL ? NULL : lc->call->tenant.text},
                  &lc->call->participant));
    lc->party->call = lc;
    lc->party->is_off_main = g->media_config->remove_from_default_audio_group.value;
}

void create_enter(struct live_call *lc, struct conversation *c)
{
    struct control *ctl = lc->control;

    lc->conversation = c;
    lc->conversation_id = c->id;
    lc->conversation_kind = c->kind;
    list_push(&c->calls, &lc->in_conversation);
    list_push(&live_application_get(ctl, lc->call->application.text)->calls, &lc->in_application);
    (void)map_put(&ctl->live.calls, lc->call->id.text, lc);
    count_add(COUNT_CALLS_CREATED, 1);
    count_add(COUNT_CALLS_LIVE, 1);
}

struct live_call *create_call(struct control *ctl, const struct create_request *r, struct fail *f)
{
    struct live_call *lc;
    struct wish w = {0};
    struct id id;

    if (check(ctl, r, &w, f) != ERR_OK)
        return NULL;
    id = id_new_at(ctl->settings.place, clock_wall_ms());
    lc = create_live(ctl, &id, r->graph, r->arena, r->tenant, r->application);
    fill_resource(lc, r);
    lc->headers = create_headers(lc->call);
    if (w.hosted != NULL)
        hosted_new(lc, w.hosted);
    create_enter(lc, open_conversation(ctl, &w, &lc->call->tenant));
    enter_book(lc);
    if (lc->conversation->thread != NULL)
        coordinates_fill(lc);
    notify_open(lc, true);
    return lc;
}

static void ring_targets(struct live_call *lc)
{
    const struct graph_call *g = lc->call->graph;
    const struct opt_int *ring = &g->ringing_timeout_in_seconds;

    for (size_t i = 0; i < g->targets.count; i++) {
        const struct graph_invitation_participant_info *t = g->targets.items[i];

        (void)invite(lc->conversation,
                     &(struct invitation){
                         .caller = lc,
                         .user = shape_target_user(t),
                         .name = t->info.identity->user->display_name,
                         .ring_s = ring->set ? (int)ring->value : 0,
                         .hidden = t->hidden.value,
                         .off_main = t->remove_from_default_audio_routing_group.value,
                     });
    }
}

/* It comes into its meeting, and rings whom it wants there. */
static void enter(struct live_call *lc)
{
    if (lc->conversation->thread != NULL)
        join_begin(lc);
    ring_targets(lc);
}

/* The call is on disk. Who hosts its own media is had before anybody hears of it. */
static void begin(struct live_call *lc)
{
    if (lc->call->state != CALL_ESTABLISHING)
        return; /* it was ended before it was on disk, or it came to us */
    if (lc->hosted != NULL)
        hosted_dial(lc, enter);
    else
        enter(lc);
}

void create_prefetch(const struct live_call *lc)
{
    const struct call *c = lc->call;
    const struct graph_service_hosted_media_config *m;

    if (c->graph->media_config == NULL)
        return; /* the application has not answered yet */
    if (c->graph->media_config->odata.type != &graph_service_hosted_media_config_type)
        return;
    m = (const struct graph_service_hosted_media_config *)c->graph->media_config;
    for (size_t i = 0; i < m->pre_fetch_media.count; i++) {
        const struct graph_media_info *info = m->pre_fetch_media.items[i];

        sound_prefetch(lc->control, &(struct sound_place){.tenant = c->tenant.text,
                                                          .application = c->application.text,
                                                          .uri = info->uri,
                                                          .resource_id = info->resource_id});
    }
}

struct commit {
    struct live_call *lc;
    create_done_h *h;
    void *arg;
};

static void on_committed(bool ok, void *arg)
{
    struct commit *m = arg;
    struct live_call *lc = m->lc;
    const struct ending why = ending_of(END_SERVER_FAILED, 0);

    if (!ok)
        owed_silence(lc); /* who asked gets a 503: there is no such call */
    m->h(ok ? lc : NULL, m->arg);
    if (ok)
        begin(lc);
    else
        (void)control_tell(lc, CALL_EV_BROKEN, &why, NULL);
    (void)obj_unref(lc);
    (void)mem_free(m);
}

void create_write(const struct live_call *lc)
{
    const struct call *c = lc->call;
    struct buf resource = {0};
    struct writer w;

    writer_init(&w, &resource);
    fields_write(&w, NULL, &graph_call_type, c->graph, &(struct write_how){0});
    store_put_call(lc->control->with.store, &(struct call_row){
                                                .id = c->id.text,
                                                .tenant = c->tenant.text,
                                                .application = c->application.text,
                                                .callback_uri = c->graph->callback_uri,
                                                .state = call_state_name(c->state),
                                                .chain_id = c->chain_id,
                                                .scenario_id = c->scenario_id,
                                                .resource = resource.data,
                                                .created_ms = c->created_ms,
                                            });
    buf_clear(&resource);
}

void create_commit(struct live_call *lc, create_done_h *h, void *arg)
{
    struct commit *m = mem_new(sizeof(*m));

    create_write(lc);
    notify_state(lc);
    create_prefetch(lc);
    *m = (struct commit){.lc = obj_ref(lc), .h = h, .arg = arg};
    store_then(lc->control->with.store, on_committed, m);
    log_line(LOG_INFO, "core", lc->call->id.text, "%s %s",
             call_is_incoming(lc->call) ? "comes to" : "created by", lc->application->name);
}

void create_answered(struct control *ctl, const char *call_id)
{
    struct live_call *lc = live_call_find(ctl, call_id);

    if (lc == NULL)
        lc = live_dying_find(ctl, call_id);
    if (lc != NULL && lc->notices != NULL)
        deliver_release(lc->notices);
}

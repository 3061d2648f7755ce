/*
 * calls.c - POST, GET and DELETE of a call.
 */
#include <string.h>

#include "api/answered.h"
#include "api/body.h"
#include "api/doorman.h"
#include "api/odata.h"
#include "api/reply.h"
#include "api/whose.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "core/create.h"
#include "core/notify.h"
#include "core/replay.h"
#include "model/shape.h"

enum { REQUEST_ID_BYTES = 128 };

struct live_call *whose_named(const struct ask *a, const char *id, struct fail *f)
{
    struct live_call *lc = live_call_find(a->api->control, id);

    /* other applications' calls do not exist, nor do those of another tenant */
    if (lc == NULL || !str_eq(lc->call->application.text, a->caller.application.text) ||
        !str_eq(lc->call->tenant.text, a->caller.tenant.text)) {
        (void)err_set(f, ERR_NOT_FOUND, "%s", err_text(ERR_NOT_FOUND));
        return NULL;
    }
    return lc;
}

struct live_call *whose_call(struct ask *a, struct fail *f)
{
    return whose_named(a, a->ids[0], f);
}

/* The resource with explicit nulls; only: see struct write_how. */
static void write_call(const struct ask *a, const struct live_call *lc, const char *const *only,
                       struct buf *out)
{
    const struct write_how how = {.nulls = true, .v1 = a->v1, .only = only};
    struct graph_call *g = lc->call->graph;
    struct writer w;

    g->odata_context = body_context(a, "calls");
    writer_init(&w, out);
    fields_write(&w, NULL, &graph_call_type, g, &how);
    g->odata_context = NULL;
}

/* One POST on its way to the disk. It may outlive nothing but the request. */
struct creation {
    struct ask *ask;
    struct replay *replay;
    struct buf body;
    const char *location;
    struct control *control;
    char call[ID_SIZE];
};

static void on_created(struct live_call *lc, void *arg)
{
    struct creation *c = arg; /* in the request's arena: gone with the reply */
    struct buf body = c->body;
    struct answered *d = answered_new(c->control, c->call);

    if (c->replay != NULL && lc == NULL)
        replay_drop(c->replay);
    else if (c->replay != NULL)
        replay_safe(c->replay);
    if (lc != NULL) {
        reply_created(c->ask, &body, c->location, answered_sent, d);
    } else {
        struct fail f;

        (void)err_set(&f, ERR_BUSY, "The server cannot write to its disk.");
        reply_fail(c->ask, &f);
        answered_sent(false, d);
    }
    buf_clear(&body);
}

/* Does the request show a secret that lets it in? */
static bool shows_secret(const struct graph_call *g)
{
    const struct type *kind = g->meeting_info != NULL ? g->meeting_info->odata.type : NULL;

    return kind == &graph_join_meeting_id_meeting_info_type ||
           kind == &graph_token_meeting_info_type;
}

/* Passcodes are short: how often one address may be wrong is bounded. */
static struct live_call *ask_core(struct ask *a, const struct create_request *r, struct fail *f)
{
    struct live_call *lc;

    if (shows_secret(r->graph) && doorman_guess(a, f) != ERR_OK)
        return NULL;
    lc = create_call(a->api->control, r, f);
    if (lc == NULL && (f->err == ERR_JOIN_ID || f->err == ERR_JOIN_TOKEN))
        doorman_refused(a, "join", f->text);
    return lc;
}

static void create(struct ask *a, struct replay *replay)
{
    struct graph_call *g;
    struct arena arena = {0};
    struct create_request req;
    struct live_call *lc = NULL;
    struct creation *c;
    struct fail f;

    g = arena_new(&arena, sizeof(*g));
    if (body_read(a, &graph_call_type, g, &arena, false, &f) == ERR_OK) {
        req = (struct create_request){.tenant = a->caller.tenant.text,
                                      .application = a->caller.application.text,
                                      .roles = a->caller.roles,
                                      .scenario_id = reply_echo(a->http, "scenario-id"),
                                      .graph = g,
                                      .arena = &arena};
        lc = ask_core(a, &req, &f);
    }
    if (lc == NULL) {
        arena_clear(&arena);
        if (replay != NULL)
            replay_drop(replay);
        reply_fail(a, &f);
        return;
    }
    c = arena_new(&a->http->arena, sizeof(*c));
    *c = (struct creation){.ask = a, .replay = replay, .control = a->api->control};
    (void)str_copy(c->call, sizeof(c->call), lc->call->id.text);
    c->location = body_call_url(a, c->call);
    write_call(a, lc, NULL, &c->body);
    if (replay != NULL)
        replay_keep(replay, c->call, c->location, c->body.data);
    create_commit(lc, on_created, c);
}

/* The same client-request-id was here before. */
static void on_replay(const char *location, const char *response, void *arg)
{
    struct ask *a = arg;

    if (response == NULL)
        reply_error(a, ERR_BUSY); /* the first one failed: the client may try again */
    else
        reply_replayed(a, response, location);
}

void calls_create(struct ask *a)
{
    const char *client_id = http_header(a->http, "client-request-id");
    struct control *ctl = a->api->control;
    struct replay *replay = NULL;
    struct replay_request q;
    struct fail f;
    const char *key;

    if (client_id == NULL || client_id[0] == '\0' || strlen(client_id) > REQUEST_ID_BYTES ||
        ctl->settings.idempotency_minutes == 0) {
        create(a, NULL);
        return;
    }
    key = arena_printf(&a->http->arena, "%s %s %s", a->caller.tenant.text,
                       a->caller.application.text, client_id);
    q = (struct replay_request){
        .key = key, .body = a->http->body, .len = a->http->body_len, .h = on_replay, .arg = a};
    if (replay_begin(ctl, &q, &replay, &f) != ERR_OK)
        reply_fail(a, &f);
    else if (replay != NULL)
        create(a, replay);
}

void calls_get(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    const char *const *only;
    struct buf body = {0};

    if (lc == NULL || odata_single(a, &graph_call_type, &only, &f) != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    write_call(a, lc, only, &body);
    reply_buf(a, 200, &body, NULL);
}

static void on_terminating(bool ok, void *arg)
{
    struct ask *a = arg;

    (void)ok; /* hang-ups go on when the disk does not (docs/api.md, Notices) */
    reply_empty(a, 204, NULL);
}

void calls_delete(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    struct ending why;
    bool early;

    if (lc == NULL) {
        reply_fail(a, &f);
        return;
    }
    early = lc->call->state == CALL_ESTABLISHING || lc->call->state == CALL_RINGING ||
            lc->call->state == CALL_INCOMING;
    why = ending_of(early ? END_APP_CANCELLED : END_APP_HUNG_UP, 0);
    (void)control_tell(lc, CALL_EV_HANGUP, &why,
                       NULL); /* refused only when it is over: 204 all the same */
    control_when_safe(a->api->control, on_terminating, a);
}

struct live_call *whose_media_call(struct ask *a)
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

#include "core/notify.h"

#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/burial.h"
#include "core/control.h"
#include "identity/token.h"
#include "store/rows.h"

enum { MADE_KEPT = 64, HEADER_BYTES = 1024 };

struct notice_made {
    struct list_node node;
    int64_t number;
    struct id webhook_id;
    const char *what; /* a literal: "established", "tone", ... */
    int64_t at_ms;
    bool delivered;
};

/* Which members of the call a notice of a state carries, in Graph's order. Members that are
 * absent are left out, so chatInfo and meetingInfo appear for joins only. */
/* clang-format off */
static const char *const says_establishing[] = {"state", "callChainId", "chatInfo", "meetingInfo", "id", NULL};
static const char *const says_established[] = {"state", "direction", "callChainId", "chatInfo", "meetingInfo",
                                               "tenantId", "mediaState", "id", NULL};
static const char *const says_terminating[] = {"state", "callChainId", "id", NULL};
static const char *const says_terminated[] = {"state", "direction", "callbackUri", "source", "targets", "tenantId",
                                              "myParticipantId", "resultInfo", "terminationReason", "callChainId",
                                              "id", NULL};
static const char *const says_tone[] = {"state", "toneInfo", "callChainId", "id", NULL};

static const struct {
    enum graph_change_type change;
    enum graph_call_state state;
    enum graph_media_state audio; /* ABSENT: not said */
    const char *const *says;
} rows[CALL_STATE_COUNT] = {
    [CALL_ESTABLISHING] = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_ESTABLISHING, GRAPH_MEDIA_STATE_ABSENT,   says_establishing},
    [CALL_RINGING]      = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_RINGING,      GRAPH_MEDIA_STATE_ABSENT,   says_establishing},
    [CALL_ESTABLISHED]  = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_ESTABLISHED,  GRAPH_MEDIA_STATE_ACTIVE,   says_established},
    [CALL_HELD]         = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_ESTABLISHED,  GRAPH_MEDIA_STATE_INACTIVE, says_established},
    [CALL_TERMINATING]  = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_TERMINATING,  GRAPH_MEDIA_STATE_ABSENT,   says_terminating},
    [CALL_TERMINATED]   = {GRAPH_CHANGE_TYPE_DELETED, GRAPH_CALL_STATE_TERMINATED,   GRAPH_MEDIA_STATE_ABSENT,   says_terminated},
};
/* clang-format on */

static struct graph_call_media_state media_states[] = {
    [GRAPH_MEDIA_STATE_ACTIVE] = {.odata = {.type = &graph_call_media_state_type},
                                  .audio = GRAPH_MEDIA_STATE_ACTIVE},
    [GRAPH_MEDIA_STATE_INACTIVE] = {.odata = {.type = &graph_call_media_state_type},
                                    .audio = GRAPH_MEDIA_STATE_INACTIVE},
};

void notify_open(struct live_call *lc, bool held)
{
    const struct call *c = lc->call;

    lc->notices = deliver_queue_new(lc->control->with.deliver,
                                    &(struct deliver_target){
                                        .call = c->id.text,
                                        .application = c->application.text,
                                        .tenant = c->tenant.text,
                                        .uri = c->graph->callback_uri,
                                        .chain_id = c->chain_id,
                                        .scenario_id = c->scenario_id,
                                    },
                                    held, lc);
}

static struct notice_made *remember(struct live_call *lc, int64_t number,
                                    const struct id *webhook_id, const char *what)
{
    struct notice_made *m = mem_new(sizeof(*m));

    m->number = number;
    m->webhook_id = *webhook_id;
    m->what = what;
    m->at_ms = clock_wall_ms();
    list_push(&lc->made, &m->node);
    LIST_EACH(n, &lc->made)
    { /* the oldest that are delivered go first */
        struct notice_made *old = LIST_OF(n, struct notice_made, node);

        if (lc->made.count <= MADE_KEPT || !old->delivered)
            break;
        list_remove(n);
        (void)mem_free(old);
    }
    return m;
}

struct pending {
    struct live_call *lc;
    int64_t number;
    struct id webhook_id;
    char *value;
};

/* It is on disk (or the disk is gone, and it is said all the same): now it may leave. */
static void on_safe(bool ok, void *arg)
{
    struct pending *p = arg;

    if (!ok)
        log_line(LOG_WARN, "core", p->lc->call->id.text, "a notice is sent that is not durable");
    if (p->lc->notices != NULL)
        deliver_add(p->lc->notices, &(struct deliver_notice){.number = p->number,
                                                             .webhook_id = p->webhook_id.text,
                                                             .value = p->value});
    (void)mem_free(p->value);
    p->lc->unsafe_notices--;
    burial_check(p->lc);
    (void)obj_unref(p->lc);
    (void)mem_free(p);
}

/* Takes the value. */
static void owe(struct live_call *lc, const char *what, struct buf *value)
{
    struct control *ctl = lc->control;
    const struct call *c = lc->call;
    struct pending *p = mem_new(sizeof(*p));

    p->lc = obj_ref(lc);
    p->number = ++ctl->notice_number;
    p->webhook_id = id_new();
    p->value = buf_take(value);
    lc->unsafe_notices++;
    (void)remember(lc, p->number, &p->webhook_id, what);
    count_add(COUNT_NOTICES_MADE, 1);
    store_add_notice(ctl->with.store, &(struct notice_row){
                                          .number = p->number,
                                          .call = c->id.text,
                                          .application = c->application.text,
                                          .tenant = c->tenant.text,
                                          .uri = c->graph->callback_uri,
                                          .webhook_id = p->webhook_id.text,
                                          .headers = lc->headers,
                                          .body = p->value,
                                          .state = "owed",
                                          .made_ms = clock_wall_ms(),
                                      });
    store_then(ctl->with.store, on_safe, p);
}

/* The envelope of one notice, up to its resourceData. */
static void begin(const struct live_call *lc, enum graph_change_type change, const char *below,
                  struct writer *w, struct buf *out)
{
    const struct call *c = lc->call;
    char path[160];

    writer_init(w, out);
    writer_object(w, NULL);
    writer_text(w, "@odata.type", "#microsoft.graph.commsNotification");
    writer_text(w, "changeType", field_enum_name(graph_change_type_names, (int)change));
    (void)snprintf(path, sizeof(path), "/app/calls/%s%s", c->id.text, below);
    writer_text(w, "resource", path);
    (void)snprintf(path, sizeof(path), "/communications/calls/%s%s", c->id.text, below);
    writer_text(w, "resourceUrl", path);
    writer_text(w, "callbackUri", c->graph->callback_uri);
}

static void say_call(struct live_call *lc, enum graph_change_type change, const char *const *says,
                     const char *what)
{
    const struct write_how how = {.only = says};
    struct buf value = {0};
    struct writer w;

    begin(lc, change, "", &w, &value);
    fields_write(&w, "resourceData", &graph_call_type, lc->call->graph, &how);
    writer_end(&w);
    owe(lc, what, &value);
}

/* The resource as GET shows it follows the state; who is over gets a reason. */
static void update_resource(struct live_call *lc)
{
    struct call *c = lc->call;
    struct graph_call *g = c->graph;
    bool ringing_hidden = c->state == CALL_RINGING && !lc->control->settings.notices_ringing;

    g->state = (int)rows[ringing_hidden ? CALL_ESTABLISHING : c->state].state;
    if (rows[c->state].audio != GRAPH_MEDIA_STATE_ABSENT)
        g->media_state = &media_states[rows[c->state].audio];
    if (c->state != CALL_TERMINATED)
        return;
    g->result_info = arena_new(&c->arena, sizeof(*g->result_info));
    g->result_info->odata.type = &graph_result_info_type;
    g->result_info->code = (struct opt_int){.set = true, .value = c->ending.code};
    g->result_info->subcode = (struct opt_int){.set = true, .value = c->ending.subcode};
    g->result_info->message = arena_new(&c->arena, HEADER_BYTES / 4);
    ending_message(&c->ending, (char *)(uintptr_t)g->result_info->message, HEADER_BYTES / 4);
    if (c->ending.why == END_APP_HUNG_UP || c->ending.why == END_APP_CANCELLED)
        g->termination_reason = "AppInitiated";
}

void notify_state(struct live_call *lc)
{
    enum call_state s = lc->call->state;

    update_resource(lc);
    if (s == CALL_RINGING && !lc->control->settings.notices_ringing)
        return;
    say_call(lc, rows[s].change, rows[s].says, call_state_name(s));
}

static int tone_of(char key)
{
    static const char keys[] = "0123456789*#ABCD";
    const char *at = strchr(keys, key);

    if (at == NULL || key == '\0')
        return GRAPH_TONE_ABSENT;
    return (int)GRAPH_TONE_0 + (int)(at - keys);
}

void notify_tone(struct live_call *lc, char key)
{
    struct graph_tone_info tone = {
        .odata = {.type = &graph_tone_info_type},
        .sequence_id = {.set = true, .value = ++lc->tone_count},
        .tone = tone_of(key),
    };

    lc->call->graph->tone_info = &tone;
    say_call(lc, GRAPH_CHANGE_TYPE_UPDATED, says_tone, "tone");
    lc->call->graph->tone_info = NULL; /* it is news, not a property that stays */
}

static const struct {
    int code, subcode;
    const char *text;
} results[] = {
    {200, 0, "Action completed successfully."},
    {400, 8508, "Action failed, the operation was cancelled."},
    {400, 8535, "Action failed, the file is not in a format that can be played."},
    {400, 8536, "Action failed, the file could not be downloaded."},
    {500, 9999, "Action failed, the server could not play the file."},
};

void notify_fill_operation(const struct live_call *lc, const struct operation *o,
                           struct graph_play_prompt_operation *out,
                           struct graph_result_info *result)
{
    (void)lc;
    *out = (struct graph_play_prompt_operation){
        .operation = {
            .odata = {.type = o->type},
            .id = o->id.text,
            .client_context = o->client_context,
            .status = field_enum_number(graph_operation_status_names, operation_status(o)),
        }};
    if (!operation_is_over(o))
        return;
    *result = (struct graph_result_info){.odata = {.type = &graph_result_info_type},
                                         .code = {.set = true, .value = o->code},
                                         .subcode = {.set = true, .value = o->subcode}};
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        if (results[i].code == o->code && results[i].subcode == o->subcode)
            result->message = results[i].text;
    out->operation.result_info = result;
    if (o->type == &graph_play_prompt_operation_type)
        out->completion_reason = o->reason;
}

void notify_operation(struct live_call *lc, const struct operation *o)
{
    static const char *const says[] = {
        "@odata.id", "id", "clientContext", "status", "resultInfo", "completionReason", NULL};
    const struct write_how how = {.only = says};
    struct graph_play_prompt_operation op;
    struct graph_result_info result;
    char below[64];
    char path[160];
    struct buf value = {0};
    struct writer w;

    notify_fill_operation(lc, o, &op, &result);
    (void)snprintf(below, sizeof(below), "/operations/%s", o->id.text);
    (void)snprintf(path, sizeof(path), "/communications/calls/%s%s", lc->call->id.text, below);
    op.operation.odata_id = path;
    begin(lc, GRAPH_CHANGE_TYPE_DELETED, below, &w, &value);
    fields_write(&w, "resourceData", o->type, &op, &how);
    writer_end(&w);
    owe(lc, "operation", &value);
}

void notify_restore(struct live_call *lc, const struct notice_row *r)
{
    struct id id;

    if (!id_read_text(&id, r->webhook_id))
        id = id_new(); /* a row that a person edited */
    (void)remember(lc, r->number, &id, "before the restart");
    deliver_add(lc->notices, &(struct deliver_notice){.number = r->number,
                                                      .webhook_id = r->webhook_id,
                                                      .value = r->body,
                                                      .restored = true});
}

void notify_look(const struct live_call *lc, struct writer *w)
{
    char at[CLOCK_TEXT_SIZE];

    writer_list(w, "notices");
    LIST_EACH(n, &lc->made)
    {
        const struct notice_made *m = LIST_OF(n, struct notice_made, node);

        writer_object(w, NULL);
        writer_int(w, "number", m->number);
        writer_text(w, "webhookId", m->webhook_id.text);
        writer_text(w, "what", m->what);
        writer_text(w, "at", clock_text(m->at_ms, at));
        writer_text(w, "state", m->delivered ? "delivered" : "owed");
        writer_end(w);
    }
    writer_end(w);
}

void notify_clear(struct live_call *lc)
{
    struct list_node *n;

    while ((n = list_pop(&lc->made)) != NULL)
        (void)mem_free(LIST_OF(n, struct notice_made, node));
}

/* What webhook/ asks and tells. */

static const char *bearer(const char *application, const char *tenant, void *arg)
{
    struct control *ctl = arg;
    struct fail f;
    const char *token =
        notice_token(ctl->with.identity, ctl->settings.notice_issuer, application, tenant, &f);

    ctl->bearer = mem_free(ctl->bearer);
    if (token == NULL)
        log_line(LOG_ERROR, "core", NULL, "no token for notices to %s: %s", application, f.text);
    else
        ctl->bearer = str_printf("Bearer %s", token);
    return ctl->bearer;
}

static const char *secret(const char *application, void *arg)
{
    const struct control *ctl = arg;
    const struct application *app = directory_application(ctl->with.directory, application);

    return app != NULL ? app->webhook_secret : NULL;
}

static const char *rewrite(const char *uri, void *arg)
{
    const struct control *ctl = arg;

    return settings_rewrite(&ctl->settings, uri);
}

struct frozen {
    struct live_call *lc;
};

static void on_frozen(bool ok, void *arg)
{
    struct frozen *z = arg;

    if (z->lc->notices != NULL)
        deliver_frozen(z->lc->notices, ok);
    (void)obj_unref(z->lc);
    (void)mem_free(z);
}

static void freeze(struct deliver_queue *q, int64_t first, int64_t last, const char *webhook_id,
                   void *arg)
{
    struct control *ctl = arg;
    struct frozen *z = mem_new(sizeof(*z));

    z->lc = obj_ref(deliver_owner(q));
    store_freeze_notices(ctl->with.store, first, last, z->lc->call->id.text, webhook_id);
    store_then(ctl->with.store, on_frozen, z);
}

static void settle(struct live_call *lc, int64_t first, int64_t last)
{
    LIST_EACH(n, &lc->made)
    {
        struct notice_made *m = LIST_OF(n, struct notice_made, node);

        if (m->delivered || m->number < first || m->number > last)
            continue;
        m->delivered = true;
        store_notice_delivered(lc->control->with.store, m->number);
    }
}

static void delivered(struct deliver_queue *q, int64_t first, int64_t last, void *arg)
{
    (void)arg;
    settle(deliver_owner(q), first, last);
}

static void dead(struct deliver_queue *q, int64_t first, int64_t last, const char *why, void *arg)
{
    struct live_call *lc = deliver_owner(q);

    (void)arg;
    log_line(LOG_ERROR, "core", lc->call->id.text, "notices %lld to %lld are given up: %s",
             (long long)first, (long long)last, why);
    settle(lc, first, last);
}

static void empty(struct deliver_queue *q, void *arg)
{
    struct live_call *lc = deliver_owner(q);

    (void)arg;
    lc->notices = NULL; /* it frees itself */
    burial_check(lc);
}

const struct deliver_hooks *control_deliver_hooks(struct control *ctl)
{
    static struct deliver_hooks hooks = {.bearer = bearer,
                                         .secret = secret,
                                         .rewrite = rewrite,
                                         .freeze = freeze,
                                         .delivered = delivered,
                                         .dead = dead,
                                         .empty = empty};

    hooks.arg = ctl;
    return &hooks;
}

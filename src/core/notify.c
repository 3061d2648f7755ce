#include "core/notify.h"
#include "core/record.h"

#include <string.h>

#include "base/str.h"
#include "core/control.h"
#include "core/owed.h"

enum {
    MESSAGE_BYTES = 256,
    MOVES = 3, /* of an application's webhook, by 302 */
};

/* Which members of the call a notice of a state carries, in Graph's order. Members that are
 * absent are left out, so chatInfo and meetingInfo appear for joins only. */
/* clang-format off */
static const char *const says_establishing[] = {"state", "callChainId", "chatInfo", "meetingInfo", "id", NULL};
static const char *const says_established[] = {"state", "direction", "callChainId", "chatInfo", "meetingInfo",
                                               "tenantId", "mediaState", "resultInfo", "id", NULL};
static const char *const says_incoming[] = {"state", "direction", "callbackUri", "callRoutes", "source", "targets", "tenantId",
                                            "myParticipantId", "incomingContext", "id", "callChainId", NULL};
static const char *const says_terminating[] = {"state", "callChainId", "id", NULL};
static const char *const says_terminated[] = {"state", "direction", "callbackUri", "source", "targets", "tenantId",
                                              "myParticipantId", "resultInfo", "terminationReason", "answeredBy",
                                              "callChainId", "id", NULL};
static const char *const says_rejected[] = {"resultInfo", "terminationReason", "callChainId", "id", NULL};
static const char *const says_tone[] = {"state", "toneInfo", "callChainId", "id", NULL};

static const struct {
    enum graph_change_type change;
    enum graph_call_state state;
    enum graph_media_state audio; /* ABSENT: not said */
    const char *const *says;
} rows[CALL_STATE_COUNT] = {
    [CALL_ESTABLISHING] = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_ESTABLISHING, GRAPH_MEDIA_STATE_ABSENT,   says_establishing},
    [CALL_INCOMING]     = {GRAPH_CHANGE_TYPE_CREATED, GRAPH_CALL_STATE_INCOMING,     GRAPH_MEDIA_STATE_ABSENT,   says_incoming},
    [CALL_RINGING]      = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_RINGING,      GRAPH_MEDIA_STATE_ABSENT,   says_establishing},
    [CALL_ESTABLISHED]  = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_ESTABLISHED,  GRAPH_MEDIA_STATE_ACTIVE,   says_established},
    [CALL_HELD]         = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_ESTABLISHED,  GRAPH_MEDIA_STATE_INACTIVE, says_established},
    [CALL_REDIRECTING]  = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_REDIRECTING,  GRAPH_MEDIA_STATE_ABSENT,   says_terminating},
    [CALL_TRANSFERRING] = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_TRANSFERRING, GRAPH_MEDIA_STATE_ABSENT,   says_terminating},
    [CALL_TRANSFER_ACCEPTED] = {GRAPH_CHANGE_TYPE_UPDATED, GRAPH_CALL_STATE_TRANSFER_ACCEPTED, GRAPH_MEDIA_STATE_ABSENT, says_terminating},
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

    lc->notices =
        deliver_queue_new(lc->control->with.deliver,
                          &(struct deliver_target){
                              .call = c->id.text,
                              .application = c->application.text,
                              .tenant = c->tenant.text,
                              .uri = c->graph->callback_uri,
                              .chain_id = c->chain_id,
                              .scenario_id = c->scenario_id,
                              .moves = c->state == CALL_INCOMING ? MOVES : 0,
                              .batch = c->state != CALL_INCOMING && lc->application != NULL &&
                                       lc->application->batch.value,
                          },
                          held, lc);
}

void notify_turn(struct live_call *lc)
{
    lc->webhook = lc->notices;
    if (lc->webhook != NULL)
        deliver_end(lc->webhook);
    notify_open(lc, true);
}

static const char *change_name(enum graph_change_type change)
{
    return field_enum_name(graph_change_type_names, (int)change);
}

void notify_begin(const struct live_call *lc, enum graph_change_type change, const char *below,
                  struct writer *w, struct buf *out)
{
    const struct call *c = lc->call;
    char path[160];

    writer_init(w, out);
    writer_object(w, NULL);
    writer_text(w, "@odata.type", "#microsoft.graph.commsNotification");
    writer_text(w, "changeType", change_name(change));
    (void)snprintf(path, sizeof(path), "/app/calls/%s%s", c->id.text, below);
    writer_text(w, "resource", path);
    (void)snprintf(path, sizeof(path), "/communications/calls/%s%s", c->id.text, below);
    writer_text(w, "resourceUrl", path);
    writer_text(w, "callbackUri", c->graph->callback_uri);
}

static void say_call(struct live_call *lc, enum graph_change_type change, const char *const *says,
                     const struct owed_news *news)
{
    const struct write_how how = {.only = says};
    struct buf value = {0};
    struct writer w;

    notify_begin(lc, change, "", &w, &value);
    fields_write(&w, "resourceData", &graph_call_type, lc->call->graph, &how);
    writer_end(&w);
    (void)owed_add(lc, news, &value);
}

static const char *reason_of(enum end why)
{
    static const struct {
        enum end why;
        const char *text;
    } reasons[] = {
        {END_APP_HUNG_UP, "AppInitiated"},   {END_APP_CANCELLED, "AppInitiated"},
        {END_APP_REJECTED, "AppInitiated"},  {END_APP_REDIRECTED, "AppRedirected"},
        {END_TRANSFERRED, "AppTransferred"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].why == why)
            return reasons[i].text;
    return NULL;
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
    g->result_info->message = arena_new(&c->arena, MESSAGE_BYTES);
    ending_message(&c->ending, (char *)(uintptr_t)g->result_info->message, MESSAGE_BYTES);
    g->termination_reason = reason_of(c->ending.why);
}

void notify_state(struct live_call *lc)
{
    enum call_state s = lc->call->state;
    struct owed_news news = {.change = change_name(rows[s].change), .what = call_state_name(s)};

    update_resource(lc);
    if (s == CALL_TERMINATED)
        news.detail = lc->call->graph->result_info->message;
    if (s == CALL_RINGING && !lc->control->settings.notices_ringing)
        return;
    /* of a call that was rejected Graph says no state */
    say_call(lc, rows[s].change,
             s == CALL_TERMINATED && lc->call->ending.why == END_APP_REJECTED ? says_rejected
                                                                              : rows[s].says,
             &news);
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
    char detail[32]; /* its number; which key it was is nobody's business here */

    (void)snprintf(detail, sizeof(detail), "number %lld", (long long)lc->tone_count);
    lc->call->graph->tone_info = &tone;
    say_call(lc, GRAPH_CHANGE_TYPE_UPDATED, says_tone,
             &(struct owed_news){.change = change_name(GRAPH_CHANGE_TYPE_UPDATED),
                                 .what = "tone",
                                 .detail = detail});
    lc->call->graph->tone_info = NULL; /* it is news, not a property that stays */
}

static const struct {
    int code, subcode;
    const char *text;
} results[] = {
    {200, 0, "Action completed successfully."},
    {400, 8508, "Action failed, the operation was cancelled."},
    {200, 8509, "Action completed, max silence timeout reached."},
    {200, 8514, "Action completed, stop tone detected."},
    {200, 8515, "Action completed, max record duration reached."},
    {400, 8510, "Action failed, initial silence timeout reached."},
    {400, 8511, "Action failed, the prompt could not be played."},
    {400, 8512, "Action failed, the beep could not be played."},
    {400, 8535, "Action failed, the file is not in a format that can be played."},
    {400, 8536, "Action failed, the file could not be downloaded."},
    {500, 9999, "Action failed, the server could not play the file."},
};

static const char *result_text(const struct operation *o)
{
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        if (results[i].code == o->code && results[i].subcode == o->subcode)
            return results[i].text;
    return o->result_text;
}

void notify_fill_operation(const struct operation *o, union operation_page *out,
                           struct graph_result_info *result)
{
    *out = (union operation_page){
        .operation = {
            .odata = {.type = o->type},
            .id = o->id.text,
            .client_context = o->client_context,
            .status = field_enum_number(graph_operation_status_names, operation_status(o)),
        }};
    if (o->type == &graph_invite_participants_operation_type)
        out->invite.participants = o->participants;
    if (o->type == &graph_mute_participants_operation_type)
        out->mute.participants = o->ids;
    if (!operation_is_over(o))
        return;
    *result = (struct graph_result_info){.odata = {.type = &graph_result_info_type},
                                         .code = {.set = true, .value = o->code},
                                         .subcode = {.set = true, .value = o->subcode},
                                         .message = result_text(o)};
    out->operation.result_info = result;
    if (o->type == &graph_play_prompt_operation_type)
        out->play_prompt.completion_reason = o->reason;
    if (o->type == &graph_send_dtmf_tones_operation_type)
        out->tones.completion_reason = o->code == 200
                                           ? GRAPH_SEND_DTMF_REASON_COMPLETED_SUCCESSFULLY
                                           : GRAPH_SEND_DTMF_REASON_MEDIA_OPERATION_CANCELED;
    if (o->recording == NULL)
        return;
    out->record.completion_reason = o->reason;
    out->record.recording_location = o->recording->location;
    out->record.recording_access_token = o->recording->token;
}

/* Which members the end of an operation carries. */
#define OPERATION_MEMBERS "@odata.id", "id", "clientContext", "status", "resultInfo"
static const char *const *says_of(const struct operation *o)
{
    static const char *const all[] = {OPERATION_MEMBERS, NULL};
    static const char *const prompt[] = {OPERATION_MEMBERS, "completionReason", NULL};
    static const char *const record[] = {OPERATION_MEMBERS, "recordingLocation",
                                         "recordingAccessToken", "completionReason", NULL};
    static const char *const invite[] = {OPERATION_MEMBERS, "participants", NULL};

    if (o->type == &graph_play_prompt_operation_type ||
        o->type == &graph_send_dtmf_tones_operation_type)
        return prompt;
    if (o->recording != NULL)
        return record;
    return o->type == &graph_invite_participants_operation_type ? invite : all;
}

void notify_operation(struct live_call *lc, const struct operation *o)
{
    const struct write_how how = {.only = says_of(o)};
    union operation_page op;
    struct graph_result_info result;
    char below[64];
    char path[160];
    char detail[128];
    struct buf value = {0};
    struct writer w;

    notify_fill_operation(o, &op, &result);
    (void)snprintf(detail, sizeof(detail), "%s %s %d/%d", o->type->name, operation_status(o),
                   o->code, o->subcode);
    (void)snprintf(below, sizeof(below), "/operations/%s", o->id.text);
    (void)snprintf(path, sizeof(path), "/communications/calls/%s%s", lc->call->id.text, below);
    op.operation.odata_id = path;
    notify_begin(lc, GRAPH_CHANGE_TYPE_DELETED, below, &w, &value);
    fields_write(&w, "resourceData", o->type, &op, &how);
    writer_end(&w);
    (void)owed_add(lc,
                   &(struct owed_news){.change = change_name(GRAPH_CHANGE_TYPE_DELETED),
                                       .what = "operation",
                                       .detail = detail,
                                       .operation = &o->id},
                   &value);
}

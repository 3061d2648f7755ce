#include "core/coordinates.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "core/meetings.h"
#include "identity/join_token.h"

static enum err no_such_place(struct fail *f)
{
    return err_set(f, ERR_JOIN_PLACE,
                   "'chatInfo' and 'meetingInfo' lead to no meeting of this tenant.");
}

/* A meeting, or a conversation that was made on the spot; another tenant's does not exist. */
static enum err find_thread(struct control *ctl, const char *tenant, const char *thread,
                            const char *message, struct place *out)
{
    if (message == NULL)
        message = "0";
    out->meeting = meetings_find_thread(ctl, tenant, thread, message);
    out->conversation = live_conversation_at(ctl, tenant, thread, message);
    return out->meeting != NULL || out->conversation != NULL ? ERR_OK : ERR_JOIN_PLACE;
}

/* The organizer is a claim to be checked: of this tenant, and of this meeting. */
static enum err check_organizer(const struct create_request *r, const struct meeting *m,
                                struct fail *f)
{
    const struct graph_organizer_meeting_info *info;
    const struct graph_identity *user;
    struct id id;

    if (r->graph->meeting_info == NULL ||
        r->graph->meeting_info->odata.type != &graph_organizer_meeting_info_type)
        return ERR_OK;
    info = (const struct graph_organizer_meeting_info *)r->graph->meeting_info;
    user = info->organizer->user;
    if (user == NULL || user->id == NULL)
        return err_set(f, ERR_BAD_REQUEST, "'meetingInfo.organizer.user.id' is missing.");
    if (user->tenant_id != NULL &&
        (!id_read_text(&id, user->tenant_id) || !str_eq(id.text, r->tenant)))
        return err_set(f, ERR_TENANT_MISMATCH,
                       "'meetingInfo.organizer.user.tenantId' is not the tenant of the token.");
    if (!id_read_text(&id, user->id) || (m != NULL && !str_eq(id.text, m->organizer.text)))
        return no_such_place(f);
    return ERR_OK;
}

static enum err find_by_chat(struct control *ctl, const struct create_request *r, struct place *out,
                             struct fail *f)
{
    const struct graph_chat_info *chat = r->graph->chat_info;
    enum err e;

    if (chat == NULL || chat->thread_id == NULL)
        return err_set(f, ERR_BAD_REQUEST, "'chatInfo.threadId' is missing.");
    e = check_organizer(r, NULL, f);
    if (e != ERR_OK)
        return e;
    if (find_thread(ctl, r->tenant, chat->thread_id, chat->message_id, out) != ERR_OK)
        return no_such_place(f);
    return check_organizer(r, out->meeting, f);
}

static enum err find_by_token(struct control *ctl, const struct create_request *r,
                              struct place *out, struct fail *f)
{
    const struct graph_token_meeting_info *info =
        (const struct graph_token_meeting_info *)r->graph->meeting_info;
    struct join_token token;
    enum err e = join_token_verify(ctl->with.identity, info->token, &token, f);

    if (e != ERR_OK)
        return e;
    if (!str_eq(token.tenant.text, r->tenant))
        return err_set(f, ERR_TENANT_MISMATCH,
                       "'meetingInfo.token' leads to a meeting of another tenant.");
    if (find_thread(ctl, r->tenant, token.thread, token.message, out) != ERR_OK)
        return err_set(f, ERR_JOIN_TOKEN, "'meetingInfo.token' leads to a meeting that is over.");
    return ERR_OK;
}

/* One sentence for all that may be wrong: who guesses learns nothing. */
static enum err find_by_id(struct control *ctl, const struct create_request *r, struct place *out,
                           struct fail *f)
{
    const struct graph_join_meeting_id_meeting_info *info =
        (const struct graph_join_meeting_id_meeting_info *)r->graph->meeting_info;
    struct meeting *m = meetings_find_join_id(ctl, info->join_meeting_id);

    if (m == NULL || !str_eq(m->tenant.text, r->tenant) ||
        (m->passcode != NULL && !str_eq(m->passcode, info->passcode)))
        return err_set(f, ERR_JOIN_ID,
                       "No meeting of this tenant has this joinMeetingId and passcode.");
    return find_thread(ctl, r->tenant, m->thread, m->message, out);
}

enum err coordinates_find(struct control *ctl, const struct create_request *r, struct place *out,
                          struct fail *f)
{
    const struct graph_meeting_info *info = r->graph->meeting_info;

    *out = (struct place){0};
    if (info != NULL && info->odata.type == &graph_token_meeting_info_type)
        return find_by_token(ctl, r, out, f);
    if (info != NULL && info->odata.type == &graph_join_meeting_id_meeting_info_type)
        return find_by_id(ctl, r, out, f);
    return find_by_chat(ctl, r, out, f);
}

struct conversation *coordinates_open(struct control *ctl, const struct place *at)
{
    const struct meeting *m = at->meeting;
    struct conversation *c = at->conversation;

    if (c != NULL)
        return c;
    c = live_conversation_new(
        ctl, m->kind == MEETING_CHANNEL ? CONVERSATION_CHANNEL : CONVERSATION_SCHEDULED,
        &m->tenant);
    live_conversation_place(c, m->thread, m->message);
    return c;
}

struct meeting *coordinates_meeting(const struct conversation *c)
{
    if (c->thread == NULL)
        return NULL;
    return meetings_find_thread(c->control, c->tenant.text, c->thread, c->message);
}

void coordinates_make(struct conversation *c)
{
    struct id id = id_new();
    char thread[ID_SIZE + 4];

    if (c->thread != NULL)
        return;
    (void)snprintf(thread, sizeof(thread), "19:%s", id.text);
    live_conversation_place(c, thread, "0");
}

static void fill_chat(struct live_call *lc)
{
    struct graph_call *g = lc->call->graph;
    struct arena *a = &lc->call->arena;

    g->chat_info = arena_new(a, sizeof(*g->chat_info));
    g->chat_info->odata.type = &graph_chat_info_type;
    g->chat_info->thread_id = arena_dup(a, lc->conversation->thread);
    g->chat_info->message_id = arena_dup(a, lc->conversation->message);
}

/* A token that cannot be signed is left out: the thread is enough to find the way back. */
static void fill_token(struct live_call *lc)
{
    const struct conversation *c = lc->conversation;
    const struct meeting m = {.tenant = c->tenant, .thread = c->thread, .message = c->message};
    struct arena *a = &lc->call->arena;
    struct graph_token_meeting_info *info;
    struct fail f;
    char *token = join_token_make(lc->control->with.identity, &m, &f);

    if (token == NULL) {
        log_line(LOG_ERROR, "core", lc->call->id.text, "no join token: %s", f.text);
        return;
    }
    info = arena_new(a, sizeof(*info));
    info->meeting.odata.type = &graph_token_meeting_info_type;
    info->token = arena_dup(a, token);
    lc->call->graph->meeting_info = &info->meeting;
    (void)mem_free(token);
}

void coordinates_fill(struct live_call *lc)
{
    const struct graph_call *g = lc->call->graph;

    if (g->chat_info == NULL)
        fill_chat(lc);
    if (g->meeting_info == NULL)
        fill_token(lc);
}

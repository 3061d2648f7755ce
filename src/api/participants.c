/*
 * participants.c - who is in a conversation: list, one, invite, remove. The control thread.
 */
#include "api/participants.h"

#include <string.h>

#include "api/body.h"
#include "api/odata.h"
#include "api/operations.h"
#include "api/reply.h"
#include "api/whose.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/errand.h"
#include "core/gathering.h"
#include "core/invite.h"
#include "core/roster.h"
#include "model/shape.h"

enum { PAGE_MAX = 999999999 };

struct live_call *participants_call(struct ask *a, struct fail *f)
{
    struct live_call *lc = whose_call(a, f);

    if (lc != NULL && call_needs_media(lc->call, f) != ERR_OK)
        return NULL;
    if (lc == NULL || conversation_has_roster(lc->conversation->kind))
        return lc;
    (void)err_set(f, ERR_CALL_KIND, "This is a peer-to-peer call; only a group call can do that.");
    return NULL;
}

struct party *participants_find(const struct live_call *lc, const char *pid, struct fail *f)
{
    struct party *p = lc->conversation != NULL ? party_find(lc->conversation, pid) : NULL;

    if (p != NULL && (roster_sees(lc, p) || p->who.state == PARTICIPANT_INVITED))
        return p;
    (void)err_set(f, ERR_NOT_FOUND, "%s", err_text(ERR_NOT_FOUND));
    return NULL;
}

/* An option that is a number; absent: *out stays. */
static enum err read_number(struct ask *a, const char *option, size_t *out, struct fail *f)
{
    const char *text = http_query(a->http, option);
    int64_t n;

    if (text == NULL)
        return ERR_OK;
    if (!str_number(text, 0, PAGE_MAX, &n))
        return err_set(f, ERR_BAD_REQUEST, "'%s' must be a number up to %d.", option, PAGE_MAX);
    *out = (size_t)n;
    return ERR_OK;
}

static enum err read_page(struct ask *a, struct roster_page *out, struct fail *f)
{
    static const char *const options[] = {"$top", "$skip", NULL};
    enum err e = odata_check(a, options, f);

    *out = (struct roster_page){.top = SIZE_MAX};
    if (e == ERR_OK)
        e = read_number(a, "$skip", &out->skip, f);
    if (e == ERR_OK)
        e = read_number(a, "$top", &out->top, f);
    return e;
}

static const char *context_of(const struct ask *a, const struct live_call *lc)
{
    return arena_printf(&a->http->arena, "calls('%s')/participants", lc->call->id.text);
}

void participants_list(struct ask *a)
{
    const struct write_how how = {.nulls = true, .v1 = a->v1};
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    struct buf body = {0};
    struct writer w;
    struct roster_page page;

    if (lc == NULL || read_page(a, &page, &f) != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_text(&w, "@odata.context", body_collection(a, context_of(a, lc)));
    roster_write_page(lc, &w, "value", &how, &page);
    writer_end(&w);
    reply_buf(a, 200, &body, NULL);
}

void participants_get(struct ask *a)
{
    struct write_how how = {.nulls = true, .v1 = a->v1};
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    const struct party *p = lc != NULL ? participants_find(lc, a->ids[1], &f) : NULL;
    struct buf body = {0};
    struct writer w;

    if (p == NULL || odata_single(a, &graph_participant_type, &how.only, &f) != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    writer_init(&w, &body);
    roster_write_party(p, body_context(a, context_of(a, lc)), &w, &how);
    reply_buf(a, 200, &body, NULL);
}

static void on_removed(bool ok, void *arg)
{
    (void)ok;
    reply_empty(arg, 204, NULL);
}

void participants_remove(struct ask *a)
{
    const struct ending why = ending_of(END_REMOVED, 0);
    struct fail f;
    struct live_call *lc = participants_call(a, &f);
    struct party *p = lc != NULL ? participants_find(lc, a->ids[1], &f) : NULL;

    if (p == NULL || party_tell(p, PARTICIPANT_EV_REMOVE, &why, &f) != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    control_when_safe(a->api->control, on_removed, a);
}

enum err participants_replaced(const struct ask *a,
                               const struct graph_invitation_participant_info *p, const char *field,
                               struct live_call **out, struct fail *f)
{
    const char *text = p->replaces_call_id;
    const char *slash = strrchr(text, '/');
    const struct party *there;
    struct live_call *lc;
    struct id id;

    if (!id_read_text(&id, slash != NULL ? slash + 1 : text))
        return err_set(f, ERR_BAD_REQUEST, "'%s.replacesCallId' must be a GUID.", field);
    lc = whose_named(a, id.text, f);
    if (lc == NULL)
        return f->err;
    if (!id_read_text(&id, shape_target_user(p)))
        return err_set(f, ERR_BAD_REQUEST, "'%s.identity.user.id' must be a GUID.", field);
    there = lc->conversation != NULL ? party_find_identity(lc->conversation, PARTY_USER, id.text)
                                     : NULL;
    if (there == NULL || there->who.state != PARTICIPANT_IN)
        return err_set(f, ERR_BAD_REQUEST, "'%s.replacesCallId' is no call that the user is in.",
                       field);
    *out = lc;
    return ERR_OK;
}

static enum err check_one(const struct live_call *lc, const struct objects *list, size_t at,
                          struct fail *f)
{
    const struct graph_invitation_participant_info *p = list->items[at];
    const char *user = shape_target_user(p);
    struct id id, other;

    if (user == NULL && p->info.identity->phone == NULL && p->info.identity->application == NULL)
        return err_set(f, ERR_BAD_REQUEST, "'participants[%zu].identity' must name a user.", at);
    if (user == NULL)
        return err_set(f, ERR_NOT_BUILT,
                       "'participants[%zu]': only users can be invited; the rest is not built yet.",
                       at);
    if (!id_read_text(&id, user))
        return err_set(f, ERR_BAD_REQUEST, "'participants[%zu].identity.user.id' must be a GUID.",
                       at);
    for (size_t i = 0; i < at; i++)
        if (id_read_text(&other, shape_target_user(list->items[i])) && str_eq(id.text, other.text))
            return err_set(f, ERR_BAD_REQUEST, "'participants[%zu]' is 'participants[%zu]' again.",
                           at, i);
    if (party_find_identity(lc->conversation, PARTY_USER, id.text) != NULL)
        return err_set(f, ERR_CONFLICT, "'participants[%zu]' is in the conversation already.", at);
    return ERR_OK;
}

static enum err check_invite(struct ask *a, const struct live_call *lc,
                             const struct graph_invite_action *body, struct live_call **replaced,
                             struct fail *f)
{
    const struct objects *list = &body->participants;
    const struct conversation *c = lc->conversation;
    enum err e = role_check(a->caller.roles, ROLE(INITIATE_GROUP), "invite", f);

    *replaced = NULL;
    if (e != ERR_OK)
        return e;
    if (list->count == 0)
        return err_set(f, ERR_BAD_REQUEST, "'participants' must have at least one member.");
    if (c->parties.count + list->count > (size_t)a->api->control->settings.participants_per_meeting)
        return err_set(f, ERR_TOO_MANY, "The conversation has %zu participants; the limit is %d.",
                       c->parties.count, a->api->control->settings.participants_per_meeting);
    for (size_t i = 0; i < list->count && e == ERR_OK; i++) {
        const struct graph_invitation_participant_info *p = list->items[i];

        e = check_one(lc, list, i, f);
        if (e == ERR_OK && p->replaces_call_id != NULL && list->count != 1)
            e = err_set(f, ERR_BAD_REQUEST,
                        "'replacesCallId' goes with one participant; %zu are invited.",
                        list->count);
        if (e == ERR_OK && p->replaces_call_id != NULL)
            e = participants_replaced(a, p, "participants[0]", replaced, f);
    }
    return e;
}

static void invite_all(struct live_call *lc, struct operation *o, struct live_call *replaced)
{
    struct conversation *c = lc->conversation;

    (void)gathering_tell(c, CONVERSATION_EV_INVITES, NULL);
    o->awaited = o->participants.count;
    for (size_t i = 0; i < o->participants.count; i++) {
        const struct graph_invitation_participant_info *p = o->participants.items[i];
        struct id pid;
        bool named = id_read_text(&pid, p->info.participant_id);

        (void)invite(c, &(struct invitation){
                            .caller = lc,
                            .user = shape_target_user(p),
                            .name = p->info.identity->user->display_name,
                            .hidden = p->hidden.value,
                            .off_main = p->remove_from_default_audio_routing_group.value,
                            .pid = named && party_find(c, pid.text) == NULL ? &pid : NULL,
                            .operation = o,
                            .replaces = replaced,
                        });
    }
}

void participants_invite(struct ask *a)
{
    struct fail f;
    struct live_call *lc = whose_call(a, &f);
    struct live_call *replaced = NULL;
    struct graph_invite_action body;
    struct arena arena = {0};
    struct operation *o;
    enum err e = lc != NULL ? call_needs_media(lc->call, &f) : ERR_NOT_FOUND;

    if (e == ERR_OK)
        e = body_read(a, &graph_invite_action_type, &body, &arena, false, &f);
    if (e == ERR_OK)
        e = check_invite(a, lc, &body, &replaced, &f);
    if (e != ERR_OK) {
        arena_clear(&arena);
        reply_fail(a, &f);
        return;
    }
    o = operation_new_errand(&graph_invite_participants_operation_type, &arena);
    o->client_context = body.client_context;
    o->participants = body.participants;
    (void)obj_ref(o); /* errand_add() takes one, the answer needs another */
    if (errand_add(lc, o, &f) == ERR_OK) {
        invite_all(lc, o, replaced);
        operations_reply(a, lc, o);
    } else {
        reply_fail(a, &f);
    }
    (void)obj_unref(o);
}

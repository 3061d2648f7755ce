#include "core/retarget.h"

#include "base/log.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/called.h"
#include "core/control.h"
#include "core/create.h"
#include "core/invite.h"
#include "core/party.h"
#include "model/shape.h"

enum {
    RING_ONE_S = 55, /* Graph's defaults for a redirect */
    RING_SEVERAL_S = 60,
    HOPS_MAX = 5,        /* so often a call may be sent on from one application to the next */
    BLIND_FAILED = 7000, /* sub-codes of 500: a transfer that failed */
    CONSULTATIVE_FAILED = 7700,
};

static enum err check_endpoint(const struct graph_invitation_participant_info *t, const char *what,
                               struct fail *f)
{
    if (t->info.endpoint_type == GRAPH_ENDPOINT_TYPE_VOICEMAIL)
        return err_set(f, ERR_NOT_BUILT, "%s is a voicemail: not built yet.", what);
    if (t->info.identity->phone != NULL)
        return err_set(f, ERR_NOT_BUILT, "%s is a phone number: not built yet.", what);
    return ERR_OK;
}

/* --- what both end with --- */

/* Who talks on without the application belongs to nobody's call. */
static void set_free(struct live_call *lc)
{
    LIST_EACH(n, &lc->legs)
    {
        struct live_leg *leg = LIST_OF(n, struct live_leg, in_call);

        if (leg->state == LEG_IS_UP || leg->state == LEG_IS_HELD)
            live_leg_detach(leg);
    }
}

/* The others that were rung for it need not ring any more. */
static void withdraw_others(const struct live_call *lc, const struct party *taken)
{
    const struct ending why = ending_of(END_REMOVED, 0);

    LIST_EACH(n, &lc->conversation->parties)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (p != taken && p->ringing.caller == lc && p->who.state == PARTICIPANT_INVITED)
            (void)party_tell(p, PARTICIPANT_EV_REMOVE, &why, NULL);
    }
}

static void complete(struct live_call *lc, enum end how)
{
    const struct ending why = ending_of(how, 0);

    set_free(lc);
    (void)control_tell(lc, CALL_EV_COMPLETED, &why, NULL);
}

void retarget_taken(struct party *p)
{
    struct live_call *lc = p->ringing.caller;

    if (lc == NULL || (lc->call->state != CALL_REDIRECTING && lc->call->state != CALL_TRANSFERRING))
        return;
    withdraw_others(lc, p);
    if (lc->call->state == CALL_REDIRECTING) {
        lc->call->graph->answered_by = called_info(&lc->call->arena, &p->who);
        complete(lc, END_APP_REDIRECTED);
        return;
    }
    (void)control_tell(lc, CALL_EV_HANDED_ON, NULL, NULL);
    complete(lc, END_TRANSFERRED);
}

static bool is_held(const struct live_call *lc)
{
    LIST_EACH(n, &lc->legs)
    if (LIST_OF(n, struct live_leg, in_call)->state == LEG_IS_HELD)
        return true;
    return false;
}

bool retarget_failed(struct live_call *lc)
{
    struct graph_call *g = lc->call->graph;
    struct graph_result_info why = {
        .odata = {.type = &graph_result_info_type},
        .code = {.set = true, .value = 500},
        .subcode = {.set = true, .value = lc->consults ? CONSULTATIVE_FAILED : BLIND_FAILED},
        .message = lc->consults ? "The transfer failed. DiagCode: 500#7700.@"
                                : "The transfer failed. DiagCode: 500#7000.@",
    };

    if (lc->call->state != CALL_TRANSFERRING)
        return false;
    g->result_info = &why;
    (void)control_tell(lc, is_held(lc) ? CALL_EV_NOT_HANDED_ON_HELD : CALL_EV_NOT_HANDED_ON, NULL,
                       NULL);
    g->result_info = NULL; /* it is news, not a property that stays */
    return true;
}

bool retarget_left(struct conversation *old)
{
    const struct ending why = ending_of(END_TRANSFERRED, 0);

    LIST_EACH(n, &old->calls)
    {
        struct live_call *lc = LIST_OF(n, struct live_call, in_conversation);

        if (lc->call->state != CALL_TRANSFERRING || !lc->hands_over)
            continue;
        (void)control_tell(lc, CALL_EV_HANDED_ON, NULL, NULL);
        (void)control_tell(lc, CALL_EV_COMPLETED, &why, NULL); /* a phone that stayed behind too */
        return true;
    }
    return false;
}

/* --- redirect --- */

/* The application that a target names; NULL: it names none. */
static const struct graph_identity *bot_of(const struct graph_invitation_participant_info *t)
{
    return t->info.identity->application;
}

static enum err check_bot(const struct objects *targets, struct fail *f)
{
    struct id id;

    if (targets->count != 1)
        return err_set(f, ERR_NOT_BUILT,
                       "An application must be the only target: several are not built yet.");
    if (!id_read_text(&id, bot_of(targets->items[0])->id))
        return err_set(f, ERR_BAD_REQUEST, "'targets[0].identity.application.id' must be a GUID.");
    return ERR_OK;
}

static enum err check_targets(const struct objects *targets, struct fail *f)
{
    enum err e = ERR_OK;

    if (targets->count == 0)
        return err_set(f, ERR_BAD_REQUEST, "'targets' must have at least one member.");
    for (size_t i = 0; i < targets->count && e == ERR_OK; i++) {
        if (bot_of(targets->items[i]) != NULL)
            return check_bot(targets, f);
        e = check_endpoint(targets->items[i], "A target", f);
        if (e == ERR_OK)
            e = shape_check_user(targets->items[i], i, f);
    }
    return e == ERR_OK ? create_check_each_once(targets, f) : e;
}

/* Why an application cannot be had for the caller; false: it can. */
static bool bot_is_away(const struct live_call *lc, const struct application *app,
                        struct ending *why)
{
    struct fail f;
    int status = 0;

    if (app == NULL || !str_eq(app->tenant, lc->call->tenant.text))
        *why = ending_of(END_NO_SUCH_USER, 0);
    else if (lc->hops == HOPS_MAX)
        *why = ending_of(END_TOO_MANY_HOPS, 0);
    else if ((status = called_why_not(lc->control, app, &f)) != 0)
        *why = ending_of_sip(status);
    else
        return false;
    return true;
}

static void send_to_bot(struct live_call *lc, const struct graph_redirect_action *body)
{
    const struct application *app;
    struct ending why;
    struct id id;

    (void)id_read_text(&id, bot_of(body->targets.items[0])->id);
    app = directory_application(lc->control->with.directory, id.text);
    if (bot_is_away(lc, app, &why)) {
        (void)control_tell(lc, CALL_EV_UNREACHED, &why, NULL);
        return;
    }
    called_send_on(lc, app, body->mask_caller.value);
    complete(lc, END_APP_REDIRECTED);
}

static void ring_people(struct live_call *lc, const struct graph_redirect_action *body)
{
    const struct objects *targets = &body->targets;
    const struct user *from = called_leg(lc)->user;

    for (size_t i = 0; i < targets->count; i++) {
        const struct graph_invitation_participant_info *t = targets->items[i];

        (void)invite(lc->conversation,
                     &(struct invitation){.caller = lc,
                                          .from = from,
                                          .masked = body->mask_caller.value,
                                          .user = shape_target_user(t),
                                          .name = t->info.identity->user->display_name,
                                          .ring_s = body->timeout.set     ? (int)body->timeout.value
                                                    : targets->count == 1 ? RING_ONE_S
                                                                          : RING_SEVERAL_S});
    }
}

enum err retarget_redirect(struct live_call *lc, const struct graph_redirect_action *body,
                           unsigned roles, struct fail *f)
{
    enum err e = called_check(lc, f);

    if (e == ERR_OK)
        e = role_check(roles, ROLE(INITIATE), "redirect", f);
    if (e == ERR_OK)
        e = check_targets(&body->targets, f);
    if (e == ERR_OK && body->callback_uri != NULL)
        e = create_check_callback(lc->control, body->callback_uri, f);
    if (e == ERR_OK && called_leg(lc) == NULL)
        e = err_set(f, ERR_ENDING, "The caller is gone.");
    if (e != ERR_OK)
        return e;
    called_turn(lc, body->callback_uri);
    (void)control_tell(lc, CALL_EV_REDIRECT, NULL, NULL);
    (void)party_tell(lc->party, PARTICIPANT_EV_LEAVE, NULL,
                     NULL); /* who comes, comes to the caller */
    if (bot_of(body->targets.items[0]) != NULL)
        send_to_bot(lc, body);
    else
        ring_people(lc, body);
    return ERR_OK;
}

/* --- transfer --- */

enum err retarget_check_transfer(const struct live_call *lc, unsigned roles, struct fail *f)
{
    enum err e = call_needs_media(lc->call, f);

    if (e == ERR_OK)
        e = role_check(roles, ROLE(INITIATE), "transfer", f);
    if (e == ERR_OK && lc->conversation->kind != CONVERSATION_P2P)
        e = err_set(f, ERR_NOT_BUILT,
                    "Transfers out of a group call are not built yet; invite and remove instead.");
    return e;
}

/* The person that the application talks to; NULL: it is just leaving. */
static struct party *other_side(const struct live_call *lc)
{
    LIST_EACH(n, &lc->conversation->parties)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (p->leg != NULL && p->who.state == PARTICIPANT_IN)
            return p;
    }
    return NULL;
}

static enum err check_target(const struct live_call *lc, const struct party *other,
                             const struct graph_invitation_participant_info *target,
                             const struct live_call *replaced, struct fail *f)
{
    const char *user = shape_target_user(target);
    enum err e = check_endpoint(target, "'transferTarget'", f);
    struct id id;

    if (e != ERR_OK)
        return e;
    if (user == NULL)
        return err_set(f, ERR_NOT_BUILT, "'transferTarget': only to users; the rest is not built.");
    if (!id_read_text(&id, user))
        return err_set(f, ERR_BAD_REQUEST, "'transferTarget.identity.user.id' must be a GUID.");
    if (other == NULL)
        return err_set(f, ERR_CONFLICT, "The other side is just leaving.");
    if (replaced == lc)
        return err_set(f, ERR_BAD_REQUEST, "'transferTarget.replacesCallId' is this call itself.");
    if (str_eq(other->who.identity, id.text))
        return err_set(f, ERR_CONFLICT, "'transferTarget' is in the call already.");
    return ERR_OK;
}

/* Into a group or a meeting: the other side goes there, where the target is. */
static enum err into_group(struct live_call *lc, const struct party *other,
                           struct live_call *replaced, struct fail *f)
{
    struct conversation *c = replaced->conversation;
    const char *user = other->who.identity;
    int most = lc->control->settings.participants_per_meeting;

    if (party_find_identity(c, PARTY_USER, user) != NULL)
        return err_set(f, ERR_CONFLICT, "The other side is in that conversation already.");
    if (c->parties.count >= (size_t)most)
        return err_set(f, ERR_TOO_MANY, "The conversation has %zu participants; the limit is %d.",
                       c->parties.count, most);
    lc->hands_over = true;
    (void)control_tell(lc, CALL_EV_TRANSFER, NULL, NULL);
    (void)invite(c, &(struct invitation){.caller = replaced, .user = user, .replaces = lc});
    return ERR_OK;
}

enum err retarget_transfer(struct live_call *lc,
                           const struct graph_invitation_participant_info *target,
                           struct live_call *replaced, struct fail *f)
{
    const struct party *other = other_side(lc);
    enum err e = check_target(lc, other, target, replaced, f);

    if (e != ERR_OK)
        return e;
    log_line(LOG_INFO, "core", lc->call->id.text, "transfers %s to %s", other->who.identity,
             shape_target_user(target));
    lc->consults = replaced != NULL;
    lc->hands_over = false;
    if (replaced != NULL && conversation_has_roster(replaced->conversation->kind))
        return into_group(lc, other, replaced, f);
    (void)control_tell(lc, CALL_EV_TRANSFER, NULL, NULL);
    (void)invite(lc->conversation,
                 &(struct invitation){.caller = lc,
                                      .from = other->leg->user,
                                      .user = shape_target_user(target),
                                      .name = target->info.identity->user->display_name,
                                      .replaces = replaced});
    return ERR_OK;
}

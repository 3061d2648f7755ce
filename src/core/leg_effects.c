/*
 * leg_effects.c - control_leg(): what follows from what happened to a leg. The
 * control thread.
 */
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "core/burial.h"
#include "core/control.h"
#include "core/gathering.h"
#include "core/invite.h"
#include "core/party.h"
#include "core/people.h"
#include "core/roster.h"
#include "core/virtual_phone.h"
#include "store/rows.h"

typedef void leg_effect_h(struct live_leg *leg, enum leg_event ev);

/* Whom the phone shows as calling (RFC 3261 section 8.1.1.3: "Anonymous" hides who it is). */
static void say_who(const struct live_leg *leg, struct sip_invite *i)
{
    const struct application *app = leg->call != NULL ? leg->call->application : NULL;
    const struct user *from = leg->party->ringing.from;
    const char *user = NULL;
    const char *name = NULL;

    if (leg->call != NULL)
        (void)str_copy(i->call_id, sizeof(i->call_id), leg->call->call->id.text);
    if (leg->party->ringing.is_masked) {
        user = "anonymous";
        name = "Anonymous";
    } else if (from != NULL) {
        user = from->sip;
        name = from->name;
    } else if (app != NULL) {
        user = app->sip != NULL ? app->sip : app->id;
        name = app->name;
    }
    if (user != NULL)
        (void)str_copy(i->from_user, sizeof(i->from_user), user);
    if (name != NULL)
        (void)str_copy(i->from_display, sizeof(i->from_display), name);
}

static void ring(struct live_leg *leg, enum leg_event ev)
{
    struct control *ctl = leg->control;
    struct buf offer = {0};
    struct sip_invite i = {0};

    (void)ev;
    if (leg->kind == LEG_VIRTUAL) {
        virtual_phone_ring(leg);
        return;
    }
    sdp_offer(&leg->local, &offer);
    i.to = *leg->binding;
    i.sdp = buf_take(&offer);
    say_who(leg, &i);
    sip_invite(ctl->with.sip, leg->number, &i);
}

/* Who stops has hung up already. */
static void on_dialog_safe(bool ok, void *arg)
{
    struct live_leg *leg = arg;

    (void)ok;
    if (!leg->control->is_stopping)
        sip_confirm(leg->control->with.sip, leg->number);
    (void)obj_unref(leg);
}

static void connect_leg(struct live_leg *leg, enum leg_event ev)
{
    (void)ev;
    leg->was_up = true;
    if (leg->kind == LEG_VIRTUAL)
        virtual_phone_up(leg);
    if (leg->dialog == NULL)
        return;
    store_put_dialog(leg->control->with.store, (int64_t)leg->number, leg->dialog);
    leg->dialog = mem_free(leg->dialog);
    leg->dialog_is_saved = true;
    control_when_safe(leg->control, on_dialog_safe, obj_ref(leg));
}

/* Who holds is neither heard nor told anything; its own mutes count again afterwards. */
static void set_holds(struct live_leg *leg, bool holds)
{
    if (leg->party == NULL) {
        media_port_mute(leg->control->with.media, leg->port, holds, holds);
        return;
    }
    leg->party->who.holds = holds;
    party_sound(leg->party);
}

static void mute(struct live_leg *leg, enum leg_event ev)
{
    (void)ev;
    set_holds(leg, true);
}

static void unmute(struct live_leg *leg, enum leg_event ev)
{
    (void)ev;
    set_holds(leg, false);
}

/* What a phone hears that called us and is not taken. */
static int refusal(const struct live_leg *leg)
{
    if (leg->refuse_with != 0)
        return leg->refuse_with;
    return ending_sip_status(leg->call != NULL ? &leg->call->call->ending : NULL);
}

static void bye(struct live_leg *leg, enum leg_event ev)
{
    (void)ev;
    switch (leg->kind) {
    case LEG_SIP:
        sip_hangup(leg->control->with.sip, leg->number, refusal(leg));
        return;
    case LEG_VIRTUAL:
    case LEG_ECHO:
        virtual_phone_end(leg, 0);
        return;
    case LEG_BOT:
    case LEG_KIND_COUNT:
        break;
    }
}

static void remove_port(struct live_leg *leg, enum leg_event ev)
{
    (void)ev;
    if (leg->port != 0 && !leg->port_is_gone && !leg->port_is_leaving)
        media_port_remove(leg->control->with.media, leg->port);
    leg->port_is_leaving = true;
}

/* Why a leg that was in use is over. */
static enum call_event end_of_used(const struct live_leg *leg, struct ending *why)
{
    switch (leg->cause) {
    case SIP_CAUSE_NO_ACK:
        *why = ending_of(END_NO_ACK, 0);
        return CALL_EV_LOST;
    case SIP_CAUSE_TRANSPORT:
    case SIP_CAUSE_EXPIRED:
    case SIP_CAUSE_NO_ANSWER:
        *why = ending_of(END_TRANSPORT_LOST, 0);
        return CALL_EV_LOST;
    case SIP_CAUSE_REFUSED:
    case SIP_CAUSE_CANCELLED:
    case SIP_CAUSE_BYE_SENT:
    case SIP_CAUSE_BYE_RECEIVED:
    case SIP_CAUSE_REJECTED:
        break;
    }
    *why = ending_of(END_PEER_HUNG_UP, 0);
    return CALL_EV_LEFT;
}

static bool is_between_two(const struct live_leg *leg)
{
    return leg->conversation->kind == CONVERSATION_P2P;
}

static void on_gone(struct live_leg *leg)
{
    struct live_call *lc = leg->call;
    struct party *p = leg->party;
    struct ending why;

    if (p == NULL) { /* the echo, or who called it */
        gathering_hang_up(leg->conversation);
        return;
    }
    (void)obj_ref(p);
    if (leg->was_up) {
        enum call_event ev = end_of_used(leg, &why);

        if (is_between_two(leg))
            gathering_partner(leg->conversation, ev, &why);
        (void)party_tell(p, PARTICIPANT_EV_LEAVE, &why, NULL);
    } else if (leg->in_party.in != NULL) {
        invite_refused(leg);
    } else { /* it called us, and gave up or could not be answered */
        why = ending_of(END_CALLER_GAVE_UP, 0);
        if (is_between_two(leg))
            gathering_partner(leg->conversation, CALL_EV_LEFT, &why);
        (void)party_tell(p, PARTICIPANT_EV_LEAVE, NULL, NULL);
    }
    if (p->leg == leg)
        p->leg = NULL;
    (void)obj_unref(p);
    if (lc != NULL)
        invite_check_released(lc);
}

/* Between two it is the call's state; in a meeting the roster says it. */
static void on_hold(struct live_leg *leg, enum call_event ev)
{
    if (is_between_two(leg))
        gathering_partner(leg->conversation, ev, NULL);
    else if (leg->party != NULL)
        roster_changed(leg->party);
}

static void tell(struct live_leg *leg, enum leg_event ev)
{
    switch (ev) {
    case LEG_EV_RINGS:
        if (leg->call != NULL)
            (void)control_tell(leg->call, CALL_EV_RINGS, NULL, NULL);
        else if (is_between_two(leg))
            people_rings(leg->conversation);
        return;
    case LEG_EV_ANSWERED:
        if (leg->in_party.in != NULL)
            invite_taken(leg);
        return;
    case LEG_EV_HOLD:
        on_hold(leg, CALL_EV_HOLD);
        return;
    case LEG_EV_RESUME:
        on_hold(leg, CALL_EV_RESUME);
        return;
    case LEG_EV_ENDED:
        on_gone(leg);
        return;
    case LEG_EV_DIAL:
    case LEG_EV_HANGUP:
    case LEG_EVENT_COUNT:
        return;
    }
}

static void free_leg(struct live_leg *leg, enum leg_event ev)
{
    struct live_call *lc = leg->call;

    (void)ev;
    live_leg_drop(leg);
    if (lc != NULL)
        burial_check(lc);
}

static leg_effect_h *const carry_out[LEG_EFFECT_COUNT] = {
    [LEG_BIT_INVITE] = ring, [LEG_BIT_CONNECT] = connect_leg,
    [LEG_BIT_MUTE] = mute,   [LEG_BIT_UNMUTE] = unmute,
    [LEG_BIT_BYE] = bye,     [LEG_BIT_REMOVE] = remove_port,
    [LEG_BIT_TELL] = tell,   [LEG_BIT_FREE] = free_leg,
};

void control_leg(struct live_leg *leg, enum leg_event ev)
{
    struct live_call *lc = leg->call;
    unsigned fx = 0;

    if (leg_handle(&leg->state, ev, &fx) != ERR_OK)
        return; /* a late message */
    (void)obj_ref(leg);
    (void)obj_ref(lc);
    for (unsigned bit = 0; bit < LEG_EFFECT_COUNT; bit++)
        if ((fx & (1U << bit)) != 0)
            carry_out[bit](leg, ev);
    (void)obj_unref(leg);
    (void)obj_unref(lc);
}

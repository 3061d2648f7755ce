#include "core/gathering.h"

#include "base/log.h"
#include "base/obj.h"
#include "core/caller.h"
#include "core/control.h"
#include "core/coordinates.h"
#include "core/hosted.h"
#include "core/party.h"
#include "core/people.h"
#include "core/roster.h"
#include "core/routing.h"

typedef void conversation_effect_h(struct conversation *c, enum conversation_event ev);

/* Phones that are up belong to the conversation from now on, not to the call that rang them. */
static void escalate(struct conversation *c, enum conversation_event ev)
{
    (void)ev;
    LIST_EACH(n, &c->legs)
    {
        struct live_leg *leg = LIST_OF(n, struct live_leg, in_conversation);

        if (leg->was_up && leg->call != NULL)
            live_leg_detach(leg);
    }
    coordinates_make(c);
    LIST_EACH(n, &c->calls)
    {
        struct live_call *lc = LIST_OF(n, struct live_call, in_conversation);

        lc->conversation_kind = c->kind;
        coordinates_fill(lc);
        (void)control_tell(lc, CALL_EV_GROUPED, NULL, NULL);
    }
    LIST_EACH(n, &c->parties)
    roster_changed(LIST_OF(n, struct party, in_conversation));
}

static void on_alone(void *arg)
{
    (void)gathering_tell(arg, CONVERSATION_EV_ALONE_TOO_LONG, NULL);
}

static void wait_alone(struct conversation *c, enum conversation_event ev)
{
    const struct control *ctl = c->control;

    (void)ev;
    if (!timer_running(&c->alone_timer))
        timer_start(&c->alone_timer, ctl->with.loop, (int64_t)ctl->settings.alone_seconds * 1000,
                    on_alone, c);
}

static void stay(struct conversation *c, enum conversation_event ev)
{
    (void)ev;
    timer_stop(&c->alone_timer);
}

static void end_all(struct conversation *c, enum conversation_event ev)
{
    const struct ending why = ending_of(conversation_end(ev), 0);

    log_line(LOG_INFO, "core", c->id.text, "the conversation ends: %s", end_text(why.why));
    while (!list_empty(&c->parties)) /* who ends may take others with it: whom it rang */
        (void)party_tell(LIST_OF(c->parties.first, struct party, in_conversation),
                         PARTICIPANT_EV_END, &why, NULL);
}

static conversation_effect_h *const carry_out[CONVERSATION_EFFECT_COUNT] = {
    [CONVERSATION_BIT_ESCALATE] = escalate,
    [CONVERSATION_BIT_WAIT_ALONE] = wait_alone,
    [CONVERSATION_BIT_STAY] = stay,
    [CONVERSATION_BIT_END_ALL] = end_all,
};

enum err gathering_tell(struct conversation *c, enum conversation_event ev, struct fail *f)
{
    unsigned fx = 0;
    enum err e = conversation_handle(&c->kind, ev, &fx, f);

    if (e != ERR_OK)
        return e;
    if (c->kind == CONVERSATION_OVER)
        live_conversation_unplace(c); /* who comes now comes to a new one */
    (void)obj_ref(c);
    for (unsigned bit = 0; bit < CONVERSATION_EFFECT_COUNT; bit++)
        if ((fx & (1U << bit)) != 0)
            carry_out[bit](c, ev);
    (void)obj_unref(c);
    return ERR_OK;
}

static struct census census_of(const struct conversation *c)
{
    struct census out = {.ever_peopled = c->ever_peopled};

    LIST_EACH(n, &c->parties)
    {
        const struct party *p = LIST_OF(n, struct party, in_conversation);

        switch (p->who.state) {
        case PARTICIPANT_IN:
        case PARTICIPANT_ARRIVING: /* a call that waits for the first one who comes */
            if (participant_is_person(&p->who))
                out.people++;
            else
                out.applications++;
            break;
        case PARTICIPANT_INVITED:
        case PARTICIPANT_ASKED:
        case PARTICIPANT_LOBBY:
            out.expected++;
            break;
        case PARTICIPANT_GONE:
        case PARTICIPANT_STATE_COUNT:
            break;
        }
    }
    return out;
}

static void on_census(void *arg)
{
    struct conversation *c = arg;
    struct census n = census_of(c);
    enum conversation_event ev;

    if (c->room != 0)
        media_room_watch(c->control->with.media, c->room,
                         roster_is_of_talkers(c) || hosted_listens(c));
    if (conversation_judge(c->kind, &n, &ev))
        (void)gathering_tell(c, ev, NULL); /* it may be over after this */
}

void gathering_count(struct conversation *c)
{
    if (list_empty(&c->calls) && list_empty(&c->legs))
        return; /* it has ended with whom this is about */
    if (conversation_has_roster(c->kind))
        timer_start(&c->census_timer, c->control->with.loop, 0, on_census, c);
}

/* The call whose target was rung is in it as soon as somebody is, and so is who called. */
static bool waits_for_somebody(const struct conversation *c, const struct party *p)
{
    return p->who.state == PARTICIPANT_ARRIVING && (p->call != NULL || caller_waits(p->leg)) &&
           (c->kind == CONVERSATION_P2P || c->kind == CONVERSATION_GROUP);
}

static struct party *next_waiting(const struct conversation *c)
{
    LIST_EACH(n, &c->parties)
    if (waits_for_somebody(c, LIST_OF(n, struct party, in_conversation)))
        return LIST_OF(n, struct party, in_conversation);
    return NULL;
}

void gathering_seated(struct party *p)
{
    struct conversation *c = p->conversation;
    struct party *other;

    if (!participant_is_person(&p->who))
        return;
    while ((other = next_waiting(c)) != NULL) { /* who cannot come in takes others with it */
        (void)obj_ref(other);
        if (other->leg != NULL)
            caller_take(other->leg);
        (void)party_tell(other, PARTICIPANT_EV_ENTER, NULL, NULL);
        (void)obj_unref(other);
    }
}

void gathering_partner(struct conversation *c, enum call_event ev, const struct ending *why)
{
    bool alone = list_empty(&c->calls);

    LIST_EACH(n, &c->calls)
    (void)control_tell(LIST_OF(n, struct live_call, in_conversation), ev, why, NULL);
    if (alone && (ev == CALL_EV_LEFT || ev == CALL_EV_LOST))
        people_part(c, why);
}

void gathering_hang_up(struct conversation *c)
{
    (void)obj_ref(c);
    LIST_EACH(n, &c->legs)
    {
        struct live_leg *leg = LIST_OF(n, struct live_leg, in_conversation);

        if (leg->state != LEG_IS_GONE)
            control_leg(leg, LEG_EV_HANGUP);
    }
    (void)obj_unref(c);
}

void gathering_leave(struct live_call *lc)
{
    struct conversation *c = lc->conversation;
    const struct ending *why = &lc->call->ending;

    if (c == NULL)
        return; /* of before a restart */
    LIST_EACH(n, &c->parties)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (p->ringing.caller != lc)
            continue;
        if (p->who.state == PARTICIPANT_INVITED)
            (void)party_tell(p, PARTICIPANT_EV_REMOVE, why, NULL);
        p->ringing.caller = NULL;
    }
    routing_end(lc);
    if (lc->party != NULL)
        (void)party_tell(lc->party, PARTICIPANT_EV_LEAVE, why, NULL);
    if (c->host == lc) {
        c->host = NULL;
        (void)gathering_tell(c, CONVERSATION_EV_HOST_LEFT, NULL);
    }
}

#include "core/party.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/aside.h"
#include "core/control.h"
#include "core/gathering.h"
#include "core/hosted.h"
#include "core/invite.h"
#include "core/lobby.h"
#include "core/roster.h"
#include "core/routing.h"

static void party_free(void *arg)
{
    struct party *p = arg;

    participant_clear(&p->who);
    (void)mem_free(p->ringing.refusals);
    (void)obj_unref(p->ringing.operation);
    (void)obj_unref(p->ringing.replaces);
}

struct party *party_new(struct conversation *c, const struct party_identity *who,
                        const struct id *pid)
{
    struct party *p = obj_new("party", sizeof(*p), party_free);
    struct id id = pid != NULL ? *pid : id_new();

    participant_init(&p->who, &id, who->kind, who->id, who->name, who->tenant);
    p->who.source_id = ++c->sources;
    p->conversation = c;
    list_push(&c->parties, &p->in_conversation);
    return p;
}

void party_drop(struct party *p)
{
    timer_stop(&p->wait_timer);
    timer_stop(&p->ringing.timer);
    (void)obj_unref(p);
}

uint32_t party_port(const struct party *p)
{
    if (p->call != NULL)
        return p->call->port_is_gone ? 0 : p->call->port;
    if (p->leg == NULL || p->leg->port_is_leaving || p->leg->port_is_gone)
        return 0;
    return p->leg->port;
}

const char *party_log_id(const struct party *p)
{
    if (p->call != NULL)
        return p->call->call->id.text;
    return p->ringing.caller != NULL ? p->ringing.caller->call->id.text : p->conversation->id.text;
}

static void set_sharing(struct party *p, enum graph_screen_sharing_role role)
{
    if (p->who.sharing == (int)role)
        return;
    if (p->who.screen_id == 0)
        p->who.screen_id = ++p->conversation->sources;
    p->who.sharing = (int)role;
    roster_changed(p);
}

void party_share(struct party *p, enum graph_screen_sharing_role role)
{
    if (role == GRAPH_SCREEN_SHARING_ROLE_SHARER)
        LIST_EACH(n, &p->conversation->parties)
        {
            struct party *other = LIST_OF(n, struct party, in_conversation);

            if (other != p && other->who.sharing == GRAPH_SCREEN_SHARING_ROLE_SHARER)
                set_sharing(other, GRAPH_SCREEN_SHARING_ROLE_VIEWER);
        }
    set_sharing(p, role);
}

struct party *party_find(const struct conversation *c, const char *pid)
{
    LIST_EACH(n, &c->parties)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (str_eq(p->who.id.text, pid))
            return p;
    }
    return NULL;
}

struct party *party_find_identity(const struct conversation *c, enum party_kind kind,
                                  const char *id)
{
    LIST_EACH(n, &c->parties)
    {
        struct party *p = LIST_OF(n, struct party, in_conversation);

        if (p->who.kind == kind && str_eq(p->who.identity, id))
            return p;
    }
    return NULL;
}

void party_sound(struct party *p)
{
    struct media *m = p->conversation->control->with.media;
    uint32_t port = party_port(p);

    if (port == 0)
        return;
    media_port_mute(m, port, p->who.holds || participant_is_muted(&p->who), p->who.holds);
}

/* --- what follows from what happened to it --- */

typedef void party_effect_h(struct party *p, const struct ending *why);

static void stop_waiting(struct party *p, const struct ending *why)
{
    (void)why;
    timer_stop(&p->wait_timer);
    lobby_leave(p);
}

static void on_waited(void *arg)
{
    const struct ending why = ending_of(END_LOBBY_OVERDUE, 0);

    (void)party_tell(arg, PARTICIPANT_EV_OVERDUE, &why, NULL);
}

static void hold_back(struct party *p, const struct ending *why)
{
    struct control *ctl = p->conversation->control;

    (void)why;
    log_line(LOG_INFO, "core", party_log_id(p), "%s %s is %s",
             participant_is_person(&p->who) ? "person" : "application", p->who.identity,
             p->who.state == PARTICIPANT_LOBBY ? "in the lobby" : "asked for the passcode");
    timer_start(&p->wait_timer, ctl->with.loop, (int64_t)ctl->settings.lobby_minutes * 60000,
                on_waited, p);
    lobby_keep(p);
}

/* An application's voice joins the room, and its call is established. */
static void seat_call(struct party *p)
{
    const struct ending why = ending_of(END_SERVER_FAILED, 0);
    struct live_call *lc = p->call;

    if (!control_connect_bot(lc))
        (void)control_tell(lc, CALL_EV_BROKEN, &why, NULL);
    else
        (void)control_tell(lc, CALL_EV_CONNECTED, NULL, NULL);
}

static void seat(struct party *p, const struct ending *why)
{
    struct media *m = p->conversation->control->with.media;

    (void)why;
    if (p->call != NULL)
        seat_call(p);
    if (p->leg != NULL)
        (void)media_port_apart(m, party_port(p), false);
    if (p->is_off_main)
        (void)media_port_main(m, party_port(p), false);
    if (participant_is_muted(&p->who))
        party_sound(p); /* it was said while the phone rang */
    if (participant_is_person(&p->who))
        p->conversation->ever_peopled = true;
    gathering_seated(p);
}

static void send_off(struct party *p, const struct ending *why)
{
    struct live_call *lc = p->call;

    aside_stop(p);
    if (lc != NULL)
        (void)control_tell(lc, CALL_EV_REMOVED, why, NULL);
    invite_withdraw(p, why);
    if (p->leg != NULL)
        control_leg(p->leg, LEG_EV_HANGUP);
}

static void show(struct party *p, const struct ending *why)
{
    if (p->who.state == PARTICIPANT_GONE)
        p->who.removed_why = why != NULL ? end_text(why->why) : end_text(END_PEER_HUNG_UP);
    roster_changed(p);
}

static void count(struct party *p, const struct ending *why)
{
    (void)why;
    hosted_people(p->conversation);
    gathering_count(p->conversation);
}

static party_effect_h *const carry_out[PARTICIPANT_EFFECT_COUNT] = {
    [PARTICIPANT_BIT_STOP_WAITING] = stop_waiting,
    [PARTICIPANT_BIT_HOLD_BACK] = hold_back,
    [PARTICIPANT_BIT_SEAT] = seat,
    [PARTICIPANT_BIT_SEND_OFF] = send_off,
    [PARTICIPANT_BIT_SHOW] = show,
    [PARTICIPANT_BIT_COUNT] = count,
};

/* Who is gone is in the roster of nobody, but a delta roster has still to say so. */
static void depart(struct party *p)
{
    struct conversation *c = p->conversation;

    aside_stop(p);
    routing_left(p);
    list_remove(&p->in_conversation);
    if (roster_must_keep(p)) {
        list_push(&c->departed, &p->in_conversation);
        return;
    }
    party_drop(p);
}

enum err party_tell(struct party *p, enum participant_event ev, const struct ending *why,
                    struct fail *f)
{
    struct conversation *c = p->conversation;
    unsigned fx = 0;
    enum err e = participant_handle(&p->who, ev, &fx, f);

    if (e != ERR_OK)
        return e;
    (void)obj_ref(p);
    (void)obj_ref(c);
    for (unsigned bit = 0; bit < PARTICIPANT_EFFECT_COUNT; bit++)
        if ((fx & (1U << bit)) != 0)
            carry_out[bit](p, why);
    if (p->who.state == PARTICIPANT_GONE && p->in_conversation.in == &c->parties)
        depart(p); /* the conversation may have ended with it, and has let go of it then */
    (void)obj_unref(c);
    (void)obj_unref(p);
    return ERR_OK;
}

#include "core/incoming.h"

#include <string.h>

#include "base/log.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/coordinates.h"
#include "core/gathering.h"
#include "core/invite.h"
#include "core/join.h"
#include "core/meetings.h"
#include "core/party.h"

enum { CALLS_PER_USER = 10 };

static void refuse(struct control *ctl, const struct sip_event *e, int status, const char *why)
{
    log_line(LOG_INFO, "core", NULL, "a call of %s to '%s' is refused with %d: %s",
             e->incoming->user, e->incoming->to, status, why);
    sip_refuse(ctl->with.sip, e->leg, status);
}

/* Our answer to the offer, or our offer when it had none. */
static enum err answer(struct live_leg *leg, const struct sip_event *e, struct fail *f)
{
    struct control *ctl = leg->control;
    const char *offer = e->incoming->sdp;
    struct buf sdp = {0};
    enum err err = invite_open_port(leg, f);

    if (err == ERR_OK && offer != NULL)
        err = sdp_answer(offer, strlen(offer), &leg->local, &leg->agreed, &sdp, f);
    else if (err == ERR_OK)
        sdp_offer(&leg->local, &sdp);
    if (err == ERR_OK)
        sip_answer(ctl->with.sip, leg->number, sdp.data);
    buf_clear(&sdp);
    return err;
}

/* How many calls a user has made from his phones that still live. */
static size_t calls_of(const struct control *ctl, const struct user *user)
{
    size_t at = 0;
    size_t n = 0;

    for (const struct live_leg *leg; (leg = map_next(&ctl->live.legs, &at)) != NULL;)
        n += leg->binding == NULL && leg->user != NULL && str_eq(leg->user->id, user->id) ? 1 : 0;
    return n;
}

static struct live_leg *new_leg(struct conversation *c, const struct sip_event *e,
                                const struct user *user)
{
    struct live_leg *leg = live_leg_new(c->control, LEG_SIP, e->leg, c, NULL);

    leg->user = user;
    leg->dialog = str_dup(e->dialog);
    leg->signalling = e->incoming->source;
    leg->keys_by_info = e->incoming->info_keys;
    return leg;
}

/* The call could not be taken after all. */
static void give_up(struct live_leg *leg, const struct sip_event *e, const struct fail *f)
{
    refuse(leg->control, e,
           f->err == ERR_MEDIA_KIND ? 488
           : f->err == ERR_BUSY     ? 503
                                    : 400,
           f->text);
    leg->cause = SIP_CAUSE_REJECTED;
    control_leg(leg, LEG_EV_ENDED);
}

static void take(struct live_leg *leg, const struct sip_event *e)
{
    control_leg(leg, LEG_EV_ANSWERED);
    if (e->incoming->sdp != NULL)
        control_set_peer(leg, false);
}

static void call_echo(struct control *ctl, const struct sip_event *e, const struct user *user)
{
    struct conversation *c;
    struct live_leg *leg, *echo;
    struct id tenant;
    struct fail f;
    enum err err = ERR_OK;

    (void)id_read_text(&tenant, user->tenant);
    c = live_conversation_new(ctl, CONVERSATION_ECHO, &tenant);
    leg = new_leg(c, e, user);
    echo = live_leg_new(ctl, LEG_ECHO, 0, c, NULL);
    live_leg_port(echo, media_port_script(ctl->with.media, live_room(c), true, "echo"));
    echo->state = LEG_IS_UP;
    if (echo->port == 0)
        err = err_set(&f, ERR_BUSY, "no port is left");
    if (err == ERR_OK)
        err = answer(leg, e, &f);
    if (err == ERR_OK)
        take(leg, e);
    else
        give_up(leg, e, &f);
}

/* Who the phone's user is to the meeting. */
static struct entry_question question(const struct conversation *c, const struct user *user)
{
    const struct meeting *m = coordinates_meeting(c);

    return (struct entry_question){
        .is_own = str_eq(user->tenant, c->tenant.text),
        .is_organizer = m != NULL && str_eq(m->organizer.text, user->id),
        .dials_in = true,
    };
}

void incoming_judge(struct party *p)
{
    const struct ending why = ending_of(END_REMOVED, 0);
    struct entry_question q = question(p->conversation, p->leg->user);
    struct fail f;

    if (join_judge(p, &q, &f) != ERR_OK)
        (void)party_tell(p, PARTICIPANT_EV_REMOVE, &why, NULL);
}

/* Its own people come in by their name; others must know the passcode, if there is one. */
static void come(struct live_leg *leg, const struct sip_event *e)
{
    struct party *p = leg->party;
    const struct meeting *m = coordinates_meeting(p->conversation);
    struct entry_question q = question(p->conversation, leg->user);

    (void)obj_ref(p);
    (void)media_port_apart(leg->control->with.media, leg->port, true); /* until it is seated */
    take(leg, e);
    if (m != NULL && m->passcode != NULL && !q.is_own)
        (void)party_tell(p, PARTICIPANT_EV_ASK, NULL, NULL);
    else
        incoming_judge(p);
    (void)obj_unref(p);
}

static void call_meeting(struct control *ctl, const struct sip_event *e, const struct user *user,
                         const struct place *at)
{
    struct conversation *c = coordinates_open(ctl, at);
    struct live_leg *leg = new_leg(c, e, user);
    struct fail f;

    leg->party = obj_ref(party_new(
        c,
        &(struct party_identity){
            .kind = PARTY_USER, .id = user->id, .name = user->name, .tenant = user->tenant},
        NULL));
    leg->party->leg = leg;
    if (answer(leg, e, &f) == ERR_OK)
        come(leg, e);
    else
        give_up(leg, e, &f);
}

/* Why a meeting cannot be called now: a SIP status, 0: it can. */
static int meeting_is_closed(struct control *ctl, const struct user *user, const struct place *at)
{
    const char *tenant = at->meeting->tenant.text;

    if (!str_eq(user->tenant, tenant) && join_guests(ctl, tenant) == ENTRY_GUESTS_REFUSE)
        return 403;
    if (at->conversation != NULL &&
        at->conversation->parties.count >= (size_t)ctl->settings.participants_per_meeting)
        return 486;
    return 0;
}

static bool is_known(const struct control *ctl, const char *name)
{
    return directory_user_by_sip(ctl->with.directory, name) != NULL ||
           directory_application_by_sip(ctl->with.directory, name) != NULL;
}

void incoming(struct control *ctl, const struct sip_event *e)
{
    const struct sip_incoming *in = e->incoming;
    const struct user *user = directory_user(ctl->with.directory, in->user);
    struct place at = {.meeting = meetings_find_sip_name(ctl, in->to)};
    struct fail f;
    int status;

    if (at.meeting != NULL)
        at.conversation = live_conversation_at(ctl, at.meeting->tenant.text, at.meeting->thread,
                                               at.meeting->message);
    if (user == NULL)
        refuse(ctl, e, 403, "the caller is not in the directory");
    else if (control_is_open(ctl, &f) != ERR_OK || calls_of(ctl, user) >= CALLS_PER_USER)
        refuse(ctl, e, 503, "the server is busy, or this user has too many calls");
    else if (str_eq(in->to, "echo"))
        call_echo(ctl, e, user);
    else if (at.meeting != NULL && (status = meeting_is_closed(ctl, user, &at)) != 0)
        refuse(ctl, e, status, "the meeting is full, or lets no guests in");
    else if (at.meeting != NULL)
        call_meeting(ctl, e, user, &at);
    else if (is_known(ctl, in->to))
        refuse(ctl, e, 501, "calls to people and bots are not built yet");
    else
        refuse(ctl, e, 404, "no such name");
}

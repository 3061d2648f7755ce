#include "core/incoming.h"

#include "base/log.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/called.h"
#include "core/caller.h"
#include "core/control.h"
#include "core/coordinates.h"
#include "core/gathering.h"
#include "core/join.h"
#include "core/meetings.h"
#include "core/party.h"
#include "core/people.h"

enum { CALLS_PER_USER = 10 };

/* How many calls a user has made from his phones that still live. */
static size_t calls_of(const struct control *ctl, const struct user *user)
{
    size_t at = 0;
    size_t n = 0;

    for (const struct live_leg *leg; (leg = map_next(&ctl->live.legs, &at)) != NULL;)
        n += leg->binding == NULL && leg->user != NULL && str_eq(leg->user->id, user->id) ? 1 : 0;
    return n;
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
    leg = caller_new(c, e, user);
    echo = live_leg_new(ctl, LEG_ECHO, 0, c, NULL);
    live_leg_port(echo, media_port_script(ctl->with.media, live_room(c), true, "echo"));
    echo->state = LEG_IS_UP;
    if (echo->port == 0)
        err = err_set(&f, ERR_BUSY, "no port is left");
    if (err == ERR_OK)
        err = caller_open(leg, e, &f);
    if (err == ERR_OK)
        caller_take(leg);
    else
        caller_give_up(leg, e, &f);
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
static void come(struct live_leg *leg)
{
    struct party *p = leg->party;
    const struct meeting *m = coordinates_meeting(p->conversation);
    struct entry_question q = question(p->conversation, leg->user);

    (void)obj_ref(p);
    (void)media_port_apart(leg->control->with.media, leg->port, true); /* until it is seated */
    caller_take(leg);
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
    struct live_leg *leg = caller_admit(c, e, user);

    if (leg != NULL)
        come(leg);
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

/* Somebody of the caller's tenant; others do not exist. */
static const struct application *find_bot(const struct control *ctl, const struct user *user,
                                          const char *name)
{
    const struct application *app = directory_application_by_sip(ctl->with.directory, name);
    struct id id;

    if (app == NULL && id_read_text(&id, name))
        app = directory_application(ctl->with.directory, id.text);
    return app != NULL && str_eq(app->tenant, user->tenant) ? app : NULL;
}

static const struct user *find_person(const struct control *ctl, const struct user *user,
                                      const char *name)
{
    const struct user *other = directory_user_by_sip(ctl->with.directory, name);

    return other != NULL && str_eq(other->tenant, user->tenant) ? other : NULL;
}

static void call_name(struct control *ctl, const struct sip_event *e, const struct user *user)
{
    const struct application *app = find_bot(ctl, user, e->incoming->to);
    const struct user *person = find_person(ctl, user, e->incoming->to);

    if (app != NULL)
        called_bot(ctl, e, user, app);
    else if (person != NULL)
        people_call(ctl, e, user, person);
    else
        caller_refuse_event(ctl, e, 404, "no such name");
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
        caller_refuse_event(ctl, e, 403, "the caller is not in the directory");
    else if (control_is_open(ctl, &f) != ERR_OK || calls_of(ctl, user) >= CALLS_PER_USER)
        caller_refuse_event(ctl, e, 503, "the server is busy, or this user has too many calls");
    else if (str_eq(in->to, "echo"))
        call_echo(ctl, e, user);
    else if (at.meeting != NULL && (status = meeting_is_closed(ctl, user, &at)) != 0)
        caller_refuse_event(ctl, e, status, "the meeting is full, or lets no guests in");
    else if (at.meeting != NULL)
        call_meeting(ctl, e, user, &at);
    else
        call_name(ctl, e, user);
}

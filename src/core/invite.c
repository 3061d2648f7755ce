#include "core/invite.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/errand.h"
#include "core/gathering.h"
#include "core/move.h"
#include "core/party.h"
#include "core/people.h"
#include "core/retarget.h"

enum { RESTORED_GRACE_MS = 60000 };

enum err invite_open_port(struct live_leg *leg, struct fail *f)
{
    struct control *ctl = leg->control;
    const struct settings *s = &ctl->settings;
    struct media_socket socket;
    enum err e = media_socket_open(ctl->with.media, &socket, f);
    uint32_t port;

    if (e != ERR_OK)
        return e;
    port =
        media_port_rtp(ctl->with.media, live_room(leg->conversation), &socket,
                       leg->call != NULL ? leg->call->call->id.text : leg->conversation->id.text);
    if (port == 0) {
        media_socket_close(ctl->with.media, &socket);
        return err_set(f, ERR_BUSY, "The media threads cannot take another port now.");
    }
    live_leg_port(leg, port);
    leg->local.rtp = socket.rtp;
    leg->local.rtcp_port = socket.rtcp_port;
    leg->local.codecs = s->codecs;
    leg->local.codec_count = s->codec_count;
    leg->local.direction = SDP_SENDRECV;
    leg->local.telephone_event = true;
    if (s->media_advertise != NULL)
        (void)addr_read_ip(&leg->local.rtp, s->media_advertise, strlen(s->media_advertise),
                           addr_port(&socket.rtp));
    return ERR_OK;
}

/* From the loop: the other phones are still to be rung, and the last refusal ends it. */
static void on_not_dialled(void *arg)
{
    control_leg(arg, LEG_EV_ENDED);
}

static struct live_leg *add_leg(struct party *p, enum leg_kind kind, uint64_t number)
{
    struct live_leg *leg =
        live_leg_new(p->conversation->control, kind, number, p->conversation, p->ringing.caller);

    leg->user = p->ringing.user;
    leg->party = obj_ref(p);
    list_push(&p->ringing.legs, &leg->in_party);
    return leg;
}

static void ring_phone(struct party *p, const struct sip_binding *b)
{
    struct control *ctl = p->conversation->control;
    struct live_leg *leg = add_leg(p, LEG_SIP, sip_leg_new(ctl->with.sip));
    struct fail f;

    leg->binding = mem_dup(b, sizeof(*b));
    if (invite_open_port(leg, &f) != ERR_OK) {
        log_line(LOG_WARN, "core", party_log_id(p), "a phone of %s is not rung: %s",
                 p->ringing.user->sip, f.text);
        leg->status = 503;
        timer_start(&leg->timer, ctl->with.loop, 0, on_not_dialled, leg);
        return;
    }
    control_leg(leg, LEG_EV_DIAL);
}

/* A phone on TCP or TLS that was known before a restart lost its connection with it: it counts
 * as registered for a minute, so that it can come back, but it cannot be rung. */
static bool can_be_rung(const struct live_phone *p)
{
    return !p->restored || str_starts(p->binding.received, "udp:");
}

static bool is_expected_back(const struct control *ctl, const struct live_phone *p)
{
    return p->restored && clock_mono_ms() - ctl->began_ms < RESTORED_GRACE_MS;
}

static size_t ring_phones(struct party *p, bool *expected)
{
    struct control *ctl = p->conversation->control;
    struct live_phones *phones = live_phones_find(ctl, p->ringing.user->id);
    size_t rung = 0;

    if (phones == NULL)
        return 0;
    LIST_EACH(n, &phones->phones)
    {
        const struct live_phone *phone = LIST_OF(n, struct live_phone, node);

        if (can_be_rung(phone)) {
            ring_phone(p, &phone->binding);
            rung++;
        } else if (is_expected_back(ctl, phone)) {
            *expected = true;
        }
    }
    return rung;
}

static void stop(struct party *p)
{
    timer_stop(&p->ringing.timer);
    LIST_EACH(n, &p->ringing.legs)
    {
        struct live_leg *leg = LIST_OF(n, struct live_leg, in_party);

        if (leg->state != LEG_IS_GONE)
            control_leg(leg, LEG_EV_HANGUP);
    }
}

/* The invitation has come to its end, whichever: who asked for it hears of it. */
static void settle(struct party *p, bool reached, const struct ending *why)
{
    struct ringing *r = &p->ringing;

    timer_stop(&r->timer);
    if (r->operation != NULL && r->caller != NULL)
        errand_invited(r->caller, r->operation, reached ? NULL : why);
    r->operation = obj_unref(r->operation);
}

void invite_withdraw(struct party *p, const struct ending *why)
{
    const struct ending removed = ending_of(END_REMOVED, 0);

    stop(p);
    settle(p, false, why != NULL ? why : &removed);
    if (p->ringing.replaces != NULL)
        (void)retarget_failed(p->ringing.replaces); /* nobody takes its other side over */
}

/* Does anybody else still ring there? */
static bool others_ring(const struct party *p)
{
    LIST_EACH(n, &p->conversation->parties)
    {
        const struct party *other = LIST_OF(n, struct party, in_conversation);

        if (other != p && other->who.state == PARTICIPANT_INVITED)
            return true;
    }
    return false;
}

/* Between two it is the end of who waits for the answer. */
static void tell_waiting(struct party *p, const struct ending *why)
{
    struct live_call *caller = p->ringing.caller;

    if (p->ringing.replaces != NULL && retarget_failed(p->ringing.replaces))
        return; /* it was its own call that was to hand it on */
    if (p->conversation->kind != CONVERSATION_P2P || others_ring(p))
        return;
    if (caller == NULL)
        people_unreached(p->conversation, why);
    else if (!retarget_failed(caller))
        (void)control_tell(caller, CALL_EV_UNREACHED, why, NULL);
}

/* Nobody can be reached, or nobody wants to. */
static void fail(struct party *p, const struct ending *why)
{
    (void)obj_ref(p);
    stop(p);
    settle(p, false, why);
    tell_waiting(p, why);
    (void)party_tell(p, PARTICIPANT_EV_LEAVE, why, NULL);
    (void)obj_unref(p);
}

static void on_ring_over(void *arg)
{
    const struct ending why = ending_of(END_NO_ANSWER, 0);

    fail(arg, &why);
}

static void on_no_such_user(void *arg)
{
    const struct ending why = ending_of(END_NO_SUCH_USER, 0);

    fail(arg, &why);
}

static void on_no_phone(void *arg)
{
    const struct ending why = ending_of(END_NO_PHONE, 0);

    fail(arg, &why);
}

static void ring(struct party *p, int ring_s)
{
    struct control *ctl = p->conversation->control;
    bool expected = false;
    timer_h *then = on_ring_over;
    int64_t ms = (int64_t)(ring_s != 0 ? ring_s : ctl->settings.ring_default_s) * 1000;

    if (p->ringing.user == NULL) {
        then = on_no_such_user;
    } else if (ring_phones(p, &expected) == 0) {
        if (p->ringing.user->virtual_phone != NULL && !expected)
            control_leg(add_leg(p, LEG_VIRTUAL, 0), LEG_EV_DIAL);
        else
            then = on_no_phone;
    }
    /* what fails at once fails from the loop: who asked has not heard yet that it was begun */
    timer_start(&p->ringing.timer, ctl->with.loop, then == on_ring_over ? ms : 0, then, p);
}

/* Where the person is now, in the call that the invitation replaces; NULL: not in it any more. */
static struct party *replaced_party(const struct party *p)
{
    const struct live_call *lc = p->ringing.replaces;

    if (lc == NULL || lc->conversation == NULL || lc->conversation == p->conversation)
        return NULL;
    return party_find_identity(lc->conversation, PARTY_USER, p->who.identity);
}

/* Who is in another call of ours goes over to this one; whose phone cannot is rung anew. */
static void on_replace(void *arg)
{
    struct party *p = arg;
    struct party *from = replaced_party(p);

    (void)obj_ref(p);
    if (from != NULL && move_party(from, p)) {
        settle(p, true, NULL);
        retarget_taken(p);
    } else {
        ring(p, p->ringing.ring_s);
    }
    (void)obj_unref(p);
}

/* The person has come by another phone, or by a second call of the same one: the first one ends,
 * or goes on without that person. */
static void end_replaced(const struct party *p)
{
    const struct ending why = ending_of(END_PEER_HUNG_UP, 0);
    struct party *from = replaced_party(p);

    if (from != NULL && from->conversation->kind == CONVERSATION_P2P) {
        if (!retarget_left(from->conversation))
            gathering_partner(from->conversation, CALL_EV_LEFT, &why);
    } else if (from != NULL)
        (void)party_tell(from, PARTICIPANT_EV_REMOVE, &why, NULL);
}

/* The person as the directory knows it; another tenant's people do not exist. */
static const struct user *find_user(const struct conversation *c, const char *text)
{
    const struct user *user;
    struct id id;

    if (!id_read_text(&id, text))
        return NULL;
    user = directory_user(c->control->with.directory, id.text);
    return user != NULL && str_eq(user->tenant, c->tenant.text) ? user : NULL;
}

struct party *invite(struct conversation *c, const struct invitation *i)
{
    const struct user *user = find_user(c, i->user);
    struct party *p = party_new(c,
                                &(struct party_identity){
                                    .kind = PARTY_USER,
                                    .id = user != NULL ? user->id : i->user,
                                    .name = user != NULL ? user->name : i->name,
                                    .tenant = user != NULL ? user->tenant : NULL,
                                },
                                i->pid);

    p->who.hidden = i->hidden;
    p->is_off_main = i->off_main;
    p->ringing.user = user;
    p->ringing.from = i->from;
    p->ringing.is_masked = i->masked;
    p->ringing.caller = i->caller;
    p->ringing.operation = obj_ref(i->operation);
    p->ringing.replaces = obj_ref(i->replaces);
    p->ringing.ring_s = i->ring_s;
    (void)party_tell(p, PARTICIPANT_EV_INVITE, NULL, NULL);
    if (i->replaces != NULL)
        timer_start(&p->ringing.timer, c->control->with.loop, 0, on_replace, p);
    else
        ring(p, i->ring_s);
    return p;
}

void invite_taken(struct live_leg *leg)
{
    struct party *p = leg->party;

    list_remove(&leg->in_party);
    stop(p); /* the first that answers wins, the others are cancelled */
    p->leg = leg;
    if (p->conversation->kind != CONVERSATION_P2P)
        live_leg_detach(leg);
    settle(p, true, NULL);
    end_replaced(p);
    if (party_tell(p, PARTICIPANT_EV_ENTER, NULL, NULL) == ERR_OK)
        retarget_taken(p);
    else
        control_leg(leg, LEG_EV_HANGUP); /* it was picked up as we hung up */
}

void invite_refused(struct live_leg *leg)
{
    struct party *p = leg->party;
    struct ringing *r = &p->ringing;
    struct ending why;

    list_remove(&leg->in_party);
    if (p->who.state != PARTICIPANT_INVITED)
        return; /* another phone won, or nobody is to be rung any more */
    if (leg->status != 0) {
        r->refusals = mem_grow(r->refusals, (r->refusal_count + 1) * sizeof(int));
        r->refusals[r->refusal_count++] = leg->status;
    }
    if (!list_empty(&r->legs))
        return;
    why = ending_of_sip(fork_best(r->refusals, r->refusal_count));
    fail(p, &why);
}

void invite_check_released(struct live_call *lc)
{
    if (lc->call->state != CALL_TERMINATING)
        return;
    LIST_EACH(n, &lc->legs)
    if (LIST_OF(n, struct live_leg, in_call)->state != LEG_IS_GONE)
        return;
    control_post(lc, CALL_EV_RELEASED, NULL);
}

#include "core/dial.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/virtual_phone.h"

enum { RESTORED_GRACE_MS = 60000, CALLS_PER_USER = 10 };

enum err dial_open_port(struct live_leg *leg, struct fail *f)
{
    struct control *ctl = leg->control;
    const struct settings *s = &ctl->settings;
    struct media_socket socket;
    enum err e = media_socket_open(ctl->with.media, &socket, f);
    uint32_t port;

    if (e != ERR_OK)
        return e;
    port = media_port_rtp(ctl->with.media, leg->conversation->room, &socket,
                          leg->call != NULL ? leg->call->call->id.text : "echo");
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

/* Made with the first leg: a call that reaches nobody needs none. */
static void open_room(struct conversation *c)
{
    if (c->room == 0)
        c->room = media_room_new(c->control->with.media);
}

/* From the loop: the other phones are still to be rung, and the last refusal ends the call. */
static void on_not_dialled(void *arg)
{
    control_leg(arg, LEG_EV_ENDED);
}

static void dial_phone(struct live_call *lc, const struct user *user, const struct sip_binding *b)
{
    struct control *ctl = lc->control;
    struct live_leg *leg =
        live_leg_new(ctl, LEG_SIP, sip_leg_new(ctl->with.sip), lc->conversation, lc);
    struct fail f;

    open_room(lc->conversation);
    leg->user = user;
    leg->binding = mem_dup(b, sizeof(*b));
    if (dial_open_port(leg, &f) != ERR_OK) {
        log_line(LOG_WARN, "core", lc->call->id.text, "a phone of %s is not rung: %s", user->sip,
                 f.text);
        leg->status = 503;
        timer_start(&leg->timer, ctl->with.loop, 0, on_not_dialled, leg);
        return;
    }
    control_leg(leg, LEG_EV_DIAL);
}

static void dial_virtual(struct live_call *lc, const struct user *user)
{
    struct live_leg *leg = live_leg_new(lc->control, LEG_VIRTUAL, 0, lc->conversation, lc);

    open_room(lc->conversation);
    leg->user = user;
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
    return p->restored && clock_wall_ms() - ctl->began_ms < RESTORED_GRACE_MS;
}

static void on_ring_over(void *arg)
{
    const struct ending why = ending_of(END_NO_ANSWER, 0);

    (void)control_tell(arg, CALL_EV_UNREACHED, &why, NULL);
}

static void unreached(struct live_call *lc, enum end end)
{
    const struct ending why = ending_of(end, 0);

    (void)control_tell(lc, CALL_EV_UNREACHED, &why, NULL);
}

static const struct user *target_of(const struct live_call *lc)
{
    const struct graph_call *g = lc->call->graph;
    const struct graph_invitation_participant_info *target =
        g->targets.count != 0 ? g->targets.items[0] : NULL;
    const struct user *user;
    struct id id;

    if (target == NULL || target->info.identity == NULL || target->info.identity->user == NULL ||
        !id_read_text(&id, target->info.identity->user->id))
        return NULL;
    user = directory_user(lc->control->with.directory, id.text);
    /* another tenant's people do not exist */
    return user != NULL && str_eq(user->tenant, lc->call->tenant.text) ? user : NULL;
}

static size_t ring_phones(struct live_call *lc, const struct user *user, bool *expected)
{
    struct live_phones *phones = live_phones_find(lc->control, user->id);
    size_t rung = 0;

    if (phones == NULL)
        return 0;
    LIST_EACH(n, &phones->phones)
    {
        const struct live_phone *p = LIST_OF(n, struct live_phone, node);

        if (can_be_rung(p)) {
            dial_phone(lc, user, &p->binding);
            rung++;
        } else if (is_expected_back(lc->control, p)) {
            *expected = true;
        }
    }
    return rung;
}

void dial_call(struct live_call *lc)
{
    struct control *ctl = lc->control;
    const struct opt_int *wanted = &lc->call->graph->ringing_timeout_in_seconds;
    const struct user *user = target_of(lc);
    bool expected = false;

    if (lc->call->state != CALL_ESTABLISHING)
        return; /* it was ended before it was on disk */
    if (user == NULL) {
        unreached(lc, END_NO_SUCH_USER);
        return;
    }
    timer_start(&lc->ring_timer, ctl->with.loop,
                (wanted->set ? wanted->value : ctl->settings.ring_default_s) * 1000, on_ring_over,
                lc);
    if (ring_phones(lc, user, &expected) != 0)
        return;
    if (user->virtual_phone != NULL && !expected)
        dial_virtual(lc, user);
    else
        unreached(lc, END_NO_PHONE);
}

void dial_check_released(struct live_call *lc)
{
    if (lc->call->state != CALL_TERMINATING)
        return;
    LIST_EACH(n, &lc->legs)
    if (LIST_OF(n, struct live_leg, in_call)->state != LEG_IS_GONE)
        return;
    control_post(lc, CALL_EV_RELEASED, NULL);
}

void dial_end_conversation(struct conversation *c)
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

static void refuse(struct control *ctl, const struct sip_event *e, int status, const char *why)
{
    log_line(LOG_INFO, "core", NULL, "a call of %s to '%s' is refused with %d: %s",
             e->incoming->user, e->incoming->to, status, why);
    sip_refuse(ctl->with.sip, e->leg, status);
}

static enum err answer_echo(struct live_leg *leg, const struct sip_event *e, struct fail *f)
{
    struct control *ctl = leg->control;
    struct conversation *c = leg->conversation;
    struct live_leg *echo = live_leg_new(ctl, LEG_ECHO, 0, c, NULL);
    struct buf sdp = {0};
    enum err err;

    open_room(c);
    live_leg_port(echo, media_port_script(ctl->with.media, c->room, true, "echo"));
    echo->state = LEG_IS_UP;
    err = echo->port != 0 ? dial_open_port(leg, f) : err_set(f, ERR_BUSY, "no port is left");
    if (err == ERR_OK && e->incoming->sdp != NULL)
        err = sdp_answer(e->incoming->sdp, strlen(e->incoming->sdp), &leg->local, &leg->agreed,
                         &sdp, f);
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
        n += leg->call == NULL && leg->user != NULL && str_eq(leg->user->id, user->id) ? 1 : 0;
    return n;
}

void dial_incoming(struct control *ctl, const struct sip_event *e)
{
    const struct sip_incoming *in = e->incoming;
    const struct user *user = directory_user(ctl->with.directory, in->user);
    struct conversation *c;
    struct live_leg *leg;
    struct id tenant;
    struct fail f;
    enum err err;

    if (user == NULL || !id_read_text(&tenant, user->tenant)) {
        refuse(ctl, e, 403, "the caller is not in the directory");
        return;
    }
    if (!str_eq(in->to, "echo")) {
        bool known = directory_user_by_sip(ctl->with.directory, in->to) != NULL ||
                     directory_application_by_sip(ctl->with.directory, in->to) != NULL;

        refuse(ctl, e, known ? 501 : 404,
               known ? "calls to people and bots are not built yet" : "no such name");
        return;
    }
    if (control_is_open(ctl, &f) != ERR_OK || calls_of(ctl, user) >= CALLS_PER_USER) {
        refuse(ctl, e, 503, "the server is busy, or this user has too many calls");
        return;
    }
    c = live_conversation_new(ctl, CONVERSATION_ECHO, &tenant);
    leg = live_leg_new(ctl, LEG_SIP, e->leg, c, NULL);
    leg->user = user;
    leg->signalling = in->source;
    leg->keys_by_info = in->info_keys;
    err = answer_echo(leg, e, &f);
    if (err == ERR_OK) {
        control_leg(leg, LEG_EV_ANSWERED);
        if (in->sdp != NULL)
            control_set_peer(leg, false);
        return;
    }
    refuse(ctl, e, err == ERR_MEDIA_KIND ? 488 : err == ERR_BUSY ? 503 : 400, f.text);
    leg->cause = SIP_CAUSE_REJECTED;
    control_leg(leg, LEG_EV_ENDED);
}

/*
 * events.c - control_on_sip(), control_on_media(): what the drivers tell becomes an
 * event of a leg or a call. The control thread.
 */
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "core/aside.h"
#include "core/burial.h"
#include "core/control.h"
#include "core/gathering.h"
#include "core/hosted.h"
#include "core/incoming.h"
#include "core/lobby.h"
#include "core/notify.h"
#include "core/party.h"
#include "core/phones.h"
#include "core/play.h"
#include "core/record.h"
#include "core/roster.h"

typedef void sip_told_h(struct control *ctl, struct live_leg *leg, const struct sip_event *e);

bool control_connect_bot(struct live_call *lc)
{
    struct control *ctl = lc->control;

    if (lc->port != 0)
        return true;
    if (lc->hosted != NULL)
        lc->port = hosted_port(lc);
    else
        lc->port = media_port_bot(ctl->with.media, live_room(lc->conversation), lc->call->id.text);
    if (lc->port != 0)
        (void)map_put_num(&ctl->live.bot_ports, lc->port, lc);
    return lc->port != 0;
}

void control_set_peer(struct live_leg *leg, bool relock)
{
    struct media_peer peer = {.agreed = leg->agreed,
                              .signalling = leg->signalling,
                              .relock = relock,
                              .info_keys = leg->keys_by_info};

    const struct ending why = ending_of(END_SERVER_FAILED, 0);

    leg->keys_by_rtp = leg->agreed.telephone_event >= 0;
    if (media_port_peer(leg->control->with.media, leg->port, &peer))
        return;
    /* nobody would hear anybody: better an end with a reason than a silent call */
    if (leg->call != NULL)
        control_post(leg->call, CALL_EV_BROKEN, &why);
    else
        control_leg(leg, LEG_EV_HANGUP);
}

/* What their SDP said does not fit: the call cannot be had with this phone. */
static void no_media(struct live_leg *leg, const struct fail *f)
{
    log_line(LOG_INFO, "core", leg->call != NULL ? leg->call->call->id.text : NULL,
             "a phone's answer cannot be used: %s", f->text);
    leg->status = 488;
    sip_hangup(leg->control->with.sip, leg->number, 488);
}

static void on_ringing(struct control *ctl, struct live_leg *leg, const struct sip_event *e)
{
    (void)ctl;
    (void)e;
    control_leg(leg, LEG_EV_RINGS);
}

static void on_answered(struct control *ctl, struct live_leg *leg, const struct sip_event *e)
{
    struct fail f = {.text = "it has no session description"};

    (void)ctl;
    leg->signalling = e->source;
    if (leg->dialog == NULL)
        leg->dialog = str_dup(e->dialog);
    if (e->sdp == NULL ||
        sdp_read_answer(e->sdp, strlen(e->sdp), &leg->local, &leg->agreed, &f) != ERR_OK) {
        no_media(leg, &f);
        return;
    }
    if (leg->state == LEG_IS_TRYING || leg->state == LEG_IS_RINGING)
        control_set_peer(leg, false);
    control_leg(leg, LEG_EV_ANSWERED);
}

/* The answer to a late offer of ours: as the call begins, or to an empty re-INVITE. */
static void on_confirmed(struct control *ctl, struct live_leg *leg, const struct sip_event *e)
{
    struct fail f;

    (void)ctl;
    if (e->sdp == NULL)
        return;
    if (sdp_read_answer(e->sdp, strlen(e->sdp), &leg->local, &leg->agreed, &f) != ERR_OK) {
        no_media(leg, &f);
        return;
    }
    control_set_peer(leg, true);
    control_leg(leg, leg->agreed.hold ? LEG_EV_HOLD : LEG_EV_RESUME);
}

/* Hold, resume, a new address: the phone offers again. */
static void on_offer(struct control *ctl, struct live_leg *leg, const struct sip_event *e)
{
    struct sdp_agreed agreed;
    struct buf sdp = {0};
    struct fail f;

    leg->local.session_version++;
    if (e->sdp == NULL) {
        sdp_offer(&leg->local, &sdp);
        sip_modify_reply(ctl->with.sip, leg->number, sdp.data, 200);
        buf_clear(&sdp);
        return;
    }
    if (sdp_answer(e->sdp, strlen(e->sdp), &leg->local, &agreed, &sdp, &f) != ERR_OK) {
        sip_modify_reply(ctl->with.sip, leg->number, NULL, f.err == ERR_MEDIA_KIND ? 488 : 400);
        buf_clear(&sdp);
        return;
    }
    sip_modify_reply(ctl->with.sip, leg->number, sdp.data, 200);
    buf_clear(&sdp);
    leg->agreed = agreed;
    control_set_peer(leg, true);
    control_leg(leg, agreed.hold ? LEG_EV_HOLD : LEG_EV_RESUME);
}

/* Every bot of the conversation that subscribed hears of the key of who is in it. */
static void key_pressed(const struct live_leg *leg, char key)
{
    if (leg->conversation == NULL)
        return;
    if (leg->party != NULL && leg->party->who.state != PARTICIPANT_IN) {
        lobby_key(leg->party, key);
        return;
    }
    LIST_EACH(n, &leg->conversation->calls)
    {
        struct live_call *lc = LIST_OF(n, struct live_call, in_conversation);

        hosted_key(lc, key);
        record_key(lc, key);
        if (lc->tones && call_needs_media(lc->call, NULL) == ERR_OK)
            notify_tone(lc, key);
    }
}

static void on_info_key(struct control *ctl, struct live_leg *leg, const struct sip_event *e)
{
    if (leg->keys_by_rtp)
        return; /* the phone agreed to send RFC 4733: only that counts */
    if (!leg->keys_by_info)
        media_port_keys_by_info(ctl->with.media, leg->port);
    leg->keys_by_info = true;
    key_pressed(leg, e->key);
}

static void on_ended(struct control *ctl, struct live_leg *leg, const struct sip_event *e)
{
    (void)ctl;
    leg->cause = e->cause;
    if (leg->status == 0 && !leg->was_up)
        leg->status = e->status != 0 ? e->status : e->cause == SIP_CAUSE_TRANSPORT ? 503 : 408;
    control_leg(leg, LEG_EV_ENDED);
}

static sip_told_h *const sip_rows[] = {
    [SIP_EV_RINGING] = on_ringing,     [SIP_EV_ANSWERED] = on_answered,
    [SIP_EV_CONFIRMED] = on_confirmed, [SIP_EV_OFFER] = on_offer,
    [SIP_EV_KEY] = on_info_key,        [SIP_EV_ENDED] = on_ended,
};

void control_on_sip(const struct sip_event *e, void *arg)
{
    struct control *ctl = arg;
    struct live_leg *leg = map_find_num(&ctl->live.legs, e->leg);

    if (e->kind == SIP_EV_BOUND)
        phones_bound(ctl, e->binding);
    else if (e->kind == SIP_EV_UNBOUND)
        phones_unbound(ctl, e->binding);
    else if (e->kind == SIP_EV_INCOMING)
        incoming(ctl, e);
    else if (leg != NULL)
        sip_rows[e->kind](ctl, leg, e);
    (void)mem_free(e->sdp);
    (void)mem_free(e->dialog);
    (void)mem_free(e->binding);
    sip_incoming_free(e->incoming);
}

static void on_silent(struct live_leg *leg)
{
    const struct ending why = ending_of(END_MEDIA_LOST, 0);

    if (leg->state != LEG_IS_UP)
        return; /* who holds may be silent */
    if (leg->party == NULL) {
        gathering_hang_up(leg->conversation);
        return;
    }
    if (leg->conversation->kind == CONVERSATION_P2P) {
        gathering_partner(leg->conversation, CALL_EV_LOST, &why);
        return;
    }
    log_line(LOG_INFO, "core", leg->conversation->id.text, "a phone is lost: no RTP, no RTCP");
    (void)party_tell(leg->party, PARTICIPANT_EV_LEAVE, &why, NULL);
    control_leg(leg, LEG_EV_HANGUP);
}

/* Only asked for where the roster is of those who talk, or a bot hosts its own media. */
static void on_talking(struct control *ctl, uint32_t port, bool talking)
{
    const struct live_leg *leg = map_find_num(&ctl->live.ports, port);
    const struct live_call *lc = map_find_num(&ctl->live.bot_ports, port);
    struct party *p = leg != NULL ? leg->party : lc != NULL ? lc->party : NULL;

    if (p == NULL || p->is_talking == talking)
        return;
    p->is_talking = talking;
    if (roster_is_of_talkers(p->conversation))
        roster_changed(p);
    hosted_talkers(p->conversation);
}

/* A port has gone: what it counted is kept for the call's life. Takes the stats. */
static void port_gone(struct control *ctl, const struct media_event *e)
{
    struct live_leg *leg = map_del_num(&ctl->live.ports, e->port);
    struct live_call *lc = map_del_num(&ctl->live.bot_ports, e->port);

    if (leg != NULL) {
        (void)mem_free(leg->stats);
        leg->stats = e->stats;
        leg->port_is_gone = true;
        if (leg->call != NULL)
            burial_check(leg->call);
        else if (leg->state == LEG_IS_GONE)
            (void)obj_unref(leg);
        return;
    }
    (void)mem_free(e->stats);
    if (lc != NULL) {
        lc->port_is_gone = true;
        burial_check(lc);
    }
}

void control_on_media(const struct media_event *e, void *arg)
{
    struct control *ctl = arg;
    struct live_leg *leg = map_find_num(&ctl->live.ports, e->port);
    struct live_call *lc = map_find_num(&ctl->live.bot_ports, e->port);

    switch (e->kind) {
    case MEDIA_EV_KEY:
        if (leg != NULL)
            key_pressed(leg, e->key);
        break;
    case MEDIA_EV_PLAYED:
        aside_on_played(ctl, e->play);
        if (lc != NULL)
            play_on_played(lc, e->play, e->reason);
        break;
    case MEDIA_EV_RECORDED:
        record_on_recorded(ctl, e);
        break;
    case MEDIA_EV_TALKING:
        on_talking(ctl, e->port, e->talking);
        break;
    case MEDIA_EV_SILENT:
        if (leg != NULL)
            on_silent(leg);
        break;
    case MEDIA_EV_HEARD:
        if (leg != NULL && leg->call != NULL)
            log_line(LOG_DEBUG, "core", leg->call->call->id.text, "the phone is heard");
        break;
    case MEDIA_EV_GONE:
        port_gone(ctl, e);
        break;
    }
}

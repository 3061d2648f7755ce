#include "core/caller.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/invite.h"
#include "core/party.h"

struct live_leg *caller_new(struct conversation *c, const struct sip_event *e,
                            const struct user *user)
{
    struct live_leg *leg = live_leg_new(c->control, LEG_SIP, e->leg, c, NULL);

    leg->user = user;
    leg->dialog = str_dup(e->dialog);
    leg->signalling = e->incoming->source;
    leg->keys_by_info = e->incoming->info_keys;
    return leg;
}

/* Makes the caller a party of the leg's conversation, ARRIVING. */
static void enter(struct live_leg *leg)
{
    const struct user *user = leg->user;

    leg->party = obj_ref(party_new(
        leg->conversation,
        &(struct party_identity){
            .kind = PARTY_USER, .id = user->id, .name = user->name, .tenant = user->tenant},
        NULL));
    leg->party->leg = leg;
}

enum err caller_open(struct live_leg *leg, const struct sip_event *e, struct fail *f)
{
    const char *offer = e->incoming->sdp;
    struct buf sdp = {0};
    enum err err = invite_open_port(leg, f);

    if (err == ERR_OK && offer != NULL)
        err = sdp_answer(offer, strlen(offer), &leg->local, &leg->agreed, &sdp, f);
    else if (err == ERR_OK)
        sdp_offer(&leg->local, &sdp);
    if (err == ERR_OK)
        leg->answer = buf_take(&sdp);
    leg->answers_late = offer == NULL;
    buf_clear(&sdp);
    return err;
}

void caller_refuse_event(struct control *ctl, const struct sip_event *e, int status,
                         const char *why)
{
    log_line(LOG_INFO, "core", NULL, "a call of %s to '%s' is refused with %d: %s",
             e->incoming->user, e->incoming->to, status, why);
    sip_refuse(ctl->with.sip, e->leg, status);
}

void caller_give_up(struct live_leg *leg, const struct sip_event *e, const struct fail *f)
{
    caller_refuse_event(leg->control, e,
                        f->err == ERR_MEDIA_KIND ? 488
                        : f->err == ERR_BUSY     ? 503
                                                 : 400,
                        f->text);
    leg->cause = SIP_CAUSE_REJECTED;
    control_leg(leg, LEG_EV_ENDED);
}

struct live_leg *caller_admit(struct conversation *c, const struct sip_event *e,
                              const struct user *user)
{
    struct live_leg *leg = caller_new(c, e, user);
    struct fail f;

    enter(leg);
    if (caller_open(leg, e, &f) == ERR_OK)
        return leg;
    caller_give_up(leg, e, &f);
    return NULL;
}

bool caller_waits(const struct live_leg *leg)
{
    return leg != NULL && leg->state == LEG_IS_IDLE && leg->answer != NULL;
}

void caller_ring(struct live_leg *leg)
{
    if (caller_waits(leg))
        sip_ring(leg->control->with.sip, leg->number);
}

void caller_take(struct live_leg *leg)
{
    if (!caller_waits(leg))
        return;
    sip_answer(leg->control->with.sip, leg->number, leg->answer);
    leg->answer = mem_free(leg->answer);
    control_leg(leg, LEG_EV_ANSWERED);
    if (!leg->answers_late)
        control_set_peer(leg, false);
}

void caller_refuse(struct live_leg *leg, int status)
{
    if (!caller_waits(leg))
        return;
    leg->refuse_with = status;
    control_leg(leg, LEG_EV_HANGUP);
}

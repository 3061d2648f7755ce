#include "core/virtual_phone.h"

#include "base/log.h"
#include "core/control.h"
#include "core/party.h"
#include "core/sound.h"
#include "media/prompt.h"

enum { KEY_GAP_MS = 200 };

static int64_t value_or(const struct opt_int *o, int64_t otherwise)
{
    return o->set ? o->value : otherwise;
}

static void on_end(void *arg)
{
    control_leg(arg, LEG_EV_ENDED);
}

void virtual_phone_end(struct live_leg *leg, int status)
{
    leg->status = status;
    leg->cause = leg->was_up ? SIP_CAUSE_BYE_SENT : SIP_CAUSE_CANCELLED;
    timer_start(&leg->timer, leg->control->with.loop, 0, on_end, leg);
}

static void on_refuse(void *arg)
{
    struct live_leg *leg = arg;

    leg->status = (int)leg->user->virtual_phone->refuse_with.value;
    leg->cause = SIP_CAUSE_REFUSED;
    control_leg(leg, LEG_EV_ENDED);
}

static void on_answer(void *arg)
{
    struct live_leg *leg = arg;
    const struct phone_script *script = leg->user->virtual_phone;
    uint32_t port = media_port_script(leg->control->with.media, live_room(leg->conversation),
                                      script->echo.value, party_log_id(leg->party));

    if (port == 0) {
        leg->status = 503;
        leg->cause = SIP_CAUSE_REFUSED;
        control_leg(leg, LEG_EV_ENDED);
        return;
    }
    live_leg_port(leg, port);
    control_leg(leg, LEG_EV_ANSWERED);
}

/* It begins to ring from the next turn of the loop on, as a phone does. */
static void on_ring(void *arg)
{
    struct live_leg *leg = arg;
    const struct phone_script *script = leg->user->virtual_phone;
    struct loop *l = leg->control->with.loop;

    control_leg(leg, LEG_EV_RINGS);
    if (script->refuse_with.set)
        timer_start(&leg->timer, l, value_or(&script->answer_after_ms, 0), on_refuse, leg);
    else if (script->answer_after_ms.set)
        timer_start(&leg->timer, l, script->answer_after_ms.value, on_answer, leg);
}

void virtual_phone_ring(struct live_leg *leg)
{
    timer_start(&leg->timer, leg->control->with.loop, 0, on_ring, leg);
}

static void on_hang_up(void *arg)
{
    struct live_leg *leg = arg;

    leg->cause = SIP_CAUSE_BYE_RECEIVED;
    control_leg(leg, LEG_EV_ENDED);
}

void virtual_phone_up(struct live_leg *leg)
{
    const struct phone_script *script = leg->user->virtual_phone;
    struct control *ctl = leg->control;

    if (script->press_keys != NULL &&
        !media_send_keys(ctl->with.media, leg->port, script->press_keys, KEY_GAP_MS))
        log_line(LOG_WARN, "core", party_log_id(leg->party),
                 "the virtual phone's keys are lost: ring full");
    if (script->play_file != NULL)
        sound_play_builtin(ctl, leg->port, script->play_file);
    if (script->hang_up_after_ms.set)
        timer_start(&leg->timer, ctl->with.loop, script->hang_up_after_ms.value, on_hang_up, leg);
}

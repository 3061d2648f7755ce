#include "core/control.h"

#include <assert.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/aside.h"
#include "core/burial.h"
#include "core/errand.h"
#include "core/gathering.h"
#include "core/hosted.h"
#include "core/invite.h"
#include "core/join.h"
#include "core/meetings.h"
#include "core/notify.h"
#include "core/owed.h"
#include "core/parked.h"
#include "core/play.h"
#include "core/record.h"
#include "core/replay.h"
#include "core/roster.h"
#include "core/sound.h"
#include "core/tail.h"
#include "core/tones.h"
#include "identity/keys.h"
#include "loop/loop.h"
#include "store/rows.h"

enum { HOUSEKEEPING_MS = 5000, PARKED_KEPT_MS = 7 * 24 * 3600 * 1000 };

typedef void effect_h(struct live_call *lc);

static void on_untended(void *arg)
{
    struct live_call *lc = arg;
    const struct ending why = ending_of(END_NOT_KEPT_ALIVE, 0);

    (void)control_tell(lc, CALL_EV_UNTENDED, &why, NULL);
}

void control_keep_alive(struct live_call *lc)
{
    const struct control *ctl = lc->control;

    if (ctl->settings.keepalive_minutes != 0 && call_needs_media(lc->call, NULL) == ERR_OK)
        timer_start(&lc->keepalive_timer, ctl->with.loop,
                    (int64_t)ctl->settings.keepalive_minutes * 60000, on_untended, lc);
}

static void tend(struct live_call *lc)
{
    count_add(COUNT_CALLS_ESTABLISHED, 1);
    control_keep_alive(lc);
}

static void stop_media(struct live_call *lc)
{
    timer_stop(&lc->answer_timer);
    timer_stop(&lc->keepalive_timer);
    if (lc->port != 0 && !lc->port_is_gone)
        media_port_remove(lc->control->with.media, lc->port);
    hosted_end(lc);
}

static void on_release_over(void *arg)
{
    (void)control_tell(arg, CALL_EV_RELEASED, NULL, NULL);
}

static void end_operations(struct live_call *lc)
{
    play_end_all(lc);
    errand_end_all(lc);
    tones_end_all(lc);
}

/* It leaves its conversation. Every leg of its own is ended as it stands; when none is left the
 * call is released at once. */
static void hang_up(struct live_call *lc)
{
    roster_stop(lc);
    gathering_leave(lc);
    LIST_EACH(n, &lc->legs)
    {
        struct live_leg *leg = LIST_OF(n, struct live_leg, in_call);

        if (leg->state != LEG_IS_GONE)
            control_leg(leg, LEG_EV_HANGUP);
    }
    if (lc->call->state != CALL_TERMINATING)
        return;
    timer_start(&lc->release_timer, lc->control->with.loop, lc->control->settings.release_ms,
                on_release_over, lc);
    invite_check_released(lc);
}

static void notify(struct live_call *lc)
{
    notify_state(lc);
}

/* The call leaves the tables: for the API it does not exist any more. */
static void forget(struct live_call *lc)
{
    struct control *ctl = lc->control;

    timer_stop(&lc->release_timer);
    (void)map_del(&ctl->live.calls, lc->call->id.text);
    (void)map_put(&ctl->live.dying, lc->call->id.text, lc);
    list_remove(&lc->in_application);
    lc->is_forgotten = true;
    count_add(COUNT_CALLS_LIVE, -1);
    count_add(COUNT_CALLS_ENDED, 1);
    log_line(LOG_INFO, "core", lc->call->id.text, "ended: %s %d/%d", end_name(lc->call->ending.why),
             lc->call->ending.code, lc->call->ending.subcode);
    burial_end(lc);
}

static effect_h *const carry_out[CALL_EFFECT_COUNT] = {
    [CALL_BIT_TEND] = tend,
    [CALL_BIT_END_OPERATIONS] = end_operations,
    [CALL_BIT_STOP_MEDIA] = stop_media,
    [CALL_BIT_HANG_UP] = hang_up,
    [CALL_BIT_NOTIFY] = notify,
    [CALL_BIT_FORGET] = forget,
};

static void write_down(struct live_call *lc)
{
    const struct call *c = lc->call;
    const struct transition *t = &c->transitions[(c->transition_count - 1) % CALL_TRANSITIONS];
    struct store *s = lc->control->with.store;

    store_add_transition(s, &(struct transition_row){
                                .call = c->id.text,
                                .at_ms = t->at_ms,
                                .from = call_state_name(t->from),
                                .event = call_event_name(t->event),
                                .to = call_state_name(t->to),
                                .cause = t->cause != END_NONE ? end_name(t->cause) : NULL,
                            });
    if (t->from != t->to)
        store_call_state(s, c->id.text, call_state_name(t->to));
}

enum err control_tell(struct live_call *lc, enum call_event ev, const struct ending *why,
                      struct fail *f)
{
    unsigned before = lc->call->transition_count;
    unsigned fx = 0;
    enum err e = call_handle(lc->call, ev, why, &fx, f);

    assert(loop_is_mine(lc->control->with.loop));
    if (e != ERR_OK)
        return e;
    if (lc->call->transition_count != before)
        write_down(lc);
    (void)obj_ref(lc); /* FORGET may let go of it */
    for (unsigned bit = 0; bit < CALL_EFFECT_COUNT; bit++)
        if ((fx & (1U << bit)) != 0)
            carry_out[bit](lc);
    (void)obj_unref(lc);
    return ERR_OK;
}

struct posted {
    struct timer timer;
    struct live_call *lc;
    enum call_event ev;
    struct ending why;
};

static void on_posted(void *arg)
{
    struct posted *p = arg;

    (void)control_tell(p->lc, p->ev, &p->why, NULL); /* a refusal means that it came too late */
    (void)obj_unref(p->lc);
    (void)mem_free(p);
}

void control_post(struct live_call *lc, enum call_event ev, const struct ending *why)
{
    struct posted *p = mem_new(sizeof(*p));

    p->lc = obj_ref(lc);
    p->ev = ev;
    if (why != NULL)
        p->why = *why;
    timer_start(&p->timer, lc->control->with.loop, 0, on_posted, p);
}

static void on_housekeeping(void *arg)
{
    struct control *ctl = arg;
    int64_t now = clock_wall_ms();

    keys_turn(ctl->with.keys);
    replay_forget_old(ctl);
    meetings_forget_old(ctl);
    record_prune(ctl);
    store_prune(ctl->with.store, now - (int64_t)ctl->settings.ended_minutes * 60000,
                now - (int64_t)ctl->settings.idempotency_minutes * 60000);
    store_prune_notices(ctl->with.store, now - PARKED_KEPT_MS);
    timer_start(&ctl->housekeeping, ctl->with.loop, HOUSEKEEPING_MS, on_housekeeping, ctl);
}

struct control *control_new(const struct settings *s, const struct drivers *with)
{
    struct control *ctl = mem_new(sizeof(*ctl));

    ctl->settings = *s;
    ctl->with = *with;
    ctl->is_durable = true;
    ctl->began_ms = clock_mono_ms();
    ctl->session_ids = (uint64_t)clock_wall_ms();
    ctl->meetings = meetings_new();
    ctl->tail = tail_new(with->loop);
    meetings_configure(ctl);
    meetings_on_ended(ctl, join_on_meeting_ended);
    timer_start(&ctl->housekeeping, with->loop, HOUSEKEEPING_MS, on_housekeeping, ctl);
    return ctl;
}

void control_free(struct control *ctl)
{
    if (ctl == NULL)
        return;
    timer_stop(&ctl->housekeeping);
    burial_clear(ctl);
    parked_clear(ctl);
    aside_clear(ctl);
    record_clear(ctl);
    replay_clear(ctl);
    sound_clear(ctl);
    live_clear(ctl);
    meetings_free(ctl->meetings);
    tail_free(ctl->tail);
    (void)mem_free(ctl->bearer);
    (void)mem_free(ctl);
}

/* What changed while nothing could be written is written as it stands now. */
static void write_again(struct control *ctl)
{
    const struct map *maps[] = {&ctl->live.calls, &ctl->live.dying};

    for (size_t i = 0; i < 2; i++) {
        size_t at = 0;

        for (struct live_call *lc; (lc = map_next(maps[i], &at)) != NULL;) {
            store_call_state(ctl->with.store, lc->call->id.text, call_state_name(lc->call->state));
            burial_check(lc);
        }
    }
}

void control_on_health(bool durable, const char *why, void *arg)
{
    struct control *ctl = arg;

    ctl->is_durable = durable;
    if (durable)
        owed_saved(ctl);
    if (!durable) {
        log_line(LOG_ERROR, "core", NULL, "the store is not durable: %s; new calls get 503", why);
        return;
    }
    log_line(LOG_INFO, "core", NULL, "the store is durable again; new calls are taken");
    write_again(ctl);
}

enum err control_is_open(const struct control *ctl, struct fail *f)
{
    if (ctl->is_stopping)
        return err_set(f, ERR_BUSY, "The server is stopping.");
    if (!ctl->is_durable)
        return err_set(f, ERR_BUSY, "The server cannot write to its disk.");
    return ERR_OK;
}

void control_when_safe(struct control *ctl, control_safe_h *h, void *arg)
{
    store_then(ctl->with.store, h, arg);
}

void control_end_all(struct control *ctl)
{
    const struct ending why = ending_of(END_SERVER_STOPPED, 0);
    size_t at = 0;

    for (struct live_call *lc; (lc = map_next(&ctl->live.calls, &at)) != NULL;)
        control_post(lc, CALL_EV_STOPPING, &why);
    at = 0;
    for (struct conversation *c; (c = map_next(&ctl->live.conversations, &at)) != NULL;)
        if (list_empty(&c->calls) || conversation_has_roster(c->kind))
            gathering_hang_up(c); /* the phones of a meeting are no call's */
}

void control_stop(struct control *ctl)
{
    ctl->is_stopping = true;
    control_end_all(ctl);
}

/* Ports too: what still goes holds its leg or its call. */
bool control_is_quiet(const struct control *ctl)
{
    const struct live *l = &ctl->live;

    return l->calls.count == 0 && l->legs.count == 0 && l->ports.count == 0 &&
           l->bot_ports.count == 0 && l->streams.count == 0;
}

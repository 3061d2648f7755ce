/*
 * dialog.c - what all dialogs have in common: how they are found, told of and ended.
 *
 * The sip thread. How one begins is in dialout.c and dialin.c; what changes in the
 * middle, in reoffer.c and session.c. A dialog is never freed inside a callback of
 * its own: it is put aside, and dialog_sweep() frees it.
 */
#include "sip/dialog.h"

#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "sip/dialin.h"
#include "sip/dialout.h"
#include "sip/info.h"
#include "sip/reoffer.h"
#include "sip/session.h"

enum {
    TRANSPORT_LEN = 3, /* "udp", "tcp", "tls" */
    /* The disk may take so long to write a dialog down. A phone repeats its 200 after 500 ms, and
     * gives up after 32 s; without our ACK it may be silent until then. */
    SAVE_WAIT_US = 1000000,
};

bool dialog_set_source(struct dialog *d, const char *source)
{
    struct addr a;

    if (!stack_route(source, d->route, sizeof(d->route)) ||
        addr_read(&a, source + TRANSPORT_LEN + 1, true, NULL) != ERR_OK)
        return false;
    d->source = a;
    memcpy(d->transport, source, TRANSPORT_LEN);
    d->transport[TRANSPORT_LEN] = '\0';
    return true;
}

struct dialog *dialog_new(struct stack *s, uint64_t leg, const char *source)
{
    struct dialog *d = mem_new(sizeof(*d));

    d->stack = s;
    d->leg = leg;
    if (!dialog_set_source(d, source))
        return mem_free(d);
    (void)map_put_num(&s->dialogs, leg, d);
    return d;
}

void dialog_quiet(struct dialog *d)
{
    d->state = DIALOG_OVER;
    (void)map_del_num(&d->stack->dialogs, d->leg);
    list_push(&d->stack->lingering, &d->node);
}

struct dialog *dialog_find(struct stack *s, uint64_t leg)
{
    return map_find_num(&s->dialogs, leg);
}

void dialog_tell(struct dialog *d, struct sip_event *e)
{
    e->leg = d->leg;
    e->source = d->source;
    stack_tell(d->stack, e);
}

static bool busy(const struct dialog *d)
{
    return (d->invite != NULL && nta_outgoing_status(d->invite) < 200) || d->bye != NULL ||
           d->invited != NULL;
}

void dialog_settle(struct dialog *d)
{
    if (d->state != DIALOG_OVER || busy(d) || d->node.in == &d->stack->gone)
        return;
    list_remove(&d->node);
    list_push(&d->stack->gone, &d->node);
    stack_dialog_gone(d->stack);
}

void dialog_over(struct dialog *d, enum sip_cause cause, int status)
{
    struct sip_event e = {.kind = SIP_EV_ENDED, .cause = cause, .status = status};

    if (d->state == DIALOG_OVER)
        return;
    d->state = DIALOG_OVER;
    list_remove(&d->unsaved);
    session_stop(d);
    if (d->from_phone)
        d->stack->incoming_count--;
    (void)map_del_num(&d->stack->dialogs, d->leg);
    list_push(&d->stack->lingering, &d->node);
    log_line(LOG_DEBUG, "sip", d->call_id[0] != '\0' ? d->call_id : NULL, "leg %llu ended: %s %d",
             (unsigned long long)d->leg, sip_cause_name(cause), status);
    dialog_tell(d, &e);
    dialog_settle(d);
}

static void on_end_timer(su_root_magic_t *magic, su_timer_t *timer, void *arg)
{
    struct dialog *d = arg;

    (void)magic;
    (void)timer;
    dialog_over(d, d->end_cause, d->end_status);
}

void dialog_start_end(struct dialog *d, enum sip_cause cause, int status)
{
    d->end_cause = cause;
    d->end_status = status;
    if (d->end_timer == NULL)
        d->end_timer = su_timer_create(su_root_task(d->stack->root), STACK_END_MS);
    if (d->end_timer == NULL || su_timer_set(d->end_timer, on_end_timer, d) < 0)
        dialog_over(d, cause, status);
}

static int on_bye_answered(void *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
    struct dialog *d = dialog;

    (void)sip;
    if (nta_outgoing_status(orq) < 200)
        return 0;
    nta_outgoing_destroy(d->bye);
    d->bye = NULL;
    dialog_over(d, d->end_cause, d->end_status);
    dialog_settle(d);
    return 0;
}

/* Requests of theirs that will get no other answer. */
static void refuse_open(struct dialog *d)
{
    if (d->update != NULL) {
        (void)nta_incoming_treply(d->update, SIP_487_REQUEST_TERMINATED, TAG_END());
        nta_incoming_destroy(d->update);
        d->update = NULL;
    }
    if (d->invited != NULL && nta_incoming_status(d->invited) < 200) {
        (void)nta_incoming_treply(d->invited, SIP_487_REQUEST_TERMINATED, TAG_END());
        nta_incoming_destroy(d->invited);
        d->invited = NULL;
    }
}

static void send_bye(struct dialog *d)
{
    const char *reason = NULL;

    if (d->bye != NULL)
        return;
    if (d->end_cause == SIP_CAUSE_EXPIRED || d->end_cause == SIP_CAUSE_NO_ACK)
        reason = "SIP;cause=408";
    refuse_open(d);
    d->bye = nta_outgoing_tcreate(d->nta, on_bye_answered, d, URL_STRING_MAKE(d->route),
                                  SIP_METHOD_BYE, NULL, SIPTAG_USER_AGENT_STR(STACK_AGENT),
                                  TAG_IF(reason != NULL, SIPTAG_REASON_STR(reason)), TAG_END());
    if (d->bye == NULL)
        dialog_over(d, d->end_cause, d->end_status);
}

void dialog_bye(struct dialog *d, enum sip_cause cause, int status)
{
    bool unacked = d->state == DIALOG_ANSWERED;

    if (d->state == DIALOG_UNACKED)
        dialog_confirm(d); /* RFC 3261 section 13.2.2.4: ACK first */
    if (d->state != DIALOG_OVER) {
        d->state = DIALOG_ENDING;
        session_stop(d);
        dialog_start_end(d, cause, status);
    }
    if (!unacked) /* RFC 3261 section 15: not before the ACK, or the lack of one */
        send_bye(d);
}

void dialog_hangup(struct dialog *d, int status)
{
    switch (d->state) {
    case DIALOG_CALLING:
        dialout_cancel(d);
        break;
    case DIALOG_CALLED:
    case DIALOG_TAKEN:
        dialin_refuse(d, status >= 400 && status <= 699 ? status : 480);
        break;
    case DIALOG_UNACKED:
    case DIALOG_ANSWERED:
    case DIALOG_UP:
        dialog_bye(d, SIP_CAUSE_BYE_SENT, 200);
        break;
    case DIALOG_CANCELLING:
    case DIALOG_ENDING:
    case DIALOG_OVER:
        break;
    }
}

void dialog_wait_saved(struct dialog *d, enum dialog_state state)
{
    d->state = state;
    d->unsaved_us = clock_real_us();
    list_push(&d->stack->unsaved, &d->unsaved);
}

void dialog_confirm(struct dialog *d)
{
    list_remove(&d->unsaved);
    if (d->state == DIALOG_UNACKED)
        dialout_confirm(d);
    else if (d->state == DIALOG_TAKEN)
        dialin_confirm(d);
}

void dialog_confirm_late(struct stack *s)
{
    int64_t before_us = clock_real_us() - SAVE_WAIT_US;

    LIST_EACH(n, &s->unsaved)
    { /* the oldest first */
        struct dialog *d = LIST_OF(n, struct dialog, unsaved);

        if (d->unsaved_us > before_us)
            return;
        dialog_confirm(d);
    }
}

static int on_bye(struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    (void)sip;
    (void)nta_incoming_treply(irq, SIP_200_OK, SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
    refuse_open(d);
    nta_incoming_destroy(d->invited); /* who hangs up will not acknowledge */
    d->invited = NULL;
    dialog_over(d, SIP_CAUSE_BYE_RECEIVED, 200);
    return 200;
}

static int on_options(struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    (void)sip;
    (void)d;
    (void)nta_incoming_treply(irq, SIP_200_OK, SIPTAG_ALLOW_STR(STACK_ALLOW),
                              SIPTAG_ACCEPT_STR("application/sdp"),
                              SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
    return 200;
}

int dialog_on_request(void *dialog, nta_leg_t *leg, nta_incoming_t *irq, const sip_t *sip)
{
    static const struct {
        sip_method_t method;
        int (*on)(struct dialog *d, nta_incoming_t *irq, const sip_t *sip);
    } methods[] = {
        {sip_method_bye, on_bye},
        {sip_method_info, info_on_request},
        {sip_method_invite, reoffer_on_invite},
        {sip_method_update, reoffer_on_update},
        {sip_method_options, on_options},
    };

    (void)leg;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (sip->sip_request->rq_method == methods[i].method)
            return methods[i].on(dialog, irq, sip);
    }
    return stack_refuse_method(irq, sip);
}

void dialog_keep_sdp(char **where, const char *sdp)
{
    (void)mem_free(*where);
    *where = str_dup(sdp);
}

char *dialog_sdp_of(const sip_t *sip)
{
    const sip_payload_t *body = sip != NULL ? sip->sip_payload : NULL;
    char *sdp;

    if (body == NULL || body->pl_len == 0 || sip->sip_content_type == NULL ||
        sip->sip_content_type->c_type == NULL ||
        !str_eq_nocase(sip->sip_content_type->c_type, "application/sdp"))
        return NULL;
    if (memchr(body->pl_data, '\0', body->pl_len) != NULL)
        return NULL;
    sdp = mem_new(body->pl_len + 1);
    memcpy(sdp, body->pl_data, body->pl_len);
    return sdp;
}

static void free_one(struct dialog *d)
{
    list_remove(&d->node);
    list_remove(&d->unsaved);
    su_timer_destroy(d->end_timer);
    su_timer_destroy(d->session_timer);
    nta_outgoing_destroy(d->invite);
    nta_outgoing_destroy(d->bye);
    nta_outgoing_destroy(d->refresh);
    nta_incoming_destroy(d->invited);
    nta_incoming_destroy(d->update);
    nta_leg_destroy(d->nta);
    (void)mem_free(d->sdp_sent);
    (void)mem_free(d->sdp_got);
    (void)mem_free(d->sdp_offered);
    (void)mem_free(d);
}

void dialog_forget(struct dialog *d)
{
    (void)map_del_num(&d->stack->dialogs, d->leg);
    if (d->from_phone)
        d->stack->incoming_count--;
    free_one(d);
}

void dialog_sweep(struct stack *s)
{
    struct list_node *n;

    while ((n = s->gone.first) != NULL)
        free_one(LIST_OF(n, struct dialog, node));
}

void dialog_clear(struct stack *s)
{
    size_t at = 0;
    struct dialog *d;
    struct list_node *n;

    dialog_sweep(s);
    while ((n = s->lingering.first) != NULL)
        free_one(LIST_OF(n, struct dialog, node));
    while ((d = map_next(&s->dialogs, &at)) != NULL)
        free_one(d);
    map_clear(&s->dialogs);
}

/*
 * session.c - session timers: who refreshes, when, and what silence means.
 *
 * The sip thread. We refresh by UPDATE when the phone takes it, else by a re-INVITE
 * with our last description unchanged.
 */
#include "sip/session.h"

#include <stdio.h>

#include "base/str.h"
#include "sip/dialout.h"

/* RFC 4028 section 10: BYE goes out this long before the end, so that it is in time. */
static unsigned margin_s(unsigned interval_s)
{
    return interval_s / 3 < 32 ? interval_s / 3 : 32;
}

static bool has_timer(const sip_t *sip)
{
    return sip_has_feature(sip->sip_supported, "timer") ||
           sip_has_feature(sip->sip_require, "timer");
}

static bool takes_update(const sip_t *sip)
{
    return sip->sip_allow != NULL && sip_is_allowed(sip->sip_allow, sip_method_update, "UPDATE");
}

static bool refresher_is(const sip_session_expires_t *x, const char *who)
{
    return x->x_refresher != NULL && str_eq_nocase(x->x_refresher, who);
}

static void refreshed(struct dialog *d, const sip_t *sip)
{
    dialout_follow(d, sip);
    dialout_ack(d, sip->sip_cseq->cs_seq);
}

static int on_refreshed(void *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
    struct dialog *d = dialog;
    int status = nta_outgoing_status(orq);
    bool lost = status == 408 || status == 481 || sip == NULL || nta_sip_is_internal(sip);

    if (status < 200)
        return 0;
    if (status < 300 && sip != NULL && nta_outgoing_method(orq) == sip_method_invite)
        refreshed(d, sip);
    if (d->state == DIALOG_UP && lost)
        dialog_bye(d, SIP_CAUSE_EXPIRED, 408);
    else if (d->state == DIALOG_UP && status < 300)
        session_from_answer(d, sip);
    else if (d->state == DIALOG_UP)
        session_start(d);
    nta_outgoing_destroy(d->refresh);
    d->refresh = NULL;
    return 0;
}

static void refresh(struct dialog *d)
{
    char header[SESSION_TEXT_SIZE];
    char contact[160];

    if (d->invited != NULL || d->update != NULL) { /* theirs goes first */
        session_start(d);
        return;
    }
    nta_outgoing_destroy(d->refresh);
    stack_contact(d->stack, d->transport, contact, sizeof(contact));
    (void)snprintf(header, sizeof(header), "%u;refresher=uac", d->session_s);
    d->refresh = nta_outgoing_tcreate(
        d->nta, on_refreshed, d, URL_STRING_MAKE(d->route),
        d->update_allowed ? sip_method_update : sip_method_invite,
        d->update_allowed ? "UPDATE" : "INVITE", NULL, SIPTAG_CONTACT_STR(contact),
        SIPTAG_SUPPORTED_STR("timer"), SIPTAG_SESSION_EXPIRES_STR(header), SIPTAG_MIN_SE_STR("90"),
        SIPTAG_ALLOW_STR(STACK_ALLOW),
        TAG_IF(!d->update_allowed, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
        TAG_IF(!d->update_allowed, SIPTAG_PAYLOAD_STR(d->sdp_sent)), TAG_END());
}

static void on_session_timer(su_root_magic_t *magic, su_timer_t *timer, void *arg)
{
    struct dialog *d = arg;

    (void)magic;
    (void)timer;
    if (d->state != DIALOG_UP)
        return;
    if (d->we_refresh)
        refresh(d);
    else
        dialog_bye(d, SIP_CAUSE_EXPIRED, 408);
}

void session_start(struct dialog *d)
{
    unsigned wait_s = d->we_refresh ? d->session_s / 2 : d->session_s - margin_s(d->session_s);

    session_stop(d);
    if (d->session_s == 0)
        return;
    if (d->session_timer == NULL)
        d->session_timer = su_timer_create(su_root_task(d->stack->root), 0);
    if (d->session_timer != NULL)
        (void)su_timer_set_interval(d->session_timer, on_session_timer, d,
                                    (su_duration_t)wait_s * 1000);
}

void session_stop(struct dialog *d)
{
    if (d->session_timer != NULL)
        (void)su_timer_reset(d->session_timer);
}

static unsigned within(const struct dialog *d, unsigned long asked_s)
{
    unsigned ours_s = (unsigned)d->stack->set.session_expires_s;

    if (asked_s > ours_s)
        return ours_s;
    return asked_s < STACK_MIN_SE_S ? STACK_MIN_SE_S : (unsigned)asked_s;
}

void session_from_answer(struct dialog *d, const sip_t *sip)
{
    const sip_session_expires_t *x = sip->sip_session_expires;

    if (sip->sip_allow != NULL)
        d->update_allowed = takes_update(sip);
    d->session_s = x != NULL ? within(d, x->x_delta) : 0;
    d->we_refresh = x != NULL && !refresher_is(x, "uas");
    session_start(d);
}

void session_from_request(struct dialog *d, const sip_t *sip)
{
    const sip_session_expires_t *x = sip->sip_session_expires;

    if (sip->sip_allow != NULL)
        d->update_allowed = takes_update(sip);
    d->session_s = 0;
    if (!has_timer(sip))
        return;
    d->session_s = x != NULL ? within(d, x->x_delta) : (unsigned)d->stack->set.session_expires_s;
    d->we_refresh = x != NULL && refresher_is(x, "uas");
}

bool session_refuse_small(nta_incoming_t *irq, const sip_t *sip)
{
    const sip_session_expires_t *x = sip->sip_session_expires;

    if (x == NULL || x->x_delta >= STACK_MIN_SE_S || !has_timer(sip))
        return false;
    (void)nta_incoming_treply(irq, SIP_422_SESSION_TIMER_TOO_SMALL, SIPTAG_MIN_SE_STR("90"),
                              SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
    return true;
}

const char *session_header(const struct dialog *d, char out[SESSION_TEXT_SIZE])
{
    if (d->session_s == 0)
        return NULL;
    (void)snprintf(out, SESSION_TEXT_SIZE, "%u;refresher=%s", d->session_s,
                   d->we_refresh ? "uas" : "uac");
    return out;
}

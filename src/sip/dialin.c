/*
 * dialin.c - a phone calls: INCOMING, ringing, answer, ACK, CANCEL.
 *
 * The sip thread. Everything that can be refused is refused before a dialog exists.
 */
#include "sip/dialin.h"

#include <string.h>

#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"
#include "sip/saved.h"
#include "sip/session.h"

/* Refuses what we cannot do anything with; true when it has been answered. */
static bool refuse_early(struct stack *s, nta_incoming_t *irq, const sip_t *sip)
{
    if (s->stopping || s->incoming_count >= STACK_INCOMING_MAX) {
        (void)nta_incoming_treply(irq, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR("10"),
                                  SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
        return true;
    }
    if (sip->sip_contact == NULL || sip->sip_contact->m_next != NULL) {
        (void)nta_incoming_treply(irq, 400, "One Contact is needed", TAG_END());
        return true;
    }
    return stack_refuse_content(irq, sip) || session_refuse_small(irq, sip);
}

/* The ACK of a late offer, or of a plain answer. */
static void on_ack(struct dialog *d, const sip_t *sip)
{
    struct sip_event e = {.kind = SIP_EV_CONFIRMED, .status = 200};
    bool first = d->state == DIALOG_ANSWERED;
    bool late = d->late_offer;

    nta_incoming_destroy(d->invited);
    d->invited = NULL;
    d->late_offer = false;
    if (d->state == DIALOG_ENDING) {
        dialog_bye(d, d->end_cause, d->end_status);
        return;
    }
    if (d->state == DIALOG_OVER) {
        dialog_bye(d, d->end_cause, d->end_status);
        return;
    }
    d->state = DIALOG_UP;
    session_start(d);
    if (late) {
        e.sdp = dialog_sdp_of(sip);
        dialog_keep_sdp(&d->sdp_got, e.sdp);
    }
    if (first || e.sdp != NULL)
        dialog_tell(d, &e);
}

static void on_cancel(struct dialog *d)
{
    if (nta_incoming_status(d->invited) < 200)
        (void)nta_incoming_treply(d->invited, SIP_487_REQUEST_TERMINATED, TAG_END());
    nta_incoming_destroy(d->invited);
    d->invited = NULL;
    if (d->state == DIALOG_CALLED || d->state == DIALOG_TAKEN)
        dialog_over(d, SIP_CAUSE_CANCELLED, 487);
}

/* Our 200 was repeated for 32 s and never acknowledged (RFC 3261 section 13.3.1.4). */
static void on_no_ack(struct dialog *d)
{
    nta_incoming_destroy(d->invited);
    d->invited = NULL;
    if (d->state == DIALOG_ANSWERED)
        d->state = DIALOG_UP; /* nothing to wait for: BYE may go */
    if (d->state == DIALOG_ENDING || d->state == DIALOG_OVER)
        dialog_bye(d, d->end_cause, d->end_status);
    else
        dialog_bye(d, SIP_CAUSE_NO_ACK, 408);
}

/* nta calls with the ACK, with a CANCEL, or with nothing when the ACK did not come. */
int dialin_on_ack_or_cancel(void *dialog, nta_incoming_t *irq, const sip_t *sip)
{
    struct dialog *d = dialog;

    if (irq != d->invited)
        return 0;
    if (sip == NULL)
        on_no_ack(d);
    else if (sip->sip_request->rq_method == sip_method_cancel)
        on_cancel(d);
    else if (nta_incoming_status(irq) < 300)
        on_ack(d, sip);
    return 0;
}

static void read_incoming(struct sip_incoming *in, const sip_t *sip,
                          const struct sip_account *account, const struct dialog *d)
{
    const char *display = sip->sip_from->a_display;

    (void)str_copy(in->user, sizeof(in->user), account->user);
    in->from_name[0] = '\0';
    if (display != NULL)
        stack_unquote(in->from_name, sizeof(in->from_name), display);
    (void)stack_user(sip->sip_request->rq_url, in->to, sizeof(in->to));
    in->source = d->source;
    in->sdp = dialog_sdp_of(sip);
    for (const sip_accept_t *a = sip->sip_accept; a != NULL; a = a->ac_next) {
        if (a->ac_type != NULL && str_eq_nocase(a->ac_type, "application/dtmf-relay"))
            in->info_keys = true;
    }
    if (sip->sip_allow != NULL && sip_is_allowed(sip->sip_allow, sip_method_info, "INFO"))
        in->info_keys = true;
}

static bool make_leg(struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    const struct stack *s = d->stack;
    char tag[OWN_TAG_SIZE];

    d->nta = nta_leg_tcreate(s->agent, dialog_on_request, d, SIPTAG_CALL_ID(sip->sip_call_id),
                             SIPTAG_FROM(sip->sip_to), SIPTAG_TO(sip->sip_from),
                             NTATAG_REMOTE_CSEQ(sip->sip_cseq->cs_seq), TAG_END());
    if (d->nta == NULL ||
        nta_leg_tag(d->nta, nta_incoming_tag(irq, own_tag_make(s->set.tag_key, tag))) == NULL)
        return false;
    return nta_leg_server_route(d->nta, sip->sip_record_route, sip->sip_contact) == 0;
}

static struct dialog *begin(struct stack *s, nta_incoming_t *irq, const sip_t *sip)
{
    struct addr from;
    char source[80];
    struct dialog *d;

    if (!stack_source(s, irq, &from, source, sizeof(source)))
        return NULL;
    d = dialog_new(s, s->next_leg, source);
    if (d == NULL)
        return NULL;
    s->next_leg += 2;
    d->from_phone = true;
    s->incoming_count++;
    d->state = DIALOG_CALLED;
    if (make_leg(d, irq, sip))
        return d;
    dialog_forget(d);
    return NULL;
}

int dialin_on_invite(struct stack *s, nta_incoming_t *irq, const sip_t *sip,
                     const struct sip_account *account)
{
    struct sip_event e = {.kind = SIP_EV_INCOMING};
    struct dialog *d;

    if (refuse_early(s, irq, sip))
        return 488;
    d = begin(s, irq, sip);
    if (d == NULL)
        return 500;
    (void)nta_incoming_treply(irq, SIP_100_TRYING, TAG_END());
    d->invited = irq;
    nta_incoming_bind(irq, dialin_on_ack_or_cancel, d);
    session_from_request(d, sip);
    e.incoming = mem_new(sizeof(*e.incoming));
    read_incoming(e.incoming, sip, account, d);
    dialog_keep_sdp(&d->sdp_got, e.incoming->sdp);
    d->late_offer = e.incoming->sdp == NULL;
    e.dialog = saved_write(d);
    count_add(COUNT_SIP_INVITES_IN, 1);
    dialog_tell(d, &e);
    return 0;
}

void dialin_ring(struct dialog *d)
{
    char contact[160];

    if (d->state != DIALOG_CALLED)
        return;
    stack_contact(d->stack, d->transport, contact, sizeof(contact));
    (void)nta_incoming_treply(d->invited, SIP_180_RINGING, SIPTAG_CONTACT_STR(contact),
                              SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
}

void dialin_accept(struct dialog *d, nta_incoming_t *irq, const char *sdp)
{
    char contact[160];
    char text[SESSION_TEXT_SIZE];
    const char *expires = session_header(d, text);
    bool they_refresh = expires != NULL && !d->we_refresh;

    stack_contact(d->stack, d->transport, contact, sizeof(contact));
    (void)nta_incoming_treply(irq, SIP_200_OK, SIPTAG_CONTACT_STR(contact),
                              SIPTAG_ALLOW_STR(STACK_ALLOW), SIPTAG_SUPPORTED_STR("timer"),
                              SIPTAG_USER_AGENT_STR(STACK_AGENT),
                              TAG_IF(expires != NULL, SIPTAG_SESSION_EXPIRES_STR(expires)),
                              TAG_IF(they_refresh, SIPTAG_REQUIRE_STR("timer")),
                              TAG_IF(sdp != NULL, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
                              TAG_IF(sdp != NULL, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
}

void dialin_answer(struct dialog *d, const char *sdp)
{
    if (d->state != DIALOG_CALLED)
        return;
    dialog_keep_sdp(&d->sdp_sent, sdp);
    dialog_wait_saved(d, DIALOG_TAKEN);
}

void dialin_confirm(struct dialog *d)
{
    d->state = DIALOG_ANSWERED;
    dialin_accept(d, d->invited, d->sdp_sent);
}

void dialin_refuse(struct dialog *d, int status)
{
    if (d->state != DIALOG_CALLED && d->state != DIALOG_TAKEN)
        return;
    (void)nta_incoming_treply(d->invited, status, NULL, SIPTAG_USER_AGENT_STR(STACK_AGENT),
                              TAG_END());
    nta_incoming_destroy(d->invited);
    d->invited = NULL;
    dialog_over(d, SIP_CAUSE_REJECTED, status);
}

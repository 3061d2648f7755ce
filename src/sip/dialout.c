/*
 * dialout.c - calling a phone: INVITE, what comes back, ACK, CANCEL.
 *
 * The sip thread. The Request-URI is the phone's contact; the way there is the
 * address its REGISTER was seen to come from, so that NAT and connections hold.
 * No forking, no redirection: a 3xx is a refusal.
 */
#include "sip/dialout.h"

#include <stdio.h>
#include <string.h>

#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"
#include "sip/saved.h"
#include "sip/session.h"

static void ended_at_once(struct stack *s, uint64_t leg)
{
    struct sip_event e = {
        .kind = SIP_EV_ENDED, .leg = leg, .cause = SIP_CAUSE_TRANSPORT, .status = 503};

    stack_tell(s, &e);
}

void dialout_follow(struct dialog *d, const sip_t *sip)
{
    if (sip->sip_to->a_tag != NULL)
        (void)nta_leg_rtag(d->nta, sip->sip_to->a_tag);
    (void)nta_leg_client_route(d->nta, sip->sip_record_route, sip->sip_contact);
}

/* Without a transaction: that would keep 4.5 KiB for 32 s, to be sent again; we make a new one. */
void dialout_ack(struct dialog *d, uint32_t cseq)
{
    su_home_t home[SU_HOME_AUTO_SIZE(256)];

    su_home_auto(home, sizeof(home));
    nta_outgoing_destroy(nta_outgoing_tcreate(
        d->nta, NULL, NULL, URL_STRING_MAKE(d->route), SIP_METHOD_ACK, NULL, NTATAG_STATELESS(1),
        SIPTAG_CSEQ(sip_cseq_create(home, cseq, SIP_METHOD_ACK)), TAG_END()));
    su_home_deinit(home);
}

bool dialout_ack_again(struct stack *s, const sip_t *sip)
{
    int status = sip->sip_status->st_status;
    nta_leg_t *leg = NULL;
    struct dialog *d = NULL;

    if (status < 200 || status >= 300 || sip->sip_cseq->cs_method != sip_method_invite)
        return false;
    if (sip->sip_to->a_tag != NULL && sip->sip_from->a_tag != NULL)
        leg = nta_leg_by_dialog(s->agent, NULL, sip->sip_call_id, sip->sip_to->a_tag, NULL,
                                sip->sip_from->a_tag, NULL);
    if (leg != NULL)
        d = nta_leg_magic(leg, dialog_on_request);
    if (d == NULL)
        return false;
    dialout_ack(d, sip->sip_cseq->cs_seq);
    return true;
}

static void on_ringing(struct dialog *d, int status)
{
    struct sip_event e = {.kind = SIP_EV_RINGING, .status = status};

    if (status == 100 || status == d->last_status || d->state != DIALOG_CALLING)
        return;
    d->last_status = status;
    dialog_tell(d, &e);
}

/* The INVITE and its answer are of no use from now on; nta drops them when no 200 can be repeated
 * any more. */
static void ack_invite(struct dialog *d)
{
    dialout_ack(d, nta_outgoing_cseq(d->invite));
    nta_outgoing_destroy(d->invite);
    d->invite = NULL;
}

static void on_answered(struct dialog *d, int status, const sip_t *sip)
{
    struct sip_event e = {.kind = SIP_EV_ANSWERED, .status = status};

    dialout_follow(d, sip);
    if (d->state != DIALOG_CALLING) { /* our CANCEL came too late */
        ack_invite(d);
        dialog_bye(d, SIP_CAUSE_CANCELLED, 487);
        return;
    }
    dialog_wait_saved(d, DIALOG_UNACKED);
    session_from_answer(d, sip);
    e.dialog = saved_write(d);
    e.sdp = dialog_sdp_of(sip);
    dialog_keep_sdp(&d->sdp_got, e.sdp);
    dialog_tell(d, &e);
}

void dialout_confirm(struct dialog *d)
{
    d->state = DIALOG_UP;
    ack_invite(d);
}

static void on_failed(struct dialog *d, int status, bool internal)
{
    enum sip_cause cause = SIP_CAUSE_REFUSED;

    if (d->state == DIALOG_CANCELLING)
        cause = SIP_CAUSE_CANCELLED;
    else if (status == 408)
        cause = SIP_CAUSE_NO_ANSWER;
    else if (internal)
        cause = SIP_CAUSE_TRANSPORT;
    dialog_over(d, cause, status);
    dialog_settle(d);
}

static int on_response(void *dialog, nta_outgoing_t *orq, const sip_t *sip)
{
    struct dialog *d = dialog;
    int status = nta_outgoing_status(orq);

    if (status < 200)
        on_ringing(d, status);
    else if (status < 300 && sip != NULL)
        on_answered(d, status, sip);
    else
        on_failed(d, status, sip == NULL || nta_sip_is_internal(sip));
    return 0;
}

/* A user part may hold these as they are (RFC 3261 section 25.1); the rest is escaped. */
static void add_user(struct buf *out, const char *user)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_.!~*'()&=+$,;?/";

    for (; *user != '\0'; user++) {
        if (strchr(plain, *user) != NULL)
            buf_char(out, *user);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)*user);
    }
}

/* "display" <sip:user@host:port>; controls in the display name are left out. */
static char *from_text(const struct stack *s, const struct sip_invite *i)
{
    struct buf out = {0};

    buf_char(&out, '"');
    for (const char *c = i->from_display; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 127)
            continue;
        if (*c == '"' || *c == '\\')
            buf_char(&out, '\\');
        buf_char(&out, *c);
    }
    buf_text(&out, "\" <sip:");
    add_user(&out, i->from_user[0] != '\0' ? i->from_user : "anonymous");
    buf_printf(&out, "@%s:%u>", s->set.host, (unsigned)s->set.port);
    return buf_take(&out);
}

static bool is_plain(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    }
    return true;
}

static bool send_invite(struct dialog *d, const struct sip_invite *i)
{
    char contact[160];
    char call[96] = "";
    char expires[48];
    struct stack *s = d->stack;

    stack_contact(s, d->transport, contact, sizeof(contact));
    (void)snprintf(expires, sizeof(expires), "%d;refresher=uas", s->set.session_expires_s);
    if (i->call_id[0] != '\0' && is_plain(i->call_id))
        (void)snprintf(call, sizeof(call), "X-Carillon-Call: %s", i->call_id);
    d->invite = nta_outgoing_tcreate(
        d->nta, on_response, d, URL_STRING_MAKE(d->route), SIP_METHOD_INVITE,
        URL_STRING_MAKE(i->to.contact), SIPTAG_CONTACT_STR(contact), SIPTAG_ALLOW_STR(STACK_ALLOW),
        SIPTAG_SUPPORTED_STR("timer"), SIPTAG_USER_AGENT_STR(STACK_AGENT),
        SIPTAG_SESSION_EXPIRES_STR(expires), SIPTAG_MIN_SE_STR("90"),
        TAG_IF(call[0] != '\0', SIPTAG_HEADER_STR(call)),
        TAG_IF(i->sdp != NULL, SIPTAG_CONTENT_TYPE_STR("application/sdp")),
        TAG_IF(i->sdp != NULL, SIPTAG_PAYLOAD_STR(i->sdp)), TAG_END());
    return d->invite != NULL;
}

/* To is the contact without what only the Request-URI may carry. */
static bool make_leg(struct dialog *d, const struct sip_invite *i)
{
    su_home_t home[SU_HOME_AUTO_SIZE(2048)];
    char tag[OWN_TAG_SIZE];
    char *from = from_text(d->stack, i);
    url_t *url;

    su_home_auto(home, sizeof(home));
    url = url_make(home, i->to.contact);
    if (url != NULL && (url->url_type == url_sip || url->url_type == url_sips)) {
        url->url_params = NULL;
        url->url_headers = NULL;
        d->nta = nta_leg_tcreate(d->stack->agent, dialog_on_request, d,
                                 SIPTAG_FROM(sip_from_make(home, from)),
                                 SIPTAG_TO(sip_to_create(home, (url_string_t *)url)), TAG_END());
    }
    if (d->nta != NULL)
        (void)nta_leg_tag(d->nta, own_tag_make(d->stack->set.tag_key, tag));
    su_home_deinit(home);
    (void)mem_free(from);
    return d->nta != NULL;
}

void dialout_invite(struct stack *s, uint64_t leg, const struct sip_invite *i)
{
    struct dialog *d = dialog_new(s, leg, i->to.received);

    if (d == NULL) {
        ended_at_once(s, leg);
        return;
    }
    d->state = DIALOG_CALLING;
    (void)str_copy(d->call_id, sizeof(d->call_id), i->call_id);
    dialog_keep_sdp(&d->sdp_sent, i->sdp);
    if (s->stopping || !make_leg(d, i) || !send_invite(d, i)) {
        dialog_over(d, SIP_CAUSE_TRANSPORT, 503);
        return;
    }
    count_add(COUNT_SIP_INVITES_OUT, 1);
}

void dialout_cancel(struct dialog *d)
{
    d->state = DIALOG_CANCELLING;
    (void)nta_outgoing_tcancel(d->invite, NULL, NULL, TAG_END());
    dialog_start_end(d, SIP_CAUSE_CANCELLED, 487);
}

/*
 * reoffer.c - a phone changes the call, or says that nothing has changed.
 *
 * The sip thread. A description with the same o= line as the last one is a refresh
 * (RFC 3264 section 8): it is answered here with our last one, and the control thread
 * never hears of it. Anything else is SIP_EV_OFFER.
 */
#include "sip/reoffer.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "sip/dialin.h"
#include "sip/session.h"

/* The o= line, and its length. */
static const char *origin(const char *sdp, size_t *len)
{
    const char *o = strncmp(sdp, "o=", 2) == 0 ? sdp : strstr(sdp, "\no=");

    if (o == NULL)
        return NULL;
    o += *o == '\n';
    *len = strcspn(o, "\r\n");
    return o;
}

bool reoffer_same(const char *a, const char *b)
{
    size_t a_len = 0;
    size_t b_len = 0;
    const char *a_origin = a != NULL ? origin(a, &a_len) : NULL;
    const char *b_origin = b != NULL ? origin(b, &b_len) : NULL;

    return a_origin != NULL && b_origin != NULL && a_len == b_len &&
           memcmp(a_origin, b_origin, a_len) == 0;
}

/* Refused as RFC 3261 section 14.2 and RFC 3311 section 5.2 say; true when it has been. */
static bool refuse_early(const struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    bool theirs = d->invited != NULL || d->update != NULL;
    bool unacked = d->state == DIALOG_ANSWERED || d->state == DIALOG_UNACKED;
    bool ours = d->refresh != NULL && nta_outgoing_status(d->refresh) < 200;

    if (d->state != DIALOG_UP && !unacked) {
        (void)nta_incoming_treply(irq, SIP_481_NO_CALL, TAG_END());
        return true;
    }
    if (theirs || unacked) {
        (void)nta_incoming_treply(irq, SIP_500_INTERNAL_SERVER_ERROR, SIPTAG_RETRY_AFTER_STR("2"),
                                  TAG_END());
        return true;
    }
    if (ours) {
        (void)nta_incoming_treply(irq, SIP_491_REQUEST_PENDING, TAG_END());
        return true;
    }
    return stack_refuse_content(irq, sip) || session_refuse_small(irq, sip);
}

/* What holds for every accepted request that may move the phone (RFC 3261 section 12.2.2). */
static void follow(struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    struct addr from;
    char source[80];

    if (sip->sip_contact != NULL)
        (void)nta_leg_server_route(d->nta, NULL, sip->sip_contact);
    if (stack_source(d->stack, irq, &from, source, sizeof(source)))
        (void)dialog_set_source(d, source);
    session_from_request(d, sip);
}

int reoffer_on_invite(struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    struct sip_event e = {.kind = SIP_EV_OFFER};

    if (refuse_early(d, irq, sip))
        return 500;
    follow(d, irq, sip);
    d->invited = irq;
    nta_incoming_bind(irq, dialin_on_ack_or_cancel, d);
    e.sdp = dialog_sdp_of(sip);
    d->late_offer = e.sdp == NULL;
    if (e.sdp != NULL && d->sdp_sent != NULL && reoffer_same(e.sdp, d->sdp_got)) {
        (void)mem_free(e.sdp);
        dialin_accept(d, irq, d->sdp_sent);
        return 0;
    }
    (void)nta_incoming_treply(irq, SIP_100_TRYING, TAG_END());
    if (e.sdp != NULL)
        dialog_keep_sdp(&d->sdp_offered, e.sdp);
    dialog_tell(d, &e);
    return 0;
}

int reoffer_on_update(struct dialog *d, nta_incoming_t *irq, const sip_t *sip)
{
    struct sip_event e = {.kind = SIP_EV_OFFER};

    if (refuse_early(d, irq, sip))
        return 500;
    follow(d, irq, sip);
    e.sdp = dialog_sdp_of(sip);
    if (e.sdp == NULL || reoffer_same(e.sdp, d->sdp_got)) {
        dialin_accept(d, irq, e.sdp != NULL ? d->sdp_sent : NULL);
        session_start(d);
        (void)mem_free(e.sdp);
        return 200;
    }
    d->update = irq;
    dialog_keep_sdp(&d->sdp_offered, e.sdp);
    dialog_tell(d, &e);
    return 0;
}

static void refuse(struct dialog *d, nta_incoming_t *irq, int status)
{
    (void)nta_incoming_treply(irq, status >= 400 && status <= 699 ? status : 488, NULL,
                              SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
    nta_incoming_destroy(irq);
    d->late_offer = false;
    session_start(d);
}

void reoffer_reply(struct dialog *d, const char *sdp, int status)
{
    nta_incoming_t *irq = d->update != NULL ? d->update : d->invited;
    bool invite = d->update == NULL;

    if (d->state != DIALOG_UP || irq == NULL || nta_incoming_status(irq) >= 200)
        return;
    if (sdp == NULL) {
        d->update = NULL;
        d->invited = NULL;
        refuse(d, irq, status);
        return;
    }
    dialog_keep_sdp(&d->sdp_sent, sdp);
    if (d->sdp_offered != NULL) {
        (void)mem_free(d->sdp_got);
        d->sdp_got = d->sdp_offered;
        d->sdp_offered = NULL;
    }
    dialin_accept(d, irq, sdp);
    if (invite)
        return; /* kept until its ACK */
    d->update = NULL;
    nta_incoming_destroy(irq);
    session_start(d);
}

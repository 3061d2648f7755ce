#include "sip/stray.h"

#include "base/clock.h"
#include "base/log.h"
#include "sip/dialog.h"
#include "sip/dialout.h"

enum { STRAYS_PER_SECOND = 100 };

/* Each costs a transaction; a phone whose turn it is not says 200 again. */
static bool too_many(struct stack *s)
{
    int64_t second = clock_real_us() / 1000000;

    if (second != s->strays_second) {
        s->strays_second = second;
        s->strays_count = 0;
    }
    return ++s->strays_count > STRAYS_PER_SECOND;
}

static bool is_wanted(const struct stack *s, const sip_t *sip)
{
    int status = sip->sip_status->st_status;

    return status >= 200 && status < 300 && sip->sip_cseq->cs_method == sip_method_invite &&
           sip->sip_contact != NULL && sip->sip_to->a_tag != NULL &&
           own_tag_known(s->set.tag_key, sip->sip_from->a_tag);
}

static void free_phone(struct stack *s, const char *source, const sip_t *sip)
{
    struct dialog *d = dialog_new(s, s->next_leg, source);

    if (d == NULL)
        return;
    s->next_leg += 2;
    dialog_quiet(d);
    d->nta = nta_leg_tcreate(s->agent, dialog_on_request, d, SIPTAG_CALL_ID(sip->sip_call_id),
                             SIPTAG_FROM(sip->sip_from), SIPTAG_TO(sip->sip_to),
                             SIPTAG_CSEQ(sip->sip_cseq), TAG_END());
    if (d->nta != NULL) {
        dialout_follow(d, sip);
        dialout_ack(d, sip->sip_cseq->cs_seq);
        dialog_bye(d, SIP_CAUSE_BYE_SENT, 200);
    }
    dialog_settle(d);
}

void stray_on_response(struct stack *s, const sip_t *sip, const char *source)
{
    if (is_wanted(s, sip) && !too_many(s)) {
        log_line(LOG_INFO, "sip", NULL, "a phone at %s answers a call of before: it gets a BYE",
                 source);
        free_phone(s, source, sip);
    }
}

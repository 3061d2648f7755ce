#include "sip/limit.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/rate.h"
#include "sip/registrar.h"
#include "sip/stack.h"

enum { ADDRESSES = 10000 }; /* that are remembered, of each kind */

static void set_one(struct limits *l, enum limit_kind kind, int per_minute)
{
    if (l->per_minute[kind] == per_minute)
        return;
    l->per_minute[kind] = per_minute;
    rate_free(l->strangers[kind]);
    rate_free(l->phones[kind]);
    l->strangers[kind] = rate_new(per_minute, per_minute, ADDRESSES);
    l->phones[kind] = rate_new(per_minute, per_minute, ADDRESSES);
    rate_by_port(l->phones[kind]);
}

void limit_set(struct limits *l, const struct sip_limits *per_minute)
{
    set_one(l, LIMIT_REGISTERS, per_minute->registers);
    set_one(l, LIMIT_INVITES, per_minute->invites);
    set_one(l, LIMIT_OTHERS, per_minute->others);
    set_one(l, LIMIT_FAILURES, per_minute->failures);
    if (l->answers == NULL)
        l->answers = rate_new(LIMIT_ANSWERS, LIMIT_ANSWERS, ADDRESSES);
}

void limit_clear(struct limits *l)
{
    for (int kind = 0; kind < LIMIT_KINDS; kind++) {
        rate_free(l->strangers[kind]);
        rate_free(l->phones[kind]);
    }
    rate_free(l->answers);
    *l = (struct limits){0};
}

static struct rate *rate_of(struct stack *s, enum limit_kind kind, const struct visitor *v,
                            const struct sip_account *account)
{
    bool known = account != NULL && registrar_is_at(s, account->user, v->source);

    return known ? s->limits.phones[kind] : s->limits.strangers[kind];
}

static enum limit_kind kind_of(const sip_t *sip)
{
    if (sip->sip_request->rq_method == sip_method_register)
        return LIMIT_REGISTERS;
    return sip->sip_request->rq_method == sip_method_invite ? LIMIT_INVITES : LIMIT_OTHERS;
}

/* A literal: what strangers call their methods has no place in a log. */
static const char *method_name(const sip_t *sip)
{
    static const char *const names[] = {
        [LIMIT_REGISTERS] = "REGISTER", [LIMIT_INVITES] = "INVITE", [LIMIT_OTHERS] = "request"};

    return names[kind_of(sip)];
}

/* Whose phone it says it is; whether it is there decides. */
static const struct sip_account *account_of(struct stack *s, const sip_t *sip)
{
    char name[128];

    if (sip->sip_from == NULL || !stack_user(sip->sip_from->a_url, name, sizeof(name)))
        return NULL;
    return account_find(&s->accounts, name);
}

/* Says so while this address has answers left; takes msg. */
static void refuse(struct stack *s, const struct visitor *v, msg_t *msg, struct rate *r,
                   const char *why)
{
    int64_t now_ms = clock_mono_ms();
    char wait_s[16];

    count_add(COUNT_SIP_LIMITED, 1);
    if (!rate_take(s->limits.answers, &v->at, now_ms)) {
        nta_msg_discard(s->agent, msg);
        return;
    }
    log_refused(method_name(sip_object(msg)), &v->at, "%s", why);
    (void)snprintf(wait_s, sizeof(wait_s), "%d", rate_retry_s(r, &v->at, now_ms));
    (void)nta_msg_treply(s->agent, msg, SIP_503_SERVICE_UNAVAILABLE, SIPTAG_RETRY_AFTER_STR(wait_s),
                         SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
}

bool limit_admit(struct stack *s, const struct visitor *v, msg_t *msg)
{
    const sip_t *sip = sip_object(msg);
    struct rate *r = rate_of(s, kind_of(sip), v, account_of(s, sip));

    if (rate_take(r, &v->at, clock_mono_ms()))
        return true;
    refuse(s, v, msg, r, v->certain ? "too many a minute" : "too many a minute, by UDP");
    return false;
}

bool limit_may_try(struct stack *s, const struct visitor *v, const struct sip_account *account)
{
    return rate_has(rate_of(s, LIMIT_FAILURES, v, account), &v->at, clock_mono_ms());
}

void limit_failed(struct stack *s, const struct visitor *v, const struct sip_account *account,
                  const sip_t *sip)
{
    count_add(COUNT_SIP_AUTH_REFUSED, 1);
    (void)rate_take(rate_of(s, LIMIT_FAILURES, v, account), &v->at, clock_mono_ms());
    log_refused(method_name(sip), &v->at, "wrong name or password");
}

void limit_refuse_try(struct stack *s, const struct visitor *v, msg_t *msg,
                      const struct sip_account *account)
{
    refuse(s, v, msg, rate_of(s, LIMIT_FAILURES, v, account), "too many wrong passwords");
}

#include "api/doorman.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/rate.h"

void doorman_refused(struct ask *a, const char *what, const char *why)
{
    count_add(COUNT_AUTH_REFUSED, 1);
    (void)rate_take(a->api->failures, &a->http->peer, clock_mono_ms());
    log_refused(what, &a->http->peer, "%s", why);
}

static enum err too_many(struct ask *a, struct rate *r, const char *what, struct fail *f)
{
    a->retry_after_s = rate_retry_s(r, &a->http->peer, clock_mono_ms());
    return err_set(f, ERR_TOO_MANY, "Too many %s from this address; wait %d s.", what,
                   a->retry_after_s);
}

/* A good token passes whoever else fails from the same address: many may come through one proxy. */
enum err doorman_token(struct ask *a, struct fail *f)
{
    enum err e =
        token_verify(a->api->identity, http_header(a->http, "Authorization"), &a->caller, f);

    if (e == ERR_OK)
        return ERR_OK;
    if (!rate_has(a->api->failures, &a->http->peer, clock_mono_ms()))
        return too_many(a, a->api->failures, "failures", f);
    doorman_refused(a, "token", f->text);
    return e;
}

enum err doorman_issuer(struct ask *a, struct fail *f)
{
    int64_t now = clock_mono_ms();

    if (!rate_has(a->api->failures, &a->http->peer, now))
        return too_many(a, a->api->failures, "failures", f);
    if (!rate_take(a->api->tokens, &a->http->peer, now))
        return too_many(a, a->api->tokens, "requests for tokens", f);
    return ERR_OK;
}

enum err doorman_guess(struct ask *a, struct fail *f)
{
    if (rate_has(a->api->failures, &a->http->peer, clock_mono_ms()))
        return ERR_OK;
    return too_many(a, a->api->failures, "failures", f);
}

/*
 * challenge.c - digest authentication of requests outside a dialog.
 *
 * The sip thread. Challenges are sent without a transaction, so that a flood of strangers costs
 * arithmetic and no memory. An unknown user and a wrong password get the same answer after the
 * same arithmetic. That something was wrong is logged, not what: names and answers are no
 * business of the log.
 */
#include "sip/challenge.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "sip/digest.h"

enum { CHALLENGE_SIZE = 320 };

/* For users who do not exist: as long as a real one, and nobody's. */
static const char nobody_md5[] = "0123456789abcdef0123456789abcdef";
static const char nobody_sha256[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static bool is_invite(const sip_t *sip)
{
    return sip->sip_request->rq_method == sip_method_invite;
}

static bool taken(const struct stack *s, enum digest_algorithm a)
{
    return a == DIGEST_SHA256 ? s->set.sha256 : s->set.md5;
}

/* The uri parameter must name the same user and host as the request line (RFC 7616 3.4.6). */
static bool same_uri(const char *text, const url_t *line)
{
    su_home_t home[SU_HOME_AUTO_SIZE(1024)];
    const url_t *said;
    bool same;

    su_home_auto(home, sizeof(home));
    said = url_make(home, text);
    same = said != NULL && url_cmp(said, line) == 0;
    su_home_deinit(home);
    return same;
}

static bool password_right(const struct sip_account *account, const struct digest_answer *a,
                           const char *method)
{
    bool md5 = a->algorithm == DIGEST_MD5;
    const char *nobody = md5 ? nobody_md5 : nobody_sha256;
    const char *ha1 = nobody;
    bool right;

    if (account != NULL)
        ha1 = md5 ? account->ha1_md5 : account->ha1_sha256;
    if (strlen(ha1) != strlen(nobody)) { /* no password of this kind */
        ha1 = nobody;
        account = NULL;
    }
    right = digest_matches(a, ha1, method);
    return right && account != NULL;
}

/* Whether a nonce is ours is asked first: a password is tried only by who got our challenge at
 * this address, so a source that is forged makes nobody a guesser; and a right password is nothing
 * that a foreign nonce could tell (RFC 7616 section 3.3: stale means that the nonce is invalid). */
static enum challenge judge(struct stack *s, const struct digest_answer *a, const sip_t *sip,
                            const struct visitor *v, const struct sip_account **out)
{
    int64_t now_ms = clock_wall_ms();
    const struct sip_account *account = account_find(&s->accounts, a->username);

    *out = account;
    if (nonce_check(&s->nonces, a->nonce, &v->at, now_ms) != NONCE_GOOD)
        return CHALLENGE_STALE;
    if (!limit_may_try(s, v, account))
        return CHALLENGE_TOO_MANY;
    if (!taken(s, a->algorithm) || !same_uri(a->uri, sip->sip_request->rq_url) ||
        !password_right(account, a, sip->sip_request->rq_method_name)) {
        limit_failed(s, v, account, sip);
        return CHALLENGE_WRONG;
    }
    return nonce_use(&s->nonces, a->nonce, a->nc, now_ms) == NONCE_GOOD ? CHALLENGE_GOOD
                                                                        : CHALLENGE_STALE;
}

/* The first answer for our realm counts: one request is one try. */
enum challenge challenge_check(struct stack *s, const sip_t *sip, const struct visitor *v,
                               const struct sip_account **account)
{
    const msg_auth_t *au = is_invite(sip) ? sip->sip_proxy_authorization : sip->sip_authorization;

    for (; au != NULL; au = au->au_next) {
        struct digest_answer a;

        if (au->au_scheme != NULL && str_eq_nocase(au->au_scheme, "Digest") &&
            digest_read(&a, (const char *const *)au->au_params) && str_eq(a.realm, s->set.realm))
            return judge(s, &a, sip, v, account);
    }
    return CHALLENGE_WRONG;
}

void challenge_reply(struct stack *s, msg_t *msg, const struct visitor *v, bool stale)
{
    char nonce[NONCE_SIZE];
    char md5[CHALLENGE_SIZE];
    char sha256[CHALLENGE_SIZE];
    const char *first = sha256; /* the better one on top (RFC 8760 section 2.4) */
    const char *second = md5;

    (void)nonce_make(&s->nonces, &v->at, clock_wall_ms(), nonce);
    (void)digest_challenge(md5, sizeof(md5), s->set.realm, nonce, DIGEST_MD5, stale);
    (void)digest_challenge(sha256, sizeof(sha256), s->set.realm, nonce, DIGEST_SHA256, stale);
    if (!s->set.sha256 || !s->set.md5) {
        first = s->set.sha256 ? sha256 : md5;
        second = NULL;
    }
    if (is_invite(sip_object(msg)))
        (void)nta_msg_treply(s->agent, msg, SIP_407_PROXY_AUTH_REQUIRED,
                             SIPTAG_PROXY_AUTHENTICATE_STR(first),
                             TAG_IF(second != NULL, SIPTAG_PROXY_AUTHENTICATE_STR(second)),
                             SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
    else
        (void)nta_msg_treply(s->agent, msg, SIP_401_UNAUTHORIZED,
                             SIPTAG_WWW_AUTHENTICATE_STR(first),
                             TAG_IF(second != NULL, SIPTAG_WWW_AUTHENTICATE_STR(second)),
                             SIPTAG_USER_AGENT_STR(STACK_AGENT), TAG_END());
}

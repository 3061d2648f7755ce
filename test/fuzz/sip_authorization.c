/*
 * sip_authorization.c - fuzz: any bytes as the digest credentials of a REGISTER.
 *
 * The input is the header's value. As it came, nobody may be let in: its nonce is not ours.
 * What could be read of it is then answered once with a fresh nonce and the response it had,
 * which is wrong, and once rightly with John's password: only John may come in, from where
 * the nonce was given, and only once with the same count.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "sip/challenge.h"
#include "sip/digest.h"
#include "sip/limit.h"

#define TARGET "sip:carillon.example"
#define HA1_MD5 "00112233445566778899aabbccddeeff"
#define HA1_SHA256 HA1_MD5 HA1_MD5

enum { NONCES = 4096, OFTEN = 1000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stack stack;
static struct visitor visitor;

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void open_stack(void)
{
    static const struct sip_account john = {.user = "1",
                                            .name = "john",
                                            .display = "John",
                                            .ha1_md5 = HA1_MD5,
                                            .ha1_sha256 = HA1_SHA256};

    static const struct sip_limits limits = {OFTEN, OFTEN, OFTEN, OFTEN};

    log_open((enum log_level)(LOG_ERROR + 1), LOG_TEXT); /* above every level: silence */
    limit_set(&stack.limits, &limits);
    must(addr_read_ip(&visitor.at, "192.0.2.1", strlen("192.0.2.1"), 5060));
    (void)str_copy(stack.set.realm, sizeof(stack.set.realm), "carillon");
    stack.set.md5 = stack.set.sha256 = true;
    account_replace(&stack.accounts, account_copy(&john, 1));
    nonce_init(&stack.nonces, 60000, NONCES);
}

static msg_t *make(const char *credentials, size_t len)
{
    struct buf text = {0};
    msg_t *msg;

    buf_text(&text, "REGISTER " TARGET " SIP/2.0\r\nAuthorization: ");
    buf_add(&text, credentials, len);
    buf_text(&text, "\r\n\r\n");
    msg = msg_make(sip_default_mclass(), 0, text.data, (ssize_t)text.len);
    buf_clear(&text);
    return msg;
}

/* What becomes of this value. */
static enum challenge come(const char *credentials, size_t len, const struct sip_account **who)
{
    msg_t *msg = make(credentials, len);
    const sip_t *sip = msg != NULL ? sip_object(msg) : NULL;
    enum challenge verdict = CHALLENGE_WRONG;

    *who = NULL;
    if (sip != NULL && sip->sip_request != NULL && sip->sip_request->rq_url->url_host != NULL)
        verdict = challenge_check(&stack, sip, &visitor, who);
    if (msg != NULL)
        msg_destroy(msg);
    return verdict;
}

/* Reads the first credentials as challenge.c does; false when there are none of a form. */
static bool read_first(struct digest_answer *a, const char *credentials, size_t len)
{
    msg_t *msg = make(credentials, len);
    const sip_t *sip = msg != NULL ? sip_object(msg) : NULL;
    bool good = sip != NULL && sip->sip_authorization != NULL &&
                digest_read(a, (const char *const *)sip->sip_authorization->au_params);

    if (msg != NULL)
        msg_destroy(msg);
    return good;
}

static void quoted(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            buf_char(out, '\\');
        buf_char(out, *value);
    }
    buf_text(out, "\", ");
}

/* The same answer anew, well formed, with a nonce of ours. */
static void write_answer(struct buf *out, const struct digest_answer *a, const char *response)
{
    buf_text(out, "Digest ");
    quoted(out, "username", a->username);
    quoted(out, "realm", a->realm);
    quoted(out, "nonce", a->nonce);
    quoted(out, "uri", a->uri);
    quoted(out, "cnonce", a->cnonce);
    quoted(out, "response", response);
    buf_printf(out, "qop=auth, nc=%s, algorithm=%s", a->nc_text,
               a->algorithm == DIGEST_MD5 ? "MD5" : "SHA-256");
}

static void answer(struct digest_answer *a)
{
    bool is_john = strcmp(a->username, "john") == 0 && strcmp(a->realm, "carillon") == 0;
    const char *ha1 = a->algorithm == DIGEST_MD5 ? HA1_MD5 : HA1_SHA256;
    const struct sip_account *who;
    struct buf text = {0};
    char response[65];

    (void)nonce_make(&stack.nonces, &visitor.at, clock_wall_ms(), a->nonce);
    write_answer(&text, a, a->response);
    must(come(text.data, text.len, &who) != CHALLENGE_GOOD);
    (void)str_copy(a->uri, sizeof(a->uri), TARGET);
    text.len = 0;
    write_answer(&text, a, digest_response(a, ha1, "REGISTER", response));
    if (come(text.data, text.len, &who) == CHALLENGE_GOOD) {
        must(is_john && strcmp(who->name, "john") == 0);
        must(come(text.data, text.len, &who) == CHALLENGE_STALE);
    }
    buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sip_account *who;
    struct digest_answer a;

    if (stack.accounts.all == NULL)
        open_stack();
    must(come((const char *)data, size, &who) != CHALLENGE_GOOD);
    if (read_first(&a, (const char *)data, size))
        answer(&a);
    return 0;
}

/*
 * sip_authorization.c - fuzz: any bytes as the digest credentials of a REGISTER.
 *
 * The input is the header's value. As it came, nobody may be let in: no password is known
 * to it. What could be read of it is then answered rightly, with a fresh nonce and John's
 * password: only John may come in, and only once with the same count.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "sip/challenge.h"
#include "sip/digest.h"

#define TARGET "sip:carillon.example"
#define HA1_MD5 "00112233445566778899aabbccddeeff"
#define HA1_SHA256 HA1_MD5 HA1_MD5

enum { NONCES = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct stack stack;

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

/* Who comes in with this value. */
static const struct sip_account *come(const char *credentials, size_t len, bool *stale)
{
    msg_t *msg = make(credentials, len);
    const sip_t *sip = msg != NULL ? sip_object(msg) : NULL;
    const struct sip_account *who = NULL;

    *stale = false;
    if (sip != NULL && sip->sip_request != NULL && sip->sip_request->rq_url->url_host != NULL)
        who = challenge_check(&stack, sip, false, stale);
    if (msg != NULL)
        msg_destroy(msg);
    return who;
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

static void answer_rightly(struct digest_answer *a)
{
    bool md5 = a->algorithm == DIGEST_MD5;
    bool is_john = strcmp(a->username, "john") == 0;
    struct buf text = {0};
    char response[65];
    bool stale;
    const struct sip_account *who;

    (void)nonce_make(&stack.nonces, clock_wall_ms(), a->nonce);
    (void)str_copy(a->uri, sizeof(a->uri), TARGET);
    buf_text(&text, "Digest ");
    quoted(&text, "username", a->username);
    quoted(&text, "realm", a->realm);
    quoted(&text, "nonce", a->nonce);
    quoted(&text, "uri", a->uri);
    quoted(&text, "cnonce", a->cnonce);
    quoted(&text, "response", digest_response(a, md5 ? HA1_MD5 : HA1_SHA256, "REGISTER", response));
    buf_printf(&text, "qop=auth, nc=%s, algorithm=%s", a->nc_text, md5 ? "MD5" : "SHA-256");
    who = come(text.data, text.len, &stale);
    must(who == NULL || (is_john && strcmp(a->realm, "carillon") == 0 && !stale));
    if (who != NULL)
        must(come(text.data, text.len, &stale) == NULL && stale);
    buf_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct digest_answer a;
    bool stale;

    if (stack.accounts.all == NULL)
        open_stack();
    must(come((const char *)data, size, &stale) == NULL && !stale);
    if (read_first(&a, (const char *)data, size))
        answer_rightly(&a);
    return 0;
}

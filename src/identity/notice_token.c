/*
 * notice_token.c - how a bot knows that a notice is from us: a bearer token of our own.
 *
 * Bots check iss, aud (their application id), tid and the times against the keys
 * of the configuration document. One token serves an application and tenant for
 * most of an hour: signing one costs about a millisecond. The control thread.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "identity/bot_token.h"
#include "identity/identity.h"
#include "json/writer.h"

#define LIFE_MS ((int64_t)60 * 60 * 1000)
#define RENEW_MS ((int64_t)10 * 60 * 1000) /* before the end: it must outlive the journey */

enum { KEPT_MAX = 4096 };

struct kept {
    char *key;
    char *token;
    int64_t renew_at_ms;
};

static void kept_free(struct kept *k)
{
    (void)mem_free(k->key);
    (void)mem_free(k->token);
    (void)mem_free(k);
}

void notice_token_forget(struct identity *i)
{
    struct kept *k;
    size_t at = 0;

    while ((k = map_next(&i->notice_tokens, &at)) != NULL)
        kept_free(k);
    map_clear(&i->notice_tokens);
}

const char *notice_token(struct identity *i, const char *issuer, const char *application,
                         const char *tenant, struct fail *f)
{
    char *key = str_printf("%s %s %s", application, tenant, issuer);
    struct kept *k = map_find(&i->notice_tokens, key);
    char *token;

    if (k != NULL && clock_wall_ms() < k->renew_at_ms) {
        (void)mem_free(key);
        return k->token;
    }
    token = bot_token_sign(i,
                           &(struct bot_token){.kind = KEY_NOTICE,
                                               .seconds = LIFE_MS / 1000,
                                               .issuer = issuer,
                                               .application = application,
                                               .tenant = tenant},
                           f);
    if (token == NULL) {
        (void)mem_free(key);
        return NULL;
    }
    if (k == NULL) {
        if (i->notice_tokens.count >= KEPT_MAX)
            notice_token_forget(i);
        k = mem_new(sizeof(*k));
        k->key = key;
        (void)map_put(&i->notice_tokens, k->key, k);
    } else {
        (void)mem_free(key);
        (void)mem_free(k->token);
    }
    k->token = token;
    k->renew_at_ms = clock_wall_ms() + LIFE_MS - RENEW_MS;
    return k->token;
}

/* The members that OpenID Connect Discovery (section 3) demands; those about signing in
 * are formal, since nobody signs in here. */
void notice_configuration(const struct identity *i, const char *issuer, bool is_tls,
                          struct buf *out)
{
    char *jwks_uri = str_printf("%s/v1/.well-known/keys", identity_url(i, is_tls));
    struct writer w;

    writer_init(&w, out);
    writer_object(&w, NULL);
    writer_text(&w, "issuer", issuer);
    writer_text(&w, "jwks_uri", jwks_uri);
    writer_list(&w, "id_token_signing_alg_values_supported");
    writer_text(&w, NULL, "RS256");
    writer_end(&w);
    writer_list(&w, "response_types_supported");
    writer_text(&w, NULL, "none");
    writer_end(&w);
    writer_list(&w, "subject_types_supported");
    writer_text(&w, NULL, "public");
    writer_end(&w);
    writer_end(&w);
    (void)mem_free(jwks_uri);
}

void notice_keys(const struct identity *i, struct buf *out)
{
    keys_jwks(i->keys, KEY_NOTICE, out);
}

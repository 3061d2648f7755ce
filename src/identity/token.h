/*
 * token.h - who is asking: access tokens verified, with a bounded cache.
 *
 * RS256 and ES256 only, and only as the key's own type allows; `none`, HS* and
 * keys carried in the token (jwk, jku, x5u, x5c) are refused. Only access tokens
 * pass (typ at+jwt; plain JWT from outside issuers, identity/trust.h). The cache's
 * key is the SHA-256 of the whole token. The control thread.
 */
#ifndef IDENTITY_TOKEN_H
#define IDENTITY_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "identity/directory.h"
#include "identity/keys.h"
#include "identity/trust.h"

struct identity;
struct loop;

/* Who asks. Lives until the next token_verify(): copy what is kept. */
struct caller {
    struct id tenant;      /* tid */
    struct id application; /* appid, or azp */
    unsigned roles;        /* ROLE() bits */
    int64_t expires_ms;    /* wall */
};

struct identity_settings {
    const char *public_url; /* issuer and audience of our own tokens */
    const char *tls_url;    /* the same for who comes by TLS; NULL: public_url */
    const char *const
        *audiences; /* accepted besides public_url and Graph's two forms; ends with NULL */
    bool embedded_issuer;
    const struct objects *trusted; /* struct trust, checked: other issuers; NULL: none */
    struct loop *loop;             /* these are for trusted ones only: */
    fetch_h *fetch;
    void *fetch_arg;
};

/* d, k and what trusted points to must outlive it; identity_directory() replaces d at a reload
 * (and forgets the cache). The keys of trusted issuers are fetched from now on. */
struct identity *identity_new(const struct identity_settings *s, const struct directory *d,
                              struct keys *k);
/* Fetches no more keys: before what `fetch` needs goes. NULL is fine. */
void identity_stop(struct identity *i);
/* Every fetch has been told. NULL is fine. */
void identity_free(struct identity *i);
void identity_directory(struct identity *i, const struct directory *d);

/* authorization: the header's value ("Bearer ..."), or NULL. Nobody waits: a key that is not
 * known is ERR_UNAUTHENTICATED now, and is fetched for the next time. Verifies signature, times
 * (5 minutes of skew), issuer, audience, that tenant and application exist, and that it is
 * an application's token (a delegated one, with scp, is ERR_ROLE_MISSING with a sentence
 * that only application permissions are supported). Else ERR_UNAUTHENTICATED; the sentence
 * says why in plain words and never quotes the token. */
NODISCARD enum err token_verify(struct identity *i, const char *authorization, struct caller *out,
                                struct fail *f);

/* The embedded issuer: an access token for an application of a tenant (guests' home tenant
 * or another one that it was let into: any known tenant), 1 h. To be freed with mem_free(). */
char *issuer_token(struct identity *i, const struct application *app, const char *tenant,
                   struct fail *f);

/* One answer of the token endpoint POST /{tenant}/oauth2/v2.0/token: the caller has taken
 * the form apart. Returns the HTTP status and appends the JSON body (RFC 6749 section 5;
 * MSAL's fields) to out. Secrets are compared in constant time. */
struct token_request {
    const char *tenant; /* of the path: a GUID, or a verified tenant name; common refused */
    bool is_tls;        /* asked over TLS: the token's iss is of tls_url */
    const char *grant_type;
    const char *client_id;
    const char *client_secret;
    const char *scope;
    const char *basic; /* the Authorization header, when the client authenticates by Basic */
};
int issuer_answer(struct identity *i, const struct token_request *r, struct buf *out);

/* /{tenant}/v2.0/.well-known/openid-configuration and /{tenant}/discovery/v2.0/keys. What is
 * asked over TLS names tls_url: a client takes no document for the issuer it asked for when the
 * issuer is another one (OpenID Connect Discovery, 4.3; MSAL compares the origins).
 * False: no such tenant. */
bool issuer_configuration(const struct identity *i, const char *tenant, bool is_tls,
                          struct buf *out);
bool issuer_keys(const struct identity *i, const char *tenant, struct buf *out);

/* A notice's bearer token for one application and tenant (iss, aud = application id,
 * tid, 1 h), cached until 10 minutes before its end. Lives until the next call. */
const char *notice_token(struct identity *i, const char *issuer, const char *application,
                         const char *tenant, struct fail *f);

/* /v1/.well-known/OpenIdConfiguration and its keys, for bots that verify notices. The issuer is
 * the notices' own; asked over TLS the keys are at tls_url. */
void notice_configuration(const struct identity *i, const char *issuer, bool is_tls,
                          struct buf *out);
void notice_keys(const struct identity *i, struct buf *out);

#endif

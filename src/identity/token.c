/*
 * token.c - an access token, from the header's value to who is asking.
 *
 * Cheap checks come first: form, header, issuer, key, times and audience cost a
 * few microseconds, the signature many. What the directory knows is asked only
 * when the signature was good, so that nobody can find out by forged tokens who
 * exists. The claims are read from the very bytes that are signed.
 */
#include "identity/token.h"

#include <string.h>
#include <strings.h>

#include "base/count.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "identity/identity.h"
#include "identity/jwk.h"
#include "identity/jwt.h"
#include "json/json.h"

enum { CLAIM_NAME_MAX = 128 };
#define SKEW_MS ((int64_t)5 * 60 * 1000)

struct token {
    const struct identity *identity;
    struct jwt jwt;
    struct id tenant;
    const struct issuer *issuer;
    const struct jwk *key;
};

static enum err refuse(struct fail *f, const char *why)
{
    return err_set(f, ERR_UNAUTHENTICATED, "%s", why);
}

static const char *claim(const struct token *t, const char *name)
{
    return jwt_claim(&t->jwt, name);
}

static enum err read_jwt(struct token *t, struct fail *f)
{
    return jwt_read(&t->jwt, f);
}

/* Is iss this issuer's name, with the token's tenant in it? */
static bool is_issuer(const char *name, const char *iss, const char *tenant)
{
    const char *hole = strstr(name, ISSUER_TENANT);
    size_t before = hole != NULL ? (size_t)(hole - name) : 0;
    size_t len = strlen(tenant);

    if (hole == NULL)
        return strcmp(name, iss) == 0;
    return strncmp(iss, name, before) == 0 && strncmp(iss + before, tenant, len) == 0 &&
           strcmp(iss + before + len, hole + strlen(ISSUER_TENANT)) == 0;
}

/* A claim by its name (which may be a URL, with dots of its own), else by a path. */
static const struct json *claim_at(const struct json *claims, const char *path)
{
    const struct json *at = json_get(claims, path);
    char name[CLAIM_NAME_MAX + 1];

    if (at != NULL)
        return at;
    at = claims;
    while (at != NULL) {
        size_t len = strcspn(path, ".");

        if (len > CLAIM_NAME_MAX)
            return NULL;
        (void)memcpy(name, path, len);
        name[len] = '\0';
        at = json_get(at, name);
        if (path[len] == '\0')
            return at;
        path += len + 1;
    }
    return NULL;
}

static const char *tenant_of(const struct token *t, const struct trust *trust)
{
    if (trust->tenant != NULL)
        return trust->tenant;
    return json_text(
        claim_at(t->jwt.claims, trust->tenant_claim != NULL ? trust->tenant_claim : "tid"));
}

static enum err find_issuer(struct token *t, struct fail *f)
{
    const char *iss = claim(t, "iss");
    bool has_tenant = t->identity->issuer_count == 0; /* nobody to want one */

    for (size_t n = 0; n < t->identity->issuer_count; n++) {
        const struct issuer *s = &t->identity->issuers[n];
        struct id tenant;

        if (!id_read_text(&tenant, tenant_of(t, s->trust)))
            continue;
        has_tenant = true;
        if (iss == NULL || !is_issuer(s->name, iss, tenant.text))
            continue;
        t->issuer = s;
        t->tenant = tenant;
        return ERR_OK;
    }
    if (!has_tenant)
        return refuse(f, "The access token names no tenant: tid is missing or no GUID.");
    return refuse(f, "The access token is of an issuer (iss) that is not accepted here, "
                     "or of another tenant (tid) than its issuer.");
}

static enum err find_own_key(struct token *t, const char *kid, struct fail *f)
{
    t->key = keys_find(t->issuer->keys, KEY_ACCESS, kid);
    if (t->key == NULL)
        return refuse(f, "The access token is signed with a key (kid) that is not known here.");
    return ERR_OK;
}

/* Entra ID says of some of its keys that they sign for one tenant only. */
static enum err find_outside_key(struct token *t, const char *kid, struct fail *f)
{
    const struct keyset_key *k = key_source_find(t->issuer->source, kid);

    if (k == NULL) {
        key_source_miss(t->issuer->source);
        return refuse(f, "The access token is signed with a key (kid) that is not known here; "
                         "the issuer's keys are fetched at most once a minute: try again.");
    }
    if (k->issuer != NULL && !is_issuer(k->issuer, claim(t, "iss"), t->tenant.text))
        return refuse(f, "The access token's key (kid) is not for its issuer (iss).");
    t->key = k->jwk;
    return ERR_OK;
}

static enum err find_key(struct token *t, struct fail *f)
{
    const char *kid = jwt_header(&t->jwt, "kid");
    bool is_own = t->issuer->source == NULL;
    enum err e;

    if (!jwt_is_typ(&t->jwt, keys_typ(KEY_ACCESS)) && (is_own || !jwt_is_typ(&t->jwt, "JWT")))
        return refuse(f, "This is no access token: its typ is not the one of access tokens.");
    e = is_own ? find_own_key(t, kid, f) : find_outside_key(t, kid, f);
    if (e != ERR_OK)
        return e;
    if (strcmp(jwt_header(&t->jwt, "alg"), jwk_algorithm(t->key)) != 0)
        return refuse(f, "The access token's alg is not the one of its key.");
    return ERR_OK;
}

static enum err check_times(struct token *t, struct fail *f)
{
    return jwt_check_times(&t->jwt, SKEW_MS, f);
}

static bool is_audience(const struct issuer *s, const char *aud)
{
    for (size_t n = 0; aud != NULL && s->audiences[n] != NULL; n++)
        if (strcmp(s->audiences[n], aud) == 0)
            return true;
    return false;
}

/* aud is one text or a list of them (RFC 7519, 4.1.3). */
static enum err check_audience(struct token *t, struct fail *f)
{
    const struct json *aud = json_get(t->jwt.claims, "aud");

    if (is_audience(t->issuer, json_text(aud)))
        return ERR_OK;
    for (size_t n = 0; json_kind(aud) == JSON_LIST && n < json_count(aud); n++)
        if (is_audience(t->issuer, json_text(json_at(aud, n))))
            return ERR_OK;
    return refuse(f, "The access token is for somebody else: its audience (aud) is not this API.");
}

static enum err check_signature(struct token *t, struct fail *f)
{
    if (!jwk_verify(t->key, t->jwt.text, t->jwt.len))
        return refuse(f, "The access token's signature is wrong.");
    return ERR_OK;
}

typedef enum err check_h(struct token *t, struct fail *f);

/* From cheap to dear; each may rely on those before it. */
static check_h *const checks[] = {read_jwt,    find_issuer,    find_key,
                                  check_times, check_audience, check_signature};

static unsigned roles_in(const char *words)
{
    unsigned bits = 0;

    for (words += strspn(words, " "); words[0] != '\0'; words += strspn(words, " ")) {
        size_t len = strcspn(words, " ");
        char name[CLAIM_NAME_MAX + 1];

        if (len <= CLAIM_NAME_MAX) {
            (void)memcpy(name, words, len);
            name[len] = '\0';
            bits |= role_of(name);
        }
        words += len;
    }
    return bits;
}

/* A list; from outside also one text with spaces between, the form of a scope (RFC 6749, 3.3). */
static unsigned roles_of(const struct token *t)
{
    const char *path = t->issuer->trust->roles_claim;
    const struct json *roles = claim_at(t->jwt.claims, path != NULL ? path : "roles");
    unsigned bits = 0;

    if (t->issuer->source != NULL && json_text(roles) != NULL)
        return roles_in(json_text(roles));

    for (size_t n = 0; json_kind(roles) == JSON_LIST && n < json_count(roles); n++) {
        const char *name = json_text(json_at(roles, n));

        if (name != NULL)
            bits |= role_of(name);
    }
    return bits;
}

static const char *application_of(const struct token *t)
{
    static const char *const usual[] = {"appid", "azp", "client_id"};
    const char *path = t->issuer->trust->application_claim;
    const char *name = NULL;

    if (path != NULL)
        return json_text(claim_at(t->jwt.claims, path));
    for (size_t n = 0; name == NULL && n < sizeof(usual) / sizeof(usual[0]); n++)
        name = claim(t, usual[n]);
    return name;
}

/* Keycloak gives each client an account of its own, whose name no person can have. */
static bool is_service_account(const char *name, const char *application)
{
    static const char prefix[] = "service-account-";

    return str_starts(name, prefix) && str_eq_nocase(name + sizeof(prefix) - 1, application);
}

/* Does a person stand behind it? Entra ID says so with scp or idtyp, Keycloak by the account;
 * and in an at+jwt the subject of a client's own token is the client (RFC 9068, 2.2). */
static bool is_delegated(const struct token *t, const char *application)
{
    const char *idtyp = claim(t, "idtyp");
    const char *account = claim(t, "preferred_username");

    if (json_get(t->jwt.claims, "scp") != NULL)
        return true;
    if (idtyp != NULL || t->issuer->source == NULL)
        return idtyp != NULL && strcmp(idtyp, "app") != 0;
    if (account != NULL)
        return !is_service_account(account, application);
    return jwt_is_typ(&t->jwt, keys_typ(KEY_ACCESS)) && !str_eq(claim(t, "sub"), application);
}

/* Who a token of a good signature speaks for. */
static enum err read_caller(const struct token *t, struct caller *out, struct fail *f)
{
    const struct directory *d = t->identity->directory;
    const char *application = application_of(t);

    if (is_delegated(t, application))
        return err_set(f, ERR_ROLE_MISSING,
                       "This is a delegated token; only application permissions are "
                       "supported: ask for a token with client_credentials.");
    *out = (struct caller){.tenant = t->tenant, .expires_ms = t->jwt.expires_ms};
    if (!id_read_text(&out->application, application))
        return refuse(f, "The access token names no application: appid is missing or no GUID.");
    if (directory_tenant(d, out->tenant.text) == NULL)
        return refuse(f, "The access token's tenant (tid) does not exist here.");
    if (directory_application(d, out->application.text) == NULL)
        return refuse(f, "The access token's application (appid) does not exist here.");
    out->roles = roles_of(t);
    return ERR_OK;
}

static enum err verify(const struct identity *i, const char *text, size_t len, struct caller *out,
                       struct fail *f)
{
    struct token t = {
        .identity = i,
        .jwt = {.what = "access token", .refusal = ERR_UNAUTHENTICATED, .text = text, .len = len}};
    enum err e = ERR_OK;

    for (size_t n = 0; e == ERR_OK && n < sizeof(checks) / sizeof(checks[0]); n++)
        e = checks[n](&t, f);
    if (e == ERR_OK)
        e = read_caller(&t, out, f);
    jwt_clear(&t.jwt);
    return e;
}

/* The token of "Bearer <token>" (RFC 6750, 2.1; the scheme in any letter case), or NULL. */
static const char *bearer(const char *authorization)
{
    static const char scheme[] = "Bearer ";

    if (authorization == NULL || strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    authorization += sizeof(scheme) - 1;
    authorization += strspn(authorization, " ");
    return authorization[0] != '\0' ? authorization : NULL;
}

enum err token_verify(struct identity *i, const char *authorization, struct caller *out,
                      struct fail *f)
{
    const char *text = bearer(authorization);
    uint8_t digest[SHA256_BYTES];
    size_t len;
    enum err e;

    *out = (struct caller){0};
    len = text != NULL ? strnlen(text, JWT_MAX + 1) : 0;
    if (text == NULL) {
        e = refuse(f, "An access token is needed: 'Authorization: Bearer <token>'.");
    } else if (len > JWT_MAX) {
        e = refuse(f, "The access token is longer than 8 KiB.");
    } else {
        hash_sha256(text, len, digest);
        if (token_cache_find(&i->cache, digest, out)) {
            count_add(COUNT_AUTH_CACHE_HITS, 1);
            return ERR_OK;
        }
        e = verify(i, text, len, out, f);
    }
    if (e == ERR_OK) {
        token_cache_add(&i->cache, digest, out);
        return ERR_OK;
    }
    *out = (struct caller){0};
    count_add(COUNT_AUTH_REFUSED, 1);
    return e;
}

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

#include "base/clock.h"
#include "base/count.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "identity/identity.h"
#include "identity/jwk.h"
#include "json/json.h"

enum { TOKEN_MAX = 8 * 1024, CLAIM_NAME_MAX = 128 };
#define SKEW_MS ((int64_t)5 * 60 * 1000)
#define TIME_MAX_S ((int64_t)253402300799) /* the end of the year 9999 */

struct token {
    const struct identity *identity;
    const char *text; /* compact: header.claims.signature */
    size_t len;
    struct json *header;
    struct json *claims;
    struct id tenant;
    const struct issuer *issuer;
    const struct jwk *key;
    int64_t expires_ms;
};

static enum err refuse(struct fail *f, const char *why)
{
    return err_set(f, ERR_UNAUTHENTICATED, "%s", why);
}

static const char *claim(const struct token *t, const char *name)
{
    return json_text(json_get(t->claims, name));
}

/* One base64url part that holds a JSON object; NULL when it does not. */
static struct json *part(const char *s, size_t len)
{
    struct buf b = {0};
    struct json *j = NULL;

    if (hash_from_base64url(s, len, &b) && b.len > 0)
        j = json_parse(b.data, b.len, NULL);
    buf_clear(&b);
    if (json_kind(j) == JSON_OBJECT)
        return j;
    json_free(j);
    return NULL;
}

/* The library takes the token apart again by rules of its own, so what it gets must leave
 * no room for another reading: three parts of strict base64url, no doubled keys. */
static enum err take_apart(struct token *t, struct fail *f)
{
    const char *dot1 = memchr(t->text, '.', t->len);
    const char *end = t->text + t->len;
    const char *dot2 = dot1 != NULL ? memchr(dot1 + 1, '.', (size_t)(end - dot1 - 1)) : NULL;
    struct buf signature = {0};
    bool good;

    if (dot2 == NULL)
        return refuse(f, "The access token is no JWT: it has not three parts.");
    good = hash_from_base64url(dot2 + 1, (size_t)(end - dot2 - 1), &signature) && signature.len > 0;
    buf_clear(&signature);
    if (!good)
        return refuse(f, "The access token is no signed JWT: its signature is not base64url.");
    t->header = part(t->text, (size_t)(dot1 - t->text));
    t->claims = part(dot1 + 1, (size_t)(dot2 - dot1 - 1));
    if (t->header == NULL || t->claims == NULL)
        return refuse(f, "The access token is no JWT: header or claims are not base64url of JSON.");
    return ERR_OK;
}

/* Keys must come from whom we know, never from the token; and an extension that is marked
 * critical must be understood, and none is (RFC 7515, 4.1.11). */
static enum err check_header(struct token *t, struct fail *f)
{
    static const char *const refused[] = {"jwk", "jku", "x5u", "x5c", "crit"};

    for (size_t n = 0; n < sizeof(refused) / sizeof(refused[0]); n++)
        if (json_get(t->header, refused[n]) != NULL)
            return err_set(f, ERR_UNAUTHENTICATED, "The access token's header must not have '%s'.",
                           refused[n]);
    if (json_text(json_get(t->header, "alg")) == NULL ||
        json_text(json_get(t->header, "typ")) == NULL ||
        json_text(json_get(t->header, "kid")) == NULL)
        return refuse(f, "The access token's header must have alg, typ and kid.");
    return ERR_OK;
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
        claim_at(t->claims, trust->tenant_claim != NULL ? trust->tenant_claim : "tid"));
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

/* "application/at+jwt" is the long form of "at+jwt" (RFC 7515, 4.1.9). */
static bool is_typ(const char *typ, const char *want)
{
    static const char prefix[] = "application/";

    if (strncasecmp(typ, prefix, sizeof(prefix) - 1) == 0)
        typ += sizeof(prefix) - 1;
    return str_eq_nocase(typ, want);
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
    const char *typ = json_text(json_get(t->header, "typ"));
    const char *kid = json_text(json_get(t->header, "kid"));
    bool is_own = t->issuer->source == NULL;
    enum err e;

    if (!is_typ(typ, keys_typ(KEY_ACCESS)) && (is_own || !is_typ(typ, "JWT")))
        return refuse(f, "This is no access token: its typ is not the one of access tokens.");
    e = is_own ? find_own_key(t, kid, f) : find_outside_key(t, kid, f);
    if (e != ERR_OK)
        return e;
    if (strcmp(json_text(json_get(t->header, "alg")), jwk_algorithm(t->key)) != 0)
        return refuse(f, "The access token's alg is not the one of its key.");
    return ERR_OK;
}

/* A NumericDate in milliseconds (RFC 7519, 2); false when it is none. */
static bool read_time(const struct token *t, const char *name, int64_t *ms)
{
    const struct json *j = json_get(t->claims, name);

    if (json_kind(j) != JSON_INT || json_int(j) < 0 || json_int(j) > TIME_MAX_S)
        return false;
    *ms = json_int(j) * 1000;
    return true;
}

static enum err check_times(struct token *t, struct fail *f)
{
    int64_t now_ms = clock_wall_ms();
    int64_t from_ms = 0;

    if (!read_time(t, "exp", &t->expires_ms))
        return refuse(f, "The access token does not say when it ends: exp is missing.");
    if (json_get(t->claims, "nbf") != NULL && !read_time(t, "nbf", &from_ms))
        return refuse(f, "The access token's nbf is no time.");
    if (t->expires_ms + SKEW_MS <= now_ms)
        return refuse(f, "The access token has expired.");
    if (from_ms > now_ms + SKEW_MS)
        return refuse(f, "The access token is not valid yet (nbf).");
    return ERR_OK;
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
    const struct json *aud = json_get(t->claims, "aud");

    if (is_audience(t->issuer, json_text(aud)))
        return ERR_OK;
    for (size_t n = 0; json_kind(aud) == JSON_LIST && n < json_count(aud); n++)
        if (is_audience(t->issuer, json_text(json_at(aud, n))))
            return ERR_OK;
    return refuse(f, "The access token is for somebody else: its audience (aud) is not this API.");
}

static enum err check_signature(struct token *t, struct fail *f)
{
    if (!jwk_verify(t->key, t->text, t->len))
        return refuse(f, "The access token's signature is wrong.");
    return ERR_OK;
}

typedef enum err check_h(struct token *t, struct fail *f);

/* From cheap to dear; each may rely on those before it. */
static check_h *const checks[] = {take_apart,  check_header,   find_issuer,    find_key,
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
    const struct json *roles = claim_at(t->claims, path != NULL ? path : "roles");
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
        return json_text(claim_at(t->claims, path));
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

    if (json_get(t->claims, "scp") != NULL)
        return true;
    if (idtyp != NULL || t->issuer->source == NULL)
        return idtyp != NULL && strcmp(idtyp, "app") != 0;
    if (account != NULL)
        return !is_service_account(account, application);
    return is_typ(json_text(json_get(t->header, "typ")), keys_typ(KEY_ACCESS)) &&
           !str_eq(claim(t, "sub"), application);
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
    *out = (struct caller){.tenant = t->tenant, .expires_ms = t->expires_ms};
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
    struct token t = {.identity = i, .text = text, .len = len};
    enum err e = ERR_OK;

    for (size_t n = 0; e == ERR_OK && n < sizeof(checks) / sizeof(checks[0]); n++)
        e = checks[n](&t, f);
    if (e == ERR_OK)
        e = read_caller(&t, out, f);
    json_free(t.header);
    json_free(t.claims);
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
    len = text != NULL ? strnlen(text, TOKEN_MAX + 1) : 0;
    if (text == NULL) {
        e = refuse(f, "An access token is needed: 'Authorization: Bearer <token>'.");
    } else if (len > TOKEN_MAX) {
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

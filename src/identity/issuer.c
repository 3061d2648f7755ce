/*
 * issuer.c - the embedded issuer: OAuth 2.0 client credentials, as Entra ID answers them.
 *
 * For the dev profile. The answers carry what MSAL reads; the numbers in
 * error_codes are those that Entra ID gives for the same mistakes, because
 * people search for them. The control thread.
 */
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "identity/identity.h"
#include "json/writer.h"

enum { LIFE_S = 60 * 60, UTI_BYTES = 16, AUDIENCE_MAX = 256 };

/* clang-format off */
/* X(NAME, HTTP status, RFC 6749 section 5.2, Entra's number, for a person) */
#define REFUSALS(X) \
    X(NO_TENANT,   400, "invalid_request",        50059,   "Name one tenant in the path; common, organizations and consumers are none.") \
    X(WHICH,       400, "invalid_request",        90002,   "There is no such tenant.") \
    X(NO_GRANT,    400, "invalid_request",        900144,  "The body must have grant_type.") \
    X(GRANT,       400, "unsupported_grant_type", 70003,   "The grant_type must be client_credentials.") \
    X(NO_CLIENT,   400, "invalid_request",        900144,  "The body must have client_id, or the client must use Basic.") \
    X(CLIENT,      401, "invalid_client",         7000215, "There is no such client, or its secret is wrong.") \
    X(NO_SCOPE,    400, "invalid_request",        900144,  "The body must have scope.") \
    X(SCOPE,       400, "invalid_scope",          1002012, "The scope must be one resource and end in /.default.") \
    X(FAILED,      500, "server_error",           50000,   "The token could not be signed.")

enum refusal {
    GRANTED,
#define X(name, http, error, number, text) REFUSED_##name,
    REFUSALS(X)
#undef X
};

static const struct {
    int http;
    int number;
    const char *error;
    const char *text;
} refusals[] = {
    [GRANTED] = {.http = 200},
#define X(name, http, error, number, text) [REFUSED_##name] = {http, number, error, text},
    REFUSALS(X)
#undef X
};
/* clang-format on */

static void write_roles(struct writer *w, unsigned bits)
{
    writer_list(w, "roles");
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        if ((bits & (1u << i)) != 0)
            writer_text(w, NULL, role_name(1u << i));
    writer_end(w);
}

static char *sign(const struct identity *i, const struct application *app, const char *tenant,
                  const char *url, const char *audience, struct fail *f)
{
    int64_t now_s = clock_wall_ms() / 1000;
    char *iss = str_printf("%s/%s/v2.0", url, tenant);
    uint8_t random[UTI_BYTES];
    struct buf claims = {0};
    struct buf uti = {0};
    struct writer w;
    char *token;

    hash_random(random, sizeof(random));
    hash_base64url(random, sizeof(random), &uti);
    writer_init(&w, &claims);
    writer_object(&w, NULL);
    writer_text(&w, "aud", audience);
    writer_text(&w, "iss", iss);
    writer_int(&w, "iat", now_s);
    writer_int(&w, "nbf", now_s);
    writer_int(&w, "exp", now_s + LIFE_S);
    writer_text(&w, "appid", app->id);
    writer_text(&w, "azp", app->id);
    writer_text(&w, "idtyp", "app");
    writer_text(&w, "oid", app->id);
    write_roles(&w, app->role_bits);
    writer_text(&w, "sub", app->id);
    writer_text(&w, "tid", tenant);
    writer_text(&w, "uti", uti.data);
    writer_text(&w, "ver", "2.0");
    writer_end(&w);
    token = keys_sign(i->keys, KEY_ACCESS, claims.data, f);
    buf_clear(&claims);
    buf_clear(&uti);
    (void)mem_free(iss);
    return token;
}

char *issuer_token(struct identity *i, const struct application *app, const char *tenant,
                   struct fail *f)
{
    const struct tenant *t = identity_tenant(i, tenant);

    if (!i->embedded_issuer) {
        (void)err_set(f, ERR_FORBIDDEN, "The embedded issuer is off.");
        return NULL;
    }
    if (t == NULL) {
        (void)err_set(f, ERR_NOT_FOUND, "There is no such tenant.");
        return NULL;
    }
    return sign(i, app, t->id, i->public_url, identity_graph, f);
}

/* Who the client says it is. */
struct client {
    struct buf id;
    struct buf secret;
};

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* Takes off the form's encoding; what is not encoded well stays as it is. */
static void decode(const char *s, size_t n, struct buf *out)
{
    buf_text(out, "");
    for (size_t i = 0; i < n; i++) {
        int high = i + 2 < n && s[i] == '%' ? hex_digit(s[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s[i + 2]) : -1;

        if (low >= 0) {
            buf_char(out, (char)(high << 4 | low));
            i += 2;
        } else {
            buf_char(out, (char)(s[i] == '+' ? ' ' : s[i]));
        }
    }
}

/* "Basic base64(id:secret)", both encoded as in a form (RFC 6749, 2.3.1). */
static bool read_basic(const char *authorization, struct client *c)
{
    static const char scheme[] = "Basic ";
    struct buf text = {0};
    const char *colon = NULL;

    if (strncasecmp(authorization, scheme, sizeof(scheme) - 1) != 0)
        return false;
    authorization += sizeof(scheme) - 1;
    if (hash_from_base64(authorization, strlen(authorization), &text) && text.len > 0)
        colon = memchr(text.data, ':', text.len);
    if (colon != NULL) {
        decode(text.data, (size_t)(colon - text.data), &c->id);
        decode(colon + 1, (size_t)(text.data + text.len - colon - 1), &c->secret);
    }
    buf_clear(&text);
    return colon != NULL;
}

/* Both are hashed, so that the time tells neither length nor place of the difference. */
static bool same_secret(const char *secret, const char *given, size_t given_len)
{
    uint8_t a[SHA256_BYTES];
    uint8_t b[SHA256_BYTES];

    hash_sha256(secret, strlen(secret), a);
    hash_sha256(given, given_len, b);
    return hash_same(a, b, sizeof(a));
}

/* The application that the client has proved to be, or NULL. An unknown client takes as
 * long as a known one with a wrong secret. */
static const struct application *prove(const struct identity *i, const struct client *c)
{
    const struct application *app = NULL;
    struct id id;
    bool same;

    if (id_read(&id, c->id.data, c->id.len))
        app = directory_application(i->directory, id.text);
    if (app != NULL && (app->secret == NULL || app->secret[0] == '\0'))
        app = NULL; /* it has no secret to prove */
    same = same_secret(app != NULL ? app->secret : "", c->secret.data, c->secret.len);
    return app != NULL && same ? app : NULL;
}

static enum refusal check_client(const struct identity *i, const struct token_request *r,
                                 const struct application **app)
{
    struct client c = {0};

    if (r->basic != NULL) {
        if (!read_basic(r->basic, &c))
            return REFUSED_CLIENT;
    } else if (r->client_id == NULL) {
        return REFUSED_NO_CLIENT;
    } else {
        buf_text(&c.id, r->client_id);
        buf_text(&c.secret, r->client_secret != NULL ? r->client_secret : "");
    }
    *app = prove(i, &c);
    if (c.secret.len > 0)
        explicit_bzero(c.secret.data, c.secret.len);
    buf_clear(&c.id);
    buf_clear(&c.secret);
    return *app != NULL ? GRANTED : REFUSED_CLIENT;
}

/* The resource that the scope names: "<audience>/.default". */
static enum refusal read_scope(const char *scope, char audience[AUDIENCE_MAX])
{
    static const char end[] = "/.default";
    size_t len;

    if (scope == NULL || scope[0] == '\0')
        return REFUSED_NO_SCOPE;
    len = strlen(scope);
    if (len < sizeof(end) || len - sizeof(end) + 1 >= AUDIENCE_MAX || strchr(scope, ' ') != NULL ||
        strcmp(scope + len - sizeof(end) + 1, end) != 0)
        return REFUSED_SCOPE;
    len -= sizeof(end) - 1;
    (void)memcpy(audience, scope, len);
    audience[len] = '\0';
    return GRANTED;
}

static enum refusal find_tenant(const struct identity *i, const char *name,
                                const struct tenant **out)
{
    static const char *const none[] = {"common", "organizations", "consumers"};

    if (name == NULL)
        return REFUSED_NO_TENANT;
    for (size_t n = 0; n < sizeof(none) / sizeof(none[0]); n++)
        if (str_eq_nocase(name, none[n]))
            return REFUSED_NO_TENANT;
    *out = i->embedded_issuer ? identity_tenant(i, name) : NULL;
    return *out != NULL ? GRANTED : REFUSED_WHICH;
}

static enum refusal grant(const struct identity *i, const struct token_request *r, char **token)
{
    const struct tenant *tenant = NULL;
    const struct application *app = NULL;
    char audience[AUDIENCE_MAX];
    enum refusal no = find_tenant(i, r->tenant, &tenant);

    if (no == GRANTED && (r->grant_type == NULL || r->grant_type[0] == '\0'))
        no = REFUSED_NO_GRANT;
    if (no == GRANTED && strcmp(r->grant_type, "client_credentials") != 0)
        no = REFUSED_GRANT;
    if (no == GRANTED)
        no = check_client(i, r, &app);
    if (no == GRANTED)
        no = read_scope(r->scope, audience);
    if (no != GRANTED)
        return no;
    *token = sign(i, app, tenant->id, identity_url(i, r->is_tls), audience, NULL);
    return *token != NULL ? GRANTED : REFUSED_FAILED;
}

static void write_refusal(struct writer *w, enum refusal no)
{
    struct id trace = id_new();
    struct id correlation = id_new();
    char at[CLOCK_TEXT_SIZE];
    char *description;

    (void)clock_text(clock_wall_ms(), at);
    description =
        str_printf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s",
                   refusals[no].number, refusals[no].text, trace.text, correlation.text, at);
    writer_text(w, "error", refusals[no].error);
    writer_text(w, "error_description", description);
    writer_list(w, "error_codes");
    writer_int(w, NULL, refusals[no].number);
    writer_end(w);
    writer_text(w, "timestamp", at);
    writer_text(w, "trace_id", trace.text);
    writer_text(w, "correlation_id", correlation.text);
    (void)mem_free(description);
}

int issuer_answer(struct identity *i, const struct token_request *r, struct buf *out)
{
    char *token = NULL;
    enum refusal no = grant(i, r, &token);
    struct writer w;

    writer_init(&w, out);
    writer_object(&w, NULL);
    if (no != GRANTED) {
        write_refusal(&w, no);
    } else {
        writer_text(&w, "token_type", "Bearer");
        writer_int(&w, "expires_in", LIFE_S);
        writer_int(&w, "ext_expires_in", LIFE_S);
        writer_text(&w, "access_token", token);
    }
    writer_end(&w);
    (void)mem_free(token);
    return refusals[no].http;
}

/* clang-format off */
/* The addresses and lists of the configuration document; the lists are what MSAL and
 * OpenID Connect Discovery (section 3) want to see. */
static const struct {
    const char *name;
    const char *path; /* after <our URL>/<tenant> */
} addresses[] = {
    {"issuer",                 "/v2.0"},
    {"authorization_endpoint", "/oauth2/v2.0/authorize"}, /* must be there; nobody signs in here */
    {"token_endpoint",         "/oauth2/v2.0/token"},
    {"jwks_uri",               "/discovery/v2.0/keys"},
};

static const struct {
    const char *name;
    const char *values[3]; /* up to a NULL */
} lists[] = {
    {"grant_types_supported",                 {"client_credentials"}},
    {"token_endpoint_auth_methods_supported", {"client_secret_post", "client_secret_basic"}},
    {"response_types_supported",              {"none"}},
    {"subject_types_supported",               {"public"}},
    {"id_token_signing_alg_values_supported", {"RS256"}},
    {"scopes_supported",                      {"https://graph.microsoft.com/.default"}},
};
/* clang-format on */

bool issuer_configuration(const struct identity *i, const char *tenant, bool is_tls,
                          struct buf *out)
{
    const struct tenant *t = NULL;
    struct writer w;

    if (find_tenant(i, tenant, &t) != GRANTED)
        return false;
    writer_init(&w, out);
    writer_object(&w, NULL);
    for (size_t n = 0; n < sizeof(addresses) / sizeof(addresses[0]); n++) {
        char *address = str_printf("%s/%s%s", identity_url(i, is_tls), t->id, addresses[n].path);

        writer_text(&w, addresses[n].name, address);
        (void)mem_free(address);
    }
    for (size_t n = 0; n < sizeof(lists) / sizeof(lists[0]); n++) {
        writer_list(&w, lists[n].name);
        for (size_t v = 0; lists[n].values[v] != NULL; v++)
            writer_text(&w, NULL, lists[n].values[v]);
        writer_end(&w);
    }
    writer_end(&w);
    return true;
}

bool issuer_keys(const struct identity *i, const char *tenant, struct buf *out)
{
    const struct tenant *t = NULL;

    if (find_tenant(i, tenant, &t) != GRANTED)
        return false;
    keys_jwks(i->keys, KEY_ACCESS, out);
    return true;
}

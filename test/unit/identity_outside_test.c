/*
 * Tokens of outside issuers: which are believed, for whom, and that the old attacks fail here too.
 */
#include "identity_world.h"

#include "identity_outsider.h"

#define PLAIN "https://login.example"
#define ENTRA "https://entra.example/{tenantid}/v2.0"
#define REALM "https://k.example/realms/calls"
#define ROLES_CLAIM "[\"Calls.Initiate.All\"]"

enum { AT_PLAIN, AT_ENTRA, AT_REALM, AT_COUNT };

static const char *const audience[] = {"api://carillon"};
#define AUDIENCES .audiences = {.items = (const char **)(uintptr_t)audience, .count = 1}

static struct trust trusts[AT_COUNT] = {
    [AT_PLAIN] = {.issuer = PLAIN, .jwks_uri = PLAIN "/keys", AUDIENCES},
    [AT_ENTRA] = {.issuer = ENTRA, .jwks_uri = "https://entra.example/keys", AUDIENCES},
    [AT_REALM] = {.issuer = REALM,
                  .jwks_uri = REALM "/keys",
                  .tenant = CONTOSO,
                  .roles_claim = "realm_access.roles",
                  AUDIENCES},
};

static const struct claim plain_claims[] = {
    {"iss", "\"" PLAIN "\""},
    {"aud", "\"api://carillon\""},
    {"tid", "\"" CONTOSO "\""},
    {"client_id", "\"" BOT "\""},
    {"sub", "\"" BOT "\""},
    {"roles", ROLES_CLAIM},
    {"iat", "+0"},
    {"exp", "+3600"},
    {NULL, NULL},
};
static const struct claim entra_claims[] = {
    {"iss", "\"https://entra.example/" CONTOSO "/v2.0\""},
    {"aud", "\"api://carillon\""},
    {"tid", "\"" CONTOSO "\""},
    {"azp", "\"" BOT "\""},
    {"sub", "\"5810cede-f3cc-42eb-b2c1-e9bd5d53ec96\""},
    {"roles", ROLES_CLAIM},
    {"nbf", "+0"},
    {"exp", "+3600"},
    {NULL, NULL},
};
static const struct claim realm_claims[] = {
    {"iss", "\"" REALM "\""},
    {"aud", "[\"api://carillon\",\"account\"]"},
    {"azp", "\"" BOT "\""},
    {"client_id", "\"" BOT "\""},
    {"sub", "\"5810cede-f3cc-42eb-b2c1-e9bd5d53ec96\""},
    {"preferred_username", "\"service-account-" BOT "\""},
    {"realm_access", "{\"roles\":[\"Calls.Initiate.All\",\"offline_access\"]}"},
    {"exp", "+3600"},
    {NULL, NULL},
};

static const struct {
    const struct claim *claims;
    const char *typ;
} good[AT_COUNT] = {
    [AT_PLAIN] = {plain_claims, "at+jwt"},
    [AT_ENTRA] = {entra_claims, "JWT"},
    [AT_REALM] = {realm_claims, "JWT"},
};

/* --- the net of this test: any number of issuers, each with one document --- */

static struct {
    const char *url;
    char *doc; /* NULL: down */
    int asked;
    fetched_h *h;
    void *arg;
} sites[AT_COUNT];

static void site_fetch(const char *url, fetched_h *h, void *h_arg, void *arg)
{
    (void)arg;
    for (int i = 0; i < AT_COUNT; i++) {
        if (!str_eq(sites[i].url, url))
            continue;
        assert_null(sites[i].h);
        sites[i].asked++;
        sites[i].h = h;
        sites[i].arg = h_arg;
        return;
    }
    fail_msg("somebody asks for %s", url);
}

static void sites_answer(void)
{
    for (int i = 0; i < AT_COUNT; i++) {
        struct fetched got = {.fail = "down", .max_age_s = -1};
        fetched_h *h = sites[i].h;

        if (sites[i].doc != NULL)
            got = (struct fetched){
                .body = sites[i].doc, .len = strlen(sites[i].doc), .max_age_s = -1};
        sites[i].h = NULL;
        if (h != NULL)
            h(&got, sites[i].arg);
    }
}

static void site_set(int at, char *doc)
{
    sites[at].doc = mem_free(sites[at].doc);
    sites[at].doc = doc;
}

/* --- the world: the embedded issuer and three others --- */

static struct jwk *rsa;
static struct jwk *ec;

static void trusting(void)
{
    static void *items[AT_COUNT];
    static struct objects list = {.items = items, .count = AT_COUNT};
    struct identity_settings with = settings;

    with.trusted = &list;
    with.loop = net.loop;
    with.fetch = site_fetch;
    for (int i = 0; i < AT_COUNT; i++) {
        items[i] = &trusts[i];
        sites[i].url = trusts[i].jwks_uri;
        sites[i].asked = 0;
    }
    world.identity = identity_new(&with, world.directory, world.keys);
}

static void distrusting(void)
{
    identity_stop(world.identity);
    sites_answer();
    identity_free(world.identity);
    world.identity = NULL;
}

static int open_outside(void **state)
{
    struct fail f;

    if (open_world(state) != 0)
        return -1;
    identity_free(world.identity);
    net.loop = loop_new("test");
    rsa = jwk_new("outside", NULL);
    ec = ec_key();
    for (int i = 0; i < AT_COUNT; i++)
        site_set(i, key_set(rsa, ec, NULL, NULL));
    trusting();
    sites_answer();
    for (int i = 0; i < AT_COUNT; i++)
        assert_int_equal(trust_check(&(struct objects){.items = (void *[]){&trusts[i]}, .count = 1},
                                     world.directory, &f),
                         ERR_OK);
    return 0;
}

static int close_outside(void **state)
{
    distrusting();
    for (int i = 0; i < AT_COUNT; i++)
        site_set(i, NULL);
    jwk_free(rsa);
    jwk_free(ec);
    loop_free(net.loop);
    return close_world(state);
}

/* A token of an issuer with one claim changed, taken out or added. */
static char *claims_of(int at, const char *name, const char *json)
{
    struct buf b = {0};
    struct writer w;
    bool known = false;

    writer_init(&w, &b);
    writer_object(&w, NULL);
    for (const struct claim *c = good[at].claims; c->name != NULL; c++) {
        bool changed = str_eq(c->name, name);

        known = known || changed;
        if (!changed || json != NULL)
            put_claim(&w, c->name, changed ? json : c->json);
    }
    if (!known && name != NULL)
        put_claim(&w, name, json);
    writer_end(&w);
    return buf_take(&b);
}

static char *signed_with(const struct jwk *k, const char *typ, int at, const char *name,
                         const char *json)
{
    char *claims = claims_of(at, name, json);
    char *token = jwk_sign(k, typ, claims, NULL);

    (void)mem_free(claims);
    assert_non_null(token);
    return token;
}

static void tokens_of_all_three_are_taken(void **state)
{
    const struct jwk *both[] = {rsa, ec};

    (void)state;
    for (int i = 0; i < 2 * AT_COUNT; i++) {
        int at = i / 2;
        char *token = signed_with(both[i % 2], good[at].typ, at, NULL, NULL);
        struct caller who;
        struct fail f = {0};

        if (ask(token, &who, &f) != ERR_OK)
            fail_msg("issuer %d: %s", at, f.text);
        assert_string_equal(who.tenant.text, CONTOSO);
        assert_string_equal(who.application.text, BOT);
        assert_int_equal(who.roles, ROLE(INITIATE));
        (void)mem_free(token);
    }
}

static void our_own_tokens_are_taken_beside_them(void **state)
{
    char *token = token_with(NULL, NULL);
    struct caller who;

    (void)state;
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    (void)mem_free(token);
}

static void each_claim_of_theirs_is_checked(void **state)
{
    /* clang-format off */
    static const struct {
        int at;
        const char *name, *json;
        enum err want;
        const char *words;
    } rows[] = {
        {AT_PLAIN, "aud", "[\"x\",\"api://carillon\"]",                     ERR_OK,              ""},
        {AT_PLAIN, "aud", "\"https://graph.microsoft.com\"",                ERR_UNAUTHENTICATED, "audience"},
        {AT_PLAIN, "aud", "\"00000003-0000-0000-c000-000000000000\"",       ERR_UNAUTHENTICATED, "audience"},
        {AT_PLAIN, "aud", "\"" URL "\"",                                    ERR_UNAUTHENTICATED, "audience"},
        {AT_PLAIN, "aud", "\"" BOT "\"",                                    ERR_UNAUTHENTICATED, "audience"},
        {AT_PLAIN, "aud", NULL,                                             ERR_UNAUTHENTICATED, "audience"},
        {AT_PLAIN, "iss", "\"" PLAIN "/\"",                                 ERR_UNAUTHENTICATED, "issuer"},
        {AT_PLAIN, "iss", "\"" PLAIN ".evil.example\"",                     ERR_UNAUTHENTICATED, "issuer"},
        {AT_PLAIN, "iss", "[\"" PLAIN "\"]",                                ERR_UNAUTHENTICATED, "issuer"},
        {AT_PLAIN, "iss", NULL,                                             ERR_UNAUTHENTICATED, "issuer"},
        {AT_PLAIN, "tid", NULL,                                             ERR_UNAUTHENTICATED, "issuer"},
        {AT_PLAIN, "tid", "\"" FABRIKAM "\"",                               ERR_OK,              ""},
        {AT_PLAIN, "tid", "\"" STRANGER "\"",                               ERR_UNAUTHENTICATED, "tenant"},
        {AT_PLAIN, "client_id", "\"" STRANGER "\"",                         ERR_ROLE_MISSING,    "delegated"},
        {AT_PLAIN, "client_id", NULL,                                       ERR_ROLE_MISSING,    "delegated"},
        {AT_PLAIN, "sub", "\"somebody\"",                                   ERR_ROLE_MISSING,    "delegated"},
        {AT_PLAIN, "sub", NULL,                                             ERR_ROLE_MISSING,    "delegated"},
        {AT_PLAIN, "scp", "\"Calls\"",                                      ERR_ROLE_MISSING,    "delegated"},
        {AT_PLAIN, "idtyp", "\"user\"",                                     ERR_ROLE_MISSING,    "delegated"},
        {AT_PLAIN, "preferred_username", "\"bob\"",                         ERR_ROLE_MISSING,    "delegated"},
        {AT_PLAIN, "exp", NULL,                                             ERR_UNAUTHENTICATED, "exp"},
        {AT_PLAIN, "exp", "-310",                                           ERR_UNAUTHENTICATED, "expired"},
        {AT_PLAIN, "nbf", "+310",                                           ERR_UNAUTHENTICATED, "not valid yet"},
        {AT_ENTRA, "iss", "\"https://entra.example/" FABRIKAM "/v2.0\"",    ERR_UNAUTHENTICATED, "issuer"},
        {AT_ENTRA, "iss", "\"" ENTRA "\"",                                  ERR_UNAUTHENTICATED, "issuer"},
        {AT_ENTRA, "iss", "\"https://entra.example/" CONTOSO "/../x/v2.0\"", ERR_UNAUTHENTICATED, "issuer"},
        {AT_ENTRA, "iss", "\"https://entra.example//v2.0\"",                ERR_UNAUTHENTICATED, "issuer"},
        {AT_ENTRA, "tid", "\"" FABRIKAM "\"",                               ERR_UNAUTHENTICATED, "issuer"},
        {AT_ENTRA, "tid", "\"{tenantid}\"",                                 ERR_UNAUTHENTICATED, "issuer"},
        {AT_ENTRA, "azp", "\"" STRANGER "\"",                               ERR_UNAUTHENTICATED, "application"},
        {AT_ENTRA, "azp", NULL,                                             ERR_UNAUTHENTICATED, "appid"},
        {AT_ENTRA, "appid", "\"" BARE "\"",                                 ERR_OK,              ""},
        {AT_ENTRA, "idtyp", "\"app\"",                                      ERR_OK,              ""},
        {AT_ENTRA, "scp", "\"Calls.Initiate.All\"",                         ERR_ROLE_MISSING,    "delegated"},
        {AT_REALM, "tid", "\"" FABRIKAM "\"",                               ERR_OK,              ""},
        {AT_REALM, "preferred_username", "\"bob\"",                         ERR_ROLE_MISSING,    "delegated"},
        {AT_REALM, "preferred_username", "\"service-account-" BARE "\"",    ERR_ROLE_MISSING,    "delegated"},
        {AT_REALM, "aud", "\"account\"",                                    ERR_UNAUTHENTICATED, "audience"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *token =
            signed_with(rsa, good[rows[i].at].typ, rows[i].at, rows[i].name, rows[i].json);
        struct caller who;
        struct fail f = {0};

        if (rows[i].want != ERR_OK)
            must_refuse(rows[i].name, token, rows[i].want, rows[i].words);
        else if (ask(token, &who, &f) != ERR_OK)
            fail_msg("row %zu: %s", i, f.text);
        (void)mem_free(token);
    }
}

/* An issuer with a fixed tenant cannot speak for another one. */
static void a_fixed_tenant_stays(void **state)
{
    char *token = signed_with(rsa, "JWT", AT_REALM, "tid", "\"" FABRIKAM "\"");
    struct caller who;

    (void)state;
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    assert_string_equal(who.tenant.text, CONTOSO);
    (void)mem_free(token);
}

static void roles_come_from_where_the_operator_says(void **state)
{
    static const struct {
        int at;
        const char *name, *json;
        unsigned want;
    } rows[] = {
        {AT_PLAIN, "roles", "\"openid Calls.Initiate.All  Calls.AccessMedia.All \"",
         ROLE(INITIATE) | ROLE(ACCESS_MEDIA)},
        {AT_PLAIN, "roles", "{\"a\":1}", 0},
        {AT_PLAIN, "roles", NULL, 0},
        {AT_REALM, "roles", "[\"Calls.AccessMedia.All\"]", ROLE(INITIATE)},
        {AT_REALM, "realm_access", "[\"Calls.AccessMedia.All\"]", 0},
        {AT_REALM, "realm_access", "{\"roles\":null}", 0},
        {AT_REALM, "realm_access.roles", "[\"Calls.AccessMedia.All\"]", ROLE(ACCESS_MEDIA)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *token = signed_with(ec, good[rows[i].at].typ, rows[i].at, rows[i].name, rows[i].json);
        struct caller who;

        assert_int_equal(ask(token, &who, NULL), ERR_OK);
        if (who.roles != rows[i].want)
            fail_msg("row %zu: %x", i, who.roles);
        (void)mem_free(token);
    }
}

static void only_access_tokens_are_taken(void **state)
{
    static const struct {
        const char *typ;
        bool good;
    } rows[] = {
        {"JWT", true},
        {"jwt", true},
        {"at+jwt", true},
        {"AT+JWT", true},
        {"application/at+jwt", true},
        {"notice+jwt", false},
        {"media+jwt", false},
        {"logout+jwt", false},
        {"dpop+jwt", false},
        {"ID", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *token = signed_with(ec, rows[i].typ, AT_PLAIN, NULL, NULL);
        struct caller who;

        if (!rows[i].good)
            must_refuse(rows[i].typ, token, ERR_UNAUTHENTICATED, "typ");
        else if (ask(token, &who, NULL) != ERR_OK)
            fail_msg("typ '%s' was refused", rows[i].typ);
        (void)mem_free(token);
    }
}

/* Each issuer's keys are its own: ours do not sign for others, nor theirs for us. */
static void a_key_of_another_issuer_proves_nothing(void **state)
{
    char *claims = claims_of(AT_PLAIN, NULL, NULL);
    char *ours = claims_with(NULL, NULL);
    char *token;

    (void)state;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        token = keys_sign(world.keys, (enum key_kind)kind, claims, NULL);
        must_refuse("their claims, our key", token, ERR_UNAUTHENTICATED,
                    kind == KEY_ACCESS ? "kid" : "typ");
        (void)mem_free(token);
    }
    token = jwk_sign(rsa, "at+jwt", ours, NULL);
    must_refuse("our claims, their key", token, ERR_UNAUTHENTICATED, "kid");
    (void)mem_free(token);
    (void)mem_free(ours);
    (void)mem_free(claims);
}

/* header.claims.signature of texts that are taken as they are. */
static char *forged(const char *header, const char *claims, const void *mac, size_t len)
{
    struct buf b = {0};

    hash_base64url(header, strlen(header), &b);
    buf_char(&b, '.');
    hash_base64url(claims, strlen(claims), &b);
    buf_char(&b, '.');
    hash_base64url(mac, len, &b);
    return buf_take(&b);
}

static void the_key_decides_on_the_algorithm(void **state)
{
    static const char *const algs[] = {"none",  "HS256", "RS384", "PS256", "RS512",
                                       "ES384", "ES256", "RS256", "EdDSA", "es256"};
    static const char *const kids[] = {"outside", "ec"};
    char *claims = claims_of(AT_PLAIN, NULL, NULL);

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(algs) / sizeof(algs[0]); i++) {
        char *header = str_printf("{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}", algs[i / 2],
                                  kids[i % 2]);
        bool is_its = str_eq(algs[i / 2], i % 2 == 0 ? "RS256" : "ES256");
        uint8_t mac[SHA256_BYTES];
        char *text = forged(header, claims, "", 0);
        char *token;

        /* the old trick: the public document as the secret of an HMAC */
        hash_hmac_sha256(sites[AT_PLAIN].doc, strlen(sites[AT_PLAIN].doc), text, strlen(text) - 1,
                         mac);
        token = forged(header, claims, mac, sizeof(mac));
        must_refuse(algs[i / 2], token, ERR_UNAUTHENTICATED, is_its ? "signature is wrong" : "alg");
        (void)mem_free(token);
        must_refuse(algs[i / 2], text, ERR_UNAUTHENTICATED, "signature");
        (void)mem_free(text);
        (void)mem_free(header);
    }
    (void)mem_free(claims);
}

/* An ECDSA signature of zeros passes where r and s are not checked. */
static void an_empty_signature_is_refused(void **state)
{
    static const uint8_t zeros[64];
    char *claims = claims_of(AT_PLAIN, NULL, NULL);

    (void)state;
    for (size_t len = 1; len <= sizeof(zeros); len++) {
        char *token =
            forged("{\"alg\":\"ES256\",\"kid\":\"ec\",\"typ\":\"at+jwt\"}", claims, zeros, len);

        must_refuse("zeros", token, ERR_UNAUTHENTICATED, "signature is wrong");
        (void)mem_free(token);
    }
    (void)mem_free(claims);
}

static void keys_inside_a_token_are_refused(void **state)
{
    static const char *const members[] = {
        "\"jwk\":{\"kty\":\"EC\"}", "\"jku\":\"https://evil.example/keys\"",
        "\"x5u\":\"https://evil.example/c\"", "\"x5c\":[\"MII\"]", "\"crit\":[\"exp\"]"};
    char *claims = claims_of(AT_PLAIN, NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        char *header =
            str_printf("{\"alg\":\"ES256\",\"kid\":\"ec\",\"typ\":\"at+jwt\",%s}", members[i]);
        char *token = forged(header, claims, "signature", 9);

        must_refuse(members[i], token, ERR_UNAUTHENTICATED, "must not have");
        (void)mem_free(token);
        (void)mem_free(header);
    }
    (void)mem_free(claims);
    for (int i = 0; i < AT_COUNT; i++)
        assert_int_equal(sites[i].asked, 1); /* and nothing was fetched because of them */
}

static void a_changed_token_is_refused(void **state)
{
    char *token = signed_with(ec, "at+jwt", AT_PLAIN, NULL, NULL);
    size_t len = strlen(token);
    struct caller who;

    (void)state;
    for (size_t i = 0; i < len; i++) {
        char was = token[i];

        token[i] = was == 'A' ? 'B' : 'A';
        if (ask(token, &who, NULL) == ERR_OK)
            fail_msg("byte %zu of %zu was changed from %c", i, len, was);
        token[i] = was;
    }
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    (void)mem_free(token);
}

/* Entra ID publishes keys of single tenants in the document that is for all. */
static void a_key_for_one_issuer_signs_for_no_other(void **state)
{
    static const struct {
        const char *json;
        bool good;
    } rows[] = {
        {"\"" ENTRA "\"", true},
        {"\"https://entra.example/" CONTOSO "/v2.0\"", true},
        {"\"https://entra.example/" FABRIKAM "/v2.0\"", false},
        {"\"https://entra.example/{tenantid}\"", false},
    };
    char *token = signed_with(rsa, "JWT", AT_ENTRA, NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct caller who;

        distrusting();
        site_set(AT_ENTRA, key_set(rsa, NULL, "issuer", rows[i].json));
        trusting();
        sites_answer();
        if (!rows[i].good)
            must_refuse(rows[i].json, token, ERR_UNAUTHENTICATED, "not for its issuer");
        else if (ask(token, &who, NULL) != ERR_OK)
            fail_msg("%s was refused", rows[i].json);
    }
    (void)mem_free(token);
}

/* No request waits: the first one is refused, and finds out for the next. */
static void a_new_key_is_found_out_by_its_first_token(void **state)
{
    struct jwk *fresh = jwk_new("fresh", NULL);
    char *token = signed_with(fresh, "at+jwt", AT_PLAIN, NULL, NULL);
    char *old = signed_with(ec, "at+jwt", AT_PLAIN, NULL, NULL);
    struct caller who;

    (void)state;
    assert_int_equal(ask(old, &who, NULL), ERR_OK);
    site_set(AT_PLAIN, key_set(fresh, NULL, NULL, NULL));
    must_refuse("too soon", token, ERR_UNAUTHENTICATED, "try again");
    assert_int_equal(sites[AT_PLAIN].asked, 1); /* in the first minute nobody asks */
    later(MINUTE);
    must_refuse("the first", token, ERR_UNAUTHENTICATED, "try again");
    must_refuse("while it is fetched", token, ERR_UNAUTHENTICATED, "try again");
    assert_int_equal(sites[AT_PLAIN].asked, 2);
    assert_int_equal(ask(old, &who, NULL), ERR_OK);
    sites_answer();
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    must_refuse("of the key that is gone", old, ERR_UNAUTHENTICATED, "kid"); /* not remembered */
    assert_int_equal(sites[AT_PLAIN].asked, 2);
    for (int at = AT_PLAIN + 1; at < AT_COUNT; at++)
        assert_int_equal(sites[at].asked, 1); /* the others have nothing to do with it */
    (void)mem_free(old);
    (void)mem_free(token);
    jwk_free(fresh);
}

static int anew(void **state)
{
    (void)state;
    distrusting();
    for (int i = 0; i < AT_COUNT; i++)
        site_set(i, key_set(rsa, ec, NULL, NULL));
    trusting();
    sites_answer();
    return 0;
}

#define T(f) cmocka_unit_test_setup(f, anew)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tokens_of_all_three_are_taken),
        T(our_own_tokens_are_taken_beside_them),
        T(each_claim_of_theirs_is_checked),
        T(a_fixed_tenant_stays),
        T(roles_come_from_where_the_operator_says),
        T(only_access_tokens_are_taken),
        T(a_key_of_another_issuer_proves_nothing),
        T(the_key_decides_on_the_algorithm),
        T(an_empty_signature_is_refused),
        T(keys_inside_a_token_are_refused),
        T(a_changed_token_is_refused),
        T(a_key_for_one_issuer_signs_for_no_other),
        T(a_new_key_is_found_out_by_its_first_token),
    };

    return cmocka_run_group_tests(tests, open_outside, close_outside);
}

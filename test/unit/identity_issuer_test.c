/*
 * Tokens out: what the token endpoint answers, and what bots are told of us and our keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "identity/jwk.h"
#include "identity_world.h"

static struct json *answer_of(const struct token_request *r, int want_status, const char *what)
{
    struct buf out = {0};
    int status = issuer_answer(world.identity, r, &out);
    struct json *j = json_parse(out.data, out.len, NULL);

    if (status != want_status)
        fail_msg("%s: got %d: %s", what, status, out.data);
    assert_non_null(j);
    buf_clear(&out);
    return j;
}

#define GRAPH_SCOPE "https://graph.microsoft.com/.default"
#define ASK(t, g, id, s, sc, b)                                                                    \
    {                                                                                              \
        .tenant = t, .grant_type = g, .client_id = id, .client_secret = s, .scope = sc, .basic = b \
    }

static void the_token_endpoint_grants(void **state)
{
    /* clang-format off */
    static const struct {
        struct token_request r;
        const char *aud;
    } rows[] = {
        {ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),
         "https://graph.microsoft.com"},
        {ASK("contoso", "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),
         "https://graph.microsoft.com"},
        {ASK("AA67BD4C8475432DBD4139F255720E0A", "client_credentials", "2891555A-92FF-42E6-80FA-6E1300C6B5C6",
              "carillon-dev-secret", "https://graph.microsoft.com//.default", NULL),
         "https://graph.microsoft.com/"},
        /* 2891555a-92ff-42e6-80fa-6e1300c6b5c6:carillon%2Ddev-secret */
        {ASK(CONTOSO, "client_credentials", NULL, NULL, URL "/.default",
              "basic Mjg5MTU1NWEtOTJmZi00MmU2LTgwZmEtNmUxMzAwYzZiNWM2OmNhcmlsbG9uJTJEZGV2LXNlY3JldA=="),
         URL},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json *j = answer_of(&rows[i].r, 200, rows[i].aud);
        const char *token = json_text(json_get(j, "access_token"));
        struct caller who;
        struct buf b = {0};
        struct json *claims;

        assert_string_equal(json_text(json_get(j, "token_type")), "Bearer");
        assert_int_equal(json_int(json_get(j, "expires_in")), 3600);
        assert_int_equal(json_int(json_get(j, "ext_expires_in")), 3600);
        assert_int_equal(ask(token, &who, NULL), ERR_OK);
        assert_string_equal(who.application.text, BOT);
        token = strchr(token, '.') + 1;
        assert_true(hash_from_base64url(token, strcspn(token, "."), &b));
        claims = json_parse(b.data, b.len, NULL);
        assert_string_equal(json_text(json_get(claims, "aud")), rows[i].aud);
        assert_string_equal(json_text(json_get(claims, "iss")), URL "/" CONTOSO "/v2.0");
        assert_string_equal(json_text(json_get(claims, "idtyp")), "app");
        assert_string_equal(json_text(json_get(claims, "oid")), BOT);
        assert_int_equal(json_int(json_get(claims, "exp")) - json_int(json_get(claims, "iat")),
                         3600);
        assert_int_equal(json_count(json_get(claims, "roles")), ROLE_COUNT);
        json_free(claims);
        buf_clear(&b);
        json_free(j);
    }
}

static void the_token_endpoint_refuses_in_the_words_of_oauth(void **state)
{
    /* clang-format off */
    static const struct {
        const char *what;
        struct token_request r;
        int status;
        const char *error;
        int number;
    } rows[] = {
        {"common",        ASK("common", "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),        400, "invalid_request", 50059},
        {"organizations", ASK("Organizations", "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL), 400, "invalid_request", 50059},
        {"consumers",     ASK("consumers", "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),     400, "invalid_request", 50059},
        {"no tenant",     ASK(NULL, "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),            400, "invalid_request", 50059},
        {"which tenant",  ASK(STRANGER, "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),        400, "invalid_request", 90002},
        {"no grant",      ASK(CONTOSO, NULL, BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),                         400, "invalid_request", 900144},
        {"empty grant",   ASK(CONTOSO, "", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),                           400, "invalid_request", 900144},
        {"grant",         ASK(CONTOSO, "password", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL),                   400, "unsupported_grant_type", 70003},
        {"no client",     ASK(CONTOSO, "client_credentials", NULL, NULL, GRAPH_SCOPE, NULL),                         400, "invalid_request", 900144},
        {"stranger",      ASK(CONTOSO, "client_credentials", STRANGER, "carillon-dev-secret", GRAPH_SCOPE, NULL),    401, "invalid_client", 7000215},
        {"no GUID",       ASK(CONTOSO, "client_credentials", "Calling Bot", "carillon-dev-secret", GRAPH_SCOPE, NULL), 401, "invalid_client", 7000215},
        {"empty id",      ASK(CONTOSO, "client_credentials", "", "", GRAPH_SCOPE, NULL),                             401, "invalid_client", 7000215},
        {"wrong secret",  ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secreT", GRAPH_SCOPE, NULL),         401, "invalid_client", 7000215},
        {"longer secret", ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret2", GRAPH_SCOPE, NULL),        401, "invalid_client", 7000215},
        {"other's",       ASK(CONTOSO, "client_credentials", BOT, "guest-dev-secret", GRAPH_SCOPE, NULL),            401, "invalid_client", 7000215},
        {"no secret",     ASK(CONTOSO, "client_credentials", BOT, NULL, GRAPH_SCOPE, NULL),                          401, "invalid_client", 7000215},
        {"bad basic",     ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, "Basic !"),    401, "invalid_client", 7000215},
        {"no colon",      ASK(CONTOSO, "client_credentials", NULL, NULL, GRAPH_SCOPE, "Basic YWJj"),                 401, "invalid_client", 7000215},
        {"only a colon",  ASK(CONTOSO, "client_credentials", NULL, NULL, GRAPH_SCOPE, "Basic Og=="),                 401, "invalid_client", 7000215},
        {"bearer",        ASK(CONTOSO, "client_credentials", NULL, NULL, GRAPH_SCOPE, "Bearer YWJj"),                401, "invalid_client", 7000215},
        {"no scope",      ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", NULL, NULL),                400, "invalid_request", 900144},
        {"scope",         ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", "https://graph.microsoft.com/Calls.Initiate.All", NULL), 400, "invalid_scope", 1002012},
        {"no resource",   ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", "/.default", NULL),         400, "invalid_scope", 1002012},
        {"two scopes",    ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", "openid " GRAPH_SCOPE, NULL), 400, "invalid_scope", 1002012},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json *j = answer_of(&rows[i].r, rows[i].status, rows[i].what);
        const char *said = json_text(json_get(j, "error_description"));
        char prefix[32];

        (void)snprintf(prefix, sizeof(prefix), "AADSTS%d: ", rows[i].number);
        if (strcmp(json_text(json_get(j, "error")), rows[i].error) != 0 ||
            !str_starts(said, prefix))
            fail_msg("%s: %s", rows[i].what, said);
        assert_int_equal(json_int(json_at(json_get(j, "error_codes"), 0)), rows[i].number);
        assert_int_equal(strlen(json_text(json_get(j, "trace_id"))), 36);
        assert_int_equal(strlen(json_text(json_get(j, "correlation_id"))), 36);
        assert_non_null(json_text(json_get(j, "timestamp")));
        assert_null(json_get(j, "access_token"));
        assert_null(strstr(said, "dev-secret"));
        json_free(j);
    }
}

/* The claim iss or aud of a token that was asked for this way. */
static char *claim_of(bool is_tls, const char *scope, const char *name)
{
    struct token_request r =
        ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", scope, NULL);
    struct json *j;
    struct json *claims;
    const char *token;
    struct buf b = {0};
    struct caller who;
    struct fail f = {0};
    char *header;
    char *value;

    r.is_tls = is_tls;
    j = answer_of(&r, 200, scope);
    token = json_text(json_get(j, "access_token"));
    header = str_printf("Bearer %s", token);
    if (token_verify(world.identity, header, &who, &f) != ERR_OK)
        fail_msg("%s", f.text);
    token = strchr(token, '.') + 1;
    assert_true(hash_from_base64url(token, strcspn(token, "."), &b));
    claims = json_parse(b.data, b.len, NULL);
    value = str_dup(json_text(json_get(claims, name)));
    json_free(claims);
    json_free(j);
    buf_clear(&b);
    (void)mem_free(header);
    return value;
}

static void a_token_is_of_the_issuer_that_was_asked_and_each_is_believed(void **state)
{
    /* clang-format off */
    static const struct {
        bool is_tls;
        const char *scope, *claim, *value;
    } rows[] = {
        {false, GRAPH_SCOPE,            "iss", URL "/" CONTOSO "/v2.0"},
        {true,  GRAPH_SCOPE,            "iss", TLS_URL "/" CONTOSO "/v2.0"},
        {true,  TLS_URL "/.default",    "aud", TLS_URL},
        {false, TLS_URL "//.default",   "aud", TLS_URL "/"},
        {true,  URL "/.default",        "aud", URL},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *value = claim_of(rows[i].is_tls, rows[i].scope, rows[i].claim);

        assert_string_equal(value, rows[i].value);
        (void)mem_free(value);
    }
}

static void an_application_without_secret_gets_no_token(void **state)
{
    static const char *const secrets[] = {NULL, ""};
    struct application *bot = world.config.applications.items[0];
    const char *secret = bot->secret;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct token_request r = ASK(CONTOSO, "client_credentials", BOT, "", GRAPH_SCOPE, NULL);

        bot->secret = secrets[i];
        json_free(answer_of(&r, 401, "no secret"));
    }
    bot->secret = secret;
}

static void the_issuers_configuration_names_its_addresses(void **state)
{
    /* clang-format off */
    static const struct {
        const char *name, *plain, *tls;
    } rows[] = {
#define ROW(name, path) {name, URL "/" CONTOSO path, TLS_URL "/" CONTOSO path}
        ROW("issuer",                 "/v2.0"),
        ROW("token_endpoint",         "/oauth2/v2.0/token"),
        ROW("authorization_endpoint", "/oauth2/v2.0/authorize"),
        ROW("jwks_uri",               "/discovery/v2.0/keys"),
#undef ROW
    };
    /* clang-format on */
    static const char *const lists[] = {"response_types_supported", "subject_types_supported",
                                        "id_token_signing_alg_values_supported",
                                        "grant_types_supported"};
    struct buf out = {0};
    struct json *j;

    (void)state;
    for (int tls = 0; tls <= 1; tls++) {
        assert_true(issuer_configuration(world.identity, CONTOSO, tls, &out));
        j = json_parse(out.data, out.len, NULL);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
            assert_string_equal(json_text(json_get(j, rows[i].name)),
                                tls ? rows[i].tls : rows[i].plain);
        for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
            assert_int_equal(json_count(json_get(j, lists[i])), 1);
        json_free(j);
        buf_clear(&out);
    }
    assert_false(issuer_configuration(world.identity, STRANGER, false, &out));
    assert_false(issuer_configuration(world.identity, "common", false, &out));
    assert_false(issuer_keys(world.identity, "nobody", &out));
    assert_int_equal(out.len, 0);
    assert_true(issuer_keys(world.identity, "Fabrikam", &out));
    assert_non_null(strstr(out.data, "\"keys\""));
    buf_clear(&out);
}

static void without_the_embedded_issuer_its_tokens_are_nothing(void **state)
{
    struct identity_settings off = settings;
    const struct application *bot = directory_application(world.directory, BOT);
    char *token = issuer_token(world.identity, bot, CONTOSO, NULL);
    char *header = str_printf("Bearer %s", token);
    struct token_request r =
        ASK(CONTOSO, "client_credentials", BOT, "carillon-dev-secret", GRAPH_SCOPE, NULL);
    struct identity *i;
    struct buf out = {0};
    struct caller who;
    struct fail f = {0};

    (void)state;
    off.embedded_issuer = false;
    i = identity_new(&off, world.directory, world.keys);
    assert_int_equal(token_verify(i, header, &who, &f), ERR_UNAUTHENTICATED);
    assert_non_null(strstr(f.text, "issuer"));
    assert_null(issuer_token(i, bot, CONTOSO, &f));
    assert_int_equal(f.err, ERR_FORBIDDEN);
    assert_false(issuer_configuration(i, CONTOSO, false, &out));
    assert_false(issuer_keys(i, CONTOSO, &out));
    assert_int_equal(issuer_answer(i, &r, &out), 400);
    buf_clear(&out);
    identity_free(i);
    (void)mem_free(header);
    (void)mem_free(token);
}

static void a_notice_token_says_what_bots_check(void **state)
{
    const char *token =
        notice_token(world.identity, "https://graph.microsoft.com", BOT, CONTOSO, NULL);
    char *kid = kid_of(token);
    const struct jwk *key = keys_find(world.keys, KEY_NOTICE, kid);
    const char *claims = strchr(token, '.') + 1;
    struct buf b = {0};
    struct json *j;

    (void)state;
    assert_non_null(key);
    assert_true(jwk_verify(key, token, strlen(token)));
    assert_true(hash_from_base64url(claims, strcspn(claims, "."), &b));
    j = json_parse(b.data, b.len, NULL);
    assert_string_equal(json_text(json_get(j, "iss")), "https://graph.microsoft.com");
    assert_string_equal(json_text(json_get(j, "aud")), BOT);
    assert_string_equal(json_text(json_get(j, "tid")), CONTOSO);
    assert_int_equal(json_int(json_get(j, "exp")) - json_int(json_get(j, "nbf")), 3600);
    assert_in_range(json_int(json_get(j, "iat")), clock_wall_ms() / 1000 - 5,
                    clock_wall_ms() / 1000);
    assert_int_equal(strlen(json_text(json_get(j, "jti"))), 36);
    json_free(j);
    buf_clear(&b);
    (void)mem_free(kid);
}

static void a_notice_token_is_used_again_until_ten_minutes_before_its_end(void **state)
{
    const char *iss = "https://calls.example.org";
    char *first = str_dup(notice_token(world.identity, iss, BOT, CONTOSO, NULL));

    (void)state;
    assert_string_not_equal(notice_token(world.identity, iss, BARE, CONTOSO, NULL), first);
    assert_string_not_equal(notice_token(world.identity, iss, BOT, FABRIKAM, NULL), first);
    assert_string_equal(notice_token(world.identity, iss, BOT, CONTOSO, NULL), first);
    clock_advance_ms(49 * 60000);
    assert_string_equal(notice_token(world.identity, iss, BOT, CONTOSO, NULL), first);
    clock_advance_ms(2 * 60000);
    assert_string_not_equal(notice_token(world.identity, iss, BOT, CONTOSO, NULL), first);
    (void)mem_free(first);
}

static void the_notice_configuration_leads_to_the_keys(void **state)
{
    struct buf out = {0};
    struct json *j;

    (void)state;
    notice_configuration(world.identity, "https://graph.microsoft.com", false, &out);
    j = json_parse(out.data, out.len, NULL);
    assert_string_equal(json_text(json_get(j, "issuer")), "https://graph.microsoft.com");
    assert_string_equal(json_text(json_get(j, "jwks_uri")), URL "/v1/.well-known/keys");
    assert_string_equal(json_text(json_at(json_get(j, "id_token_signing_alg_values_supported"), 0)),
                        "RS256");
    json_free(j);
    buf_clear(&out);
    notice_configuration(world.identity, "https://graph.microsoft.com", true, &out);
    j = json_parse(out.data, out.len, NULL);
    assert_string_equal(json_text(json_get(j, "issuer")), "https://graph.microsoft.com");
    assert_string_equal(json_text(json_get(j, "jwks_uri")), TLS_URL "/v1/.well-known/keys");
    json_free(j);
    buf_clear(&out);
    notice_keys(world.identity, &out);
    j = json_parse(out.data, out.len, NULL);
    assert_int_equal(json_count(json_get(j, "keys")), 1);
    json_free(j);
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_endpoint_grants),
        cmocka_unit_test(the_token_endpoint_refuses_in_the_words_of_oauth),
        cmocka_unit_test(a_token_is_of_the_issuer_that_was_asked_and_each_is_believed),
        cmocka_unit_test(an_application_without_secret_gets_no_token),
        cmocka_unit_test(the_issuers_configuration_names_its_addresses),
        cmocka_unit_test(without_the_embedded_issuer_its_tokens_are_nothing),
        cmocka_unit_test(a_notice_token_says_what_bots_check),
        cmocka_unit_test(a_notice_token_is_used_again_until_ten_minutes_before_its_end),
        cmocka_unit_test(the_notice_configuration_leads_to_the_keys),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}

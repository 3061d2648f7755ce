/*
 * Tokens in: which claims are taken and which refused, and what is remembered of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "identity/identity.h"
#include "identity_world.h"

static void a_token_of_our_issuer_is_taken(void **state)
{
    const struct application *bot = directory_application(world.directory, BOT);
    char *token = issuer_token(world.identity, bot, CONTOSO, NULL);
    struct caller who;
    int64_t hits = count_get(COUNT_AUTH_CACHE_HITS);

    (void)state;
    assert_non_null(token);
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    assert_string_equal(who.tenant.text, CONTOSO);
    assert_string_equal(who.application.text, BOT);
    assert_int_equal(who.roles, ROLES_ALL);
    assert_in_range(who.expires_ms, clock_wall_ms() + 3590000, clock_wall_ms() + 3600000);
    assert_int_equal(count_get(COUNT_AUTH_CACHE_HITS), hits);
    who = (struct caller){0};
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    assert_int_equal(count_get(COUNT_AUTH_CACHE_HITS), hits + 1);
    assert_string_equal(who.application.text, BOT);
    assert_int_equal(who.roles, ROLES_ALL);
    (void)mem_free(token);
}

static void an_application_may_have_a_token_of_another_tenant(void **state)
{
    const struct application *bare = directory_application(world.directory, BARE);
    char *token = issuer_token(world.identity, bare, FABRIKAM, NULL);
    struct caller who;
    struct fail f = {0};

    (void)state;
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    assert_string_equal(who.tenant.text, FABRIKAM);
    assert_string_equal(who.application.text, BARE);
    assert_int_equal(who.roles, 0);
    (void)mem_free(token);
    assert_null(issuer_token(world.identity, bare, STRANGER, &f));
    assert_int_equal(f.err, ERR_NOT_FOUND);
}

static void the_scheme_is_read_in_any_letter_case(void **state)
{
    char *token = token_with(NULL, NULL);
    char *header = str_printf("bEARER   %s", token);
    struct caller who;

    (void)state;
    assert_int_equal(token_verify(world.identity, header, &who, NULL), ERR_OK);
    (void)mem_free(header);
    (void)mem_free(token);
}

/* One claim changed in a well signed token: taken or refused, and why. */
static void each_claim_is_checked(void **state)
{
    /* clang-format off */
    static const struct {
        const char *name, *json;
        enum err want;
        const char *words;
    } rows[] = {
        {NULL,    NULL,                                               ERR_OK,              ""},
        {"aud",   "\"https://graph.microsoft.com/\"",                 ERR_OK,              ""},
        {"aud",   "\"00000003-0000-0000-c000-000000000000\"",         ERR_OK,              ""},
        {"aud",   "\"" URL "\"",                                      ERR_OK,              ""},
        {"aud",   "\"" URL "/\"",                                     ERR_OK,              ""},
        {"aud",   "\"api://carillon\"",                               ERR_OK,              ""},
        {"aud",   "[\"x\",7,\"" URL "\"]",                            ERR_OK,              ""},
        {"aud",   "[\"x\"]",                                          ERR_UNAUTHENTICATED, "audience"},
        {"aud",   "[]",                                               ERR_UNAUTHENTICATED, "audience"},
        {"aud",   "{\"a\":\"" URL "\"}",                              ERR_UNAUTHENTICATED, "audience"},
        {"aud",   "\"https://graph.microsoft.com.evil.example\"",     ERR_UNAUTHENTICATED, "audience"},
        {"aud",   NULL,                                               ERR_UNAUTHENTICATED, "audience"},
        {"iss",   NULL,                                               ERR_UNAUTHENTICATED, "issuer"},
        {"iss",   "7",                                                ERR_UNAUTHENTICATED, "issuer"},
        {"iss",   "\"" URL "/" CONTOSO "/v2.0/\"",                    ERR_UNAUTHENTICATED, "issuer"},
        {"iss",   "\"" URL "/" CONTOSO "\"",                          ERR_UNAUTHENTICATED, "issuer"},
        {"iss",   "\"" URL "/{tenantid}/v2.0\"",                      ERR_UNAUTHENTICATED, "issuer"},
        {"iss",   "\"" URL "/" FABRIKAM "/v2.0\"",                    ERR_UNAUTHENTICATED, "issuer"},
        {"iss",   "\"https://evil.example/" CONTOSO "/v2.0\"",        ERR_UNAUTHENTICATED, "issuer"},
        {"tid",   "\"" FABRIKAM "\"",                                 ERR_UNAUTHENTICATED, "issuer"},
        {"tid",   "\"Contoso\"",                                      ERR_UNAUTHENTICATED, "tid"},
        {"tid",   NULL,                                               ERR_UNAUTHENTICATED, "tid"},
        {"appid", "\"" STRANGER "\"",                                 ERR_UNAUTHENTICATED, "does not exist"},
        {"appid", NULL,                                               ERR_UNAUTHENTICATED, "appid"},
        {"appid", "\"x\"",                                            ERR_UNAUTHENTICATED, "appid"},
        {"appid", "\"2891555A92FF42E680FA6E1300C6B5C6\"",             ERR_OK,              ""},
        {"idtyp", NULL,                                               ERR_OK,              ""},
        {"idtyp", "\"user\"",                                         ERR_ROLE_MISSING,    "only application permissions"},
        {"scp",   "\"Calls.Initiate.All\"",                           ERR_ROLE_MISSING,    "only application permissions"},
        {"exp",   NULL,                                               ERR_UNAUTHENTICATED, "exp"},
        {"exp",   "\"soon\"",                                         ERR_UNAUTHENTICATED, "exp"},
        {"exp",   "99999999999999999",                                ERR_UNAUTHENTICATED, "exp"},
        {"exp",   "-290",                                             ERR_OK,              ""},
        {"exp",   "-310",                                             ERR_UNAUTHENTICATED, "expired"},
        {"nbf",   "+290",                                             ERR_OK,              ""},
        {"nbf",   "+310",                                             ERR_UNAUTHENTICATED, "not valid yet"},
        {"nbf",   "null",                                             ERR_UNAUTHENTICATED, "nbf"},
        {"nbf",   NULL,                                               ERR_OK,              ""},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *token = token_with(rows[i].name, rows[i].json);
        struct caller who;
        struct fail f = {0};

        if (rows[i].want != ERR_OK)
            must_refuse(rows[i].name, token, rows[i].want, rows[i].words);
        else if (ask(token, &who, &f) != ERR_OK)
            fail_msg("row %zu: %s", i, f.text);
        (void)mem_free(token);
    }
}

static void roles_are_bits_and_unknown_ones_are_nothing(void **state)
{
    static const struct {
        const char *json;
        unsigned want;
    } rows[] = {
        {"[\"Calls.Initiate.All\",\"Calls.JoinGroupCallsasGuest.All\",\"Other\",7,null]",
         ROLE(INITIATE) | ROLE(JOIN_GROUP_AS_GUEST)},
        {"[\"Calls.JoinGroupCalls.All\"]", ROLE(JOIN_GROUP)},
        {"[]", 0},
        {"\"Calls.Initiate.All\"", 0},
        {"null", 0},
        {NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *token = token_with("roles", rows[i].json);
        struct caller who;

        assert_int_equal(ask(token, &who, NULL), ERR_OK);
        assert_int_equal(who.roles, rows[i].want);
        (void)mem_free(token);
    }
}

static void azp_is_read_when_there_is_no_appid(void **state)
{
    char *claims = claims_with("appid", NULL);
    struct buf b = {0};
    char *token;
    struct caller who;

    (void)state;
    buf_add(&b, claims, strlen(claims) - 1);
    buf_text(&b, ",\"azp\":\"" BARE "\"}");
    token = keys_sign(world.keys, KEY_ACCESS, b.data, NULL);
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    assert_string_equal(who.application.text, BARE);
    (void)mem_free(token);
    (void)mem_free(claims);
    buf_clear(&b);
}

static void a_huge_token_is_refused_before_it_is_read(void **state)
{
    size_t n = 8 * 1024 + 1;
    char *token = mem_new(n + 1);

    (void)state;
    (void)memset(token, 'A', n);
    must_refuse("huge", token, ERR_UNAUTHENTICATED, "8 KiB");
    token[n - 1] = '\0';
    must_refuse("just not huge", token, ERR_UNAUTHENTICATED, "three parts");
    (void)mem_free(token);
}

static void the_sentence_never_quotes_the_token(void **state)
{
    char *token = token_with("aud", "\"quoted-in-the-audience\"");
    struct caller who;
    struct fail f = {0};

    (void)state;
    assert_int_equal(ask(token, &who, &f), ERR_UNAUTHENTICATED);
    assert_null(strstr(f.text, "quoted-in"));
    assert_null(strstr(f.text, "eyJ"));
    (void)mem_free(token);
}

static void a_cached_token_ends_when_it_ends(void **state)
{
    char *token = token_with("exp", "+60");
    struct caller who;
    int64_t hits;

    (void)state;
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    clock_advance_ms(61000); /* over, but within the skew: read again, not from the cache */
    hits = count_get(COUNT_AUTH_CACHE_HITS);
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    assert_int_equal(count_get(COUNT_AUTH_CACHE_HITS), hits);
    clock_advance_ms(300000);
    must_refuse("late", token, ERR_UNAUTHENTICATED, "expired");
    (void)mem_free(token);
}

static void a_reload_forgets_what_was_cached(void **state)
{
    const struct application *bot = directory_application(world.directory, BOT);
    char *token = issuer_token(world.identity, bot, CONTOSO, NULL);
    struct tenant contoso = {.id = CONTOSO, .name = "Contoso"};
    void *tenants[] = {&contoso};
    struct directory_config empty = {.tenants = {tenants, 1}};
    struct directory *other = NULL;
    struct caller who;

    (void)state;
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    assert_int_equal(directory_new(&empty, "carillon", &other, NULL), ERR_OK);
    identity_directory(world.identity, other);
    must_refuse("gone", token, ERR_UNAUTHENTICATED, "does not exist");
    identity_directory(world.identity, world.directory);
    assert_int_equal(ask(token, &who, NULL), ERR_OK);
    directory_free(other);
    (void)mem_free(token);
}

static void the_cache_is_bounded_and_loses_the_oldest(void **state)
{
    struct token_cache c = {0};
    struct caller who = {.expires_ms = clock_wall_ms() + 60000};
    uint8_t digest[SHA256_BYTES];
    uint32_t extra = 10;

    (void)state;
    for (uint32_t i = 0; i < TOKEN_CACHE_MAX + extra; i++) {
        hash_sha256(&i, sizeof(i), digest);
        who.roles = i;
        token_cache_add(&c, digest, &who);
    }
    assert_int_equal(c.in_order.count, TOKEN_CACHE_MAX);
    assert_int_equal(c.by_digest.count, TOKEN_CACHE_MAX);
    for (uint32_t i = 0; i < TOKEN_CACHE_MAX + extra; i++) {
        hash_sha256(&i, sizeof(i), digest);
        assert_int_equal(token_cache_find(&c, digest, &who), i >= extra);
        if (i >= extra)
            assert_int_equal(who.roles, i);
    }
    token_cache_clear(&c);
    assert_int_equal(c.in_order.count, 0);
}

static void digests_that_begin_alike_are_told_apart(void **state)
{
    struct token_cache c = {0};
    struct caller a = {.expires_ms = clock_wall_ms() + 60000, .roles = 1};
    struct caller b = {.expires_ms = clock_wall_ms() + 60000, .roles = 2};
    uint8_t one[SHA256_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    uint8_t two[SHA256_BYTES] = {1, 2, 3, 4, 5, 6, 7, 8, 10};
    struct caller out;

    (void)state;
    token_cache_add(&c, one, &a);
    assert_false(token_cache_find(&c, two, &out));
    token_cache_add(&c, two, &b);
    assert_int_equal(c.in_order.count, 1);
    assert_false(token_cache_find(&c, one, &out));
    assert_true(token_cache_find(&c, two, &out));
    assert_int_equal(out.roles, 2);
    token_cache_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_of_our_issuer_is_taken),
        cmocka_unit_test(an_application_may_have_a_token_of_another_tenant),
        cmocka_unit_test(the_scheme_is_read_in_any_letter_case),
        cmocka_unit_test(each_claim_is_checked),
        cmocka_unit_test(roles_are_bits_and_unknown_ones_are_nothing),
        cmocka_unit_test(azp_is_read_when_there_is_no_appid),
        cmocka_unit_test(a_huge_token_is_refused_before_it_is_read),
        cmocka_unit_test(the_sentence_never_quotes_the_token),
        cmocka_unit_test(a_cached_token_ends_when_it_ends),
        cmocka_unit_test(a_reload_forgets_what_was_cached),
        cmocka_unit_test(the_cache_is_bounded_and_loses_the_oldest),
        cmocka_unit_test(digests_that_begin_alike_are_told_apart),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}

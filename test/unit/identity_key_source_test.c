/*
 * An outside issuer's keys: when they are fetched, which are taken, how long they are used.
 */
#include "identity/key_source.h"
#include "identity_outsider.h"

#define JWKS "https://login.example/keys"
#define CONFIGURATION "https://login.example/.well-known/openid-configuration"

static struct jwk *key;
static struct jwk *next;
static char *old_set;
static char *both_set;
static char *new_set;
static int changes;

static void on_changed(void *arg)
{
    assert_ptr_equal(arg, &changes);
    changes++;
}

static int open_keys(void **state)
{
    (void)state;
    key = jwk_new("first", NULL);
    next = ec_key();
    old_set = key_set(key, NULL, NULL, NULL);
    both_set = key_set(key, next, NULL, NULL);
    new_set = key_set(next, NULL, NULL, NULL);
    net.loop = loop_new("test");
    return 0;
}

static int close_keys(void **state)
{
    (void)state;
    jwk_free(key);
    jwk_free(next);
    (void)mem_free(old_set);
    (void)mem_free(both_set);
    (void)mem_free(new_set);
    loop_free(net.loop);
    return 0;
}

static const struct trust with_jwks = {.issuer = "https://login.example", .jwks_uri = JWKS};

static struct key_source *source_new(const struct trust *t)
{
    const struct key_source_settings with = {.loop = net.loop,
                                             .fetch = net_fetch,
                                             .fetch_arg = &net,
                                             .on_changed = on_changed,
                                             .arg = &changes};

    net.asked = 0;
    changes = 0;
    return key_source_new(t, &with);
}

static void source_end(struct key_source *s)
{
    key_source_stop(s);
    if (net.url != NULL)
        net_fail(net.url);
    key_source_free(s);
}

static void keys_are_fetched_at_once_and_every_hour(void **state)
{
    struct key_source *s = source_new(&with_jwks);

    (void)state;
    assert_null(key_source_find(s, "first"));
    net_answer(JWKS, old_set, -1);
    assert_non_null(key_source_find(s, "first"));
    assert_string_equal(jwk_algorithm(key_source_find(s, "first")->jwk), "RS256");
    assert_null(key_source_find(s, "ec"));
    assert_int_equal(changes, 1);
    later(HOUR - MINUTE);
    assert_null(net.url);
    later(MINUTE);
    net_answer(JWKS, both_set, -1);
    assert_string_equal(jwk_algorithm(key_source_find(s, "ec")->jwk), "ES256");
    assert_int_equal(changes, 2);
    later(HOUR);
    net_answer(JWKS, both_set, -1);
    assert_int_equal(changes, 2); /* the same document */
    assert_int_equal(net.asked, 3);
    source_end(s);
}

static void max_age_is_obeyed_within_bounds(void **state)
{
    static const struct {
        int max_age_s;
        int64_t want_ms;
    } rows[] = {
        {-1, HOUR},       {0, 5 * MINUTE},    {299, 5 * MINUTE},      {900, 15 * MINUTE},
        {7200, 2 * HOUR}, {86400, 23 * HOUR}, {INT32_MAX, 23 * HOUR},
    };
    struct key_source *s = source_new(&with_jwks);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        net_answer(JWKS, old_set, rows[i].max_age_s);
        later(rows[i].want_ms - 1000);
        if (net.url != NULL)
            fail_msg("max-age=%d: too early", rows[i].max_age_s);
        later(1000);
        if (net.url == NULL)
            fail_msg("max-age=%d: too late", rows[i].max_age_s);
    }
    source_end(s);
}

static void an_unknown_key_is_asked_for_once_a_minute(void **state)
{
    struct key_source *s = source_new(&with_jwks);

    (void)state;
    key_source_miss(s); /* the first fetch is under way */
    assert_int_equal(net.asked, 1);
    net_answer(JWKS, old_set, -1);
    key_source_miss(s);
    assert_int_equal(net.asked, 1);
    later(MINUTE - 1000);
    key_source_miss(s);
    assert_int_equal(net.asked, 1);
    later(1000);
    key_source_miss(s);
    key_source_miss(s);
    assert_int_equal(net.asked, 2);
    net_answer(JWKS, new_set, -1);
    assert_non_null(key_source_find(s, "ec"));
    assert_null(key_source_find(s, "first")); /* withdrawn */
    key_source_miss(s);
    assert_int_equal(net.asked, 2);
    later(MINUTE);
    key_source_miss(s);
    net_fail(JWKS); /* a failure is a try, too */
    key_source_miss(s);
    assert_int_equal(net.asked, 3);
    source_end(s);
}

static void failures_are_tried_again_ever_more_slowly(void **state)
{
    static const int wait_s[] = {5, 10, 20, 40, 60, 60, 60};
    struct key_source *s = source_new(&with_jwks);

    (void)state;
    for (size_t i = 0; i < sizeof(wait_s) / sizeof(wait_s[0]); i++) {
        net_fail(JWKS);
        later((wait_s[i] - 1) * 1000);
        assert_null(net.url);
        later(1000);
        assert_non_null(net.url);
    }
    net_answer(JWKS, old_set, -1);
    assert_non_null(key_source_find(s, "first"));
    later(HOUR);
    net_fail(JWKS);
    later(5 * 1000); /* from the start again */
    assert_non_null(net.url);
    source_end(s);
}

static void keys_are_used_for_a_day_while_the_issuer_is_down(void **state)
{
    struct key_source *s = source_new(&with_jwks);

    (void)state;
    net_answer(JWKS, old_set, -1);
    for (int i = 1; i < 24; i++) {
        later(HOUR);
        net_fail(JWKS);
        assert_non_null(key_source_find(s, "first"));
    }
    later(HOUR - 1000);
    if (net.url != NULL)
        net_fail(JWKS);
    assert_non_null(key_source_find(s, "first"));
    assert_int_equal(changes, 1);
    later(1000);
    assert_null(key_source_find(s, "first")); /* even before the next try is over */
    later(MINUTE);
    net_fail(JWKS);
    assert_null(key_source_find(s, "first"));
    assert_int_equal(changes, 2); /* what was remembered must be forgotten */
    later(MINUTE);
    net_answer(JWKS, old_set, -1);
    assert_non_null(key_source_find(s, "first"));
    assert_int_equal(changes, 3);
    source_end(s);
}

static void rubbish_leaves_the_keys_as_they_are(void **state)
{
    static const char *const rubbish[] = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":[7,null,{}]}",
        "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"first\",\"k\":\"c2VjcmV0\"}]}",
        "{\"keys\":[" EC_KEY("first") "]}", /* with its private part */
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"first\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"first\","
        "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
        /* numbers that are no base64url; libcjose aborts at the first two */
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"first\",\"n\":\"l=\",\"e\":\"AQAB\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"first\",\"n\":\"AQAB\",\"e\":\"A=\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"first\","
        "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU=\","
        "\"y\":\"x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0\"}]}",
        /* a point that is not on the curve */
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"first\","
        "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}]}",
    };
    struct key_source *s = source_new(&with_jwks);

    (void)state;
    net_answer(JWKS, old_set, -1);
    for (size_t i = 0; i < sizeof(rubbish) / sizeof(rubbish[0]); i++) {
        later(HOUR);
        net_answer(JWKS, rubbish[i], -1);
        if (key_source_find(s, "first") == NULL || changes != 1)
            fail_msg("'%s' was taken", rubbish[i]);
        later(5 * 1000);
        net_answer(JWKS, old_set, -1);
    }
    source_end(s);
}

static void keys_for_other_uses_are_left_out(void **state)
{
    static const struct {
        const char *doc;
        bool want;
    } rows[] = {
        {"\"use\":\"sig\"", true},
        {"\"alg\":\"ES256\"", true},
        {"\"x5c\":[\"MII\"],\"extra\":{\"a\":1}", true},
        {"\"use\":\"enc\"", false},
        {"\"use\":7", false},
        {"\"alg\":\"ES384\"", false},
        {"\"alg\":\"ECDH-ES\"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *doc = str_printf("{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"k\","
                               "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                               "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\",%s}]}",
                               rows[i].doc);
        struct keyset *set = keyset_read(doc, strlen(doc), NULL);

        if ((set != NULL) != rows[i].want)
            fail_msg("%s", rows[i].doc);
        keyset_free(set);
        (void)mem_free(doc);
    }
}

static void the_first_of_two_keys_with_one_kid_counts(void **state)
{
    char *one = key_set(key, NULL, NULL, NULL);
    char *twice = str_printf("%.*s,%s", (int)strlen(one) - 2, one, strchr(one, '[') + 1);
    struct keyset *set = keyset_read(twice, strlen(twice), NULL);

    (void)state;
    assert_non_null(set);
    assert_int_equal(keyset_count(set), 1);
    keyset_free(set);
    (void)mem_free(twice);
    (void)mem_free(one);
}

static void the_address_of_the_keys_is_asked_for(void **state)
{
    static const struct {
        const char *issuer, *url;
    } rows[] = {
        {"https://login.example", CONFIGURATION},
        {"https://login.example/", CONFIGURATION},
        {"https://k.example/realms/a",
         "https://k.example/realms/a/.well-known/openid-configuration"},
        {"https://l.example/{tenantid}/v2.0",
         "https://l.example/common/v2.0/.well-known/openid-configuration"},
        {"https://sts.example/{tenantid}/",
         "https://sts.example/common/.well-known/openid-configuration"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct trust t = {.issuer = rows[i].issuer};
        struct key_source *s = source_new(&t);
        char *doc = str_printf("{\"issuer\":\"%s\",\"jwks_uri\":\"" JWKS "\"}", rows[i].issuer);

        net_answer(rows[i].url, doc, 86400);
        net_answer(JWKS, old_set, -1);
        assert_non_null(key_source_find(s, "first"));
        later(HOUR); /* by the age of the keys, not of the document */
        assert_string_equal(net.url, rows[i].url);
        source_end(s);
        (void)mem_free(doc);
    }
}

/* Else who can place one file at the issuer's host chooses whose keys are believed. */
static void a_configuration_of_somebody_else_is_refused(void **state)
{
    static const struct trust t = {.issuer = "https://login.example"};
    static const char *const docs[] = {
        "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"" JWKS "\"}",
        "{\"issuer\":\"https://login.example/\",\"jwks_uri\":\"" JWKS "\"}",
        "{\"jwks_uri\":\"" JWKS "\"}",
        "{\"issuer\":\"https://login.example\"}",
        "{\"issuer\":\"https://login.example\",\"jwks_uri\":7}",
        "nothing",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
        struct key_source *s = source_new(&t);

        net_answer(CONFIGURATION, docs[i], -1);
        if (net.url != NULL)
            fail_msg("'%s' was taken", docs[i]);
        later(5 * 1000);
        assert_string_equal(net.url, CONFIGURATION);
        source_end(s);
    }
}

static void what_comes_after_the_end_is_dropped(void **state)
{
    struct key_source *s = source_new(&with_jwks);

    (void)state;
    key_source_stop(s);
    net_answer(JWKS, old_set, -1);
    assert_null(key_source_find(s, "first"));
    assert_int_equal(changes, 0);
    later(HOUR);
    assert_int_equal(net.asked, 1);
    key_source_miss(s);
    assert_int_equal(net.asked, 1);
    key_source_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_fetched_at_once_and_every_hour),
        cmocka_unit_test(max_age_is_obeyed_within_bounds),
        cmocka_unit_test(an_unknown_key_is_asked_for_once_a_minute),
        cmocka_unit_test(failures_are_tried_again_ever_more_slowly),
        cmocka_unit_test(keys_are_used_for_a_day_while_the_issuer_is_down),
        cmocka_unit_test(rubbish_leaves_the_keys_as_they_are),
        cmocka_unit_test(keys_for_other_uses_are_left_out),
        cmocka_unit_test(the_first_of_two_keys_with_one_kid_counts),
        cmocka_unit_test(the_address_of_the_keys_is_asked_for),
        cmocka_unit_test(a_configuration_of_somebody_else_is_refused),
        cmocka_unit_test(what_comes_after_the_end_is_dropped),
    };

    return cmocka_run_group_tests(tests, open_keys, close_keys);
}

/*
 * Tokens that were forged, changed, or made for something else: none may be taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cjose/cjose.h>
#include <stdio.h>

#include "identity_world.h"

/* header and claims as JSON, signature as bytes. */
static char *compact(const char *header, const char *claims, const void *signature, size_t n)
{
    struct buf b = {0};

    hash_base64url(header, strlen(header), &b);
    buf_char(&b, '.');
    hash_base64url(claims, strlen(claims), &b);
    buf_char(&b, '.');
    hash_base64url(signature, n, &b);
    return buf_take(&b);
}

/* The file of the access key: an attacker does not have it; here it makes signatures that
 * are good under headers that are not. */
static cjose_jwk_t *access_key(const char *kid)
{
    char path[256];
    char text[8192];
    FILE *file;
    size_t n;
    cjose_err ce;

    (void)snprintf(path, sizeof(path), "%s/access-%s.json", world.folder, kid);
    file = fopen(path, "r");
    assert_non_null(file);
    n = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    return cjose_jwk_import(text, n, &ce);
}

/* A well signed token of good claims whose header has one member more, or another one. json: a
 * text, a list or an object. */
static char *token_with_header(const char *name, const char *json)
{
    char *good = token_with(NULL, NULL);
    char *kid = kid_of(good);
    char *claims = claims_with(NULL, NULL);
    cjose_jwk_t *key = access_key(kid);
    cjose_err ce;
    cjose_header_t *h = cjose_header_new(&ce);
    cjose_jws_t *jws;
    const char *text = NULL;
    char *out;

    assert_true(cjose_header_set(h, "alg", "RS256", &ce) && cjose_header_set(h, "kid", kid, &ce) &&
                cjose_header_set(h, "typ", "at+jwt", &ce));
    if (name != NULL && json[0] == '"') {
        char *value = str_printf("%.*s", (int)strlen(json) - 2, json + 1);

        assert_true(cjose_header_set(h, name, value, &ce));
        (void)mem_free(value);
    } else if (name != NULL) {
        assert_true(cjose_header_set_raw(h, name, json, &ce));
    }
    jws = cjose_jws_sign(key, h, (const uint8_t *)claims, strlen(claims), &ce);
    assert_non_null(jws);
    assert_true(cjose_jws_export(jws, &text, &ce));
    out = str_dup(text);
    cjose_jws_release(jws);
    cjose_header_release(h);
    (void)cjose_jwk_release(key);
    (void)mem_free(claims);
    (void)mem_free(kid);
    (void)mem_free(good);
    return out;
}

/* One member of the header added or changed under a signature that is good. */
static void each_member_of_the_header_is_checked(void **state)
{
    /* clang-format off */
    static const struct {
        const char *name, *json, *words; /* words NULL: taken */
    } rows[] = {
        {NULL,   NULL,                                     NULL},
        {"typ",  "\"AT+JWT\"",                             NULL},
        {"typ",  "\"application/at+jwt\"",                 NULL},
        {"x",    "[1]",                                    NULL},
        {"typ",  "\"JWT\"",                                "typ"},
        {"typ",  "\"notice+jwt\"",                         "typ"},
        {"typ",  "[\"at+jwt\"]",                           "alg, typ and kid"},
        {"kid",  "\"other\"",                              "kid"},
        {"kid",  "{}",                                     "alg, typ and kid"},
        {"jwk",  "{\"kty\":\"RSA\"}",                      "'jwk'"},
        {"jku",  "\"https://evil.example/keys\"",          "'jku'"},
        {"x5u",  "\"https://evil.example/cert\"",          "'x5u'"},
        {"x5c",  "[\"MIIB\"]",                             "'x5c'"},
        {"crit", "[\"exp\"]",                              "'crit'"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *token = token_with_header(rows[i].name, rows[i].json);
        struct caller who;
        struct fail f = {0};

        if (rows[i].words != NULL)
            must_refuse(rows[i].name, token, ERR_UNAUTHENTICATED, rows[i].words);
        else if (ask(token, &who, &f) != ERR_OK)
            fail_msg("row %zu: %s", i, f.text);
        (void)mem_free(token);
    }
}

static void an_algorithm_that_is_not_the_keys_is_refused(void **state)
{
    static const char *const algs[] = {"none",  "None",  "HS256", "HS512", "RS384",
                                       "RS512", "PS256", "ES256", "rs256", ""};
    char *good = token_with(NULL, NULL);
    char *kid = kid_of(good);
    char *claims = claims_with(NULL, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
        char *header =
            str_printf("{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}", algs[i], kid);
        char *token = compact(header, claims, "signature", 9);

        must_refuse(algs[i], token, ERR_UNAUTHENTICATED, "alg");
        (void)mem_free(token);
        token = compact(header, claims, "", 0);
        must_refuse(algs[i], token, ERR_UNAUTHENTICATED, "signature");
        (void)mem_free(token);
        (void)mem_free(header);
    }
    (void)mem_free(claims);
    (void)mem_free(kid);
    (void)mem_free(good);
}

/* The old trick: the public key, which everybody has, as the secret of an HMAC. */
static void a_token_forged_with_the_public_key_is_refused(void **state)
{
    static const char *const algs[] = {"HS256", "RS256"};
    char *good = token_with(NULL, NULL);
    char *kid = kid_of(good);
    char *claims = claims_with(NULL, NULL);
    struct buf jwks = {0};
    struct json *j;
    struct buf modulus = {0};
    const char *n;

    (void)state;
    keys_jwks(world.keys, KEY_ACCESS, &jwks);
    j = json_parse(jwks.data, jwks.len, NULL);
    n = json_text(json_get(json_at(json_get(j, "keys"), 0), "n"));
    assert_true(hash_from_base64url(n, strlen(n), &modulus));
    for (size_t i = 0; i < 2 * sizeof(algs) / sizeof(algs[0]); i++) {
        const struct buf *secret = i % 2 == 0 ? &jwks : &modulus;
        char *header =
            str_printf("{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"at+jwt\"}", algs[i / 2], kid);
        char *unsigned_token = compact(header, claims, "", 0);
        uint8_t mac[SHA256_BYTES];
        char *token;

        hash_hmac_sha256(secret->data, secret->len, unsigned_token, strlen(unsigned_token) - 1,
                         mac);
        token = compact(header, claims, mac, sizeof(mac));
        must_refuse(algs[i / 2], token, ERR_UNAUTHENTICATED, i / 2 == 0 ? "alg" : "signature");
        (void)mem_free(token);
        (void)mem_free(unsigned_token);
        (void)mem_free(header);
    }
    json_free(j);
    buf_clear(&modulus);
    buf_clear(&jwks);
    (void)mem_free(claims);
    (void)mem_free(kid);
    (void)mem_free(good);
}

/* No bit of a token may be changed, wherever it is. */
static void a_changed_token_is_refused(void **state)
{
    char *token = token_with(NULL, NULL);
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

static void a_signature_of_other_claims_is_refused(void **state)
{
    char *good = token_with(NULL, NULL);
    char *other = token_with("appid", "\"" BARE "\"");
    char *token =
        str_printf("%.*s%s", (int)(strrchr(other, '.') - other), other, strrchr(good, '.'));

    (void)state;
    must_refuse("signature", token, ERR_UNAUTHENTICATED, "signature is wrong");
    (void)mem_free(token);
    (void)mem_free(other);
    (void)mem_free(good);
}

static void tokens_of_the_other_kinds_do_not_open_the_api(void **state)
{
    char *claims = claims_with(NULL, NULL);

    (void)state;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        char *token = keys_sign(world.keys, (enum key_kind)kind, claims, NULL);

        if (kind != KEY_ACCESS)
            must_refuse(keys_typ((enum key_kind)kind), token, ERR_UNAUTHENTICATED, "typ");
        (void)mem_free(token);
    }
    (void)mem_free(claims);
}

static void what_is_no_token_is_refused(void **state)
{
    /* clang-format off */
    static const struct {
        const char *header, *words;
    } rows[] = {
        {NULL,                                    "needed"},
        {"",                                      "needed"},
        {"Bearer",                                "needed"},
        {"Bearer ",                               "needed"},
        {"Bearer    ",                            "needed"},
        {"Basic YTpi",                            "needed"},
        {"Bearerx a.b.c",                         "needed"},
        {"Bearer a",                              "three parts"},
        {"Bearer a.b",                            "three parts"},
        {"Bearer ..",                             "signature"},
        {"Bearer a.b.c",                          "signature"},
        {"Bearer e30.e30.QUJD",                   "alg, typ and kid"},
        {"Bearer e30.e30.QUJD.QUJD",              "signature"},
        {"Bearer e30.e30.QUJD.QUJD.QUJD",         "signature"},
        {"Bearer W10.e30.QUJD",                   "JSON"},
        {"Bearer e30.W10.QUJD",                   "JSON"},
        {"Bearer bm9wZQ.e30.QUJD",                "JSON"},
        {"Bearer e30=.e30.QUJD",                  "JSON"},
        {"Bearer e30.e30.QUJD ",                  "signature"},
        {"Bearer e30 .e30.QUJD",                  "JSON"},
        {"Bearer \xff\xfe.\x80.\x01",             "signature"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct caller who;
        struct fail f = {0};
        enum err e = token_verify(world.identity, rows[i].header, &who, &f);

        if (e != ERR_UNAUTHENTICATED || strstr(f.text, rows[i].words) == NULL)
            fail_msg("row %zu: %s", i, f.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_member_of_the_header_is_checked),
        cmocka_unit_test(an_algorithm_that_is_not_the_keys_is_refused),
        cmocka_unit_test(a_token_forged_with_the_public_key_is_refused),
        cmocka_unit_test(a_changed_token_is_refused),
        cmocka_unit_test(a_signature_of_other_claims_is_refused),
        cmocka_unit_test(tokens_of_the_other_kinds_do_not_open_the_api),
        cmocka_unit_test(what_is_no_token_is_refused),
    };

    return cmocka_run_group_tests(tests, open_world, close_world);
}

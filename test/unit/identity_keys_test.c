/*
 * The rings of keys: what is written, that it is found again, and how a ring turns.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjose/cjose.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "identity/jwk.h"
#include "identity/keys.h"
#include "json/json.h"

#define HOUR_MS ((int64_t)60 * 60 * 1000)
#define DAY_MS (24 * HOUR_MS)

static char root[] = "/tmp/carillon-keys-XXXXXX";
static char folder[64];

/* Removes the keys and their folder. */
static void sweep(void)
{
    DIR *dir = opendir(folder);
    const struct dirent *file;

    if (dir == NULL)
        return;
    while ((file = readdir(dir)) != NULL) {
        char path[sizeof(folder) + 256];

        (void)snprintf(path, sizeof(path), "%s/%s", folder, file->d_name);
        (void)unlink(path);
    }
    (void)closedir(dir);
    (void)rmdir(folder);
}

static int make_root(void **state)
{
    (void)state;
    if (mkdtemp(root) == NULL)
        return -1;
    (void)snprintf(folder, sizeof(folder), "%s/keys", root);
    return 0;
}

static int remove_root(void **state)
{
    (void)state;
    sweep();
    return rmdir(root);
}

static struct keys *open_keys(void)
{
    struct keys *k = NULL;
    struct fail f = {0};

    if (keys_open(folder, &k, &f) != ERR_OK)
        fail_msg("%s", f.text);
    return k;
}

static int files_of(const char *prefix)
{
    DIR *dir = opendir(folder);
    const struct dirent *file;
    int n = 0;

    assert_non_null(dir);
    while ((file = readdir(dir)) != NULL)
        n += str_starts(file->d_name, prefix) ? 1 : 0;
    (void)closedir(dir);
    return n;
}

static struct json *jwks(const struct keys *k, enum key_kind kind)
{
    struct buf b = {0};
    struct json *j;

    keys_jwks(k, kind, &b);
    j = json_parse(b.data, b.len, NULL);
    assert_non_null(j);
    buf_clear(&b);
    return j;
}

static size_t published(const struct keys *k, enum key_kind kind)
{
    struct json *j = jwks(k, kind);
    size_t n = json_count(json_get(j, "keys"));

    json_free(j);
    return n;
}

/* The kid that a kind's tokens carry now. */
static const char *signing_kid(const struct keys *k, enum key_kind kind)
{
    static char kid[64];
    char *token = keys_sign(k, kind, "{\"a\":1}", NULL);
    struct buf header = {0};
    struct json *j;

    assert_non_null(token);
    assert_true(hash_from_base64url(token, strcspn(token, "."), &header));
    j = json_parse(header.data, header.len, NULL);
    assert_string_equal(json_text(json_get(j, "typ")), keys_typ(kind));
    assert_string_equal(json_text(json_get(j, "alg")), "RS256");
    (void)str_copy(kid, sizeof(kid), json_text(json_get(j, "kid")));
    json_free(j);
    buf_clear(&header);
    (void)mem_free(token);
    return kid;
}

static void keys_are_made_once_and_found_again(void **state)
{
    struct keys *k = open_keys();
    struct buf before = {0};
    struct buf after = {0};

    (void)state;
    keys_jwks(k, KEY_ACCESS, &before);
    keys_close(k);
    k = open_keys();
    keys_jwks(k, KEY_ACCESS, &after);
    assert_string_equal(before.data, after.data);
    assert_int_equal(files_of("access-") + files_of("notice-") + files_of("media-"), 3);
    keys_close(k);
    buf_clear(&before);
    buf_clear(&after);
}

static void only_the_owner_may_read_the_files(void **state)
{
    struct keys *k = open_keys();
    DIR *dir = opendir(folder);
    const struct dirent *file;
    struct stat st;

    (void)state;
    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    while ((file = readdir(dir)) != NULL) {
        if (file->d_name[0] == '.')
            continue;
        assert_int_equal(fstatat(dirfd(dir), file->d_name, &st, 0), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    (void)closedir(dir);
    keys_close(k);
}

static void the_published_set_has_no_private_part(void **state)
{
    static const char *const secret[] = {"d", "p", "q", "dp", "dq", "qi", "made_at_ms"};
    struct keys *k = open_keys();
    struct json *j = jwks(k, KEY_NOTICE);
    const struct json *key = json_at(json_get(j, "keys"), 0);

    (void)state;
    for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
        assert_null(json_get(key, secret[i]));
    assert_string_equal(json_text(json_get(key, "kty")), "RSA");
    assert_string_equal(json_text(json_get(key, "use")), "sig");
    assert_string_equal(json_text(json_get(key, "alg")), "RS256");
    assert_non_null(json_text(json_get(key, "n")));
    assert_string_equal(json_text(json_get(key, "e")), "AQAB");
    json_free(j);
    keys_close(k);
}

static void a_kind_does_not_know_the_keys_of_another(void **state)
{
    struct keys *k = open_keys();
    const char *kid = signing_kid(k, KEY_NOTICE);

    (void)state;
    assert_non_null(keys_find(k, KEY_NOTICE, kid));
    assert_null(keys_find(k, KEY_ACCESS, kid));
    assert_null(keys_find(k, KEY_MEDIA, kid));
    keys_close(k);
}

static void a_signature_is_good_only_for_what_was_signed(void **state)
{
    struct keys *k = open_keys();
    char *token = keys_sign(k, KEY_ACCESS, "{\"a\":1}", NULL);
    const struct jwk *key = keys_find(k, KEY_ACCESS, signing_kid(k, KEY_ACCESS));
    const struct jwk *other = keys_find(k, KEY_NOTICE, signing_kid(k, KEY_NOTICE));
    char *dot = strrchr(token, '.');

    (void)state;
    assert_true(jwk_verify(key, token, strlen(token)));
    assert_false(jwk_verify(other, token, strlen(token)));
    dot[5] = dot[5] == 'A' ? 'B' : 'A';
    assert_false(jwk_verify(key, token, strlen(token)));
    assert_false(jwk_verify(key, token, (size_t)(dot - token)));
    assert_false(jwk_verify(key, "", 0));
    (void)mem_free(token);
    keys_close(k);
}

/* A new key is published 24 h before it signs, and the old one 24 h after it did. */
static void a_ring_turns_by_the_clock(void **state)
{
    struct keys *k;
    char first[64];

    (void)state;
    sweep();
    k = open_keys();
    (void)str_copy(first, sizeof(first), signing_kid(k, KEY_ACCESS));
    clock_advance_ms(30 * DAY_MS - HOUR_MS);
    keys_turn(k);
    assert_int_equal(published(k, KEY_ACCESS), 1);

    clock_advance_ms(HOUR_MS); /* it is 30 days old */
    keys_turn(k);
    keys_turn(k);
    keys_turn(k);
    assert_int_equal(published(k, KEY_ACCESS), 2);
    assert_int_equal(published(k, KEY_NOTICE), 2);
    assert_int_equal(published(k, KEY_MEDIA), 2);
    assert_string_equal(signing_kid(k, KEY_ACCESS), first);

    clock_advance_ms(23 * HOUR_MS);
    keys_turn(k);
    assert_int_equal(published(k, KEY_ACCESS), 2);
    assert_string_equal(signing_kid(k, KEY_ACCESS), first);

    clock_advance_ms(HOUR_MS + 1000); /* the next one signs, turned or not */
    assert_string_not_equal(signing_kid(k, KEY_ACCESS), first);
    keys_turn(k);
    assert_non_null(keys_find(k, KEY_ACCESS, first));
    keys_close(k);

    k = open_keys(); /* the files say the same */
    assert_int_equal(published(k, KEY_ACCESS), 2);
    assert_string_not_equal(signing_kid(k, KEY_ACCESS), first);
    clock_advance_ms(23 * HOUR_MS);
    keys_turn(k);
    assert_non_null(keys_find(k, KEY_ACCESS, first));

    clock_advance_ms(HOUR_MS + 1000);
    keys_turn(k);
    assert_null(keys_find(k, KEY_ACCESS, first));
    assert_int_equal(published(k, KEY_ACCESS), 1);
    assert_int_equal(files_of("access-"), 1);
    keys_close(k);
}

static void a_clock_that_was_set_back_does_not_stop_the_signing(void **state)
{
    struct keys *k = open_keys();
    char kid[64];

    (void)state;
    (void)str_copy(kid, sizeof(kid), signing_kid(k, KEY_MEDIA));
    clock_advance_ms(-100 * DAY_MS);
    keys_turn(k);
    assert_string_equal(signing_kid(k, KEY_MEDIA), kid);
    assert_int_equal(published(k, KEY_MEDIA), 1);
    clock_advance_ms(100 * DAY_MS);
    keys_close(k);
}

static void a_file_that_is_no_key_is_named(void **state)
{
    /* clang-format off */
    static const char *const rows[] = {
        "", "{}", "not json", "{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"x\",\"made_at_ms\":1,\"signs_from_ms\":1}",
        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"kid\":\"x\",\"made_at_ms\":1,\"signs_from_ms\":1}",
        "{\"kty\":\"RSA\",\"n\":\"l=\",\"e\":\"AQAB\",\"kid\":\"x\",\"made_at_ms\":1,\"signs_from_ms\":1}",
    };
    /* clang-format on */
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/access-broken.json", folder);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        FILE *file = fopen(path, "w");
        struct keys *k = NULL;
        struct fail f = {0};

        assert_non_null(file);
        (void)fputs(rows[i], file);
        (void)fclose(file);
        assert_int_equal(keys_open(folder, &k, &f), ERR_INTERNAL);
        assert_null(k);
        assert_non_null(strstr(f.text, "access-broken.json"));
        assert_non_null(strstr(f.text, "no key file"));
    }
    assert_int_equal(unlink(path), 0);
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    struct keys *k = NULL;
    struct fail f = {0};

    (void)state;
    assert_int_equal(keys_open("/proc/no/keys", &k, &f), ERR_INTERNAL);
    assert_null(k);
    assert_non_null(strstr(f.text, "/proc/no/keys"));
}

/* Keys of others are read, too: their type decides the algorithm, whatever a token says. */
static void the_type_of_a_key_decides_its_algorithm(void **state)
{
    cjose_err ce;
    cjose_jwk_t *ec = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &ce);
    cjose_jwk_t *p384 = cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, &ce);
    cjose_jwk_t *small = cjose_jwk_create_RSA_random(1024, NULL, 0, &ce);
    cjose_jwk_t *const refused[] = {p384, small};
    struct jwk *k;
    static const char secret[] = "{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"x\"}";
    char *text;
    char *token;

    (void)state;
    assert_true(cjose_jwk_set_kid(ec, "e", 1, &ce));
    text = cjose_jwk_to_json(ec, true, &ce);
    k = jwk_read(text, strlen(text), NULL);
    assert_non_null(k);
    assert_string_equal(jwk_algorithm(k), "ES256");
    assert_string_equal(jwk_kid(k), "e");
    token = jwk_sign(k, "at+jwt", "{\"a\":1}", NULL);
    assert_true(jwk_verify(k, token, strlen(token)));
    strrchr(token, '.')[9] ^= 1;
    assert_false(jwk_verify(k, token, strlen(token)));
    (void)mem_free(token);
    jwk_free(k);
    cjose_get_dealloc()(text);
    (void)cjose_jwk_release(ec);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        assert_true(cjose_jwk_set_kid(refused[i], "r", 1, &ce));
        text = cjose_jwk_to_json(refused[i], true, &ce);
        assert_null(jwk_read(text, strlen(text), NULL));
        cjose_get_dealloc()(text);
        (void)cjose_jwk_release(refused[i]);
    }
    assert_null(jwk_read(secret, sizeof(secret) - 1, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_made_once_and_found_again),
        cmocka_unit_test(only_the_owner_may_read_the_files),
        cmocka_unit_test(the_published_set_has_no_private_part),
        cmocka_unit_test(a_kind_does_not_know_the_keys_of_another),
        cmocka_unit_test(a_signature_is_good_only_for_what_was_signed),
        cmocka_unit_test(a_ring_turns_by_the_clock),
        cmocka_unit_test(a_clock_that_was_set_back_does_not_stop_the_signing),
        cmocka_unit_test(a_file_that_is_no_key_is_named),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_named),
        cmocka_unit_test(the_type_of_a_key_decides_its_algorithm),
    };

    return cmocka_run_group_tests(tests, make_root, remove_root);
}

/*
 * crypto_cert_test.c - what cert_make() leaves in its folder, judged by OpenSSL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "crypto/cert.h"
#include "crypto/tls.h"

enum { PATH_SIZE = 256, DAY_S = 86400 };

static char folder[64];

static const char *const files[] = {"ca.pem",     "ca.key",    "server.pem",
                                    "server.key", "agent.pem", "cafile.pem"};
enum { FILE_COUNT = sizeof(files) / sizeof(files[0]) };

static const char *const names[] = {"localhost", "127.0.0.1", "::1", "calls.example.org", NULL};

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/carillon-cert-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static char *path_of(const char *name, char out[PATH_SIZE])
{
    (void)snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    return out;
}

static int tear_down(void **state)
{
    char path[PATH_SIZE];

    (void)state;
    for (size_t i = 0; i < FILE_COUNT; i++)
        (void)unlink(path_of(files[i], path));
    return rmdir(folder); /* fails when a temporary file was left */
}

static void make(const char *const *for_names)
{
    struct fail f = {0};

    if (cert_make(folder, for_names, &f) != ERR_OK)
        fail_msg("%s", f.text);
}

static X509 *cert_of(const char *name)
{
    char path[PATH_SIZE];
    FILE *in = fopen(path_of(name, path), "r");
    X509 *x;

    assert_non_null(in);
    x = PEM_read_X509(in, NULL, NULL, NULL);
    (void)fclose(in);
    assert_non_null(x);
    return x;
}

static bool same_cert(const char *name, X509 *other)
{
    X509 *x = cert_of(name);
    bool same = X509_cmp(x, other) == 0;

    X509_free(x);
    return same;
}

static void all_files_are_there_and_private(void **state)
{
    char path[PATH_SIZE];
    struct stat st;

    (void)state;
    make(names);
    for (size_t i = 0; i < FILE_COUNT; i++) {
        assert_int_equal(stat(path_of(files[i], path), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
}

static void the_leaf_is_signed_by_the_ca_for_all_its_names(void **state)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    X509 *ca;
    X509 *leaf;

    (void)state;
    make(names);
    ca = cert_of("ca.pem");
    leaf = cert_of("server.pem");
    assert_int_equal(X509_verify(leaf, X509_get0_pubkey(ca)), 1);
    assert_int_equal(X509_verify(ca, X509_get0_pubkey(ca)), 1);
    assert_int_equal(X509_STORE_add_cert(store, ca), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf, NULL), 1);
    (void)X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_SSL_SERVER);
    X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT);
    if (X509_verify_cert(ctx) != 1)
        fail_msg("%s", X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    assert_int_equal(X509_check_host(leaf, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(leaf, "calls.example.org", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(leaf, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_ip_asc(leaf, "::1", 0), 1);
    assert_int_equal(X509_check_host(leaf, "example.org", 0, 0, NULL), 0);
    assert_int_equal(X509_check_ip_asc(leaf, "127.0.0.2", 0), 0);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    X509_free(ca);
    X509_free(leaf);
}

static void validity_and_key_are_as_promised(void **state)
{
    X509 *ca;
    X509 *leaf;
    int days = 0;
    int seconds = 0;

    (void)state;
    make(names);
    ca = cert_of("ca.pem");
    leaf = cert_of("server.pem");
    assert_int_equal(
        ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf), X509_get0_notAfter(leaf)), 1);
    assert_int_equal(days, 397);
    (void)ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(ca), X509_get0_notAfter(ca));
    assert_int_equal(days, 3650);
    assert_int_equal(EVP_PKEY_get_bits(X509_get0_pubkey(leaf)), 256);
    assert_int_equal(EVP_PKEY_is_a(X509_get0_pubkey(leaf), "EC"), 1);
    assert_int_equal(X509_check_ca(ca), 1);
    assert_int_equal(X509_check_ca(leaf), 0);
    assert_int_equal(ASN1_STRING_length(X509_get0_serialNumber(leaf)), 16);
    assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(leaf), X509_get0_serialNumber(ca)),
                         0);
    X509_free(ca);
    X509_free(leaf);
}

static void a_second_start_changes_no_certificate(void **state)
{
    X509 *ca;
    X509 *leaf;

    (void)state;
    make(names);
    ca = cert_of("ca.pem");
    leaf = cert_of("server.pem");
    make(names);
    assert_true(same_cert("ca.pem", ca));
    assert_true(same_cert("server.pem", leaf));
    X509_free(ca);
    X509_free(leaf);
}

static void other_names_change_the_leaf_and_keep_the_ca(void **state)
{
    static const char *const others[] = {"localhost", "10.1.2.3", NULL};
    X509 *ca;
    X509 *leaf;
    X509 *fresh;

    (void)state;
    make(names);
    ca = cert_of("ca.pem");
    leaf = cert_of("server.pem");
    make(others);
    fresh = cert_of("server.pem");
    assert_true(same_cert("ca.pem", ca));
    assert_int_not_equal(X509_cmp(fresh, leaf), 0);
    assert_int_equal(X509_check_ip_asc(fresh, "10.1.2.3", 0), 1);
    assert_int_equal(X509_check_ip_asc(fresh, "127.0.0.1", 0), 0);
    X509_free(ca);
    X509_free(leaf);
    X509_free(fresh);
}

static void a_lost_ca_makes_both_anew(void **state)
{
    char path[PATH_SIZE];
    X509 *ca;
    X509 *leaf;

    (void)state;
    make(names);
    assert_int_equal(unlink(path_of("ca.key", path)), 0);
    make(names);
    ca = cert_of("ca.pem");
    leaf = cert_of("server.pem");
    assert_int_equal(X509_verify(leaf, X509_get0_pubkey(ca)), 1);
    X509_free(ca);
    X509_free(leaf);
}

static void a_key_of_another_certificate_is_noticed(void **state)
{
    char from[PATH_SIZE];
    char to[PATH_SIZE];
    struct tls_context *tls = NULL;
    struct fail f = {0};

    (void)state;
    make(names);
    assert_int_equal(rename(path_of("ca.key", from), path_of("server.key", to)), 0);
    make(names);
    assert_int_equal(
        tls_context_open(path_of("server.pem", from), path_of("server.key", to), &tls, &f), ERR_OK);
    tls_context_free(tls);
}

static void a_leaf_that_ends_within_30_days_is_made_anew(void **state)
{
    const int64_t day_ms = (int64_t)DAY_S * 1000;
    X509 *leaf;

    (void)state;
    make(names);
    leaf = cert_of("server.pem");
    clock_advance_ms(366 * day_ms);
    make(names);
    assert_true(same_cert("server.pem", leaf));
    clock_advance_ms(2 * day_ms);
    make(names);
    assert_false(same_cert("server.pem", leaf));
    X509_free(leaf);
}

static void agent_pem_serves_as_key_and_chain(void **state)
{
    char path[PATH_SIZE];
    struct tls_context *tls = NULL;
    struct fail f = {0};
    X509 *leaf;
    X509 *ca;
    FILE *in;

    (void)state;
    make(names);
    (void)path_of("agent.pem", path);
    assert_int_equal(tls_context_open(path, path, &tls, &f), ERR_OK);
    tls_context_free(tls);
    in = fopen(path, "r");
    assert_non_null(in);
    leaf = PEM_read_X509(in, NULL, NULL, NULL);
    ca = PEM_read_X509(in, NULL, NULL, NULL);
    (void)fclose(in);
    assert_true(same_cert("server.pem", leaf));
    assert_true(same_cert("cafile.pem", ca));
    assert_true(same_cert("ca.pem", ca));
    X509_free(leaf);
    X509_free(ca);
}

static void what_is_no_name_is_refused_with_a_sentence(void **state)
{
    static const char *const bad[] = {"a,DNS:evil.example", "", "a b", "http://x", "@section"};
    struct fail f = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *const list[] = {"localhost", bad[i], NULL};

        f = (struct fail){0};
        assert_int_equal(cert_make(folder, list, &f), ERR_BAD_REQUEST);
        assert_non_null(strstr(f.text, "no name"));
    }
    assert_int_equal(cert_make(folder, (const char *const[]){NULL}, &f), ERR_BAD_REQUEST);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct fail f = {0};

    (void)state;
    assert_int_equal(cert_make("/nonexistent/carillon", names, &f), ERR_INTERNAL);
    assert_non_null(strstr(f.text, "/nonexistent/carillon/ca.key"));
}

static enum err days_left(const char *name, int *days, struct fail *f)
{
    char path[PATH_SIZE];

    *f = (struct fail){0};
    return cert_days_left(path_of(name, path), days, f);
}

static void the_days_left_are_counted_to_the_end_and_beyond(void **state)
{
    const int64_t day_ms = (int64_t)DAY_S * 1000;
    struct fail f;
    int days = 0;

    (void)state;
    make(names);
    assert_int_equal(days_left("server.pem", &days, &f), ERR_OK);
    assert_int_equal(days, 396); /* and 23 hours */
    assert_int_equal(days_left("ca.pem", &days, &f), ERR_OK);
    assert_int_equal(days, 3649);
    clock_advance_ms(396 * day_ms);
    assert_int_equal(days_left("server.pem", &days, &f), ERR_OK);
    assert_int_equal(days, 0);
    clock_advance_ms(day_ms);
    assert_int_equal(days_left("server.pem", &days, &f), ERR_OK);
    assert_int_equal(days, -1);
}

static void what_holds_no_certificate_is_named(void **state)
{
    struct fail f;
    int days = 0;

    (void)state;
    make(names);
    assert_int_equal(days_left("server.key", &days, &f), ERR_INTERNAL);
    assert_non_null(strstr(f.text, "server.key"));
    assert_int_equal(days_left("missing.pem", &days, &f), ERR_INTERNAL);
    assert_non_null(strstr(f.text, "missing.pem"));
}

static void a_certificate_that_has_not_begun_is_refused(void **state)
{
    char path[PATH_SIZE];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    FILE *out = fopen(path_of("ca.pem", path), "w");
    time_t from = (time_t)(clock_wall_ms() / 1000 + DAY_S);
    struct fail f;
    int days = 0;

    (void)state;
    assert_non_null(out);
    assert_non_null(ASN1_TIME_adj(X509_getm_notBefore(x), from, 0, 0));
    assert_non_null(ASN1_TIME_adj(X509_getm_notAfter(x), from, 9, 0));
    assert_int_equal(X509_set_pubkey(x, key), 1);
    assert_int_not_equal(X509_sign(x, key, EVP_sha256()), 0);
    assert_int_equal(PEM_write_X509(out, x), 1);
    (void)fclose(out);
    assert_int_equal(days_left("ca.pem", &days, &f), ERR_CONFLICT);
    assert_non_null(strstr(f.text, "is not valid yet"));
    X509_free(x);
    EVP_PKEY_free(key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_files_are_there_and_private),
        TEST(the_leaf_is_signed_by_the_ca_for_all_its_names),
        TEST(validity_and_key_are_as_promised),
        TEST(a_second_start_changes_no_certificate),
        TEST(other_names_change_the_leaf_and_keep_the_ca),
        TEST(a_lost_ca_makes_both_anew),
        TEST(a_key_of_another_certificate_is_noticed),
        TEST(agent_pem_serves_as_key_and_chain),
        TEST(what_is_no_name_is_refused_with_a_sentence),
        TEST(a_folder_that_is_not_there_is_named),
        TEST(what_holds_no_certificate_is_named),
        TEST(a_certificate_that_has_not_begun_is_refused),
        TEST(a_leaf_that_ends_within_30_days_is_made_anew), /* from here on the clock moves */
        TEST(the_days_left_are_counted_to_the_end_and_beyond),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * crypto_tls_test.c - our server side against OpenSSL's client, memory to memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/tls.h"

enum { PATH_SIZE = 256 };

static char folder[64];
static char cert_path[PATH_SIZE];
static char key_path[PATH_SIZE];
static struct tls_context *context;

struct pair { /* a client and a server with no network between them */
    SSL_CTX *ctx;
    SSL *client;
    BIO *to_client;
    BIO *from_client;
    struct tls *server;
    struct buf plain; /* what the server has read */
    bool server_lives;
};

static int set_up_all(void **state)
{
    static const char *const names[] = {"localhost", "127.0.0.1", NULL};
    struct fail f = {0};

    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/carillon-tls-XXXXXX");
    if (mkdtemp(folder) == NULL || cert_make(folder, names, &f) != ERR_OK)
        return -1;
    (void)snprintf(cert_path, sizeof(cert_path), "%s/server.pem", folder);
    (void)snprintf(key_path, sizeof(key_path), "%s/server.key", folder);
    return tls_context_open(cert_path, key_path, &context, &f) == ERR_OK ? 0 : -1;
}

static int tear_down_all(void **state)
{
    static const char *const files[] = {"ca.pem",     "ca.key",    "server.pem",
                                        "server.key", "agent.pem", "cafile.pem"};
    char path[PATH_SIZE];

    (void)state;
    tls_context_free(context);
    tls_context_free(NULL);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

static void pair_open(struct pair *p)
{
    char ca[PATH_SIZE];

    *p = (struct pair){.server_lives = true};
    (void)snprintf(ca, sizeof(ca), "%s/ca.pem", folder);
    p->ctx = SSL_CTX_new(TLS_client_method());
    assert_int_equal(SSL_CTX_load_verify_locations(p->ctx, ca, NULL), 1);
    SSL_CTX_set_verify(p->ctx, SSL_VERIFY_PEER, NULL);
    p->client = SSL_new(p->ctx);
    assert_int_equal(SSL_set1_host(p->client, "localhost"), 1);
    p->to_client = BIO_new(BIO_s_mem());
    p->from_client = BIO_new(BIO_s_mem());
    SSL_set_bio(p->client, p->to_client, p->from_client);
    SSL_set_connect_state(p->client);
    p->server = tls_new(context);
}

static void pair_close(struct pair *p)
{
    SSL_free(p->client);
    SSL_CTX_free(p->ctx);
    tls_free(p->server);
    buf_clear(&p->plain);
}

/* Carries the client's bytes to the server, `step` at a time, and the answers back. */
static void carry(struct pair *p, size_t step)
{
    struct buf wire = {0};
    char bytes[4096];
    int n;

    assert_true(step <= sizeof(bytes));
    while (p->server_lives && (n = BIO_read(p->from_client, bytes, (int)step)) > 0)
        p->server_lives = tls_feed(p->server, bytes, (size_t)n, &p->plain, &wire);
    if (wire.len > 0)
        assert_int_equal(BIO_write(p->to_client, wire.data, (int)wire.len), (int)wire.len);
    buf_clear(&wire);
}

static int shake_hands(struct pair *p, size_t step)
{
    int done = -1;

    for (int i = 0; i < 10 && done != 1; i++) {
        done = SSL_do_handshake(p->client);
        carry(p, step);
    }
    return done;
}

static void client_says(struct pair *p, const char *s, size_t n, size_t step)
{
    assert_int_equal(SSL_write(p->client, s, (int)n), (int)n);
    carry(p, step);
}

static void a_handshake_ends_verified_and_data_go_both_ways(void **state)
{
    struct pair p;
    struct buf wire = {0};
    char got[64];
    int n;

    (void)state;
    pair_open(&p);
    assert_int_equal(shake_hands(&p, 4096), 1);
    assert_int_equal(SSL_get_verify_result(p.client), X509_V_OK);
    client_says(&p, "hello server", 12, 4096);
    assert_true(p.server_lives);
    assert_string_equal(p.plain.data, "hello server");
    assert_true(tls_write(p.server, "hello client", 12, &wire));
    (void)BIO_write(p.to_client, wire.data, (int)wire.len);
    n = SSL_read(p.client, got, sizeof(got));
    assert_int_equal(n, 12);
    assert_memory_equal(got, "hello client", 12);
    buf_clear(&wire);
    pair_close(&p);
}

static void bytes_may_come_one_by_one(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(shake_hands(&p, 1), 1);
    client_says(&p, "drip", 4, 1);
    assert_string_equal(p.plain.data, "drip");
    pair_close(&p);
}

static void much_data_arrives_whole(void **state)
{
    enum { MUCH = 300000 };
    char *much = mem_new(MUCH);
    char *back = mem_new(MUCH);
    struct buf wire = {0};
    struct pair p;
    int got = 0;
    int n;

    (void)state;
    for (int i = 0; i < MUCH; i++)
        much[i] = (char)(i % 251);
    pair_open(&p);
    assert_int_equal(shake_hands(&p, 4096), 1);
    client_says(&p, much, MUCH, 4096);
    assert_int_equal(p.plain.len, MUCH);
    assert_memory_equal(p.plain.data, much, MUCH);
    assert_true(tls_write(p.server, much, MUCH, &wire));
    (void)BIO_write(p.to_client, wire.data, (int)wire.len);
    while (got < MUCH && (n = SSL_read(p.client, back + got, MUCH - got)) > 0)
        got += n;
    assert_int_equal(got, MUCH);
    assert_memory_equal(back, much, MUCH);
    buf_clear(&wire);
    (void)mem_free(much);
    (void)mem_free(back);
    pair_close(&p);
}

static void alpn_chooses_http_1_1_and_refuses_others(void **state)
{
    static const unsigned char good[] = "\x02h2\x08http/1.1";
    static const unsigned char bad[] = "\x02h2";
    const unsigned char *chosen = NULL;
    unsigned len = 0;
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(SSL_set_alpn_protos(p.client, good, sizeof(good) - 1), 0);
    assert_int_equal(shake_hands(&p, 4096), 1);
    SSL_get0_alpn_selected(p.client, &chosen, &len);
    assert_int_equal(len, 8);
    assert_memory_equal(chosen, "http/1.1", 8);
    pair_close(&p);

    pair_open(&p);
    assert_int_equal(SSL_set_alpn_protos(p.client, bad, sizeof(bad) - 1), 0);
    assert_int_not_equal(shake_hands(&p, 4096), 1);
    assert_false(p.server_lives);
    pair_close(&p);
}

static void tls_1_2_is_spoken_and_1_1_is_not(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(SSL_set_max_proto_version(p.client, TLS1_2_VERSION), 1);
    assert_int_equal(shake_hands(&p, 4096), 1);
    client_says(&p, "old", 3, 4096);
    assert_string_equal(p.plain.data, "old");
    pair_close(&p);

    pair_open(&p);
    SSL_set_security_level(p.client, 0);
    assert_int_equal(SSL_set_min_proto_version(p.client, TLS1_1_VERSION), 1);
    assert_int_equal(SSL_set_max_proto_version(p.client, TLS1_1_VERSION), 1);
    assert_int_not_equal(shake_hands(&p, 4096), 1);
    assert_false(p.server_lives);
    pair_close(&p);
}

static void renegotiation_is_refused(void **state)
{
    struct pair p;

    (void)state;
    pair_open(&p);
    assert_int_equal(SSL_set_max_proto_version(p.client, TLS1_2_VERSION), 1);
    assert_int_equal(shake_hands(&p, 4096), 1);
    assert_int_equal(SSL_renegotiate(p.client), 1);
    assert_int_not_equal(shake_hands(&p, 4096), 1);
    pair_close(&p);
}

static void garbage_breaks_the_session_and_is_answered_with_an_alert(void **state)
{
    static const char hello[] = "\x16\x03\x01\x00\x08garbage!";
    struct tls *t = tls_new(context);
    struct buf plain = {0};
    struct buf wire = {0};

    (void)state;
    assert_false(tls_feed(t, hello, sizeof(hello) - 1, &plain, &wire));
    assert_int_equal(plain.len, 0);
    assert_true(wire.len > 0);
    assert_int_equal(wire.data[0], 21);                  /* an alert record (RFC 8446, 5.1) */
    assert_false(tls_feed(t, "more", 4, &plain, &wire)); /* it stays broken */
    assert_false(tls_write(t, "x", 1, &wire));
    tls_end(t, &wire);
    tls_free(t);
    buf_clear(&plain);
    buf_clear(&wire);
}

static void http_without_tls_breaks_the_session(void **state)
{
    struct tls *t = tls_new(context);
    struct buf plain = {0};
    struct buf wire = {0};

    (void)state;
    assert_false(tls_feed(t, "GET / HTTP/1.1\r\n\r\n", 18, &plain, &wire));
    assert_int_equal(plain.len, 0);
    tls_free(t);
    buf_clear(&plain);
    buf_clear(&wire);
}

static void a_record_that_was_changed_breaks_the_session(void **state)
{
    struct pair p;
    struct buf wire = {0};
    char record[256];
    int n;

    (void)state;
    pair_open(&p);
    assert_int_equal(shake_hands(&p, 4096), 1);
    assert_int_equal(SSL_write(p.client, "secret", 6), 6);
    n = BIO_read(p.from_client, record, sizeof(record));
    assert_true(n > 5);
    record[n - 1] = (char)(record[n - 1] ^ 1);
    assert_false(tls_feed(p.server, record, (size_t)n, &p.plain, &wire));
    assert_int_equal(p.plain.len, 0);
    buf_clear(&wire);
    pair_close(&p);
}

static void nothing_is_written_before_the_handshake(void **state)
{
    struct tls *t = tls_new(context);
    struct buf wire = {0};

    (void)state;
    assert_false(tls_write(t, "early", 5, &wire));
    assert_int_equal(wire.len, 0);
    tls_end(t, &wire);
    assert_int_equal(wire.len, 0);
    tls_free(t);
    tls_free(NULL);
    buf_clear(&wire);
}

static void the_end_is_told_in_both_directions(void **state)
{
    struct pair p;
    struct buf wire = {0};
    char got[8];

    (void)state;
    pair_open(&p);
    assert_int_equal(shake_hands(&p, 4096), 1);
    tls_end(p.server, &wire);
    (void)BIO_write(p.to_client, wire.data, (int)wire.len);
    assert_int_equal(SSL_get_error(p.client, SSL_read(p.client, got, sizeof(got))),
                     SSL_ERROR_ZERO_RETURN);
    (void)SSL_shutdown(p.client);
    carry(&p, 4096);
    assert_false(p.server_lives);
    buf_clear(&wire);
    pair_close(&p);
}

static void a_reload_that_fails_keeps_the_certificate(void **state)
{
    static const char *const other[] = {"localhost", "10.0.0.1", NULL};
    char away[PATH_SIZE + 8];
    struct fail f = {0};
    struct pair p;

    (void)state;
    (void)snprintf(away, sizeof(away), "%s.away", key_path);
    assert_int_equal(rename(key_path, away), 0);
    assert_int_equal(tls_context_reload(context, &f), ERR_INTERNAL);
    assert_non_null(strstr(f.text, key_path));
    pair_open(&p);
    assert_int_equal(shake_hands(&p, 4096), 1);
    pair_close(&p);
    assert_int_equal(rename(away, key_path), 0);

    pair_open(&p); /* begun before, must go on after */
    assert_int_equal(cert_make(folder, other, &f), ERR_OK);
    assert_int_equal(tls_context_reload(context, &f), ERR_OK);
    assert_int_equal(shake_hands(&p, 4096), 1);
    pair_close(&p);
    pair_open(&p);
    assert_int_equal(shake_hands(&p, 4096), 1);
    assert_int_equal(X509_check_ip_asc(SSL_get0_peer_certificate(p.client), "10.0.0.1", 0), 1);
    pair_close(&p);
}

static void files_that_are_missing_or_strangers_are_named(void **state)
{
    struct tls_context *c = NULL;
    struct fail f = {0};
    char ca_key[PATH_SIZE];

    (void)state;
    assert_int_equal(tls_context_open("/nonexistent.pem", key_path, &c, &f), ERR_INTERNAL);
    assert_non_null(strstr(f.text, "/nonexistent.pem"));
    (void)snprintf(ca_key, sizeof(ca_key), "%s/ca.key", folder);
    assert_int_equal(tls_context_open(cert_path, ca_key, &c, &f), ERR_INTERNAL);
    assert_null(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_ends_verified_and_data_go_both_ways),
        cmocka_unit_test(bytes_may_come_one_by_one),
        cmocka_unit_test(much_data_arrives_whole),
        cmocka_unit_test(alpn_chooses_http_1_1_and_refuses_others),
        cmocka_unit_test(tls_1_2_is_spoken_and_1_1_is_not),
        cmocka_unit_test(renegotiation_is_refused),
        cmocka_unit_test(garbage_breaks_the_session_and_is_answered_with_an_alert),
        cmocka_unit_test(http_without_tls_breaks_the_session),
        cmocka_unit_test(a_record_that_was_changed_breaks_the_session),
        cmocka_unit_test(nothing_is_written_before_the_handshake),
        cmocka_unit_test(the_end_is_told_in_both_directions),
        cmocka_unit_test(files_that_are_missing_or_strangers_are_named),
        cmocka_unit_test(a_reload_that_fails_keeps_the_certificate),
    };

    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}

/*
 * sip_digest_test.c - the pure parts: digest answers against the vectors of RFC 2617
 * and RFC 7616, nonces, quoting, DTMF bodies, descriptions that repeat themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/addr.h"
#include "crypto/hash.h"
#include "sip/digest.h"
#include "sip/info.h"
#include "sip/nonce.h"
#include "sip/reoffer.h"
#include "sip/stack.h"

static const char *const rfc2617[] = {
    "username=\"Mufasa\"",
    "realm=\"testrealm@host.com\"",
    "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
    "uri=\"/dir/index.html\"",
    "qop=auth",
    "nc=00000001",
    "cnonce=\"0a4f113b\"",
    "response=\"6629fae49393a05397450978507c4ef1\"",
    "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
    NULL,
};

static const char *const rfc7616_sha256[] = {
    "username=\"Mufasa\"",
    "realm=\"http-auth@example.org\"",
    "uri=\"/dir/index.html\"",
    "algorithm=SHA-256",
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\"",
    "nc=00000001",
    "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"",
    "qop=auth",
    "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\"",
    NULL,
};

static const char *const rfc7616_md5[] = {
    "username=\"Mufasa\"",
    "realm=\"http-auth@example.org\"",
    "uri=\"/dir/index.html\"",
    "algorithm=MD5",
    "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\"",
    "nc=00000001",
    "cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"",
    "qop=auth",
    "response=\"8ca523f5e9506fed4657c9700eebdbec\"",
    NULL,
};

static const char *ha1(const char *text, enum digest_algorithm a, char out[65])
{
    return a == DIGEST_MD5 ? hash_md5_hex(text, strlen(text), out)
                           : hash_sha256_hex(text, strlen(text), out);
}

static void the_vectors_of_the_rfcs_match(void **state)
{
    static const struct {
        const char *const *params;
        const char *secret;
    } vectors[] = {
        {rfc2617, "Mufasa:testrealm@host.com:Circle Of Life"},
        {rfc7616_sha256, "Mufasa:http-auth@example.org:Circle of Life"},
        {rfc7616_md5, "Mufasa:http-auth@example.org:Circle of Life"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct digest_answer a;
        char hex[65];

        assert_true(digest_read(&a, vectors[i].params));
        assert_true(digest_matches(&a, ha1(vectors[i].secret, a.algorithm, hex), "GET"));
        assert_false(digest_matches(&a, hex, "PUT"));
        assert_false(digest_matches(&a, ha1("Mufasa:x:y", a.algorithm, hex), "GET"));
    }
}

static void upper_case_hex_in_a_response_is_the_same(void **state)
{
    struct digest_answer a;
    char hex[65];

    (void)state;
    assert_true(digest_read(&a, rfc2617));
    for (char *c = a.response; *c != '\0'; c++)
        *c = (char)(*c >= 'a' && *c <= 'f' ? *c - 32 : *c);
    assert_true(digest_matches(&a, ha1("Mufasa:testrealm@host.com:Circle Of Life", DIGEST_MD5, hex),
                               "GET"));
}

static void a_response_that_is_cut_or_too_long_does_not_match(void **state)
{
    struct digest_answer a;
    char hex[65];

    (void)state;
    assert_true(digest_read(&a, rfc2617));
    (void)ha1("Mufasa:testrealm@host.com:Circle Of Life", DIGEST_MD5, hex);
    a.response[31] = '\0';
    assert_false(digest_matches(&a, hex, "GET"));
    a.response[0] = '\0';
    assert_false(digest_matches(&a, hex, "GET"));
}

/* The parameters of RFC 2617 with one replaced, or left out when `with` is NULL. */
static bool read_with(size_t which, const char *with)
{
    const char *params[10];
    struct digest_answer a;
    size_t n = 0;

    for (size_t i = 0; rfc2617[i] != NULL; i++) {
        if (i != which)
            params[n++] = rfc2617[i];
        else if (with != NULL)
            params[n++] = with;
    }
    params[n] = NULL;
    return digest_read(&a, params);
}

static void an_answer_without_a_needed_parameter_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_false(read_with(i, NULL));
    assert_true(read_with(8, NULL)); /* opaque */
    assert_false(read_with(4, "qop=auth-int"));
    assert_false(read_with(5, "nc=1"));
    assert_false(read_with(5, "nc=0000000g"));
    assert_false(read_with(8, "algorithm=SHA-512-256"));
    assert_false(read_with(8, "algorithm=MD5-sess"));
    assert_false(read_with(8, "username=\"second\""));
    assert_false(read_with(0, "username=\"not closed"));
    assert_false(read_with(0, "username=\"closed\"early\""));
}

static void quotes_are_taken_off_with_their_escapes(void **state)
{
    char out[16];

    (void)state;
    assert_true(digest_unquote(out, sizeof(out), "\"a\\\"b\\\\c\""));
    assert_string_equal(out, "a\"b\\c");
    assert_true(digest_unquote(out, sizeof(out), "token"));
    assert_string_equal(out, "token");
    assert_true(digest_unquote(out, sizeof(out), "\"\""));
    assert_string_equal(out, "");
    assert_false(digest_unquote(out, sizeof(out), "\"sixteen letters!\""));
    assert_false(digest_unquote(out, sizeof(out), "\"ends in \\"));
}

static const struct addr *address(const char *text)
{
    static struct addr a[2];
    static int turn;

    turn = 1 - turn;
    assert_int_equal(addr_read(&a[turn], text, true, NULL), ERR_OK);
    return &a[turn];
}

static const struct addr *who(void)
{
    return address("192.0.2.1:5060");
}

static void a_nonce_is_good_once_per_count_while_it_is_young(void **state)
{
    struct nonce_table t;
    char n[NONCE_SIZE];

    (void)state;
    nonce_init(&t, 1000, 8);
    (void)nonce_make(&t, who(), 5000, n);
    assert_int_equal(nonce_check(&t, n, who(), 5000), NONCE_GOOD);
    assert_int_equal(nonce_check(&t, n, who(), 6000), NONCE_GOOD);
    assert_int_equal(nonce_check(&t, n, who(), 6001), NONCE_STALE);
    assert_int_equal(nonce_check(&t, n, who(), 4999), NONCE_STALE);
    assert_int_equal(nonce_use(&t, n, 0, 5000), NONCE_STALE);
    assert_int_equal(nonce_use(&t, n, 1, 5000), NONCE_GOOD);
    assert_int_equal(nonce_use(&t, n, 1, 5000), NONCE_STALE);
    assert_int_equal(nonce_use(&t, n, 3, 5000), NONCE_GOOD);
    assert_int_equal(nonce_use(&t, n, 2, 5000), NONCE_STALE);
    nonce_clear(&t);
}

static void a_nonce_of_somebody_else_is_foreign(void **state)
{
    struct nonce_table ours;
    struct nonce_table theirs;
    char n[NONCE_SIZE];

    (void)state;
    nonce_init(&ours, 1000, 8);
    nonce_init(&theirs, 1000, 8);
    (void)nonce_make(&theirs, who(), 5000, n);
    assert_int_equal(nonce_check(&ours, n, who(), 5000), NONCE_FOREIGN);
    assert_int_equal(nonce_check(&ours, "", who(), 5000), NONCE_FOREIGN);
    (void)nonce_make(&ours, who(), 5000, n);
    n[3] = n[3] == '0' ? '1' : '0';
    assert_int_equal(nonce_check(&ours, n, who(), 5000), NONCE_FOREIGN);
    nonce_clear(&ours);
    nonce_clear(&theirs);
}

static void a_nonce_is_of_no_use_at_another_address(void **state)
{
    struct nonce_table t;
    char n[NONCE_SIZE];

    (void)state;
    nonce_init(&t, 1000, 8);
    (void)nonce_make(&t, who(), 5000, n);
    assert_int_equal(nonce_check(&t, n, address("192.0.2.1:9"), 5000), NONCE_GOOD);
    assert_int_equal(nonce_check(&t, n, address("192.0.2.11:5060"), 5000), NONCE_FOREIGN);
    assert_int_equal(nonce_check(&t, n, address("[2001:db8::1]:5060"), 5000), NONCE_FOREIGN);
    (void)nonce_make(&t, address("[2001:db8::1]:5060"), 5000, n);
    assert_int_equal(nonce_check(&t, n, address("[2001:db8::1]:9"), 5000), NONCE_GOOD);
    nonce_clear(&t);
}

static void a_nonce_that_the_full_table_forgot_cannot_be_replayed(void **state)
{
    struct nonce_table t;
    char first[NONCE_SIZE];
    char n[NONCE_SIZE];

    (void)state;
    nonce_init(&t, 1000, 4);
    (void)nonce_make(&t, who(), 5000, first);
    assert_int_equal(nonce_use(&t, first, 1, 5000), NONCE_GOOD);
    for (int i = 1; i <= 4; i++)
        assert_int_equal(nonce_use(&t, nonce_make(&t, who(), 5000 + i, n), 1, 5000 + i),
                         NONCE_GOOD);
    assert_int_equal(t.in_use.count, 4);
    assert_int_equal(nonce_use(&t, first, 1, 5010), NONCE_STALE);
    nonce_clear(&t);
    assert_int_equal(t.in_use.count, 0);
}

static void keys_are_read_from_both_kinds_of_info(void **state)
{
    static const struct {
        const char *body;
        int ms;
        bool relay;
        char key;
    } rows[] = {
        {"Signal=5\r\nDuration=160\r\n", 160, true, '5'},
        {"Signal= #\r\nDuration= 250", 250, true, '#'},
        {"signal=a\nduration=99999", 160, true, 'A'},
        {"Duration=80\r\nSignal=10\r\n", 80, true, '*'},
        {"7", 160, false, '7'},
        {"11\r\n", 160, false, '#'},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char key = '\0';
        int ms = 0;

        assert_true(info_read(rows[i].relay, rows[i].body, strlen(rows[i].body), &key, &ms));
        assert_int_equal(key, rows[i].key);
        assert_int_equal(ms, rows[i].ms);
    }
}

static void what_is_no_key_is_not_read_as_one(void **state)
{
    static const char *const bodies[] = {"",          "Duration=160", "Signal=\r\n",
                                         "Signal=E",  "Signal=16",    "Signal=55",
                                         "Signalx=5", "Signal",       "Signal=-1 "};
    char key;
    int ms;

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        assert_false(info_read(true, bodies[i], strlen(bodies[i]), &key, &ms));
        assert_false(info_read(false, bodies[i], strlen(bodies[i]), &key, &ms));
    }
}

static void a_description_is_the_same_when_its_origin_is(void **state)
{
    static const char a[] = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=x\r\n";

    (void)state;
    assert_true(reoffer_same(a, a));
    assert_true(reoffer_same(a, "v=0\no=- 1 2 IN IP4 192.0.2.1\ns=y\n"));
    assert_false(reoffer_same(a, "v=0\r\no=- 1 3 IN IP4 192.0.2.1\r\ns=x\r\n"));
    assert_false(reoffer_same(a, "v=0\r\no=- 1 2 IN IP4 192.0.2.10\r\ns=x\r\n"));
    assert_false(reoffer_same(a, "v=0\r\ns=x\r\n"));
    assert_false(reoffer_same(NULL, NULL));
}

static void a_source_becomes_a_route_and_nonsense_does_not(void **state)
{
    char out[128];

    (void)state;
    assert_true(stack_route("udp:192.0.2.1:5060", out, sizeof(out)));
    assert_string_equal(out, "sip:192.0.2.1:5060;transport=udp");
    assert_true(stack_route("tls:[2001:db8::1]:5061", out, sizeof(out)));
    assert_string_equal(out, "sip:[2001:db8::1]:5061;transport=tls");
    assert_false(stack_route("udp:192.0.2.1:0", out, sizeof(out)));
    assert_false(stack_route("udp:example.org:5060", out, sizeof(out)));
    assert_false(stack_route("ws:192.0.2.1:5060", out, sizeof(out)));
    assert_false(stack_route("", out, sizeof(out)));
}

static void a_display_name_loses_quotes_escapes_and_controls(void **state)
{
    char out[8];

    (void)state;
    stack_unquote(out, sizeof(out), "\"a \\\"b\\\"\"");
    assert_string_equal(out, "a \"b\"");
    stack_unquote(out, sizeof(out), "a\r\nb");
    assert_string_equal(out, "ab");
    stack_unquote(out, sizeof(out), "\"far too long\"");
    assert_string_equal(out, "far too");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_the_rfcs_match),
        cmocka_unit_test(upper_case_hex_in_a_response_is_the_same),
        cmocka_unit_test(a_response_that_is_cut_or_too_long_does_not_match),
        cmocka_unit_test(an_answer_without_a_needed_parameter_is_refused),
        cmocka_unit_test(quotes_are_taken_off_with_their_escapes),
        cmocka_unit_test(a_nonce_is_good_once_per_count_while_it_is_young),
        cmocka_unit_test(a_nonce_of_somebody_else_is_foreign),
        cmocka_unit_test(a_nonce_is_of_no_use_at_another_address),
        cmocka_unit_test(a_nonce_that_the_full_table_forgot_cannot_be_replayed),
        cmocka_unit_test(keys_are_read_from_both_kinds_of_info),
        cmocka_unit_test(what_is_no_key_is_not_read_as_one),
        cmocka_unit_test(a_description_is_the_same_when_its_origin_is),
        cmocka_unit_test(a_source_becomes_a_route_and_nonsense_does_not),
        cmocka_unit_test(a_display_name_loses_quotes_escapes_and_controls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

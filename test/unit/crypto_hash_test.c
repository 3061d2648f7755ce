/*
 * crypto_hash_test.c - digests by the vectors of their RFCs, base64 by its letter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/hash.h"

struct text_case {
    const char *in;
    const char *out;
};

static void hex_of(const uint8_t *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void md5_follows_rfc_1321(void **state)
{
    /* clang-format off */
    static const struct text_case cases[] = {
        {"", "d41d8cd98f00b204e9800998ecf8427e"},
        {"a", "0cc175b9c0f1b6a831c399e269772661"},
        {"abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
        {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
         "57edf4a22be3c955ac49da2e2107b67a"},
    };
    /* clang-format on */
    char out[MD5_HEX_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(hash_md5_hex(cases[i].in, strlen(cases[i].in), out), cases[i].out);
    assert_string_equal(hash_md5_hex(NULL, 0, out), cases[0].out);
}

static void sha256_follows_fips_180(void **state)
{
    /* clang-format off */
    static const struct text_case cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    /* clang-format on */
    char out[SHA256_HEX_SIZE];
    char from_raw[SHA256_HEX_SIZE];
    uint8_t raw[SHA256_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_string_equal(hash_sha256_hex(cases[i].in, strlen(cases[i].in), out), cases[i].out);
        hash_sha256(cases[i].in, strlen(cases[i].in), raw);
        hex_of(raw, sizeof(raw), from_raw);
        assert_string_equal(from_raw, cases[i].out);
    }
}

struct mac_case {
    const char *key; /* NULL: key_byte, key_len times */
    size_t key_len;
    const char *text; /* NULL: byte, len times */
    size_t len;
    const char *out;
    uint8_t key_byte;
    uint8_t byte;
};

static void hmac_follows_rfc_4231(void **state)
{
    /* clang-format off */
    static const struct mac_case cases[] = {
        {NULL, 20, "Hi There", 0,
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7", 0x0b, 0},
        {"Jefe", 0, "what do ya want for nothing?", 0,
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", 0, 0},
        {NULL, 20, NULL, 50,
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe", 0xaa, 0xdd},
        {NULL, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 0,
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", 0xaa, 0},
    };
    /* clang-format on */
    uint8_t key[256];
    uint8_t data[256];
    uint8_t raw[SHA256_BYTES];
    char out[SHA256_HEX_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct mac_case *c = &cases[i];
        size_t key_len = c->key != NULL ? strlen(c->key) : c->key_len;
        size_t len = c->text != NULL ? strlen(c->text) : c->len;

        memset(key, c->key_byte, sizeof(key));
        memset(data, c->byte, sizeof(data));
        hash_hmac_sha256(c->key != NULL ? (const void *)c->key : key, key_len,
                         c->text != NULL ? (const void *)c->text : data, len, raw);
        hex_of(raw, sizeof(raw), out);
        assert_string_equal(out, c->out);
    }
    hash_hmac_sha256(NULL, 0, NULL, 0, raw); /* an empty key is a key */
    hex_of(raw, sizeof(raw), out);
    assert_string_equal(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* clang-format off */
static const struct text_case base64_cases[] = {
    {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xfe", "+//+"},
};
static const struct text_case base64url_cases[] = {
    {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"},
    {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
    {"\xfb\xff\xfe", "-__-"},
};
/* clang-format on */

static void base64_follows_rfc_4648_both_ways(void **state)
{
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(base64_cases) / sizeof(base64_cases[0]); i++) {
        const struct text_case *c = &base64_cases[i];
        const struct text_case *u = &base64url_cases[i];

        b.len = 0;
        hash_base64(c->in, strlen(c->in), &b);
        assert_string_equal(b.data, c->out);
        b.len = 0;
        assert_true(hash_from_base64(c->out, strlen(c->out), &b));
        assert_string_equal(b.data, c->in);
        b.len = 0;
        hash_base64url(u->in, strlen(u->in), &b);
        assert_string_equal(b.data, u->out);
        b.len = 0;
        assert_true(hash_from_base64url(u->out, strlen(u->out), &b));
        assert_string_equal(b.data, u->in);
    }
    buf_clear(&b);
}

static void every_byte_survives_base64(void **state)
{
    uint8_t all[256];
    struct buf text = {0};
    struct buf back = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (uint8_t)i;
    hash_base64(all, sizeof(all), &text);
    assert_true(hash_from_base64(text.data, text.len, &back));
    assert_int_equal(back.len, sizeof(all));
    assert_memory_equal(back.data, all, sizeof(all));
    text.len = back.len = 0;
    hash_base64url(all, sizeof(all), &text);
    assert_true(hash_from_base64url(text.data, text.len, &back));
    assert_memory_equal(back.data, all, sizeof(all));
    buf_clear(&text);
    buf_clear(&back);
}

static void what_base64_does_not_know_is_refused_and_adds_nothing(void **state)
{
    static const char *const bad[] = {
        "Z",        "Zg",       "Zg=",  "Z===",     "====",  "=",
        "Zm9v=",    "Zm9vYg=",  "Zm 9", "Zm9v\n",   "Zm9\n", "Zh==",
        "Zm9=",     "Zg==Zg==", "-__-", "Zm9v====", "Z=g=",  "\xc3\xa4\xc3\xa4",
        "Zm9vZg=a", "A*==",
    };
    struct buf b = {0};

    (void)state;
    buf_text(&b, "kept");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (hash_from_base64(bad[i], strlen(bad[i]), &b))
            fail_msg("accepted '%s'", bad[i]);
        assert_string_equal(b.data, "kept");
        assert_int_equal(b.len, 4);
    }
    buf_clear(&b);
}

static void what_base64url_does_not_know_is_refused_and_adds_nothing(void **state)
{
    static const char *const bad[] = {
        "Z", "Zg==", "Zm8=", "Zm9vY", "+//+", "Zm9v ", " Zm9v", "Zh", "Zm9", "Zm9vZm9\n", "Zm.9",
    };
    struct buf b = {0};

    (void)state;
    buf_text(&b, "kept");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (hash_from_base64url(bad[i], strlen(bad[i]), &b))
            fail_msg("accepted '%s'", bad[i]);
        assert_string_equal(b.data, "kept");
    }
    assert_false(hash_from_base64url("Zm\0v", 4, &b)); /* NUL is no letter either */
    buf_clear(&b);
}

static void sameness_is_of_all_bytes(void **state)
{
    (void)state;
    assert_true(hash_same("abc", "abc", 3));
    assert_false(hash_same("abc", "abd", 3));
    assert_false(hash_same("abc", "xbc", 3));
    assert_true(hash_same("abc", "abd", 2));
    assert_true(hash_same("", "", 0));
}

static void random_bytes_fill_all_and_do_not_repeat(void **state)
{
    uint8_t a[64] = {0};
    uint8_t b[64] = {0};
    uint8_t zero[16] = {0};

    (void)state;
    hash_random(a, sizeof(a));
    hash_random(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a + 48, zero, sizeof(zero));
    hash_random(a, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(md5_follows_rfc_1321),
        cmocka_unit_test(sha256_follows_fips_180),
        cmocka_unit_test(hmac_follows_rfc_4231),
        cmocka_unit_test(base64_follows_rfc_4648_both_ways),
        cmocka_unit_test(every_byte_survives_base64),
        cmocka_unit_test(what_base64_does_not_know_is_refused_and_adds_nothing),
        cmocka_unit_test(what_base64url_does_not_know_is_refused_and_adds_nothing),
        cmocka_unit_test(sameness_is_of_all_bytes),
        cmocka_unit_test(random_bytes_fill_all_and_do_not_repeat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

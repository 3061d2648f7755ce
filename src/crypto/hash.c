/*
 * hash.c - digests and random bytes by OpenSSL, base64 by hand. Any thread.
 *
 * OpenSSL 3 looks an algorithm up by name at each implicit use; here that is done
 * once per process. Base64 is our own because OpenSSL's reader forgives white
 * space and stray bits, and a token or a signature must have one spelling only.
 */
#include "crypto/hash.h"

#include <stdlib.h>
#include <threads.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/log.h"

enum { MD5_BYTES = 16, RANDOM_CHUNK = 1 << 20 };

static EVP_MD *sha256;
static EVP_MD *md5;
static EVP_MD *sha1;
static EVP_MAC_CTX *hmac; /* of SHA-256, with a key that is none; copied for each use */
static once_flag fetched = ONCE_FLAG_INIT;

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char urlsafe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* There is no server without hashes: the sentence is for whoever restarts it. */
static void must(bool worked, const char *what)
{
    if (worked)
        return;
    log_line(LOG_ERROR, "crypto", NULL, "OpenSSL cannot do %s", what);
    abort();
}

static void fetch_hmac(void)
{
    char digest_name[] = "SHA256";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
        OSSL_PARAM_construct_end(),
    };
    static const uint8_t key[SHA256_BYTES]; /* some OpenSSL 3.0 copy no context without one */
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    must(mac != NULL, "HMAC");
    hmac = EVP_MAC_CTX_new(mac);
    must(hmac != NULL && EVP_MAC_init(hmac, key, sizeof(key), params) == 1, "HMAC");
    EVP_MAC_free(mac);
}

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    must(sha256 != NULL, "SHA-256");
    /* Phones still answer digests with MD5 (RFC 3261, 22.4); nothing else uses it. A
     * FIPS provider has none, hence the property. */
    md5 = EVP_MD_fetch(NULL, "MD5", "-fips");
    must(md5 != NULL, "MD5");
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    must(sha1 != NULL, "SHA-1");
    fetch_hmac();
}

static void digest(const EVP_MD *md, const void *p, size_t n, uint8_t *out)
{
    must(EVP_Digest(n != 0 ? p : "", n, out, NULL, md, NULL) == 1, "a digest");
}

static char *hex(const uint8_t *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
    return out;
}

void hash_sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES])
{
    call_once(&fetched, fetch);
    digest(sha256, p, n, out);
}

void hash_sha1(const void *p, size_t n, uint8_t out[SHA1_BYTES])
{
    call_once(&fetched, fetch);
    digest(sha1, p, n, out);
}

void hash_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
                      uint8_t out[SHA256_BYTES])
{
    static const uint8_t none[1];
    EVP_MAC_CTX *c;
    size_t len;

    call_once(&fetched, fetch);
    c = EVP_MAC_CTX_dup(hmac);
    must(c != NULL && EVP_MAC_init(c, key_len != 0 ? key : none, key_len, NULL) == 1 &&
             EVP_MAC_update(c, n != 0 ? p : none, n) == 1 &&
             EVP_MAC_final(c, out, &len, SHA256_BYTES) == 1 && len == SHA256_BYTES,
         "HMAC");
    EVP_MAC_CTX_free(c);
}

char *hash_md5_hex(const void *p, size_t n, char out[MD5_HEX_SIZE])
{
    uint8_t raw[MD5_BYTES];

    call_once(&fetched, fetch);
    digest(md5, p, n, raw);
    return hex(raw, sizeof(raw), out);
}

char *hash_sha256_hex(const void *p, size_t n, char out[SHA256_HEX_SIZE])
{
    uint8_t raw[SHA256_BYTES];

    hash_sha256(p, n, raw);
    return hex(raw, sizeof(raw), out);
}

bool hash_same(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

void hash_random(void *p, size_t n)
{
    uint8_t *at = p;

    while (n > 0) {
        size_t part = n < RANDOM_CHUNK ? n : RANDOM_CHUNK;

        must(RAND_bytes(at, (int)part) == 1, "random bytes");
        at += part;
        n -= part;
    }
}

static void encode(const char *letters, bool padded, const uint8_t *p, size_t n, struct buf *out)
{
    char four[4];

    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t bits = (uint32_t)p[i] << 16;

        if (have > 1)
            bits |= (uint32_t)p[i + 1] << 8;
        if (have > 2)
            bits |= p[i + 2];
        four[0] = letters[bits >> 18];
        four[1] = letters[bits >> 12 & 63];
        four[2] = letters[bits >> 6 & 63];
        four[3] = letters[bits & 63];
        for (size_t k = have + 1; k < 4; k++)
            four[k] = '=';
        buf_add(out, four, padded ? 4 : have + 1);
    }
    if (n == 0)
        buf_add(out, "", 0); /* so that an empty result is a text too */
}

void hash_base64(const void *p, size_t n, struct buf *out)
{
    encode(standard, true, p, n, out);
}

void hash_base64url(const void *p, size_t n, struct buf *out)
{
    encode(urlsafe, false, p, n, out);
}

/* The six bits of a letter, or -1. c62 and c63 are the two letters that differ. */
static int value_of(char c, char c62, char c63)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == c62)
        return 62;
    return c == c63 ? 63 : -1;
}

/* Reads up to four letters as up to three bytes. The bits that are left over must be
 * zero (RFC 4648, 3.5), or one value would have several spellings. */
static bool decode_group(const char *s, size_t n, const char *letters, struct buf *out)
{
    uint32_t bits = 0;
    uint8_t three[3];

    if (n < 2)
        return false;
    for (size_t i = 0; i < 4; i++) {
        int v = i < n ? value_of(s[i], letters[62], letters[63]) : 0;

        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
    }
    if ((n == 2 && (bits & 0xffff) != 0) || (n == 3 && (bits & 0xff) != 0))
        return false;
    three[0] = (uint8_t)(bits >> 16);
    three[1] = (uint8_t)(bits >> 8);
    three[2] = (uint8_t)bits;
    buf_add(out, three, n - 1);
    return true;
}

/* All or nothing: on failure out is as it was. */
static bool decode(const char *s, size_t n, const char *letters, struct buf *out)
{
    size_t before = out->len;

    buf_add(out, "", 0);
    for (size_t i = 0; i < n; i += 4) {
        if (!decode_group(s + i, n - i < 4 ? n - i : 4, letters, out)) {
            out->len = before;
            out->data[before] = '\0';
            return false;
        }
    }
    return true;
}

bool hash_from_base64(const char *s, size_t n, struct buf *out)
{
    if (n % 4 != 0)
        return false;
    if (n > 0 && s[n - 1] == '=')
        n -= s[n - 2] == '=' ? 2 : 1; /* any further '=' is no letter */
    return decode(s, n, standard, out);
}

bool hash_from_base64url(const char *s, size_t n, struct buf *out)
{
    return decode(s, n, urlsafe, out);
}

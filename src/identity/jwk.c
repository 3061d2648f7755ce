/*
 * jwk.c - the skin over libcjose. See jwk.h.
 */
#include "identity/jwk.h"

#include <cjose/cjose.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "json/json.h"

enum { RSA_BITS = 2048 };

struct jwk {
    cjose_jwk_t *key;
    const char *algorithm;
};

/* By the key's own type, never by what a token says. */
static const char *algorithm_of(const cjose_jwk_t *key)
{
    cjose_err ce;

    switch (cjose_jwk_get_kty(key, &ce)) {
    case CJOSE_JWK_KTY_RSA:
        return cjose_jwk_get_keysize(key, &ce) >= RSA_BITS ? CJOSE_HDR_ALG_RS256 : NULL;
    case CJOSE_JWK_KTY_EC:
        return cjose_jwk_EC_get_curve(key, &ce) == CJOSE_JWK_EC_P_256 ? CJOSE_HDR_ALG_ES256 : NULL;
    case CJOSE_JWK_KTY_OCT:
    default:
        return NULL; /* a shared secret never signs anything here */
    }
}

static struct jwk *wrap(cjose_jwk_t *key)
{
    struct jwk *k = mem_new(sizeof(*k));

    k->key = key;
    k->algorithm = algorithm_of(key);
    return k;
}

struct jwk *jwk_new(const char *kid, struct fail *f)
{
    cjose_err ce = {0};
    cjose_jwk_t *key = cjose_jwk_create_RSA_random(RSA_BITS, NULL, 0, &ce);

    if (key == NULL || !cjose_jwk_set_kid(key, kid, strlen(kid), &ce)) {
        (void)err_set(f, ERR_INTERNAL, "no RSA key could be made: %s", cjose_err_message(ce.code));
        (void)cjose_jwk_release(key);
        return NULL;
    }
    return wrap(key);
}

/* The library aborts at a number with padding inside; so each is read strictly first (RFC 7518, 6
 * has all of them as base64url). */
static bool has_clean_numbers(const char *json, size_t len)
{
    static const char *const names[] = {"n", "e", "d", "p", "q", "dp", "dq", "qi", "x", "y", "k"};
    struct json *j = json_parse(json, len, NULL);
    struct buf number = {0};
    bool clean = json_kind(j) == JSON_OBJECT;

    for (size_t i = 0; clean && i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = json_text(json_get(j, names[i]));

        clean = text == NULL || hash_from_base64url(text, strlen(text), &number);
    }
    if (number.len > 0)
        explicit_bzero(number.data, number.len);
    buf_clear(&number);
    json_free(j);
    return clean;
}

struct jwk *jwk_read(const char *json, size_t len, struct fail *f)
{
    cjose_err ce = {0};
    cjose_jwk_t *key = NULL;

    if (!has_clean_numbers(json, len)) {
        (void)err_set(f, ERR_BAD_REQUEST, "not a key: a number of it is no base64url");
        return NULL;
    }
    key = cjose_jwk_import(json, len, &ce);
    if (key == NULL) {
        (void)err_set(f, ERR_BAD_REQUEST, "not a key: %s", cjose_err_message(ce.code));
        return NULL;
    }
    if (cjose_jwk_get_kid(key, &ce) == NULL || algorithm_of(key) == NULL) {
        (void)err_set(f, ERR_BAD_REQUEST,
                      "a key needs a kid, and to be RSA of at least %d bits "
                      "or EC on P-256",
                      RSA_BITS);
        (void)cjose_jwk_release(key);
        return NULL;
    }
    return wrap(key);
}

void jwk_free(struct jwk *k)
{
    if (k == NULL)
        return;
    (void)cjose_jwk_release(k->key);
    (void)mem_free(k);
}

const char *jwk_kid(const struct jwk *k)
{
    cjose_err ce;

    return cjose_jwk_get_kid(k->key, &ce);
}

const char *jwk_algorithm(const struct jwk *k)
{
    return k->algorithm;
}

void jwk_write(const struct jwk *k, enum jwk_part part, struct writer *w)
{
    cjose_err ce;
    char *text = cjose_jwk_to_json(k->key, part == JWK_PRIVATE, &ce);
    struct json *j = text != NULL ? json_parse(text, strlen(text), NULL) : NULL;
    const struct json *value;
    const char *key;
    void *at = NULL;

    while (json_each(j, &at, &key, &value))
        writer_text(w, key, json_text(value)); /* RFC 7518, 6: all of them are texts */
    writer_text(w, "use", "sig");
    writer_text(w, "alg", k->algorithm);
    json_free(j);
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
        cjose_get_dealloc()(text);
    }
}

static cjose_header_t *header_new(const struct jwk *k, const char *typ)
{
    cjose_err ce;
    cjose_header_t *h = cjose_header_new(&ce);

    if (h != NULL && cjose_header_set(h, CJOSE_HDR_ALG, k->algorithm, &ce) &&
        cjose_header_set(h, CJOSE_HDR_KID, jwk_kid(k), &ce) && cjose_header_set(h, "typ", typ, &ce))
        return h;
    cjose_header_release(h);
    return NULL;
}

char *jwk_sign(const struct jwk *k, const char *typ, const char *claims, struct fail *f)
{
    cjose_err ce = {0};
    cjose_header_t *h = header_new(k, typ);
    cjose_jws_t *jws = NULL;
    const char *compact = NULL;
    char *out = NULL;

    if (h != NULL)
        jws = cjose_jws_sign(k->key, h, (const uint8_t *)claims, strlen(claims), &ce);
    if (jws != NULL && cjose_jws_export(jws, &compact, &ce))
        out = str_dup(compact); /* compact is the jws's own */
    else
        (void)err_set(f, ERR_INTERNAL, "a token could not be signed: %s",
                      cjose_err_message(ce.code));
    cjose_jws_release(jws);
    cjose_header_release(h);
    return out;
}

bool jwk_verify(const struct jwk *k, const char *compact, size_t len)
{
    cjose_err ce;
    cjose_jws_t *jws = cjose_jws_import(compact, len, &ce);
    bool good = jws != NULL && cjose_jws_verify(jws, k->key, &ce);

    cjose_jws_release(jws);
    return good;
}

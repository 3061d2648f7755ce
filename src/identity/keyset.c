/*
 * keyset.c - see keyset.h.
 */
#include "identity/keyset.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "identity/jwk.h"
#include "json/json.h"
#include "json/writer.h"

enum {
    KEYS_MAX = 64,
    MEMBER_MAX = 1400, /* characters: an RSA modulus of 8192 bits, which costs 1 ms to check */
};

struct keyset {
    struct keyset_key keys[KEYS_MAX];
    size_t count;
    uint8_t digest[SHA256_BYTES];
};

/* Only what makes a public key goes on to the library. */
static struct jwk *read_public(const struct json *j)
{
    static const char *const members[] = {"kty", "kid", "n", "e", "crv", "x", "y"};
    struct buf text = {0};
    struct writer w;
    struct jwk *k = NULL;
    bool fits = true;

    writer_init(&w, &text);
    writer_object(&w, NULL);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        const char *value = json_text(json_get(j, members[i]));

        if (value == NULL)
            continue;
        fits = fits && strlen(value) <= MEMBER_MAX;
        writer_text(&w, members[i], value);
    }
    writer_end(&w);
    if (fits)
        k = jwk_read(text.data, text.len, NULL);
    buf_clear(&text);
    return k;
}

/* A key for encryption must not check signatures (RFC 7517, 4.2), nor one that is for another
 * algorithm (4.4); and a private key that everybody can read proves nothing. */
static bool may_sign(const struct json *j, const struct jwk *k)
{
    const struct json *use = json_get(j, "use");
    const struct json *alg = json_get(j, "alg");

    return (use == NULL || str_eq(json_text(use), "sig")) &&
           (alg == NULL || str_eq(json_text(alg), jwk_algorithm(k))) && json_get(j, "d") == NULL;
}

static void take(struct keyset *s, const struct json *j)
{
    struct jwk *k = read_public(j);

    if (k == NULL)
        return;
    if (!may_sign(j, k) || keyset_find(s, jwk_kid(k)) != NULL) {
        jwk_free(k);
        return;
    }
    s->keys[s->count++] =
        (struct keyset_key){.jwk = k, .issuer = str_dup(json_text(json_get(j, "issuer")))};
}

struct keyset *keyset_read(const char *text, size_t len, struct fail *f)
{
    struct json *j = json_parse(text, len, f);
    const struct json *list = json_get(j, "keys");
    struct keyset *s;

    if (j == NULL)
        return NULL;
    if (json_kind(list) != JSON_LIST) {
        (void)err_set(f, ERR_BAD_REQUEST, "it has no list of keys");
        json_free(j);
        return NULL;
    }
    s = mem_new(sizeof(*s));
    hash_sha256(text, len, s->digest);
    for (size_t i = 0; i < json_count(list) && s->count < KEYS_MAX; i++)
        take(s, json_at(list, i));
    json_free(j);
    if (s->count > 0)
        return s;
    (void)err_set(f, ERR_BAD_REQUEST,
                  "none of its keys signs with RS256 (2048 bits or more) or ES256 and has a kid");
    keyset_free(s);
    return NULL;
}

void keyset_free(struct keyset *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->count; i++) {
        jwk_free(s->keys[i].jwk);
        (void)mem_free(s->keys[i].issuer);
    }
    (void)mem_free(s);
}

const struct keyset_key *keyset_find(const struct keyset *s, const char *kid)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(jwk_kid(s->keys[i].jwk), kid) == 0)
            return &s->keys[i];
    return NULL;
}

size_t keyset_count(const struct keyset *s)
{
    return s->count;
}

bool keyset_same(const struct keyset *a, const struct keyset *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return memcmp(a->digest, b->digest, SHA256_BYTES) == 0;
}

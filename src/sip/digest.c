/*
 * digest.c - SIP digest authentication: reading, answering, comparing.
 *
 * Pure. qop=auth only: without a nonce count there is no protection against replay,
 * so RFC 2069 answers are refused.
 */
#include "sip/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "crypto/hash.h"

bool digest_unquote(char *out, size_t size, const char *text)
{
    size_t n = 0;

    if (*text != '"')
        return str_copy(out, size, text);
    for (text++; *text != '"'; text++) {
        if (*text == '\\')
            text++;
        if (*text == '\0' || n + 1 >= size)
            return false;
        out[n++] = *text;
    }
    out[n] = '\0';
    return text[1] == '\0';
}

/* The value of the one parameter `name`, unquoted. */
static bool read_one(const char *const *params, const char *name, char *out, size_t size)
{
    size_t len = strlen(name);
    const char *found = NULL;

    for (; *params != NULL; params++) {
        if (strncasecmp(*params, name, len) != 0 || (*params)[len] != '=')
            continue;
        if (found != NULL)
            return false;
        found = *params + len + 1;
    }
    return found != NULL && digest_unquote(out, size, found);
}

static bool has(const char *const *params, const char *name)
{
    size_t len = strlen(name);

    for (; *params != NULL; params++) {
        if (strncasecmp(*params, name, len) == 0 && (*params)[len] == '=')
            return true;
    }
    return false;
}

static bool read_algorithm(struct digest_answer *a, const char *const *params)
{
    char word[24];

    a->algorithm = DIGEST_MD5; /* RFC 7616 section 3.4: the default */
    if (!has(params, "algorithm"))
        return true;
    if (!read_one(params, "algorithm", word, sizeof(word)))
        return false;
    if (str_eq_nocase(word, "SHA-256"))
        a->algorithm = DIGEST_SHA256;
    else if (!str_eq_nocase(word, "MD5"))
        return false;
    return true;
}

static bool read_count(struct digest_answer *a)
{
    if (strlen(a->nc_text) != 8 || strspn(a->nc_text, "0123456789abcdefABCDEF") != 8)
        return false;
    a->nc = (uint32_t)strtoul(a->nc_text, NULL, 16);
    return true;
}

bool digest_read(struct digest_answer *a, const char *const *params)
{
    char qop[16];

    memset(a, 0, sizeof(*a));
    return params != NULL && read_algorithm(a, params) &&
           read_one(params, "qop", qop, sizeof(qop)) && str_eq_nocase(qop, "auth") &&
           read_one(params, "username", a->username, sizeof(a->username)) &&
           read_one(params, "realm", a->realm, sizeof(a->realm)) &&
           read_one(params, "nonce", a->nonce, sizeof(a->nonce)) &&
           read_one(params, "uri", a->uri, sizeof(a->uri)) &&
           read_one(params, "cnonce", a->cnonce, sizeof(a->cnonce)) &&
           read_one(params, "nc", a->nc_text, sizeof(a->nc_text)) &&
           read_one(params, "response", a->response, sizeof(a->response)) && read_count(a);
}

static char *hex(enum digest_algorithm algorithm, const char *text, char out[65])
{
    return algorithm == DIGEST_SHA256 ? hash_sha256_hex(text, strlen(text), out)
                                      : hash_md5_hex(text, strlen(text), out);
}

char *digest_response(const struct digest_answer *a, const char *ha1, const char *method,
                      char out[65])
{
    char text[640];
    char ha2[65];

    (void)snprintf(text, sizeof(text), "%s:%s", method, a->uri);
    (void)hex(a->algorithm, text, ha2);
    (void)snprintf(text, sizeof(text), "%s:%s:%s:%s:auth:%s", ha1, a->nonce, a->nc_text, a->cnonce,
                   ha2);
    return hex(a->algorithm, text, out);
}

bool digest_matches(const struct digest_answer *a, const char *ha1, const char *method)
{
    char want[65] = "";
    char got[65] = "";

    (void)digest_response(a, ha1, method, want);
    for (size_t i = 0; a->response[i] != '\0'; i++)
        got[i] = (char)(a->response[i] >= 'A' && a->response[i] <= 'F' ? a->response[i] + 32
                                                                       : a->response[i]);
    return strlen(want) == strlen(got) && hash_same(want, got, sizeof(want) - 1);
}

char *digest_challenge(char *out, size_t size, const char *realm, const char *nonce,
                       enum digest_algorithm algorithm, bool stale)
{
    (void)snprintf(out, size, "Digest realm=\"%s\", nonce=\"%s\", qop=\"auth\", algorithm=%s%s",
                   realm, nonce, algorithm == DIGEST_SHA256 ? "SHA-256" : "MD5",
                   stale ? ", stale=true" : "");
    return out;
}

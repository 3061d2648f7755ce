/*
 * jwt.h - a signed token (RFC 7519 in the compact form of RFC 7515), taken apart and checked as
 * far as all kinds of token are alike.
 *
 * Private to identity/. Nothing here knows whose key it is: the signature is checked by jwk.h.
 * The control thread.
 */
#ifndef IDENTITY_JWT_H
#define IDENTITY_JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct json;

enum { JWT_MAX = 8 * 1024 }; /* bytes; longer ones are not looked at */

struct jwt {
    const char *what; /* for sentences: "access token" */
    enum err refusal; /* what a bad one is */
    const char *text; /* header.claims.signature; the caller's */
    size_t len;
    struct json *header; /* jwt_clear() */
    struct json *claims;
    int64_t expires_ms; /* after jwt_check_times() */
};

/* Three parts of strict base64url, header and claims JSON objects without doubled keys; the
 * header has alg, typ and kid, and nothing that would bring its own key or that must be
 * understood. what, refusal, text and len are filled in by the caller. */
NODISCARD enum err jwt_read(struct jwt *t, struct fail *f);

void jwt_clear(struct jwt *t);

/* A claim that is a text, or NULL. */
const char *jwt_claim(const struct jwt *t, const char *name);

/* A member of the header that is a text. */
const char *jwt_header(const struct jwt *t, const char *name);

/* Is the typ this one? "application/at+jwt" is the long form of "at+jwt" (RFC 7515, 4.1.9). */
bool jwt_is_typ(const struct jwt *t, const char *typ);

/* exp, and nbf when there is one, against clock_wall_ms() with so much skew. */
NODISCARD enum err jwt_check_times(struct jwt *t, int64_t skew_ms, struct fail *f);

#endif

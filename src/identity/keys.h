/*
 * keys.h - the RSA keys we sign with: one ring per kind of token, kept in files.
 *
 * Each kind of token has a ring of its own: an access token can never pass for a notice
 * token or the reverse. A new key is published 24 h before it signs and kept 24 h
 * after; the very first signs at once. Files: <data>/keys/<kind>-<kid>.json, 0600:
 * the private JWK, when it was made and from when on it signs. The control thread.
 */
#ifndef IDENTITY_KEYS_H
#define IDENTITY_KEYS_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* X(NAME, file prefix, typ header of its tokens) */
#define KEY_KINDS(X)                  \
    X(ACCESS, "access", "at+jwt")     \
    X(NOTICE, "notice", "notice+jwt") \
    X(MEDIA, "media", "media+jwt")    \
    X(JOIN, "join", "join+jwt")

/* clang-format off */
enum key_kind {
#define X(name, file, typ) KEY_##name,
    KEY_KINDS(X)
#undef X
    KEY_KIND_COUNT
};
/* clang-format on */

struct keys;
struct jwk;

/* Reads the rings from folder (<data>/keys), makes what is missing, the folder too (0700;
 * about 100 ms a key). A file that is no key is an error that names it. */
NODISCARD enum err keys_open(const char *folder, struct keys **out, struct fail *f);
void keys_close(struct keys *k); /* NULL is fine */

/* Makes the next key when the signing one is 30 days old, drops those that are over. By
 * clock_wall_ms(); call it at least hourly: at most one key is made in a call (100 ms). */
void keys_turn(struct keys *k);

/* Appends the JWKS document ({"keys":[...]}) of one ring: public parts only. */
void keys_jwks(const struct keys *k, enum key_kind kind, struct buf *out);

/* The typ header of a kind's tokens. */
const char *keys_typ(enum key_kind kind);

/* The published key of a ring with this kid, or NULL. For identity/ (jwk.h). */
const struct jwk *keys_find(const struct keys *k, enum key_kind kind, const char *kid);

/* A compact JWS (RFC 7515) over the claims (JSON text), RS256, with kid and typ. To be
 * freed with mem_free(); NULL with f filled when signing failed. */
char *keys_sign(const struct keys *k, enum key_kind kind, const char *claims, struct fail *f);

#endif

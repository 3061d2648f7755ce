/*
 * keyset.h - an outside issuer's public keys, from its JWKS document (RFC 7517, 5).
 *
 * Private to identity/. Never changed once read. The control thread.
 */
#ifndef IDENTITY_KEYSET_H
#define IDENTITY_KEYSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct jwk;
struct keyset;

struct keyset_key {
    struct jwk *jwk;
    char *issuer; /* Entra ID's own member: the only issuer it may sign for; NULL: not said */
};

/* Takes the keys that may sign and that we can check; the others (encryption, other
 * algorithms, shared secrets, private ones, no kid) are left out. NULL with f filled when
 * it is no key set, or none is left. */
struct keyset *keyset_read(const char *text, size_t len, struct fail *f);
void keyset_free(struct keyset *s); /* NULL is fine */

/* NULL when there is none with this kid. */
const struct keyset_key *keyset_find(const struct keyset *s, const char *kid);

size_t keyset_count(const struct keyset *s);

/* Made of the same document? NULL is the same as nothing. */
bool keyset_same(const struct keyset *a, const struct keyset *b);

#endif

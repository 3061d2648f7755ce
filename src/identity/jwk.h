/*
 * jwk.h - one key (RFC 7517), and compact signatures with it (RFC 7515).
 *
 * Private to identity/. The only place that sees the JOSE library. The control
 * thread. A failed verification leaves an error in OpenSSL's queue of the thread:
 * who reads that queue clears it first.
 */
#ifndef IDENTITY_JWK_H
#define IDENTITY_JWK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "json/writer.h"

struct jwk;

/* A new RSA key of 2048 bits with this kid (about 100 ms). NULL with f filled. */
struct jwk *jwk_new(const char *kid, struct fail *f);

/* Reads a public or private key; members it does not know are ignored. NULL with f filled
 * when it is none, or neither RSA of at least 2048 bits nor EC on P-256, or has no kid. */
struct jwk *jwk_read(const char *json, size_t len, struct fail *f);

void jwk_free(struct jwk *k); /* NULL is fine */

const char *jwk_kid(const struct jwk *k);

enum jwk_part { JWK_PUBLIC, JWK_PRIVATE };

/* Writes its members into the object that is open in w; with JWK_PRIVATE the secret ones too. */
void jwk_write(const struct jwk *k, enum jwk_part part, struct writer *w);

/* The one algorithm that this key is for: "RS256" or "ES256". */
const char *jwk_algorithm(const struct jwk *k);

/* A compact JWS with kid and typ in its header; mem_free() it. NULL with f filled. */
char *jwk_sign(const struct jwk *k, const char *typ, const char *claims, struct fail *f);

/* Is this compact JWS signed with the key? The caller has checked that the header's alg is
 * jwk_algorithm(): the library goes by the header. */
bool jwk_verify(const struct jwk *k, const char *compact, size_t len);

#endif

/*
 * media_token.h - how a bot that hosts its own media knows that a socket is opened by us, and for
 * which call: a JWT of a kind and a key ring of its own (docs/callmedia.md).
 *
 * It is checked against the keys of /v1/.well-known/media-keys. The control thread.
 */
#ifndef IDENTITY_MEDIA_TOKEN_H
#define IDENTITY_MEDIA_TOKEN_H

#include "base/err.h"

struct buf;
struct identity;

enum { MEDIA_TOKEN_SECONDS = 300 };

/* Which socket it is for. */
struct media_token {
    const char *issuer;
    const char *application; /* aud */
    const char *tenant;      /* tid */
    const char *call;        /* callId */
};

/* A token good for MEDIA_TOKEN_SECONDS; to be freed with mem_free(). NULL with f filled when it
 * could not be signed. A secret. */
char *media_token_make(const struct identity *i, const struct media_token *t, struct fail *f);

/* The JWKS document (RFC 7517) of its keys. */
void media_keys(const struct identity *i, struct buf *out);

#endif

/*
 * bot_token.h - private to identity/: the tokens by which a bot knows that it is us who come.
 *
 * Kinds and key rings differ, the claims do not (RFC 7519 section 4.1). The control thread.
 */
#ifndef IDENTITY_BOT_TOKEN_H
#define IDENTITY_BOT_TOKEN_H

#include <stdint.h>

#include "base/err.h"
#include "identity/keys.h"

struct identity;

struct bot_token {
    enum key_kind kind;
    int64_t seconds;         /* how long it is good for */
    const char *issuer;      /* iss */
    const char *application; /* aud */
    const char *tenant;      /* tid */
    const char *call;        /* callId; NULL: of no one call */
};

/* To be freed with mem_free(). NULL with f filled when it could not be signed. A secret. */
char *bot_token_sign(const struct identity *i, const struct bot_token *t, struct fail *f);

#endif

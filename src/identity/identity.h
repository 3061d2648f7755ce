/*
 * identity.h - private to identity/: what a struct identity is made of.
 *
 * The doors are in token.h. The control thread.
 */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "identity/directory.h"
#include "identity/key_source.h"
#include "identity/keys.h"
#include "identity/token.h"
#include "identity/token_cache.h"
#include "identity/trust.h"

/* Somebody whose access tokens are believed. */
struct issuer {
    char *name;                /* iss, with ISSUER_TENANT where the token's tenant must stand */
    char **audiences;          /* aud: one of these; ends with NULL */
    const struct trust *trust; /* how its claims are read; of the embedded one: the defaults */
    const struct keys *keys;   /* the embedded one's: the access ring; else NULL */
    struct key_source *source; /* an outside one's; else NULL */
};

enum { ISSUER_MAX = TRUST_MAX + 2 }; /* and the embedded one, by both its names */

struct identity {
    char *public_url; /* without a slash at the end, both */
    char *tls_url;
    bool embedded_issuer;
    const struct directory *directory;
    struct keys *keys;
    struct issuer issuers[ISSUER_MAX];
    size_t issuer_count;
    struct token_cache cache;
    struct map notice_tokens; /* notice_token.c's own entries */
};

/* The audience of Graph: what tokens are for when nothing else is said. */
extern const char identity_graph[];

/* What we are called by who asks this way. */
const char *identity_url(const struct identity *i, bool is_tls);

/* A GUID or a name; NULL when there is no such tenant. */
const struct tenant *identity_tenant(const struct identity *i, const char *id_or_name);

/* Forgets the cached notice tokens. */
void notice_token_forget(struct identity *i);

#endif

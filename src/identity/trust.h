/*
 * trust.h - other people's issuers: whose access tokens are believed besides our own.
 *
 * What the operator writes under `identity.issuers`, its field table and its check;
 * and how an issuer's documents come in: identity/ dials nobody, it asks the
 * fetch handler that it was given. The control thread.
 */
#ifndef IDENTITY_TRUST_H
#define IDENTITY_TRUST_H

#include <stddef.h>

#include "base/err.h"
#include "json/field.h"

struct directory;

/* What stands for the tenant in an issuer's name, as in Entra ID's own documents. */
#define ISSUER_TENANT "{tenantid}"

enum {
    TRUST_MAX = 16,
    TRUST_DOCUMENT_BYTES = 256 * 1024, /* of a key set or configuration; more is none */
};

struct trust {
    const char *issuer;       /* iss, letter for letter, or with ISSUER_TENANT once */
    struct texts audiences;   /* aud: one of these */
    const char *jwks_uri;     /* absent: what <issuer>/.well-known/openid-configuration names */
    const char *tenant;       /* all its tokens are of this tenant; absent: tenant_claim says */
    const char *tenant_claim; /* [tid] */
    const char *application_claim; /* [appid, else azp, else client_id] */
    const char *roles_claim;       /* [roles]; may be a path: realm_access.roles */
};
extern const struct type trust_type;

/* Can one run with these (struct trust)? Says which entry is wrong and why. */
NODISCARD enum err trust_check(const struct objects *list, const struct directory *d,
                               struct fail *f);

/* What came of a fetch. Lives during the call of the handler. */
struct fetched {
    const char *fail; /* why there is nothing, in plain words; NULL: here it is */
    const char *body;
    size_t len;
    int max_age_s; /* of Cache-Control; -1: it says nothing */
};
typedef void fetched_h(const struct fetched *got, void *arg);

/* Gets a document by HTTP GET; h is told exactly once, later, never from inside. */
typedef void fetch_h(const char *url, fetched_h *h, void *h_arg, void *arg);

#endif

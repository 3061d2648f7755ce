/*
 * trust.c - see trust.h. A mistake here would believe a stranger or nobody, so what is
 * ambiguous is refused at the start, with the entry's place in the list.
 */
#include "identity/trust.h"

#include <string.h>

#include "base/id.h"
#include "base/str.h"
#include "identity/directory.h"

/* clang-format off */
static const struct field trust_fields[] = {
    TEXT_MAX(struct trust, issuer,            "issuer",            REQUIRED, 1024),
    TEXTS(struct trust,    audiences,         "audiences",         REQUIRED, 64),
    TEXT_MAX(struct trust, jwks_uri,          "jwks_uri",          0, 2048),
    TEXT_MAX(struct trust, tenant,            "tenant",            0, 36),
    TEXT_MAX(struct trust, tenant_claim,      "tenant_claim",      0, 128),
    TEXT_MAX(struct trust, application_claim, "application_claim", 0, 128),
    TEXT_MAX(struct trust, roles_claim,       "roles_claim",       0, 128),
    END,
};
/* clang-format on */

const struct type trust_type = {.name = "issuer",
                                .size = sizeof(struct trust),
                                .flags = TYPE_PLAIN | TYPE_STRICT,
                                .fields = trust_fields};

static bool is_url(const char *s)
{
    size_t scheme = str_starts(s, "https://") ? 8 : 7;

    return (scheme == 8 || str_starts(s, "http://")) && s[scheme] != '\0' && s[scheme] != '/' &&
           strpbrk(s, " \t\r\n?#\\") == NULL;
}

static bool has_empty(const struct texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->items[i][0] == '\0')
            return true;
    return t->count == 0;
}

static bool is_doubled(const struct objects *list, size_t at)
{
    const struct trust *t = list->items[at];

    for (size_t i = 0; i < at; i++)
        if (str_eq(((const struct trust *)list->items[i])->issuer, t->issuer))
            return true;
    return false;
}

static bool is_no_tenant(const struct directory *d, const char *tenant)
{
    struct id id;

    return !id_read_text(&id, tenant) || directory_tenant(d, id.text) == NULL;
}

enum err trust_check(const struct objects *list, const struct directory *d, struct fail *f)
{
    if (list->count > TRUST_MAX)
        return err_set(f, ERR_BAD_REQUEST, "'identity.issuers' has more than %d entries",
                       TRUST_MAX);
    for (size_t i = 0; i < list->count; i++) {
        const struct trust *t = list->items[i];
        const char *hole = strstr(t->issuer, ISSUER_TENANT);
        const struct {
            bool wrong;
            const char *text;
        } rows[] = {
            {!is_url(t->issuer), "issuer' is no URL"},
            {hole != NULL && strstr(hole + 1, ISSUER_TENANT) != NULL,
             "issuer' has " ISSUER_TENANT " more than once"},
            {hole != NULL && t->tenant != NULL,
             "tenant' must not be there when the issuer has " ISSUER_TENANT},
            {t->tenant != NULL && t->tenant_claim != NULL,
             "tenant' and tenant_claim exclude each other"},
            {t->tenant != NULL && is_no_tenant(d, t->tenant), "tenant' is not in the directory"},
            {has_empty(&t->audiences), "audiences' must name at least one, and none empty"},
            {t->jwks_uri != NULL && !is_url(t->jwks_uri), "jwks_uri' is no URL"},
            {is_doubled(list, i), "issuer' is there twice"},
        };

        for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
            if (rows[k].wrong)
                return err_set(f, ERR_BAD_REQUEST, "'identity.issuers[%zu].%s", i, rows[k].text);
    }
    return ERR_OK;
}

/*
 * coverage.c - the table of docs/api.md: what Graph publishes, where, and what of it is served.
 */
#include "api/pages.h"
#include "api/routes.h"

static const char *said(unsigned eras, enum era era)
{
    return (eras & (unsigned)era) != 0 ? "yes" : "";
}

static void dump_row(FILE *out, const char *what, const char *who, unsigned eras, const char *here)
{
    (void)fprintf(out, "| %s | %s | %s | %s | %s | %s |\n", what, who, said(eras, IN_V1),
                  said(eras, IN_BETA), said(eras, IN_SEED), here);
}

void coverage_dump(FILE *out)
{
    size_t count, absent;
    const struct route *r = routes_all(&count);
    const struct absence *a = pages_absent(&absent);
    char what[128], here[128];

    (void)fprintf(
        out, "| Path | Who may | v1.0 | beta | seed era | Here |\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        const struct page *p = page_of(&r[i]);

        (void)snprintf(what, sizeof(what), "`%s %s%s`", r[i].method,
                       r[i].place == GRAPH ? "…/" : "/", r[i].path);
        (void)snprintf(here, sizeof(here), "%s%s",
                       r[i].handler != NULL ? "" : "**501**: ", p != NULL ? p->says : "?");
        dump_row(out, what, route_who(r[i].who), p != NULL ? p->eras : 0, here);
    }
    for (size_t i = 0; i < absent; i++) {
        (void)snprintf(what, sizeof(what), "`%s`", a[i].what);
        (void)snprintf(here, sizeof(here), "no: %s", a[i].why);
        dump_row(out, what, "", a[i].eras, here);
    }
}

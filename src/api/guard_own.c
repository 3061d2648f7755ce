#include "api/guard_own.h"

#include <string.h>

#include "api/body.h"
#include "base/str.h"
#include "crypto/hash.h"

/* A request that was passed on is not from here, whatever its address says: the headers by
 * which proxies tell. The last one is the beginning of a family. */
static const char *const forwarded[] = {"Forwarded", "X-Real-IP", "Via", "X-Forwarded-"};

static bool is_forwarding(const char *name)
{
    for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++) {
        size_t n = strlen(forwarded[i]);

        if (strncasecmp(name, forwarded[i], n) == 0 &&
            (name[n] == '\0' || forwarded[i][n - 1] == '-'))
            return true;
    }
    return false;
}

/* "localhost", "127.0.0.1", "[::1]", with or without port: what DNS cannot be made to say. */
static bool is_loopback_name(const char *host)
{
    struct addr a;
    size_t len = strcspn(host, ":");

    if (len == strlen("localhost") && strncasecmp(host, "localhost", len) == 0)
        return true;
    return addr_read(&a, host, false, NULL) == ERR_OK && addr_class(&a) == ADDR_LOOPBACK;
}

/* Our own pages are those of the very address that was asked; another port is another program. */
static bool is_own_origin(const char *origin, const char *host)
{
    const char *authority = strstr(origin, "://");

    return authority != NULL && host != NULL && str_eq_nocase(authority + 3, host);
}

static enum err check_operator(const struct ask *a, struct fail *f)
{
    const char *want = a->api->settings.operator_token;
    const char *has = http_header(a->http, "Authorization");

    if (want == NULL)
        return ERR_OK;
    if (has != NULL && strncasecmp(has, "Bearer ", 7) == 0 && strlen(has + 7) == strlen(want) &&
        hash_same(has + 7, want, strlen(want)))
        return ERR_OK;
    return err_set(f, ERR_UNAUTHENTICATED, "The operator token is needed here.");
}

enum err guard_own(const struct ask *a, struct fail *f)
{
    const struct http_request *r = a->http;
    const char *host = http_header(r, "Host");
    const char *origin = http_header(r, "Origin");
    bool changes =
        !str_eq(r->method, "GET") && !str_eq(r->method, "HEAD") && !str_eq(r->method, "DELETE");

    if (addr_class(&r->peer) != ADDR_LOOPBACK)
        return err_set(f, ERR_FORBIDDEN, "This is for callers on this machine only.");
    for (size_t i = 0; i < r->header_count; i++)
        if (is_forwarding(r->headers[i].name))
            return err_set(f, ERR_FORBIDDEN, "This is not for forwarded requests (%s).",
                           r->headers[i].name);
    if (host != NULL && !is_loopback_name(host))
        return err_set(f, ERR_FORBIDDEN, "The Host must be a loopback name.");
    if (origin != NULL && !is_own_origin(origin, host))
        return err_set(f, ERR_FORBIDDEN, "This is not for pages of other origins.");
    if (changes && !body_is(r, "application/json") &&
        !body_is(r, "application/x-www-form-urlencoded"))
        return err_set(f, ERR_MEDIA_TYPE, "%s", err_text(ERR_MEDIA_TYPE));
    /* A form is what a page of another origin could send: only the token endpoint takes one,
     * and it wants the application's secret in it. */
    if (changes && body_is(r, "application/x-www-form-urlencoded") &&
        strstr(r->path, "/oauth2/v2.0/token") == NULL)
        return err_set(f, ERR_MEDIA_TYPE, "%s", err_text(ERR_MEDIA_TYPE));
    return check_operator(a, f);
}

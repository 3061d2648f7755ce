/*
 * config_check.c - is this a configuration one can run with, and in production dare to? See
 * config.h. Nothing is opened; each sentence begins with the setting's path in quotes, by which
 * config_locate() finds its line.
 */
#include <string.h>

#include "base/addr.h"
#include "base/str.h"
#include "client/guard.h"
#include "main/config.h"
#include "main/wanted.h"

enum { OPERATOR_CHARS = 16 };

static enum err check_addresses(const struct config *c, struct fail *f)
{
    const struct {
        const char *path;
        const char *text; /* NULL: not wanted */
    } rows[] = {
        {"server.http", c->server.http},   {"server.https", c->server.https},
        {"server.admin", c->server.admin}, {"sip.listen", c->sip.listen},
        {"sip.tls", c->sip.tls},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr at;
        struct fail why;

        if (rows[i].text != NULL && addr_read(&at, rows[i].text, true, &why) != ERR_OK)
            return err_set(f, ERR_BAD_REQUEST, "'%s': %s", rows[i].path, why.text);
    }
    return ERR_OK;
}

/* Our own verbs are for this machine, and the guard at their door refuses all others: a port
 * that looks open to the network and never answers would only mislead. */
static enum err check_admin(const struct config *c, struct fail *f)
{
    struct addr at;

    if (c->server.admin == NULL)
        return ERR_OK;
    if (addr_read(&at, c->server.admin, true, f) == ERR_OK && addr_class(&at) == ADDR_LOOPBACK)
        return ERR_OK;
    return err_set(f, ERR_BAD_REQUEST,
                   "'server.admin': %s is not a loopback address, and our own verbs answer this "
                   "machine alone (from elsewhere: ssh -L)",
                   c->server.admin);
}

/* It stands before every path that we say. */
static enum err check_public_url(const struct config *c, struct fail *f)
{
    static const struct guard anything = {
        .plain_http = true, .loopback = true, .private_nets = true};
    const char *url = c->server.public_url;
    struct fail why;

    if (url == NULL)
        return ERR_OK;
    if (guard_judge(&anything, url, &why) == GUARD_MALFORMED)
        return err_set(f, ERR_BAD_REQUEST, "'server.public_url': %s", why.text);
    if (strpbrk(url, "?#") != NULL || url[strlen(url) - 1] == '/')
        return err_set(f, ERR_BAD_REQUEST,
                       "'server.public_url': '%s' must end without slash, query and fragment", url);
    return ERR_OK;
}

/* A phone must be told one address to come back to. */
static enum err check_phones(const struct config *c, struct fail *f)
{
    struct media_settings m;
    const char *advertised = NULL;
    enum err e = wanted_media(c, &m, &advertised, f);

    if (e == ERR_OK && advertised == NULL &&
        (str_starts(c->sip.listen, "0.0.0.0:") || str_starts(c->sip.listen, "[::]:")))
        e = err_set(f, ERR_BAD_REQUEST,
                    "'sip.listen': %s is every address; media.address LISTEN/ADVERTISED must say "
                    "which one phones shall see",
                    c->sip.listen);
    return e;
}

static enum err check_dial_out(const struct config *c, struct fail *f)
{
    struct arena a = {0};
    struct client_settings s;
    enum err e = wanted_client(c, &a, &s, f);

    arena_clear(&a);
    return e;
}

static bool is_rewritten(const struct config *c, const char *url)
{
    for (size_t i = 0; i < c->notices.rewrite.count; i++)
        if (str_eq(((const struct config_rewrite *)c->notices.rewrite.items[i])->from, url))
            return true;
    return false;
}

/* A webhook that may not be dialled would be found out by the first caller only. */
static enum err check_webhooks(const struct config *c, struct fail *f)
{
    const struct objects *apps = &c->directory.applications;
    struct arena a = {0};
    struct client_settings s;
    struct fail why;
    enum err e = wanted_client(c, &a, &s, f);

    for (size_t i = 0; i < apps->count && e == ERR_OK; i++) {
        const struct application *app = apps->items[i];

        if (app->calling_webhook == NULL || is_rewritten(c, app->calling_webhook) ||
            guard_judge(&s.guard, app->calling_webhook, &why) == GUARD_FINE)
            continue;
        e = err_set(f, ERR_BAD_REQUEST, "'directory.applications[%zu].callingWebhook': %s", i,
                    why.text);
    }
    arena_clear(&a);
    return e;
}

enum err config_check(const struct config *c, struct fail *f)
{
    static enum err (*const checks[])(const struct config *c, struct fail *f) = {
        check_addresses, check_admin,    check_public_url,
        check_phones,    check_dial_out, check_webhooks};
    enum err e = ERR_OK;

    for (size_t i = 0; e == ERR_OK && i < sizeof(checks) / sizeof(checks[0]); i++)
        e = checks[i](c, f);
    return e;
}

/* What the dev profile tells everybody: "john-dev-secret", "whsec_" and "carillon dev". */
static bool is_dev_secret(const char *s)
{
    static const char end[] = "-dev-secret";
    size_t len;

    if (s == NULL)
        return false;
    len = strlen(s);
    return (len >= sizeof(end) - 1 && str_eq(s + len - (sizeof(end) - 1), end)) ||
           str_starts(s, "whsec_Y2FyaWxsb24gZGV2");
}

static bool has_dev_secrets(const struct directory_config *d)
{
    for (size_t i = 0; i < d->applications.count; i++) {
        const struct application *a = d->applications.items[i];

        if (is_dev_secret(a->secret) || is_dev_secret(a->webhook_secret))
            return true;
    }
    for (size_t i = 0; i < d->users.count; i++)
        if (is_dev_secret(((const struct user *)d->users.items[i])->password))
            return true;
    return false;
}

size_t config_unsafe(const struct config *c, FILE *out)
{
    const struct {
        bool wrong;
        const char *text;
    } rows[] = {
        {c->server.public_url == NULL, "server.public_url is not set"},
        {c->server.operator_token != NULL && strlen(c->server.operator_token) < OPERATOR_CHARS,
         "server.operator_token is shorter than 16 characters"},
        {c->api.embedded_issuer.value, "api.embedded_issuer is on"},
        {c->dial_out.plain_http.value, "dial_out.plain_http is on: callbacks may be plain http"},
        {c->directory.tenants.count == 0, "directory has no tenants"},
        {has_dev_secrets(&c->directory), "directory has secrets of the dev profile"},
        {c->media.tap != NULL, "media.tap is on: it writes what people say to files"},
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].wrong)
            continue;
        (void)fprintf(out, "unsafe in production: %s\n", rows[i].text);
        n++;
    }
    return n;
}

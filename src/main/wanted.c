#include "main/wanted.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

enum { PER_HOST = 64, TOTAL = 1024 };

static enum err read_ranges(const struct texts *list, struct arena *a, struct guard *g,
                            struct fail *f)
{
    struct guard_range *ranges = arena_new(a, (list->count + 1) * sizeof(*ranges));
    struct fail why;

    for (size_t i = 0; i < list->count; i++)
        if (guard_range_read(&ranges[i], list->items[i], &why) != ERR_OK)
            return err_set(f, ERR_BAD_REQUEST, "'dial_out.allow[%zu]': %s", i, why.text);
    g->allow = ranges;
    g->allow_count = list->count;
    return ERR_OK;
}

/* Scheme, host and port, and nothing else: what is secret has keys of its own. */
static enum err check_proxy(const char *url, struct fail *f)
{
    static const struct guard anything = {
        .plain_http = true, .loopback = true, .private_nets = true};
    const char *host = url + strlen("http://");
    const char *colon;
    struct fail why;

    if (str_starts(url, "http://") && strchr(host, '@') != NULL) /* and keep it out of the log */
        return err_set(f, ERR_BAD_REQUEST,
                       "'dial_out.proxy' has a user in it: use proxy_user and proxy_password");
    if (guard_judge(&anything, url, &why) == GUARD_MALFORMED)
        return err_set(f, ERR_BAD_REQUEST, "'dial_out.proxy': %s", why.text);
    colon = strrchr(url, ':');
    if (!str_starts(url, "http://") || strpbrk(host, "/?#") != NULL || colon < host ||
        strchr(colon, ']') != NULL)
        return err_set(f, ERR_BAD_REQUEST, "'dial_out.proxy': '%s' is not http://HOST:PORT", url);
    return ERR_OK;
}

/* "10.0.0.0/8", "bot.example", ".example.org" */
static enum err read_no_proxy(const struct texts *list, struct arena *a, struct client_proxy *p,
                              struct fail *f)
{
    struct guard_range *ranges = arena_new(a, (list->count + 1) * sizeof(*ranges));
    const char **names = arena_new(a, (list->count + 1) * sizeof(*names));

    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i];

        if (guard_range_read(&ranges[p->range_count], text, NULL) == ERR_OK)
            p->range_count++;
        else if (text[strspn(text, ".")] == '\0' || strpbrk(text, ":/*@ ") != NULL)
            return err_set(f, ERR_BAD_REQUEST,
                           "'dial_out.no_proxy[%zu]': '%s' is neither a name nor an address range",
                           i, text);
        else
            names[p->name_count++] = text;
    }
    p->ranges = ranges;
    p->names = names;
    return ERR_OK;
}

static enum err read_proxy(const struct config_dial_out *d, struct arena *a, struct client_proxy *p,
                           struct fail *f)
{
    enum err e = ERR_OK;

    p->url = d->proxy;
    p->user = d->proxy_user;
    p->password = d->proxy_password;
    p->resolves = d->proxy_resolves.value;
    if (p->url != NULL)
        e = check_proxy(p->url, f);
    else if (p->user != NULL || p->password != NULL || p->resolves)
        e = err_set(f, ERR_BAD_REQUEST, "'dial_out.proxy' is missing: other keys speak of it");
    return e == ERR_OK ? read_no_proxy(&d->no_proxy, a, p, f) : e;
}

enum err wanted_client(const struct config *c, struct arena *a, struct client_settings *out,
                       struct fail *f)
{
    const struct config_dial_out *d = &c->dial_out;
    enum err e;

    *out = (struct client_settings){.guard = {.plain_http = d->plain_http.value,
                                              .loopback = d->loopback.value,
                                              .private_nets = d->private_nets.value},
                                    .user_agent = "Carillon/" VERSION,
                                    .ca_file = d->ca_file,
                                    .per_host = PER_HOST,
                                    .total = TOTAL};
    e = read_ranges(&d->allow, a, &out->guard, f);
    return e == ERR_OK ? read_proxy(d, a, &out->proxy, f) : e;
}

static bool is_any(const struct addr *a)
{
    char ip[ADDR_TEXT_SIZE];

    (void)addr_ip_text(a, ip);
    return strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
}

/* "LISTEN[/ADVERTISED]" */
static enum err read_address(const char *text, struct addr *listen, const char **advertised,
                             struct fail *f)
{
    const char *slash = strchr(text, '/');
    size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
    struct addr check;

    *advertised = slash != NULL ? slash + 1 : NULL;
    if (!addr_read_ip(listen, text, len, 0) ||
        (slash != NULL && !addr_read_ip(&check, slash + 1, strlen(slash + 1), 0)))
        return err_set(f, ERR_BAD_REQUEST,
                       "'media.address': '%s' is not ADDRESS[/ADVERTISED], two IP addresses", text);
    if (is_any(slash != NULL ? &check : listen))
        return err_set(f, ERR_BAD_REQUEST,
                       "'media.address': '%s' does not say where phones shall send their sound; "
                       "write %.*s/ADVERTISED",
                       text, (int)len, text);
    return ERR_OK;
}

enum err wanted_media(const struct config *c, struct media_settings *out, const char **advertised,
                      struct fail *f)
{
    const struct config_media *m = &c->media;
    unsigned low = 0;
    unsigned high = 0;
    char rest = '\0';

    *out = (struct media_settings){.threads = (int)m->threads.value,
                                   .silence_ms = (int)m->timeout.value * 1000,
                                   .loopback = config_is_dev(c),
                                   .tap_folder = m->tap};
    if (sscanf(m->ports, "%5u-%5u%c", &low, &high, &rest) != 2 || low > high || high > UINT16_MAX)
        return err_set(f, ERR_BAD_REQUEST, "'media.ports': '%s' is not LOW-HIGH", m->ports);
    out->port_low = (uint16_t)low;
    out->port_high = (uint16_t)high;
    return read_address(m->address, &out->listen, advertised, f);
}

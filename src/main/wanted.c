#include "main/wanted.h"

#include <stdio.h>
#include <string.h>

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

enum err wanted_client(const struct config *c, struct arena *a, struct client_settings *out,
                       struct fail *f)
{
    const struct config_dial_out *d = &c->dial_out;

    *out = (struct client_settings){.guard = {.plain_http = d->plain_http.value,
                                              .loopback = d->loopback.value,
                                              .private_nets = d->private_nets.value},
                                    .user_agent = "Carillon/" VERSION,
                                    .ca_file = d->ca_file,
                                    .per_host = PER_HOST,
                                    .total = TOTAL};
    return read_ranges(&d->allow, a, &out->guard, f);
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

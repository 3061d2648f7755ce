/*
 * identity.c - the making of a struct identity: which issuers are believed, and for what.
 */
#include "identity/identity.h"

#include <assert.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"

const char identity_graph[] = "https://graph.microsoft.com";

/* Graph's address in its two forms, and the application id that Graph itself has. */
static const char *const graph_audiences[] = {identity_graph, "https://graph.microsoft.com/",
                                              "00000003-0000-0000-c000-000000000000"};

enum { GRAPH_AUDIENCES = sizeof(graph_audiences) / sizeof(graph_audiences[0]) };

static char **audiences_new(const struct identity *i, const char *const *more)
{
    size_t count = GRAPH_AUDIENCES + 5; /* both our URLs in two forms, and the NULL */
    size_t at = 0;
    char **list;

    for (size_t n = 0; more != NULL && more[n] != NULL; n++)
        count++;
    list = mem_array(count, sizeof(*list));
    while (at < GRAPH_AUDIENCES) {
        list[at] = str_dup(graph_audiences[at]);
        at++;
    }
    list[at++] = str_dup(i->public_url);
    list[at++] = str_printf("%s/", i->public_url);
    list[at++] = str_dup(i->tls_url);
    list[at++] = str_printf("%s/", i->tls_url);
    for (size_t n = 0; more != NULL && more[n] != NULL; n++)
        list[at++] = str_dup(more[n]);
    return list;
}

/* Outside, only what the operator names is an audience: a token for Graph itself, which every
 * service of a tenant may be shown, must not open this one. */
static char **audiences_of(const struct trust *t)
{
    char **list = mem_array(t->audiences.count + 1, sizeof(*list));

    for (size_t i = 0; i < t->audiences.count; i++)
        list[i] = str_dup(t->audiences.items[i]);
    return list;
}

static void issuer_clear(struct issuer *s)
{
    if (s->source != NULL)
        key_source_free(s->source);
    for (size_t i = 0; s->audiences[i] != NULL; i++)
        (void)mem_free(s->audiences[i]);
    (void)mem_free(s->audiences);
    (void)mem_free(s->name);
}

/* A key has gone, perhaps because it was stolen: what it signed must be looked at again. */
static void on_changed(void *arg)
{
    token_cache_clear(&((struct identity *)arg)->cache);
}

static char *without_slash(const char *url)
{
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    return str_printf("%.*s", (int)len, url);
}

/* Ourselves, by one of our names. */
static void add_embedded(struct identity *i, const char *url, const char *const *audiences)
{
    static const struct trust defaults = {0};

    i->issuers[i->issuer_count++] =
        (struct issuer){.name = str_printf("%s/" ISSUER_TENANT "/v2.0", url),
                        .audiences = audiences_new(i, audiences),
                        .trust = &defaults,
                        .keys = i->keys};
}

static void add_trusted(struct identity *i, const struct identity_settings *s)
{
    const struct key_source_settings with = {.loop = s->loop,
                                             .fetch = s->fetch,
                                             .fetch_arg = s->fetch_arg,
                                             .on_changed = on_changed,
                                             .arg = i};

    for (size_t n = 0; s->trusted != NULL && n < s->trusted->count; n++) {
        const struct trust *t = s->trusted->items[n];

        assert(i->issuer_count < ISSUER_MAX);
        i->issuers[i->issuer_count++] = (struct issuer){.name = str_dup(t->issuer),
                                                        .audiences = audiences_of(t),
                                                        .trust = t,
                                                        .source = key_source_new(t, &with)};
    }
}

struct identity *identity_new(const struct identity_settings *s, const struct directory *d,
                              struct keys *k)
{
    struct identity *i = mem_new(sizeof(*i));

    i->public_url = without_slash(s->public_url);
    i->tls_url = without_slash(s->tls_url != NULL ? s->tls_url : s->public_url);
    i->embedded_issuer = s->embedded_issuer;
    i->directory = d;
    i->keys = k;
    if (s->embedded_issuer)
        add_embedded(i, i->public_url, s->audiences);
    if (s->embedded_issuer && !str_eq(i->tls_url, i->public_url))
        add_embedded(i, i->tls_url, s->audiences);
    add_trusted(i, s);
    return i;
}

void identity_stop(struct identity *i)
{
    for (size_t n = 0; i != NULL && n < i->issuer_count; n++)
        if (i->issuers[n].source != NULL)
            key_source_stop(i->issuers[n].source);
}

void identity_free(struct identity *i)
{
    if (i == NULL)
        return;
    for (size_t n = 0; n < i->issuer_count; n++)
        issuer_clear(&i->issuers[n]);
    token_cache_clear(&i->cache);
    notice_token_forget(i);
    (void)mem_free(i->public_url);
    (void)mem_free(i->tls_url);
    (void)mem_free(i);
}

void identity_directory(struct identity *i, const struct directory *d)
{
    i->directory = d;
    token_cache_clear(&i->cache); /* an application or a tenant may be gone */
    notice_token_forget(i);
}

const char *identity_url(const struct identity *i, bool is_tls)
{
    return is_tls ? i->tls_url : i->public_url;
}

const struct tenant *identity_tenant(const struct identity *i, const char *id_or_name)
{
    const struct objects *all = &directory_all(i->directory)->tenants;
    struct id id;

    if (id_read_text(&id, id_or_name))
        return directory_tenant(i->directory, id.text);
    for (size_t n = 0; n < all->count; n++) {
        const struct tenant *t = all->items[n];

        if (str_eq_nocase(t->name, id_or_name))
            return t;
    }
    return NULL;
}

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

static char **audiences_new(const char *public_url, const char *const *more)
{
    size_t count = GRAPH_AUDIENCES + 3; /* the public URL in two forms, and the NULL */
    size_t at = 0;
    char **list;

    for (size_t i = 0; more != NULL && more[i] != NULL; i++)
        count++;
    list = mem_array(count, sizeof(*list));
    while (at < GRAPH_AUDIENCES) {
        list[at] = str_dup(graph_audiences[at]);
        at++;
    }
    list[at++] = str_dup(public_url);
    list[at++] = str_printf("%s/", public_url);
    for (size_t i = 0; more != NULL && more[i] != NULL; i++)
        list[at++] = str_dup(more[i]);
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
    static const struct trust defaults = {0};
    struct identity *i = mem_new(sizeof(*i));
    size_t len = strlen(s->public_url);

    while (len > 0 && s->public_url[len - 1] == '/')
        len--;
    i->public_url = str_printf("%.*s", (int)len, s->public_url);
    i->embedded_issuer = s->embedded_issuer;
    i->directory = d;
    i->keys = k;
    if (s->embedded_issuer)
        i->issuers[i->issuer_count++] =
            (struct issuer){.name = str_printf("%s/" ISSUER_TENANT "/v2.0", i->public_url),
                            .audiences = audiences_new(i->public_url, s->audiences),
                            .trust = &defaults,
                            .keys = k};
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
    (void)mem_free(i);
}

void identity_directory(struct identity *i, const struct directory *d)
{
    i->directory = d;
    token_cache_clear(&i->cache); /* an application or a tenant may be gone */
    notice_token_forget(i);
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

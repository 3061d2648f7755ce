#include "api/metadata.h"

#include <string.h>

#include "api/pages.h"
#include "model/graph_csdl.h"
#include "model/graph_types.h"

enum { ACTIONS_MAX = 64 };

/* The types that only paths begin with, as Graph calls them: they have no table, because nothing
 * of them is ever read or written. */
struct root_type {
    const char *name;
    const char *only; /* what is served below it; NULL: everything */
    bool v1;
};

/* clang-format off */
static const struct root_type roots[] = {
    {"cloudCommunications", NULL,             true},
    {"commsApplication",    NULL,             false},
    {"user",                "onlineMeetings", true},
};
/* clang-format on */

/* Is it built, and does it read one member of a collection whose name stands right behind the
 * prefix? *word and *len: that name. */
static bool is_member(const struct route *r, const char *prefix, const char **word, size_t *len)
{
    size_t n = strlen(prefix);

    if (r->place != GRAPH || r->handler == NULL || strcmp(r->method, "GET") != 0 ||
        strncmp(r->path, prefix, n) != 0)
        return false;
    *word = r->path + n;
    *len = strcspn(*word, "/");
    return strcmp(*word + *len, "/*") == 0;
}

/* What can be navigated to from where prefix leads, which is empty or ends with a slash. */
static void write_navigation(struct buf *out, const char *prefix, const char *only)
{
    size_t count, len;
    const struct route *r = routes_all(&count);
    const char *word;

    for (size_t i = 0; i < count; i++) {
        const struct type *t;

        if (!is_member(&r[i], prefix, &word, &len) ||
            (only != NULL && (strlen(only) != len || strncmp(only, word, len) != 0)))
            continue;
        t = page_type_at(r[i].path, strlen(r[i].path));
        if (t != NULL)
            buf_printf(out,
                       "        <NavigationProperty Name=\"%.*s\" "
                       "Type=\"Collection(microsoft.graph.%s)\" ContainsTarget=\"true\"/>\n",
                       (int)len, word, t->name);
    }
}

/* The same from every path that ends with an id of such an entity. */
static void write_navigation_of(struct buf *out, const struct type *t)
{
    size_t count;
    const struct route *r = routes_all(&count);

    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(r[i].path);
        char prefix[64];

        if (r[i].place != GRAPH || r[i].handler == NULL || strcmp(r[i].method, "GET") != 0 ||
            r[i].path[n - 1] != '*' || page_type_at(r[i].path, n) != t)
            continue;
        (void)snprintf(prefix, sizeof(prefix), "%s/", r[i].path);
        write_navigation(out, prefix, NULL);
    }
}

static void write_types(struct buf *out, bool v1)
{
    for (const struct type *const *t = graph_types; *t != NULL; t++) {
        if (!graph_csdl_has_type(*t, v1))
            continue;
        graph_csdl_begin(out, *t, v1);
        if (graph_csdl_is_entity(*t))
            write_navigation_of(out, *t);
        graph_csdl_end(out, *t);
    }
}

static void write_roots(struct buf *out, bool v1)
{
    buf_text(out, "      <EntityType Name=\"entity\" Abstract=\"true\">\n"
                  "        <Key>\n          <PropertyRef Name=\"id\"/>\n        </Key>\n"
                  "        <Property Name=\"id\" Type=\"Edm.String\" Nullable=\"false\"/>\n"
                  "      </EntityType>\n");
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        if (v1 && !roots[i].v1)
            continue;
        buf_printf(out, "      <EntityType Name=\"%s\" BaseType=\"microsoft.graph.entity\">\n",
                   roots[i].name);
        write_navigation(out, "", roots[i].only);
        buf_text(out, "      </EntityType>\n");
    }
}

/* An action that is built, taken apart. */
struct action {
    const char *name;
    const struct page *page;
    const struct type *of; /* what it is bound to: */
    bool is_one;           /* one of them, or the collection */
};

static bool read_action(const struct route *r, struct action *out)
{
    const char *slash = strrchr(r->path, '/');
    char member[64];

    if (r->handler == NULL || !page_is_action(r))
        return false;
    *out = (struct action){
        .name = slash + 1, .page = page_of(r), .is_one = slash != r->path && slash[-1] == '*'};
    (void)snprintf(member, sizeof(member), "%.*s%s", (int)(slash - r->path), r->path,
                   out->is_one ? "" : "/*");
    out->of = page_type_at(member, strlen(member));
    return out->page != NULL && out->of != NULL;
}

static void write_action(struct buf *out, const struct action *a, bool v1)
{
    const struct page *p = a->page;

    buf_printf(out, "      <Action Name=\"%s\" IsBound=\"true\">\n", a->name);
    buf_printf(out,
               "        <Parameter Name=\"bindingParameter\" Type=\"%smicrosoft.graph.%s%s\"/>\n",
               a->is_one ? "" : "Collection(", a->of->name, a->is_one ? "" : ")");
    if (p->takes.type != NULL)
        graph_csdl_parameters(out, p->takes.type, v1);
    if (p->gives.type != NULL)
        buf_printf(out, "        <ReturnType Type=\"microsoft.graph.%s\"/>\n", p->gives.type->name);
    if (v1 && (p->eras & IN_V1) == 0)
        buf_text(out, "        <Annotation Term=\"Org.OData.Core.V1.Description\" "
                      "String=\"Microsoft Graph does not publish this under v1.0.\"/>\n");
    buf_text(out, "      </Action>\n");
}

static void write_actions(struct buf *out, bool v1)
{
    size_t count;
    const struct route *r = routes_all(&count);

    for (size_t i = 0; i < count; i++) {
        struct action a;

        if (read_action(&r[i], &a))
            write_action(out, &a, v1);
    }
}

static void write_enums(struct buf *out, bool v1)
{
    const struct type *bodies[ACTIONS_MAX + 1] = {NULL};
    size_t count, n = 0;
    const struct route *r = routes_all(&count);

    for (size_t i = 0; i < count && n < ACTIONS_MAX; i++) {
        struct action a;

        if (read_action(&r[i], &a) && a.page->takes.type != NULL)
            bodies[n++] = a.page->takes.type;
    }
    graph_csdl_enums(out, graph_types, bodies, v1);
}

void metadata_write(struct buf *out, bool v1)
{
    buf_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                  "<edmx:Edmx Version=\"4.0\" "
                  "xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\">\n"
                  "  <edmx:DataServices>\n"
                  "    <Schema Namespace=\"microsoft.graph\" "
                  "xmlns=\"http://docs.oasis-open.org/odata/ns/edm\">\n");
    write_enums(out, v1);
    write_roots(out, v1);
    write_types(out, v1);
    write_actions(out, v1);
    buf_text(out, "      <EntityContainer Name=\"GraphService\">\n"
                  "        <EntitySet Name=\"users\" EntityType=\"microsoft.graph.user\"/>\n"
                  "        <Singleton Name=\"communications\" "
                  "Type=\"microsoft.graph.cloudCommunications\"/>\n");
    if (!v1) /* the seed era's root, which v1.0 never had */
        buf_text(out,
                 "        <Singleton Name=\"app\" Type=\"microsoft.graph.commsApplication\"/>\n");
    buf_text(out, "      </EntityContainer>\n"
                  "    </Schema>\n  </edmx:DataServices>\n</edmx:Edmx>\n");
}

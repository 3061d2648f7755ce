#include "api/odata.h"

#include <string.h>

#include "base/str.h"

enum err odata_check(struct ask *a, const char *const *allowed, struct fail *f)
{
    struct buf names = {0};
    size_t known = 0;
    enum err e = ERR_OK;

    for (size_t i = 0; allowed[i] != NULL; i++) {
        known += http_query(a->http, allowed[i]) != NULL;
        buf_printf(&names, "%s'%s'", i > 0 ? " and " : "", allowed[i]);
    }
    if (http_query_options(a->http) != known)
        e = err_set(f, ERR_BAD_REQUEST, "Of OData's options this path knows %s%s.",
                    names.len > 0 ? names.data : "none", names.len > 0 ? ", each once" : "");
    buf_clear(&names);
    return e;
}

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " ");
}

/* 'It''s' (OData ABNF, string): NULL when it is none. *end: what follows. */
static char *read_quoted(struct arena *a, const char *s, const char **end)
{
    char *text = arena_dup(a, s);
    size_t n = 0;

    if (*s++ != '\'')
        return NULL;
    for (; *s != '\0'; s++) {
        if (*s == '\'' && *++s != '\'') {
            text[n] = '\0';
            *end = s;
            return text;
        }
        text[n++] = *s;
    }
    return NULL;
}

enum err odata_filter(struct ask *a, struct odata_equals *out, struct fail *f)
{
    const char *filter = http_query(a->http, "$filter");
    struct arena *arena = &a->http->arena;
    const char *end = NULL;
    const char *s;
    size_t n;

    if (filter == NULL)
        return err_set(f, ERR_BAD_REQUEST,
                       "'$filter' is missing; this list has to be asked for "
                       "something: $filter=JoinWebUrl eq '...'.");
    s = skip_blanks(filter);
    n = strcspn(s, " ");
    out->property = arena_text(arena, s, n);
    s = skip_blanks(s + n);
    n = strcspn(s, " ");
    if (n == 2 && strncasecmp(s, "eq", 2) == 0) {
        out->text = read_quoted(arena, skip_blanks(s + n), &end);
        if (out->text != NULL && *skip_blanks(end) == '\0')
            return ERR_OK;
    }
    return err_set(f, ERR_BAD_REQUEST,
                   "'$filter' must be of the form <property> eq '<text>', a quote in it doubled.");
}

/* Is the name, n long, in the list "a, b,c"? */
static bool is_listed(const char *list, const char *name)
{
    size_t len = strlen(name);

    for (; list != NULL; list = strchr(list, ',')) {
        list += strspn(list, ", ");
        if (strncmp(list, name, len) == 0 && strchr(", ", list[len]) != NULL)
            return true;
    }
    return false;
}

static size_t count_names(const char *list)
{
    size_t n = 0;

    for (list += strspn(list, ", "); *list != '\0'; list += strspn(list, ", ")) {
        list += strcspn(list, ", ");
        n++;
    }
    return n;
}

enum err odata_select(struct ask *a, const char *const *names, const char *const **out,
                      struct fail *f)
{
    const char *select = http_query(a->http, "$select");
    const char **chosen;
    size_t room = 0;
    size_t known = 0;
    size_t n = 0;

    *out = names;
    if (select == NULL)
        return ERR_OK;
    while (names[room] != NULL)
        room++;
    chosen = arena_new(&a->http->arena, (room + 1) * sizeof(*chosen));
    for (size_t i = 0; i < room; i++) {
        bool listed = is_listed(select, names[i]);

        known += listed ? 1 : 0;
        if (listed || names[i][0] == '@')
            chosen[n++] = names[i];
    }
    if (known == 0 || known != count_names(select))
        return err_set(f, ERR_BAD_REQUEST,
                       "'$select' must list properties that this resource has, each once.");
    *out = chosen;
    return ERR_OK;
}

/* Those of its bases come first, as they are written. */
static size_t add_names(const struct type *t, bool v1, const char **names)
{
    const unsigned never = IN_ONLY | SEED_ONLY | (v1 ? BETA_ONLY : 0);
    size_t n = t->base != NULL ? add_names(t->base, v1, names) : 0;

    for (const struct field *fd = t->fields; fd->name != NULL; fd++)
        if ((fd->flags & never) == 0) {
            if (names != NULL)
                names[n] = fd->name;
            n++;
        }
    return n;
}

enum err odata_single(struct ask *a, const struct type *t, const char *const **only, struct fail *f)
{
    static const char *const options[] = {"$select", NULL};
    enum err e = odata_check(a, options, f);
    const char **names;

    *only = NULL;
    if (e != ERR_OK || http_query(a->http, "$select") == NULL)
        return e;
    names = arena_new(&a->http->arena, (add_names(t, a->v1, NULL) + 1) * sizeof(*names));
    (void)add_names(t, a->v1, names);
    return odata_select(a, names, only, f);
}

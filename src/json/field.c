/*
 * field.c - the interpreter of the tables: reading. Writing is in field_write.c.
 *
 * Bounds: the depth is that of the tree (JSON_DEPTH), the memory a small multiple
 * of the body. Names of client's keys enter a sentence only where the type is
 * strict, values never.
 */
#include "json/field.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/id.h"
#include "base/str.h"
#include "json/field_table.h"

enum {
    EXTRAS_MAX = 32,
    EXTRAS_BYTES = 8192,
    PATH_SIZE = 160,
    NAMES_SIZE = 160,
};

/* Where the reader stands: a chain on the stack, printed only when something is wrong. */
struct place {
    const struct place *up;
    const char *name; /* NULL: an element of the list above */
    size_t index;
};

struct reader {
    struct arena *arena;
    struct fail *fail;
};

/* The names from the outermost inwards: "targets[0].identity". */
static void path_add(const struct place *p, char out[PATH_SIZE])
{
    size_t n;

    if (p == NULL)
        return;
    path_add(p->up, out);
    n = strlen(out);
    if (p->name == NULL)
        (void)snprintf(out + n, PATH_SIZE - n, "[%zu]", p->index);
    else
        (void)snprintf(out + n, PATH_SIZE - n, "%s%.60s", n > 0 ? "." : "", p->name);
}

static enum err wrong(const struct reader *r, const struct place *p, const char *why)
{
    char path[PATH_SIZE] = "";

    path_add(p, path);
    if (p == NULL)
        return err_set(r->fail, ERR_BAD_REQUEST, "the body %s", why);
    return err_set(r->fail, ERR_BAD_REQUEST, "'%s' %s", path, why);
}

const char *field_enum_name(const char *const *names, int number)
{
    for (int i = 1; i <= number && names[i - 1] != NULL; i++)
        if (i == number)
            return names[i - 1];
    return NULL;
}

int field_enum_number(const char *const *names, const char *name)
{
    for (int i = 0; names[i] != NULL; i++)
        if (str_eq_nocase(names[i], name))
            return i + 1;
    return 0;
}

/* Characters, not bytes: what begins a character in UTF-8 is no continuation byte. */
static int64_t characters(const char *s)
{
    int64_t n = 0;

    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static enum err read_object(const struct reader *r, const struct place *p, const struct json *j,
                            const struct type *t, void *out);

static enum err read_text(const struct reader *r, const struct place *p, const struct json *j,
                          const char **out)
{
    const char *s = json_text(j);

    if (s == NULL)
        return wrong(r, p, "must be a string");
    *out = arena_dup(r->arena, s);
    return ERR_OK;
}

/* Digits, then the designator; NULL: it is not there. */
static const char *number(const char *p, char designator, bool fraction)
{
    size_t n = strspn(p, "0123456789");

    if (n != 0 && fraction && p[n] == '.') {
        size_t more = strspn(p + n + 1, "0123456789");

        n += more != 0 ? more + 1 : 0;
    }
    return n != 0 && p[n] == designator ? p + n + 1 : NULL;
}

/* Edm.Duration (OData 4.0 CSDL, section 4.4): a sign, days, hours, minutes, seconds. */
static bool is_duration(const char *p)
{
    static const char parts[] = "HMS";
    const char *next;
    bool any = false;

    p += *p == '-';
    if (*p++ != 'P')
        return false;
    if ((next = number(p, 'D', false)) != NULL) {
        p = next;
        any = true;
    }
    if (*p == '\0')
        return any;
    if (*p++ != 'T')
        return false;
    any = false;
    for (const char *d = parts; *d != '\0'; d++)
        if ((next = number(p, *d, *d == 'S')) != NULL) {
            p = next;
            any = true;
        }
    return any && *p == '\0';
}

static enum err read_bounded_text(const struct reader *r, const struct place *p,
                                  const struct json *j, const struct field *f, const char **out)
{
    const char *s = json_text(j);
    struct id id;
    char why[64];

    if (s != NULL && f->max != 0 && characters(s) > f->max) {
        (void)snprintf(why, sizeof(why), "must have at most %lld characters", (long long)f->max);
        return wrong(r, p, why);
    }
    if (s != NULL && (f->flags & DURATION) != 0 && !is_duration(s))
        return wrong(r, p, "must be a duration like PT0.012S");
    if (s == NULL || (f->flags & GUID) == 0)
        return read_text(r, p, j, out);
    if (!id_read_text(&id, s))
        return wrong(r, p, "must be a GUID");
    *out = arena_dup(r->arena, id.text);
    return ERR_OK;
}

static enum err read_int(const struct reader *r, const struct place *p, const struct json *j,
                         const struct field *f, struct opt_int *out)
{
    char why[96];

    if (json_kind(j) != JSON_INT)
        return wrong(r, p, "must be an integer");
    *out = (struct opt_int){true, json_int(j)};
    if ((f->min == 0 && f->max == 0) || (out->value >= f->min && out->value <= f->max))
        return ERR_OK;
    (void)snprintf(why, sizeof(why), "must be between %lld and %lld", (long long)f->min,
                   (long long)f->max);
    return wrong(r, p, why);
}

static enum err read_real(const struct reader *r, const struct place *p, const struct json *j,
                          struct opt_real *out)
{
    if (json_kind(j) != JSON_INT && json_kind(j) != JSON_REAL)
        return wrong(r, p, "must be a number");
    *out = (struct opt_real){.set = true, .value = json_number(j)};
    return ERR_OK;
}

static enum err read_bool(const struct reader *r, const struct place *p, const struct json *j,
                          struct opt_bool *out)
{
    if (json_kind(j) != JSON_BOOL)
        return wrong(r, p, "must be true or false");
    *out = (struct opt_bool){true, json_bool(j)};
    return ERR_OK;
}

static enum err read_enum(const struct reader *r, const struct place *p, const struct json *j,
                          const char *const *names, int *out)
{
    const char *s = json_text(j);
    char why[NAMES_SIZE] = "must be one of ";

    if (s == NULL)
        return wrong(r, p, "must be a string");
    *out = field_enum_number(names, s);
    if (*out != 0)
        return ERR_OK;
    for (size_t i = 0; names[i] != NULL; i++) {
        size_t n = strlen(why);

        (void)snprintf(why + n, sizeof(why) - n, "%s%s", i > 0 ? ", " : "", names[i]);
    }
    return wrong(r, p, why);
}

/* "#microsoft.graph.call", with or without the beginning, in any case. */
static bool names_type(const char *odata_type, const struct type *t)
{
    static const char space[] = "microsoft.graph.";

    if (*odata_type == '#')
        odata_type++;
    if (strncasecmp(odata_type, space, sizeof(space) - 1) == 0)
        odata_type += sizeof(space) - 1;
    return str_eq_nocase(odata_type, t->name);
}

/* What an object really is. Where the declared type is concrete, a name that we do not
 * know changes nothing: clients send names of types that we read by their base. */
static enum err find_type(const struct reader *r, const struct place *p, const struct json *j,
                          const struct type **t)
{
    const struct place at = {p, "@odata.type", 0};
    const struct json *v = json_get(j, "@odata.type");
    const char *name = json_text(v);
    bool abstract = ((*t)->flags & TYPE_ABSTRACT) != 0;

    if (((*t)->flags & TYPE_PLAIN) != 0 || (name == NULL && !abstract))
        return ERR_OK;
    if (name == NULL)
        return wrong(r, &at, v == NULL ? "is missing" : "must be a string");
    if (!abstract && names_type(name, *t))
        return ERR_OK;
    for (const struct type *const *d = (*t)->derived; d != NULL && *d != NULL; d++) {
        if (names_type(name, *d)) {
            *t = *d;
            return ERR_OK;
        }
    }
    if (abstract)
        return wrong(r, &at, "does not name a type that is known here");
    return ERR_OK;
}

static enum err read_new(const struct reader *r, const struct place *p, const struct json *j,
                         const struct type *t, void **out)
{
    if (json_kind(j) != JSON_OBJECT)
        return wrong(r, p, "must be an object");
    if (find_type(r, p, j, &t) != ERR_OK)
        return ERR_BAD_REQUEST;
    *out = arena_new(r->arena, t->size);
    return read_object(r, p, j, t, *out);
}

/* A list that is there but empty has items, so that it can be told from an absent one. */
static void *new_items(const struct reader *r, size_t count, size_t size)
{
    return arena_new(r->arena, count > 0 ? count * size : size);
}

static enum err read_list(const struct reader *r, const struct place *p, const struct json *j,
                          const struct field *f, void *out)
{
    struct objects *objects = out;
    struct texts *texts = out;
    struct enums *enums = out;
    size_t count = json_count(j);
    struct place at = {p, NULL, 0};
    enum err e = ERR_OK;

    if (f->kind == KIND_OBJECTS)
        *objects = (struct objects){new_items(r, count, sizeof(void *)), count};
    else if (f->kind == KIND_TEXTS)
        *texts = (struct texts){new_items(r, count, sizeof(char *)), count};
    else
        *enums = (struct enums){new_items(r, count, sizeof(int)), count};

    for (size_t i = 0; i < count && e == ERR_OK; i++) {
        const struct json *v = json_at(j, i);

        at.index = i;
        if (f->kind == KIND_OBJECTS)
            e = read_new(r, &at, v, f->type, &objects->items[i]);
        else if (f->kind == KIND_TEXTS)
            e = read_text(r, &at, v, &texts->items[i]);
        else
            e = read_enum(r, &at, v, f->names, &enums->items[i]);
    }
    return e;
}

static enum err read_bounded_list(const struct reader *r, const struct place *p,
                                  const struct json *j, const struct field *f, void *out)
{
    char why[64];

    if (json_kind(j) != JSON_LIST)
        return wrong(r, p, "must be a list");
    if (f->max != 0 && json_count(j) > (uint64_t)f->max) {
        (void)snprintf(why, sizeof(why), "must have at most %lld members", (long long)f->max);
        return wrong(r, p, why);
    }
    return read_list(r, p, j, f, out);
}

static enum err read_value(const struct reader *r, const struct place *p, const struct json *j,
                           const struct field *f, void *member)
{
    switch (f->kind) {
    case KIND_TEXT:
        return read_bounded_text(r, p, j, f, member);
    case KIND_INT:
        return read_int(r, p, j, f, member);
    case KIND_REAL:
        return read_real(r, p, j, member);
    case KIND_BOOL:
        return read_bool(r, p, j, member);
    case KIND_ENUM:
        return read_enum(r, p, j, f->names, member);
    case KIND_OBJECT:
        return read_new(r, p, j, f->type, member);
    case KIND_OBJECTS:
    case KIND_TEXTS:
    case KIND_ENUMS:
        return read_bounded_list(r, p, j, f, member);
    case KIND_STRUCT: /* read_member() */
    case KIND_RAW:    /* always OUT_ONLY */
        break;
    }
    return ERR_INTERNAL;
}

static enum err read_member(const struct reader *r, const struct place *up, const struct json *v,
                            const struct field *f, void *out)
{
    const struct place p = {up, f->name, 0};
    void *member = (char *)out + f->at;
    bool absent = v == NULL || json_kind(v) == JSON_NULL;

    if (absent && (f->flags & REQUIRED) != 0)
        return wrong(r, &p, "is missing");
    if (f->kind == KIND_STRUCT) { /* always there: absent is as if it were empty */
        if (!absent && json_kind(v) != JSON_OBJECT)
            return wrong(r, &p, "must be an object");
        return read_object(r, &p, absent ? NULL : v, f->type, member);
    }
    return absent ? ERR_OK : read_value(r, &p, v, f, member);
}

static enum err read_members(const struct reader *r, const struct place *p, const struct json *j,
                             const struct type *t, void *out)
{
    enum err e = t->base != NULL ? read_members(r, p, j, t->base, out) : ERR_OK;

    for (const struct field *f = t->fields; f->name != NULL && e == ERR_OK; f++)
        if ((f->flags & OUT_ONLY) == 0)
            e = read_member(r, p, json_get(j, f->name), f, out);
    return e;
}

/* A scalar as JSON text, or NULL when v is no scalar. */
static char *scalar_text(struct arena *a, const struct json *v)
{
    struct buf b = {0};
    struct writer w;
    char *text = NULL;

    writer_init(&w, &b);
    switch (json_kind(v)) {
    case JSON_NULL:
        writer_null(&w, NULL);
        break;
    case JSON_BOOL:
        writer_bool(&w, NULL, json_bool(v));
        break;
    case JSON_INT:
        writer_int(&w, NULL, json_int(v));
        break;
    case JSON_REAL:
        writer_real(&w, NULL, json_number(v));
        break;
    case JSON_TEXT:
        writer_text(&w, NULL, json_text(v));
        break;
    case JSON_NONE:
    case JSON_LIST:
    case JSON_OBJECT:
        break;
    }
    if (b.len > 0)
        text = arena_text(a, b.data, b.len);
    buf_clear(&b);
    return text;
}

/* Keeps the unknown scalars of an open type; nested values are ignored. */
static enum err read_extras(const struct reader *r, const struct place *p, const struct json *j,
                            const struct type *t, struct odata *head)
{
    struct extra **end = &head->extras;
    size_t count = 0;
    size_t bytes = 0;
    void *at = NULL;
    const char *key;
    const struct json *v;

    while (json_each(j, &at, &key, &v)) {
        char *text;

        if (strchr(key, '@') != NULL || *key == '$' || field_table_find(t, key) != NULL)
            continue;
        text = scalar_text(r->arena, v);
        if (text == NULL)
            continue;
        bytes += strlen(key) + strlen(text);
        if (++count > EXTRAS_MAX || bytes > EXTRAS_BYTES)
            return wrong(r, p, "has too many unknown properties (32, 8 KiB together)");
        *end = arena_new(r->arena, sizeof(**end));
        **end = (struct extra){NULL, arena_dup(r->arena, key), text};
        end = &(*end)->next;
    }
    return ERR_OK;
}

static enum err refuse_unknown(const struct reader *r, const struct place *p, const struct json *j,
                               const struct type *t)
{
    void *at = NULL;
    const char *key;
    const struct json *v;

    while (json_each(j, &at, &key, &v)) {
        const struct place unknown = {p, key, 0};

        if (field_table_find(t, key) == NULL)
            return wrong(r, &unknown, "is not known");
    }
    return ERR_OK;
}

static enum err read_object(const struct reader *r, const struct place *p, const struct json *j,
                            const struct type *t, void *out)
{
    unsigned flags = field_table_flags(t);
    enum err e = ERR_OK;

    if ((flags & TYPE_PLAIN) == 0)
        ((struct odata *)out)->type = t;
    if ((flags & TYPE_STRICT) != 0) /* first: a key misspelt is better news than one missing */
        e = refuse_unknown(r, p, j, t);
    if (e == ERR_OK)
        e = read_members(r, p, j, t, out);
    if (e == ERR_OK && (flags & TYPE_OPEN) != 0 && (flags & TYPE_PLAIN) == 0)
        e = read_extras(r, p, j, t, out);
    return e;
}

enum err fields_read(const struct json *j, const struct type *t, void *out, struct arena *a,
                     struct fail *f)
{
    const struct reader r = {a, f};

    (void)memset(out, 0, t->size);
    if (json_kind(j) != JSON_OBJECT)
        return wrong(&r, NULL, "must be an object");
    return read_object(&r, NULL, j, t, out);
}

void *fields_read_new(const struct json *j, const struct type *t, struct arena *a, struct fail *f)
{
    const struct reader r = {a, f};
    void *out = NULL;

    return read_new(&r, NULL, j, t, &out) == ERR_OK ? out : NULL;
}

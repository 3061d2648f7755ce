/*
 * field_write.c - the interpreter of the tables: writing, and printing the tables themselves.
 *
 * Nothing here fails: what is written was checked when it was read, or is ours.
 */
#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "json/field.h"
#include "json/field_table.h"

/* clang-format off */
static const char *const kind_names[] = {
    [KIND_TEXT] = "text",       [KIND_INT] = "int", [KIND_REAL] = "real",     [KIND_BOOL] = "bool",   [KIND_ENUM] = "enum",
    [KIND_OBJECT] = "object",   [KIND_OBJECTS] = "objects", [KIND_TEXTS] = "texts",
    [KIND_ENUMS] = "enums",     [KIND_STRUCT] = "struct",   [KIND_RAW] = "raw",
};

struct flag_name {
    unsigned flag;
    const char *name;
};

static const struct flag_name field_flags[] = {
    {REQUIRED, "REQUIRED"},     {OUT_ONLY, "OUT_ONLY"},     {IN_ONLY, "IN_ONLY"},
    {SECRET, "SECRET"}, {DEV_SECRET, "DEV_SECRET"},         {BETA_ONLY, "BETA_ONLY"},   {SEED_ONLY, "SEED_ONLY"},
    {EMPTY_LIST, "EMPTY_LIST"}, {NEVER_NULL, "NEVER_NULL"}, {OURS, "OURS"},
    {NULL_SHOWN, "NULL_SHOWN"}, {ALWAYS, "ALWAYS"},         {DATE_TIME, "DATE_TIME"},   {INT64, "INT64"}, {DURATION, "DURATION"}, {GUID, "GUID"},
    {0, NULL},
};

static const struct flag_name type_flags[] = {
    {TYPE_OPEN, "OPEN"}, {TYPE_ABSTRACT, "ABSTRACT"}, {TYPE_PLAIN, "PLAIN"},
    {TYPE_STRICT, "STRICT"}, {TYPE_ENTITY, "ENTITY"}, {TYPE_BETA_ONLY, "BETA_ONLY"}, {0, NULL},
};
/* clang-format on */

/* How, and where: inside nested objects only NULL_SHOWN members show that they are absent. */
struct place {
    struct writer *w;
    const struct write_how *how;
    bool nested;
};

static bool is_plain(const struct type *t)
{
    return (field_table_flags(t) & TYPE_PLAIN) != 0;
}

static bool is_list(const struct field *f)
{
    return f->kind == KIND_OBJECTS || f->kind == KIND_TEXTS || f->kind == KIND_ENUMS;
}

static void write_object(const struct place *p, const char *key, const struct type *t,
                         const void *in);

static void write_absent(const struct place *p, const struct field *f)
{
    bool shown = p->how->nulls && (!p->nested || (f->flags & NULL_SHOWN) != 0);

    if (!shown || (f->flags & NEVER_NULL) != 0)
        return;
    if ((f->flags & EMPTY_LIST) != 0 && is_list(f)) {
        writer_list(p->w, f->name);
        writer_end(p->w);
    } else {
        writer_null(p->w, f->name);
    }
}

static void write_list(const struct place *p, const struct field *f, const void *member)
{
    const struct place inner = {p->w, p->how, true};
    const struct objects *objects = member;
    const struct texts *texts = member;
    const struct enums *enums = member;

    writer_list(p->w, f->name);
    if (f->kind == KIND_OBJECTS) {
        for (size_t i = 0; i < objects->count; i++)
            write_object(&inner, NULL, f->type, objects->items[i]);
    } else if (f->kind == KIND_TEXTS) {
        for (size_t i = 0; i < texts->count; i++)
            writer_text(p->w, NULL, texts->items[i]);
    } else {
        for (size_t i = 0; i < enums->count; i++)
            writer_text(p->w, NULL, field_enum_name(f->names, enums->items[i]));
    }
    writer_end(p->w);
}

static void write_present(const struct place *p, const struct field *f, const void *member)
{
    const struct place inner = {p->w, p->how, true};

    switch (f->kind) {
    case KIND_TEXT:
        writer_text(p->w, f->name, *(const char *const *)member);
        break;
    case KIND_INT:
        writer_int(p->w, f->name, ((const struct opt_int *)member)->value);
        break;
    case KIND_REAL:
        writer_real(p->w, f->name, ((const struct opt_real *)member)->value);
        break;
    case KIND_BOOL:
        writer_bool(p->w, f->name, ((const struct opt_bool *)member)->value);
        break;
    case KIND_ENUM:
        writer_text(p->w, f->name, field_enum_name(f->names, *(const int *)member));
        break;
    case KIND_OBJECT:
        write_object(&inner, f->name, f->type, *(const void *const *)member);
        break;
    case KIND_OBJECTS:
    case KIND_TEXTS:
    case KIND_ENUMS:
        write_list(p, f, member);
        break;
    case KIND_RAW:
        writer_raw(p->w, f->name, *(const char *const *)member,
                   strlen(*(const char *const *)member));
        break;
    case KIND_STRUCT: /* a part of the outer one, not nested in it */
        write_object(p, f->name, f->type, member);
        break;
    }
}

static bool is_hidden(const struct write_how *how, const struct field *f)
{
    if (!how->hide || (f->flags & SECRET) == 0)
        return false;
    return !how->dev || (f->flags & DEV_SECRET) == 0;
}

static void write_member(const struct place *p, const struct field *f, const void *in)
{
    const void *member = (const char *)in + f->at;

    if ((f->flags & IN_ONLY) != 0 || (p->how->v1 && (f->flags & BETA_ONLY) != 0))
        return;
    if (field_is_absent(f, member))
        write_absent(p, f);
    else if (is_hidden(p->how, f))
        writer_text(p->w, f->name, "***");
    else
        write_present(p, f, member);
}

static void write_members(const struct place *p, const struct type *t, const void *in)
{
    if (t->base != NULL)
        write_members(p, t->base, in);
    for (const struct field *f = t->fields; f->name != NULL; f++)
        write_member(p, f, in);
}

static void write_head(const struct place *p, const struct type *t)
{
    char name[96] = "#microsoft.graph.";
    size_t n = strlen(name);

    (void)str_copy(name + n, sizeof(name) - n, t->name);
    writer_text(p->w, "@odata.type", name);
}

/* What a struct says it is, else what its table says. */
static const struct type *real_type(const struct type *t, const void *in)
{
    const struct odata *head = in;

    return is_plain(t) || head->type == NULL ? t : head->type;
}

static void write_object(const struct place *p, const char *key, const struct type *t,
                         const void *in)
{
    const struct odata *head = in;

    if (in == NULL) {
        writer_null(p->w, key);
        return;
    }
    t = real_type(t, in);
    writer_object(p->w, key);
    if (!is_plain(t))
        write_head(p, t);
    write_members(p, t, in);
    if (!is_plain(t))
        for (const struct extra *x = head->extras; x != NULL; x = x->next)
            writer_raw(p->w, x->name, x->json, strlen(x->json));
    writer_end(p->w);
}

static void write_only(const struct place *p, const char *key, const struct type *t, const void *in)
{
    t = real_type(t, in);
    writer_object(p->w, key);
    if (!is_plain(t))
        write_head(p, t);
    for (const char *const *name = p->how->only; *name != NULL; name++) {
        const struct field *f = field_table_find(t, *name);

        assert(f != NULL);
        write_member(p, f, in);
    }
    writer_end(p->w);
}

void fields_write(struct writer *w, const char *key, const struct type *t, const void *in,
                  const struct write_how *how)
{
    const struct place p = {w, how, false};

    if (how->only != NULL && in != NULL)
        write_only(&p, key, t, in);
    else
        write_object(&p, key, t, in);
}

static void dump_flags(struct writer *w, unsigned flags, const struct flag_name *names)
{
    writer_list(w, "flags");
    for (; names->name != NULL; names++)
        if ((flags & names->flag) != 0)
            writer_text(w, NULL, names->name);
    writer_end(w);
}

static void dump_field(struct writer *w, const struct field *f)
{
    writer_object(w, NULL);
    writer_text(w, "name", f->name);
    writer_text(w, "kind", kind_names[f->kind]);
    dump_flags(w, f->flags, field_flags);
    if (f->type != NULL)
        writer_text(w, "type", f->type->name);
    if (f->names != NULL) {
        writer_list(w, "names");
        for (const char *const *name = f->names; *name != NULL; name++)
            writer_text(w, NULL, *name);
        writer_end(w);
    }
    if (f->min != 0 || f->max != 0) {
        writer_int(w, "min", f->min);
        writer_int(w, "max", f->max);
    }
    writer_end(w);
}

static void dump_type(struct writer *w, const struct type *t)
{
    writer_object(w, NULL);
    writer_text(w, "name", t->name);
    writer_text(w, "base", t->base != NULL ? t->base->name : NULL);
    dump_flags(w, t->flags, type_flags);
    writer_list(w, "fields");
    for (const struct field *f = t->fields; f->name != NULL; f++)
        dump_field(w, f);
    writer_end(w);
    writer_end(w);
}

void fields_dump(const struct type *const *types, FILE *out)
{
    struct buf b = {0};
    struct writer w;

    for (; *types != NULL; types++) {
        writer_init(&w, &b);
        dump_type(&w, *types);
        buf_char(&b, '\n');
    }
    (void)fwrite(b.data, 1, b.len, out);
    buf_clear(&b);
}

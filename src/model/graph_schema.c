#include "model/graph_schema.h"

#include <string.h>

#include "model/graph_types.h"

static const char space[] = "microsoft.graph.";
static const char pointer[] = "#/components/schemas/microsoft.graph.";

enum { NAME_BYTES = 128 };

static const char *joined(char out[NAME_BYTES], const char *head, const char *name)
{
    size_t n = strlen(head);

    (void)str_copy(out, NAME_BYTES, head);
    (void)str_copy(out + n, NAME_BYTES - n, name);
    return out;
}

static void write_ref(struct writer *w, const char *key, const char *name)
{
    char to[NAME_BYTES];

    writer_object(w, key);
    writer_text(w, "$ref", joined(to, pointer, name));
    writer_end(w);
}

/* In OpenAPI 3.0 nothing may stand beside a reference, and null needs a type to be nullable. */
static void write_ref_or_null(struct writer *w, const char *name)
{
    writer_list(w, "anyOf");
    write_ref(w, NULL, name);
    writer_object(w, NULL);
    writer_text(w, "type", "object");
    writer_bool(w, "nullable", true);
    writer_end(w);
    writer_end(w);
}

static void write_text(struct writer *w, const struct field *f)
{
    writer_text(w, "type", "string");
    if ((f->flags & DATE_TIME) != 0)
        writer_text(w, "format", "date-time");
    if ((f->flags & DURATION) != 0)
        writer_text(w, "format", "duration");
    if ((f->flags & GUID) != 0)
        writer_text(w, "format", "uuid");
    if (f->kind == KIND_TEXT && f->max != 0)
        writer_int(w, "maxLength", f->max);
}

static void write_int(struct writer *w, const struct field *f)
{
    writer_text(w, "type", "integer");
    writer_text(w, "format", (f->flags & INT64) != 0 ? "int64" : "int32");
    if (f->min == 0 && f->max == 0)
        return;
    writer_int(w, "minimum", f->min);
    writer_int(w, "maximum", f->max);
}

static void write_list(struct writer *w, const struct field *f, const char *name)
{
    writer_text(w, "type", "array");
    if (f->max != 0)
        writer_int(w, "maxItems", f->max);
    if (f->kind == KIND_TEXTS) {
        writer_object(w, "items");
        writer_text(w, "type", "string");
        writer_end(w);
    } else {
        write_ref(w, "items", name);
    }
}

/* What is known of a value beside its type. */
static void write_notes(struct writer *w, const struct field *f, bool nullable)
{
    if (nullable)
        writer_bool(w, "nullable", true);
    if ((f->flags & OUT_ONLY) != 0)
        writer_bool(w, "readOnly", true);
    if ((f->flags & BETA_ONLY) != 0)
        writer_text(w, "description", "Of beta alone.");
    else if ((f->flags & SEED_ONLY) != 0)
        writer_text(w, "description", "Of the seed era's root (app) alone.");
}

static void write_property(struct writer *w, const struct field *f)
{
    bool nullable = (f->flags & (REQUIRED | ALWAYS)) == 0;
    bool refers = f->kind == KIND_ENUM || f->kind == KIND_OBJECT || f->kind == KIND_STRUCT;
    const char *name = f->names != NULL  ? graph_enum_of(f->names)
                       : f->type != NULL ? f->type->name
                                         : NULL;

    if (refers && !nullable) {
        write_ref(w, f->name, name);
        return;
    }
    writer_object(w, f->name);
    if (refers)
        write_ref_or_null(w, name);
    else if (f->kind == KIND_TEXT)
        write_text(w, f);
    else if (f->kind == KIND_INT)
        write_int(w, f);
    else if (f->kind == KIND_REAL)
        writer_text(w, "type", "number");
    else if (f->kind == KIND_BOOL)
        writer_text(w, "type", "boolean");
    else if (f->kind != KIND_RAW) /* which is any JSON */
        write_list(w, f, name);
    write_notes(w, f, nullable && !refers && f->kind != KIND_RAW);
    writer_end(w);
}

static bool has_required(const struct type *t)
{
    for (const struct field *f = t->fields; f->name != NULL; f++)
        if ((f->flags & REQUIRED) != 0)
            return true;
    return (t->flags & TYPE_ABSTRACT) != 0;
}

static void write_required(struct writer *w, const struct type *t)
{
    if (!has_required(t))
        return; /* an empty list is not allowed */
    writer_list(w, "required");
    if ((t->flags & TYPE_ABSTRACT) != 0)
        writer_text(w, NULL, "@odata.type");
    for (const struct field *f = t->fields; f->name != NULL; f++)
        if ((f->flags & REQUIRED) != 0)
            writer_text(w, NULL, f->name);
    writer_end(w);
}

/* "type": "object" and what belongs to it, of the type's own rows. */
static void write_own(struct writer *w, const struct type *t)
{
    writer_text(w, "type", "object");
    writer_object(w, "properties");
    if ((t->flags & TYPE_PLAIN) == 0 && t->base == NULL) {
        writer_object(w, "@odata.type");
        writer_text(w, "type", "string");
        writer_end(w);
    }
    for (const struct field *f = t->fields; f->name != NULL; f++)
        write_property(w, f);
    writer_end(w);
    write_required(w, t);
}

/* Of an abstract type: by what one sees which type it is. */
static void write_discriminator(struct writer *w, const struct type *t)
{
    char word[NAME_BYTES], to[NAME_BYTES];

    if ((t->flags & TYPE_ABSTRACT) == 0)
        return;
    writer_object(w, "discriminator");
    writer_text(w, "propertyName", "@odata.type");
    writer_object(w, "mapping");
    for (const struct type *const *d = t->derived; *d != NULL; d++)
        writer_text(w, joined(word, "#microsoft.graph.", (*d)->name),
                    joined(to, pointer, (*d)->name));
    writer_end(w);
    writer_end(w);
}

static void write_type(struct writer *w, const char *key, const struct type *t)
{
    writer_object(w, key);
    if (t->base != NULL) {
        writer_list(w, "allOf");
        write_ref(w, NULL, t->base->name);
        writer_object(w, NULL);
        write_own(w, t);
        writer_end(w);
        writer_end(w);
    } else {
        write_own(w, t);
        write_discriminator(w, t);
    }
    writer_end(w);
}

static void write_enum(struct writer *w, const struct graph_enum *e)
{
    char key[NAME_BYTES];

    writer_object(w, joined(key, space, e->name));
    writer_text(w, "type", "string");
    writer_list(w, "enum");
    for (size_t i = 0; e->names[i] != NULL; i++)
        if (!graph_enum_is_past(e->names, i))
            writer_text(w, NULL, e->names[i]);
    writer_end(w);
    writer_end(w);
}

void graph_schemas(struct writer *w)
{
    char key[NAME_BYTES];

    for (const struct type *const *t = graph_types; *t != NULL; t++)
        if (((*t)->flags & TYPE_PLAIN) == 0)
            write_type(w, joined(key, space, (*t)->name), *t);
    for (const struct graph_enum *e = graph_enums; e->name != NULL; e++)
        write_enum(w, e);
}

void graph_schema_of(struct writer *w, const char *key, const struct type *t)
{
    for (const struct type *const *known = graph_types; *known != NULL; known++)
        if (*known == t && (t->flags & TYPE_PLAIN) == 0) {
            write_ref(w, key, t->name);
            return;
        }
    write_type(w, key, t);
}

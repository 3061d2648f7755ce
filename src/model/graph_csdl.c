#include "model/graph_csdl.h"

#include <string.h>

static const char space[] = "microsoft.graph";

/* Itself, or by what it is derived from? */
static bool has_flag(const struct type *t, unsigned flag)
{
    for (; t != NULL; t = t->base)
        if ((t->flags & flag) != 0)
            return true;
    return false;
}

bool graph_csdl_is_entity(const struct type *t)
{
    return has_flag(t, TYPE_ENTITY);
}

bool graph_csdl_has_type(const struct type *t, bool v1)
{
    return (t->flags & TYPE_PLAIN) == 0 && !(v1 && (t->flags & TYPE_BETA_ONLY) != 0);
}

bool graph_csdl_has_field(const struct field *f, bool v1)
{
    return (f->flags & OURS) == 0 && !(v1 && (f->flags & (BETA_ONLY | SEED_ONLY)) != 0);
}

/* Does it keep what it does not know, or say what is in no published type? Annotations, which
 * begin with @, may stand anywhere. */
static bool is_open(const struct type *t)
{
    if (has_flag(t, TYPE_OPEN))
        return true;
    for (const struct field *f = t->fields; f->name != NULL; f++)
        if ((f->flags & OURS) != 0 && f->name[0] != '@')
            return true;
    return false;
}

static bool is_list(const struct field *f)
{
    return f->kind == KIND_OBJECTS || f->kind == KIND_TEXTS || f->kind == KIND_ENUMS;
}

/* What one value is, without the list around it. */
static void write_edm(struct buf *out, const struct field *f)
{
    switch (f->kind) {
    case KIND_TEXT:
    case KIND_TEXTS:
    case KIND_RAW:
        buf_text(out, (f->flags & DATE_TIME) != 0  ? "Edm.DateTimeOffset"
                      : (f->flags & DURATION) != 0 ? "Edm.Duration"
                      : (f->flags & GUID) != 0     ? "Edm.Guid"
                                                   : "Edm.String");
        break;
    case KIND_INT:
        buf_text(out, (f->flags & INT64) != 0 ? "Edm.Int64" : "Edm.Int32");
        break;
    case KIND_REAL:
        buf_text(out, "Edm.Double");
        break;
    case KIND_BOOL:
        buf_text(out, "Edm.Boolean");
        break;
    case KIND_ENUM:
    case KIND_ENUMS:
        buf_printf(out, "%s.%s", space, graph_enum_of(f->names));
        break;
    case KIND_OBJECT:
    case KIND_OBJECTS:
    case KIND_STRUCT:
        buf_printf(out, "%s.%s", space, f->type->name);
        break;
    }
}

static void write_type_of(struct buf *out, const struct field *f)
{
    buf_text(out, " Type=\"");
    if (is_list(f))
        buf_text(out, "Collection(");
    write_edm(out, f);
    buf_text(out, is_list(f) ? ")\"" : "\"");
    if ((f->flags & (REQUIRED | ALWAYS)) != 0)
        buf_text(out, " Nullable=\"false\"");
}

/* An entity cannot be a value of another type: it is navigated to, though it comes inside. */
static void write_property(struct buf *out, const struct field *f)
{
    bool leads = f->type != NULL && graph_csdl_is_entity(f->type);

    buf_printf(out, "        <%s Name=\"%s\"", leads ? "NavigationProperty" : "Property", f->name);
    write_type_of(out, f);
    buf_text(out, leads ? " ContainsTarget=\"true\"/>\n" : "/>\n");
}

static const char *tag_of(const struct type *t)
{
    return graph_csdl_is_entity(t) ? "EntityType" : "ComplexType";
}

void graph_csdl_begin(struct buf *out, const struct type *t, bool v1)
{
    bool is_root = graph_csdl_is_entity(t) && t->base == NULL;

    buf_printf(out, "      <%s Name=\"%s\"", tag_of(t), t->name);
    if (is_root)
        buf_printf(out, " BaseType=\"%s.entity\"", space); /* which has the id */
    else if (t->base != NULL)
        buf_printf(out, " BaseType=\"%s.%s\"", space, t->base->name);
    if ((t->flags & TYPE_ABSTRACT) != 0)
        buf_text(out, " Abstract=\"true\"");
    if (is_open(t))
        buf_text(out, " OpenType=\"true\"");
    buf_text(out, ">\n");
    for (const struct field *f = t->fields; f->name != NULL; f++)
        if (graph_csdl_has_field(f, v1) && !(is_root && strcmp(f->name, "id") == 0))
            write_property(out, f);
}

void graph_csdl_end(struct buf *out, const struct type *t)
{
    buf_printf(out, "      </%s>\n", tag_of(t));
}

void graph_csdl_parameters(struct buf *out, const struct type *action, bool v1)
{
    for (const struct field *f = action->fields; f->name != NULL; f++) {
        if (!graph_csdl_has_field(f, v1))
            continue;
        buf_printf(out, "        <Parameter Name=\"%s\"", f->name);
        write_type_of(out, f);
        buf_text(out, "/>\n");
    }
}

static bool asks_for(const struct type *t, const char *const *names, bool v1)
{
    for (const struct field *f = t->fields; f->name != NULL; f++)
        if (f->names == names && graph_csdl_has_field(f, v1))
            return true;
    return false;
}

static bool is_asked_for(const char *const *names, const struct type *const *types,
                         const struct type *const *actions, bool v1)
{
    for (; *types != NULL; types++)
        if (graph_csdl_has_type(*types, v1) && asks_for(*types, names, v1))
            return true;
    for (; *actions != NULL; actions++)
        if (asks_for(*actions, names, v1))
            return true;
    return false;
}

void graph_csdl_enums(struct buf *out, const struct type *const *types,
                      const struct type *const *actions, bool v1)
{
    for (const struct graph_enum *e = graph_enums; e->name != NULL; e++) {
        if (!is_asked_for(e->names, types, actions, v1))
            continue;
        buf_printf(out, "      <EnumType Name=\"%s\">\n", e->name);
        for (size_t i = 0; e->names[i] != NULL; i++)
            if (!graph_enum_is_past(e->names, i))
                buf_printf(out, "        <Member Name=\"%s\" Value=\"%zu\"/>\n", e->names[i], i);
        buf_text(out, "      </EnumType>\n");
    }
}

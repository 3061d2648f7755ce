/*
 * field_merge.c - the interpreter of the tables: one struct laid over another. Any thread.
 */
#include <string.h>

#include "json/field.h"
#include "json/field_table.h"

/* A zeroed member, see field.h. An embedded struct is never absent. */
bool field_is_absent(const struct field *f, const void *member)
{
    switch (f->kind) {
    case KIND_TEXT:
    case KIND_RAW:
        return *(const char *const *)member == NULL;
    case KIND_INT:
        return !((const struct opt_int *)member)->set;
    case KIND_REAL:
        return !((const struct opt_real *)member)->set;
    case KIND_BOOL:
        return !((const struct opt_bool *)member)->set;
    case KIND_ENUM:
        return field_enum_name(f->names, *(const int *)member) == NULL;
    case KIND_OBJECT:
        return *(const void *const *)member == NULL;
    case KIND_OBJECTS:
        return ((const struct objects *)member)->items == NULL;
    case KIND_TEXTS:
        return ((const struct texts *)member)->items == NULL;
    case KIND_ENUMS:
        return ((const struct enums *)member)->items == NULL;
    case KIND_STRUCT:
        return false;
    }
    return true;
}

static void merge_member(const struct field *f, void *to, const void *from)
{
    switch (f->kind) {
    case KIND_TEXT:
    case KIND_RAW:
        *(const char **)to = *(const char *const *)from;
        break;
    case KIND_INT:
        *(struct opt_int *)to = *(const struct opt_int *)from;
        break;
    case KIND_REAL:
        *(struct opt_real *)to = *(const struct opt_real *)from;
        break;
    case KIND_BOOL:
        *(struct opt_bool *)to = *(const struct opt_bool *)from;
        break;
    case KIND_ENUM:
        *(int *)to = *(const int *)from;
        break;
    case KIND_OBJECT:
        if (*(void **)to == NULL || f->type->derived != NULL)
            *(void **)to = *(void *const *)from;
        else
            fields_merge(f->type, *(void **)to, *(void *const *)from);
        break;
    case KIND_OBJECTS:
        *(struct objects *)to = *(const struct objects *)from;
        break;
    case KIND_TEXTS:
        *(struct texts *)to = *(const struct texts *)from;
        break;
    case KIND_ENUMS:
        *(struct enums *)to = *(const struct enums *)from;
        break;
    case KIND_STRUCT:
        fields_merge(f->type, to, from);
        break;
    }
}

void fields_merge(const struct type *t, void *to, const void *from)
{
    for (; t != NULL; t = t->base)
        for (const struct field *f = t->fields; f->name != NULL; f++)
            if (!field_is_absent(f, (const char *)from + f->at))
                merge_member(f, (char *)to + f->at, (const char *)from + f->at);
}

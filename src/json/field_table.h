/*
 * field_table.h - what reading and writing both ask of a table; private to this room.
 */
#ifndef JSON_FIELD_TABLE_H
#define JSON_FIELD_TABLE_H

#include <string.h>

#include "json/field.h"

/* The row of a name, in the type or in its bases; NULL when there is none. */
static inline const struct field *field_table_find(const struct type *t, const char *name)
{
    for (; t != NULL; t = t->base)
        for (const struct field *f = t->fields; f->name != NULL; f++)
            if (strcmp(f->name, name) == 0)
                return f;
    return NULL;
}

/* The flags of a type with those that it inherits: all but TYPE_ABSTRACT. */
static inline unsigned field_table_flags(const struct type *t)
{
    unsigned flags = 0;

    for (; t != NULL; t = t->base)
        flags |= t->flags & ~(unsigned)TYPE_ABSTRACT;
    return flags;
}

/* Is there nothing in this member? */
bool field_is_absent(const struct field *f, const void *member);

#endif

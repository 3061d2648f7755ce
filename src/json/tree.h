/*
 * tree.h - jansson as json.c and yaml.c see it; private to this room.
 *
 * jansson's header and ours both have enumerators JSON_OBJECT, JSON_REAL and
 * JSON_NULL. Theirs get another name here, which is why the json_is_...()
 * macros of jansson must not be used: only json_typeof() and functions.
 */
#ifndef JSON_TREE_H
#define JSON_TREE_H

#define JSON_OBJECT JANSSON_OBJECT
#define JSON_REAL JANSSON_REAL
#define JSON_NULL JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_REAL
#undef JSON_NULL

#include "json/json.h"

/* A tree is jansson's tree; nobody outside the room can tell. */
static inline struct json *tree_of(json_t *t)
{
    return (struct json *)(void *)t;
}

static inline const json_t *tree_in(const struct json *j)
{
    return (const json_t *)(const void *)j;
}

#endif

/*
 * json.h - reading JSON: strict, bounded, one tree per text.
 *
 * The tree is opaque; json/field.h turns it into structs. Any thread, one tree
 * in one thread.
 */
#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct buf;
struct json;

enum { JSON_DEPTH = 64 };

enum json_kind {
    JSON_NONE,
    JSON_NULL,
    JSON_BOOL,
    JSON_INT,
    JSON_REAL,
    JSON_TEXT,
    JSON_LIST,
    JSON_OBJECT
};

/* Parses one JSON value that fills the text: duplicate keys, bad UTF-8, \u0000,
 * nesting beyond JSON_DEPTH and anything after the value are refused with
 * ERR_NOT_JSON and a sentence that names line and column. NULL then. */
struct json *json_parse(const char *text, size_t len, struct fail *f);

/* The same, but a comma before } or ] is forgiven (the seed page's own examples have
 * them); *lenient says whether that was needed. text is not changed. */
struct json *json_parse_lenient(const char *text, size_t len, bool *lenient, struct fail *f);

void json_free(
    struct json *j); /* NULL is fine; only for roots that json_parse* or yaml_* returned */

/* Appends the tree as one line of JSON, members in the order in which they came. */
void json_print(const struct json *j, struct buf *out);

/* Looking around in a tree; NULL in, JSON_NONE or NULL or 0 out. */
enum json_kind json_kind(const struct json *j);
const struct json *json_get(const struct json *object, const char *key);
const char *json_text(const struct json *j); /* NULL when it is no text */
int64_t json_int(const struct json *j);
double json_number(const struct json *j); /* of JSON_INT and JSON_REAL; json_real() is jansson's */
bool json_bool(const struct json *j);
size_t json_count(const struct json *j); /* of a list or an object */
const struct json *json_at(const struct json *list, size_t i);
size_t json_depth(const struct json *j); /* of lists and objects; 0: it is neither */
/* Walks an object: *at starts as NULL. False at the end. */
bool json_each(const struct json *object, void **at, const char **key, const struct json **value);

#endif

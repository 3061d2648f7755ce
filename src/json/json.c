/*
 * json.c - the tree is jansson's; it ends at this door.
 *
 * jansson is the strictest of the readers we tried. What it does not do is here: its depth is
 * not bounded low enough, it forgives no comma, and its sentences repeat the text.
 */
#include "json/json.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "json/tree.h"

/* clang-format off */
/* jansson's codes become our words: its own sentences repeat the text, which may be secret. */
static const struct {
    enum json_error_code code;
    const char *text;
} sentences[] = {
    {json_error_premature_end_of_input, "the text ends too early"},
    {json_error_end_of_input_expected,  "nothing may follow the value"},
    {json_error_invalid_syntax,         "this is not JSON"},
    {json_error_invalid_utf8,           "this is not UTF-8"},
    {json_error_null_character,         "\\u0000 is not allowed"},
    {json_error_null_byte_in_key,       "\\u0000 is not allowed"},
    {json_error_duplicate_key,          "a key appears twice in one object"},
    {json_error_numeric_overflow,       "a number is too large"},
    {json_error_stack_overflow,         "the nesting is too deep"},
};
/* clang-format on */

static const char *sentence_of(enum json_error_code code)
{
    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++)
        if (sentences[i].code == code)
            return sentences[i].text;
    return "this is not JSON";
}

/* How a scan of a text stands: inside a string or outside. */
struct scan {
    bool in_string;
    bool escaped;
};

/* Takes the next byte; true when it is structure, not part of a string. */
static bool scan_step(struct scan *s, char c)
{
    if (!s->in_string) {
        s->in_string = c == '"';
        return c != '"';
    }
    if (s->escaped)
        s->escaped = false;
    else if (c == '\\')
        s->escaped = true;
    else if (c == '"')
        s->in_string = false;
    return false;
}

static void line_and_column(const char *text, size_t at, unsigned *line, unsigned *column)
{
    *line = *column = 1;
    for (size_t i = 0; i < at; i++) {
        if (text[i] == '\n') {
            (*line)++;
            *column = 1;
        } else {
            (*column)++;
        }
    }
}

/* jansson allows 2,048 levels; we look before it recurses. */
static enum err check_depth(const char *text, size_t len, struct fail *f)
{
    struct scan s = {0};
    unsigned line;
    unsigned column;
    int depth = 0;

    for (size_t i = 0; i < len; i++) {
        if (!scan_step(&s, text[i]))
            continue;
        if (text[i] == '{' || text[i] == '[')
            depth++;
        else if (text[i] == '}' || text[i] == ']')
            depth--;
        if (depth > JSON_DEPTH) {
            line_and_column(text, i, &line, &column);
            return err_set(f, ERR_NOT_JSON, "line %u, column %u: more than %d levels", line, column,
                           (int)JSON_DEPTH);
        }
    }
    return ERR_OK;
}

struct json *json_parse(const char *text, size_t len, struct fail *f)
{
    json_error_t e;
    json_t *t;

    if (check_depth(text, len, f) != ERR_OK)
        return NULL;
    t = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (t == NULL)
        (void)err_set(f, ERR_NOT_JSON, "line %d, column %d: %s", e.line, e.column,
                      sentence_of(json_error_code(&e)));
    return tree_of(t);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A comma is superfluous when a value stands before it and the end of its list or
 * object behind it: [1,] but not [,] and not [1,,]. */
static bool forgive_commas(char *text, size_t len)
{
    struct scan s = {0};
    bool changed = false;
    char before = '[';  /* the last byte that is not blank; nothing yet counts as no value */
    size_t comma = len; /* a comma after a value, with only blanks since */

    for (size_t i = 0; i < len; i++) {
        bool structure = scan_step(&s, text[i]);

        if (is_blank(text[i]))
            continue;
        if (structure && (text[i] == '}' || text[i] == ']') && comma < len) {
            text[comma] = ' ';
            changed = true;
        }
        comma = len;
        if (structure && text[i] == ',' && strchr("[{,:", before) == NULL)
            comma = i;
        before = text[i];
        if (!structure)
            before = '"';
    }
    return changed;
}

struct json *json_parse_lenient(const char *text, size_t len, bool *lenient, struct fail *f)
{
    struct json *j = json_parse(text, len, f);
    char *copy;

    *lenient = false;
    if (j != NULL || len == 0)
        return j;
    copy = mem_dup(text, len);
    if (forgive_commas(copy, len)) {
        j = json_parse(copy, len, f);
        *lenient = j != NULL;
    }
    (void)mem_free(copy);
    return j;
}

void json_free(struct json *j)
{
    json_decref((json_t *)(void *)j);
}

static int on_piece(const char *text, size_t len, void *out)
{
    buf_add(out, text, len);
    return 0;
}

void json_print(const struct json *j, struct buf *out)
{
    (void)json_dump_callback(tree_in(j), on_piece, out, JSON_COMPACT | JSON_ENCODE_ANY);
}

enum json_kind json_kind(const struct json *j)
{
    if (j == NULL)
        return JSON_NONE;
    switch (json_typeof(tree_in(j))) {
    case JANSSON_OBJECT:
        return JSON_OBJECT;
    case JSON_ARRAY:
        return JSON_LIST;
    case JSON_STRING:
        return JSON_TEXT;
    case JSON_INTEGER:
        return JSON_INT;
    case JANSSON_REAL:
        return JSON_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_BOOL;
    case JANSSON_NULL:
        return JSON_NULL;
    }
    return JSON_NONE;
}

const struct json *json_get(const struct json *object, const char *key)
{
    return tree_of(json_object_get(tree_in(object), key));
}

const char *json_text(const struct json *j)
{
    return json_string_value(tree_in(j));
}

int64_t json_int(const struct json *j)
{
    return json_integer_value(tree_in(j));
}

double json_number(const struct json *j)
{
    return json_number_value(tree_in(j));
}

bool json_bool(const struct json *j)
{
    return j != NULL && json_typeof(tree_in(j)) == JSON_TRUE;
}

size_t json_count(const struct json *j)
{
    if (json_kind(j) == JSON_OBJECT)
        return json_object_size(tree_in(j));
    return json_array_size(tree_in(j));
}

const struct json *json_at(const struct json *list, size_t i)
{
    return tree_of(json_array_get(tree_in(list), i));
}

bool json_each(const struct json *object, void **at, const char **key, const struct json **value)
{
    /* jansson's iterators take a tree that may be changed; we only look. */
    json_t *t = (json_t *)(uintptr_t)object;

    *at = *at == NULL ? json_object_iter(t) : json_object_iter_next(t, *at);
    if (*at == NULL)
        return false;
    *key = json_object_iter_key(*at);
    *value = tree_of(json_object_iter_value(*at));
    return true;
}

static size_t deeper(size_t most, const struct json *j)
{
    size_t depth = json_depth(j);

    return depth > most ? depth : most;
}

size_t json_depth(const struct json *j)
{
    size_t most = 0;
    const struct json *v;
    const char *key;
    void *at = NULL;

    if (json_kind(j) != JSON_LIST && json_kind(j) != JSON_OBJECT)
        return 0;
    for (size_t i = 0; json_kind(j) == JSON_LIST && i < json_count(j); i++)
        most = deeper(most, json_at(j, i));
    while (json_kind(j) == JSON_OBJECT && json_each(j, &at, &key, &v))
        most = deeper(most, v);
    return most + 1;
}

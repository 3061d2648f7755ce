/*
 * yaml.c - libyaml's events become a tree; libyaml ends at this door.
 */
#include "json/yaml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/str.h"
#include "json/tree.h"

enum { YAML_BYTES = 1024 * 1024 };

/* One open map or list. */
struct level {
    json_t *tree; /* borrowed: its parent or the builder's root owns it */
    char *key;    /* of a map: the key whose value comes next; NULL: a key comes next */
};

struct builder {
    const char *name;
    struct fail *fail;
    json_t *root;
    size_t depth;
    struct level levels[JSON_DEPTH];
};

static enum err wrong(const struct builder *b, const yaml_mark_t *at, const char *why)
{
    return err_set(b->fail, ERR_BAD_REQUEST, "%s, line %zu, column %zu: %s", b->name, at->line + 1,
                   at->column + 1, why);
}

/* Does text belong to a list of words that ends with NULL? */
static bool is_word(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

/* YAML 1.2.2, section 10.3.2: [-+]?[0-9]+, 0o[0-7]+, 0x[0-9a-fA-F]+. */
static bool read_integer(const char *text, long long *out)
{
    const char *digits = text + (*text == '-' || *text == '+');
    const char *allowed = "0123456789";
    int base = 10;
    char *end;

    if (strncmp(text, "0o", 2) == 0) {
        digits = text + 2;
        allowed = "01234567";
        base = 8;
    } else if (strncmp(text, "0x", 2) == 0) {
        digits = text + 2;
        allowed = "0123456789abcdefABCDEF";
        base = 16;
    }
    if (*digits == '\0' || digits[strspn(digits, allowed)] != '\0')
        return false;
    errno = 0;
    *out = strtoll(base == 10 ? text : digits, &end, base);
    return errno == 0 && *end == '\0';
}

/* A plain scalar by the core schema; what is none of these words, and 1.5, is a text. */
static json_t *plain_value(const char *text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    long long number;

    if (is_word(text, nulls))
        return json_null();
    if (is_word(text, trues))
        return json_true();
    if (is_word(text, falses))
        return json_false();
    if (read_integer(text, &number))
        return json_integer(number);
    return json_string(text);
}

/* Puts a value where it belongs; takes it over. */
static enum err place_value(struct builder *b, json_t *value, const yaml_mark_t *at)
{
    struct level *top = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;

    if (value == NULL)
        return wrong(b, at, "this is not UTF-8 text");
    if (top == NULL) {
        b->root = value;
    } else if (json_typeof(top->tree) == JSON_ARRAY) {
        (void)json_array_append_new(top->tree, value);
    } else if (top->key == NULL) {
        json_decref(value);
        return wrong(b, at, "a key must be a text");
    } else {
        (void)json_object_set_new(top->tree, top->key, value);
        top->key = mem_free(top->key);
    }
    return ERR_OK;
}

static enum err open_level(struct builder *b, json_t *tree, const yaml_mark_t *at)
{
    enum err e;

    if (b->depth == JSON_DEPTH) {
        json_decref(tree);
        return wrong(b, at, "the nesting is too deep");
    }
    e = place_value(b, tree, at);
    if (e == ERR_OK)
        b->levels[b->depth++] = (struct level){tree, NULL};
    return e;
}

static enum err take_scalar(struct builder *b, const yaml_event_t *ev)
{
    const char *text = (const char *)ev->data.scalar.value;
    struct level *top = b->depth > 0 ? &b->levels[b->depth - 1] : NULL;
    bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    if (ev->data.scalar.anchor != NULL || ev->data.scalar.tag != NULL)
        return wrong(b, &ev->start_mark, "anchors and tags are not allowed");
    if (strlen(text) != ev->data.scalar.length)
        return wrong(b, &ev->start_mark, "a text must not contain a zero byte");
    if (top != NULL && json_typeof(top->tree) == JANSSON_OBJECT && top->key == NULL) {
        if (json_object_get(top->tree, text) != NULL)
            return wrong(b, &ev->start_mark, "a key appears twice");
        top->key = str_dup(text);
        return ERR_OK;
    }
    return place_value(b, plain ? plain_value(text) : json_string(text), &ev->start_mark);
}

static enum err take_open(struct builder *b, const yaml_event_t *ev)
{
    bool map = ev->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *anchor =
        map ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor;
    const yaml_char_t *tag = map ? ev->data.mapping_start.tag : ev->data.sequence_start.tag;

    if (anchor != NULL || tag != NULL)
        return wrong(b, &ev->start_mark, "anchors and tags are not allowed");
    return open_level(b, map ? json_object() : json_array(), &ev->start_mark);
}

static enum err take_event(struct builder *b, const yaml_event_t *ev)
{
    switch (ev->type) {
    case YAML_SCALAR_EVENT:
        return take_scalar(b, ev);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return take_open(b, ev);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        b->depth--;
        return ERR_OK;
    case YAML_ALIAS_EVENT:
        return wrong(b, &ev->start_mark, "aliases are not allowed");
    case YAML_DOCUMENT_START_EVENT:
        if (b->root != NULL)
            return wrong(b, &ev->start_mark, "only one document is allowed");
        return ERR_OK;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return ERR_OK;
    }
    return ERR_OK;
}

/* Runs all events; libyaml's own sentences are about the notation alone. */
static enum err take_all(struct builder *b, yaml_parser_t *parser)
{
    enum err e = ERR_OK;
    bool end = false;

    while (e == ERR_OK && !end) {
        yaml_event_t ev;

        if (!yaml_parser_parse(parser, &ev))
            return wrong(b, &parser->problem_mark,
                         parser->problem != NULL ? parser->problem : "this is not YAML");
        end = ev.type == YAML_STREAM_END_EVENT;
        e = take_event(b, &ev);
        yaml_event_delete(&ev);
    }
    return e;
}

struct json *yaml_parse(const char *name, const char *text, size_t len, struct fail *f)
{
    struct builder b = {.name = name, .fail = f};
    yaml_parser_t parser;
    enum err e;

    if (len > YAML_BYTES) {
        (void)err_set(f, ERR_TOO_LARGE, "%s: more than 1 MiB", name);
        return NULL;
    }
    if (!yaml_parser_initialize(&parser))
        abort(); /* no memory: as base/mem.h */
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    e = take_all(&b, &parser);
    yaml_parser_delete(&parser);

    for (size_t i = 0; i < JSON_DEPTH; i++)
        (void)mem_free(b.levels[i].key);
    if (e != ERR_OK) {
        json_decref(b.root);
        return NULL;
    }
    if (b.root == NULL || json_typeof(b.root) == JANSSON_NULL)
        return tree_of(json_object()); /* an empty file sets nothing */
    return tree_of(b.root);
}

/* One open map or list of the search for a path. */
struct step {
    size_t path_len; /* of the path of the map or list itself */
    bool is_list;
    bool has_key;
    size_t index;
};

struct search {
    const char *wanted;
    struct buf path; /* of the value that comes next */
    size_t depth;
    struct step steps[JSON_DEPTH];
    int line;
};

static void cut_path(struct search *s, size_t len)
{
    if (s->path.len <= len)
        return;
    s->path.len = len;
    s->path.data[len] = '\0';
}

static void compare_path(struct search *s, const yaml_event_t *ev)
{
    if (s->line == 0 && s->path.data != NULL && strcmp(s->path.data, s->wanted) == 0)
        s->line = (int)ev->start_mark.line + 1;
}

/* A value begins; in a list it has a path of its own. */
static void search_value(struct search *s, const yaml_event_t *ev)
{
    struct step *top = s->depth > 0 ? &s->steps[s->depth - 1] : NULL;

    if (top == NULL)
        return;
    if (top->is_list) {
        cut_path(s, top->path_len);
        buf_printf(&s->path, "[%zu]", top->index++);
        compare_path(s, ev);
    }
    top->has_key = false;
}

static void search_scalar(struct search *s, const yaml_event_t *ev)
{
    struct step *top = s->depth > 0 ? &s->steps[s->depth - 1] : NULL;

    if (top == NULL || top->is_list || top->has_key) {
        search_value(s, ev);
        return;
    }
    cut_path(s, top->path_len);
    if (s->path.len > 0)
        buf_char(&s->path, '.');
    buf_text(&s->path, (const char *)ev->data.scalar.value);
    compare_path(s, ev);
    top->has_key = true;
}

static void search_open(struct search *s, bool list)
{
    struct step *top = &s->steps[s->depth];

    s->depth++;
    top->path_len = s->path.len;
    top->is_list = list;
    top->has_key = false;
    top->index = 0;
}

/* False when there is no point in going on. */
static bool search_event(struct search *s, const yaml_event_t *ev)
{
    bool list = ev->type == YAML_SEQUENCE_START_EVENT;

    if (ev->type == YAML_SCALAR_EVENT) {
        search_scalar(s, ev);
    } else if (list || ev->type == YAML_MAPPING_START_EVENT) {
        if (s->depth == JSON_DEPTH)
            return false;
        search_value(s, ev);
        search_open(s, list);
    } else if (ev->type == YAML_MAPPING_END_EVENT || ev->type == YAML_SEQUENCE_END_EVENT) {
        s->depth--;
    }
    return s->line == 0 && ev->type != YAML_STREAM_END_EVENT;
}

int yaml_line(const char *text, size_t len, const char *path)
{
    struct search s = {.wanted = path, .path = {0}};
    yaml_parser_t parser;
    bool more = true;

    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
    while (more) {
        yaml_event_t ev;

        if (!yaml_parser_parse(&parser, &ev))
            break;
        more = search_event(&s, &ev);
        yaml_event_delete(&ev);
    }
    yaml_parser_delete(&parser);
    buf_clear(&s.path);
    return s.line;
}

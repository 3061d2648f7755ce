/*
 * h1.c - http_parser 2.9, asked for one head at a time. Any thread.
 *
 * Lengths are kept until the library is done, because a 0 may only be written behind a
 * text when nobody reads on. It stops at the empty line: see h1.h.
 */
#include "http/h1.h"

#include <string.h>

#include <http_parser.h>

struct reader {
    char *base;
    struct h1_head *head;
    size_t room;
    size_t target_len;
    size_t name_len;
    size_t value_len;
    bool in_name; /* the last text was a name, not a value */
    bool is_whole;
};

/* clang-format off */
static const struct {
    enum http_errno from;
    enum refusal to;
} meanings[] = {
    {HPE_INVALID_METHOD,            REFUSAL_METHOD},
    {HPE_INVALID_VERSION,           REFUSAL_VERSION},
    {HPE_INVALID_URL,               REFUSAL_TARGET},
    {HPE_HEADER_OVERFLOW,           REFUSAL_HEAD_SIZE},
    {HPE_INVALID_CONTENT_LENGTH,    REFUSAL_LENGTH},
    {HPE_UNEXPECTED_CONTENT_LENGTH, REFUSAL_TWO_LENGTHS},
    {HPE_INVALID_TRANSFER_ENCODING, REFUSAL_ENCODING},
};
/* clang-format on */

static int on_target(http_parser *p, const char *at, size_t n)
{
    struct reader *r = p->data;

    if (r->target_len == 0)
        r->head->target = r->base + (at - r->base);
    r->target_len += n;
    return 0;
}

/* The texts of the header that was read last get their ends. A value loses the white
 * space behind it, which is not part of it (RFC 9110, 5.5). */
static void end_header(struct reader *r)
{
    struct http_header *h;
    char *name;
    char *value;

    if (r->head->header_count == 0)
        return;
    h = &r->head->headers[r->head->header_count - 1];
    name = r->base + (h->name - r->base);
    name[r->name_len] = '\0';
    if (r->value_len == 0) { /* the library then points at the next line: leave that alone */
        h->value = "";
        return;
    }
    value = r->base + (h->value - r->base);
    while (r->value_len > 0 && (value[r->value_len - 1] == ' ' || value[r->value_len - 1] == '\t'))
        r->value_len--;
    value[r->value_len] = '\0';
}

static int on_name(http_parser *p, const char *at, size_t n)
{
    struct reader *r = p->data;

    if (!r->in_name) {
        end_header(r);
        if (r->head->header_count == r->room)
            return 1;
        r->head->headers[r->head->header_count++] = (struct http_header){at, NULL};
        r->name_len = r->value_len = 0;
        r->in_name = true;
    }
    r->name_len += n;
    return 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
    struct reader *r = p->data;
    struct http_header *h = &r->head->headers[r->head->header_count - 1];

    if (r->in_name)
        h->value = at;
    r->in_name = false;
    r->value_len += n;
    return 0;
}

static int on_head(http_parser *p)
{
    struct reader *r = p->data;

    r->is_whole = true;
    return 1; /* no body: message.c reads it */
}

static const http_parser_settings callbacks = {
    .on_url = on_target,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
};

static enum refusal meaning(const http_parser *p)
{
    enum http_errno e = HTTP_PARSER_ERRNO(p);

    if (e == HPE_UNEXPECTED_CONTENT_LENGTH && p->uses_transfer_encoding != 0)
        return REFUSAL_TWO_FRAMINGS;
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
        if (meanings[i].from == e)
            return meanings[i].to;
    }
    return REFUSAL_HEADER;
}

enum refusal h1_read(char *p, size_t n, struct http_header *headers, size_t room,
                     struct h1_head *out)
{
    struct reader r = {.base = p, .head = out, .room = room};
    http_parser parser;

    *out = (struct h1_head){.headers = headers};
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &r;
    (void)http_parser_execute(&parser, &callbacks, p, n);
    if (HTTP_PARSER_ERRNO(&parser) != HPE_OK)
        return meaning(&parser);
    if (!r.is_whole || out->target == NULL)
        return REFUSAL_HEADER;
    end_header(&r);
    out->target[r.target_len] = '\0';
    out->method = http_method_str((enum http_method)parser.method);
    out->minor = parser.http_minor;
    return REFUSAL_NOTHING;
}

/*
 * chunk.c - size lines, data, the CR LF behind it, trailers. Any thread.
 *
 * Extensions are checked for control characters and ignored (RFC 9112, 7.1.1).
 */
#include "http/chunk.h"

#include <string.h>

#include "base/str.h"
#include "http/gate.h"

enum { SIZE_LINE_MAX = 256, SIZE_DIGITS_MAX = 12 };

void chunk_start(struct chunk *c, struct buf *body, size_t body_max, size_t trailer_max)
{
    *c = (struct chunk){.body = body, .body_max = body_max, .trailer_max = trailer_max};
}

/* The line is whole: "1f[;extension]" CR LF. */
static enum refusal read_size(struct chunk *c)
{
    const char *p = c->line.data;
    size_t n = c->line.len;
    size_t i = 0;
    size_t digits;

    if (n < 3 || p[n - 2] != '\r')
        return REFUSAL_CHUNK;
    c->left = 0;
    while (i < n - 2 && str_hex_value(p[i]) >= 0)
        c->left = c->left << 4 | (size_t)str_hex_value(p[i++]);
    if (i == 0 || i > SIZE_DIGITS_MAX)
        return REFUSAL_CHUNK;
    digits = i;
    while (i < n - 2 && (p[i] == ' ' || p[i] == '\t'))
        i++;
    if (digits != n - 2 && p[i] != ';') /* blanks stand before an extension only */
        return REFUSAL_CHUNK;
    for (; i < n - 2; i++) {
        if (((unsigned char)p[i] < ' ' && p[i] != '\t') || p[i] == 0x7f)
            return REFUSAL_CHUNK;
    }
    if (c->left > c->body_max - c->body->len)
        return REFUSAL_BODY_SIZE;
    c->state = c->left == 0 ? CHUNK_TRAILER : CHUNK_DATA;
    return REFUSAL_NOTHING;
}

static enum refusal read_trailer(struct chunk *c)
{
    enum refusal r = gate_header_line(c->line.data, c->line.len);

    if (r == REFUSAL_NOTHING && c->line.len == 2)
        c->state = CHUNK_OVER;
    return r;
}

static enum refusal read_data_end(struct chunk *c)
{
    if (c->line.len != 2 || c->line.data[0] != '\r')
        return REFUSAL_CHUNK;
    c->state = CHUNK_SIZE;
    return REFUSAL_NOTHING;
}

/* Gathers a line up to its LF; *whole says whether it has come. */
static enum refusal gather(struct chunk *c, const char *p, size_t n, size_t *eaten, bool *whole)
{
    const char *end = memchr(p, '\n', n);
    size_t max = c->state == CHUNK_DATA_END ? 2 : SIZE_LINE_MAX;

    *eaten = end != NULL ? (size_t)(end - p) + 1 : n;
    *whole = end != NULL;
    /* Trailers are counted together, by the caller. */
    if (c->state != CHUNK_TRAILER && c->line.len + *eaten > max)
        return REFUSAL_CHUNK;
    buf_add(&c->line, p, *eaten);
    return REFUSAL_NOTHING;
}

static enum refusal read_line(struct chunk *c)
{
    enum refusal r = c->state == CHUNK_SIZE      ? read_size(c)
                     : c->state == CHUNK_TRAILER ? read_trailer(c)
                                                 : read_data_end(c);
    c->line.len = 0;
    return r;
}

static size_t take_data(struct chunk *c, const char *p, size_t n)
{
    if (n > c->left)
        n = c->left;
    buf_add(c->body, p, n);
    c->left -= n;
    if (c->left == 0)
        c->state = CHUNK_DATA_END;
    return n;
}

enum refusal chunk_feed(struct chunk *c, const char *p, size_t n, size_t *eaten)
{
    enum refusal r = REFUSAL_NOTHING;
    bool whole = false;

    *eaten = 0;
    while (r == REFUSAL_NOTHING && *eaten < n && c->state != CHUNK_OVER) {
        size_t part;

        if (c->state == CHUNK_DATA) {
            *eaten += take_data(c, p + *eaten, n - *eaten);
            continue;
        }
        r = gather(c, p + *eaten, n - *eaten, &part, &whole);
        *eaten += part;
        if (c->state == CHUNK_TRAILER && (c->trailers += part) > c->trailer_max)
            r = REFUSAL_HEAD_SIZE;
        if (r == REFUSAL_NOTHING && whole)
            r = read_line(c);
    }
    return r;
}

void chunk_clear(struct chunk *c)
{
    buf_clear(&c->line);
    *c = (struct chunk){0};
}

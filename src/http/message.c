/*
 * message.c - head, then body. Any thread.
 *
 * Each line of the head is checked as soon as it is whole, so that nonsense is refused
 * early. The head is copied once, into the request's arena, and taken apart there.
 */
#include "http/message.h"

#include <string.h>

#include "base/arena.h"
#include "http/gate.h"
#include "http/h1.h"

enum { KEEP_BYTES = 8192 }; /* a buffer that had to grow further is not kept */

void message_start(struct message *m, const struct http_limits *limits, struct http_request *r)
{
    struct buf text = m->text;

    chunk_clear(&m->chunk);
    if (text.size > KEEP_BYTES)
        buf_clear(&text);
    text.len = 0;
    *m = (struct message){.limits = limits, .request = r, .text = text};
    r->method = r->target = r->query = r->body = "";
    r->path = "/";
}

static enum message_step refuse(struct message *m, enum refusal why)
{
    m->refusal = why;
    m->state = MESSAGE_OVER;
    return MESSAGE_REFUSED;
}

/* The body is all there: the request gets it. */
static enum message_step finish(struct message *m)
{
    m->request->body = arena_text(&m->request->arena, m->text.data, m->text.len);
    m->request->body_len = m->text.len;
    m->state = MESSAGE_OVER;
    return MESSAGE_WHOLE;
}

/* The empty line has come. */
static enum message_step read_head(struct message *m)
{
    struct http_request *r = m->request;
    size_t room = m->lines - 2; /* all but the request line and the empty line */
    char *p = arena_text(&r->arena, m->text.data, m->text.len);
    struct http_header *headers = arena_new(&r->arena, (room + 1) * sizeof(*headers));
    struct h1_head head;
    enum refusal why = h1_read(p, m->text.len, headers, room, &head);

    if (why == REFUSAL_NOTHING)
        why = admit_head(&head, m->limits->body_bytes, r, &m->admitted);
    if (why != REFUSAL_NOTHING)
        return refuse(m, why);
    m->text.len = 0;
    if (!m->admitted.is_chunked && m->admitted.length == 0)
        return finish(m);
    m->state = m->admitted.is_chunked ? MESSAGE_CHUNKS : MESSAGE_BODY;
    if (m->admitted.is_chunked)
        chunk_start(&m->chunk, &m->text, m->limits->body_bytes, m->limits->header_bytes);
    return m->admitted.wants_continue ? MESSAGE_CONTINUE : MESSAGE_MORE;
}

/* A line is whole; is it good, is it the last? */
static enum message_step read_line(struct message *m)
{
    const char *line = m->text.data + m->line_at;
    size_t n = m->text.len - m->line_at;
    enum refusal why;

    if (m->lines == 0 && n == 2 && line[0] == '\r' && !m->has_skipped) {
        m->has_skipped = true;
        m->text.len = 0;
        return MESSAGE_MORE;
    }
    why = m->lines == 0 ? gate_request_line(line, n) : gate_header_line(line, n);
    if (why != REFUSAL_NOTHING)
        return refuse(m, why);
    m->lines++;
    m->line_at = m->text.len;
    return n == 2 ? read_head(m) : MESSAGE_MORE;
}

/* May a request begin so? TLS does not: its first byte is 0x16, and an LF may never come. */
static bool may_begin(const struct message *m, char c)
{
    return m->lines > 0 || m->text.len > 0 || c == '\r' || gate_is_token(c);
}

/* Eats a line, or the part of one that has come. */
static enum message_step feed_head(struct message *m, const char *p, size_t n, size_t *eaten)
{
    const char *end = memchr(p, '\n', n);
    size_t part = end != NULL ? (size_t)(end - p) + 1 : n;

    *eaten += part;
    if (!may_begin(m, p[0]))
        return refuse(m, REFUSAL_REQUEST_LINE);
    if (m->text.len + part > m->limits->header_bytes)
        return refuse(m, REFUSAL_HEAD_SIZE);
    buf_add(&m->text, p, part);
    return end != NULL ? read_line(m) : MESSAGE_MORE;
}

static enum message_step feed_body(struct message *m, const char *p, size_t n, size_t *eaten)
{
    size_t left = m->admitted.length - m->text.len;
    size_t part = n < left ? n : left;

    *eaten += part;
    buf_add(&m->text, p, part);
    return part == left ? finish(m) : MESSAGE_MORE;
}

static enum message_step feed_chunks(struct message *m, const char *p, size_t n, size_t *eaten)
{
    size_t part = 0;
    enum refusal why = chunk_feed(&m->chunk, p, n, &part);

    *eaten += part;
    if (why != REFUSAL_NOTHING)
        return refuse(m, why);
    return m->chunk.state == CHUNK_OVER ? finish(m) : MESSAGE_MORE;
}

enum message_step message_feed(struct message *m, const char *p, size_t n, size_t *eaten)
{
    enum message_step step = MESSAGE_MORE;

    *eaten = 0;
    while (step == MESSAGE_MORE && *eaten < n && m->state != MESSAGE_OVER) {
        const char *at = p + *eaten;
        size_t left = n - *eaten;

        step = m->state == MESSAGE_HEAD   ? feed_head(m, at, left, eaten)
               : m->state == MESSAGE_BODY ? feed_body(m, at, left, eaten)
                                          : feed_chunks(m, at, left, eaten);
    }
    return step;
}

void message_clear(struct message *m)
{
    chunk_clear(&m->chunk);
    buf_clear(&m->text);
}

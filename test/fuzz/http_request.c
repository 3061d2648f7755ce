/*
 * http_request.c - any bytes as requests, whole and cut: the same must come of both.
 *
 * The first byte says how the bytes are cut. What passes must keep its promises:
 * limits, texts without NUL, a path that begins with '/'.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/message.h"
#include "http/server.h"

enum { HEAD_MAX = 1024, BODY_MAX = 512, REQUESTS_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check(struct http_request *r)
{
    must(r->path[0] == '/' || strcmp(r->path, "*") == 0);
    must(r->body_len <= BODY_MAX && r->body[r->body_len] == '\0');
    must(r->arena.total <= (size_t)16 * HEAD_MAX + (size_t)16 * BODY_MAX);
    for (size_t i = 0; i < r->header_count; i++) {
        must(r->headers[i].name[0] != '\0');
        must(strpbrk(r->headers[i].value, "\r\n") == NULL);
    }
    (void)http_query(r, "a");
    (void)http_form(r, "a");
}

static void note(struct buf *out, const struct http_request *r)
{
    buf_printf(out, "%s %s %s %s\n", r->method, r->target, r->path, r->query);
    for (size_t i = 0; i < r->header_count; i++)
        buf_printf(out, "%s: %s\n", r->headers[i].name, r->headers[i].value);
    buf_add(out, r->body, r->body_len);
}

/* Reads one request in pieces; returns how many bytes it took, 0 when there is no next. */
static size_t read_one(const char *p, size_t n, size_t piece, struct buf *out)
{
    const struct http_limits limits = {.header_bytes = HEAD_MAX, .body_bytes = BODY_MAX};
    struct http_request r = {0};
    struct message m = {0};
    enum message_step step = MESSAGE_MORE;
    size_t at = 0;

    message_start(&m, &limits, &r);
    while (at < n && step != MESSAGE_WHOLE && step != MESSAGE_REFUSED) {
        size_t eaten = 0;

        step = message_feed(&m, p + at, n - at < piece ? n - at : piece, &eaten);
        must(eaten > 0);
        at += eaten;
    }
    if (step == MESSAGE_WHOLE) {
        check(&r);
        note(out, &r);
    } else {
        buf_printf(out, "%d %d\n", (int)step, (int)m.refusal);
    }
    message_clear(&m);
    arena_clear(&r.arena);
    return step == MESSAGE_WHOLE ? at : 0;
}

static void read_all(const char *p, size_t n, size_t piece, struct buf *out)
{
    size_t used = 1;

    for (int i = 0; i < REQUESTS_MAX && n > 0 && used > 0; i++) {
        used = read_one(p, n, piece, out);
        p += used;
        n -= used;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole = {0};
    struct buf cut = {0};

    if (size < 2)
        return 0;
    read_all((const char *)data + 1, size - 1, size, &whole);
    read_all((const char *)data + 1, size - 1, (size_t)data[0] + 1, &cut);
    must(whole.len == cut.len && memcmp(whole.data, cut.data, cut.len) == 0);
    buf_clear(&whole);
    buf_clear(&cut);
    return 0;
}

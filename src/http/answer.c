/*
 * answer.c - http_reply(): the bytes of an answer, and the end of its request.
 *
 * It knows nothing of sockets: conn.c sends what is made here. The loop's thread.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "http/inside.h"
#include "loop/loop.h"

enum { DATE_SIZE = 40, KEEP_BYTES = 65536 };

struct reason {
    int status;
    const char *text;
};

/* RFC 9110, 15; sorted. A status that is not here has an empty reason, which is legal. */
/* clang-format off */
static const struct reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
};
/* clang-format on */

static const char *reason_of(int status)
{
    size_t low = 0;
    size_t high = sizeof(reasons) / sizeof(reasons[0]);

    while (low < high) {
        size_t mid = (low + high) / 2;

        if (reasons[mid].status == status)
            return reasons[mid].text;
        if (reasons[mid].status < status)
            low = mid + 1;
        else
            high = mid;
    }
    return "";
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), made once a second. */
static const char *date_now(void)
{
    static _Thread_local char text[DATE_SIZE];
    static _Thread_local time_t made;
    time_t now = (time_t)(clock_wall_ms() / 1000);
    struct tm tm;

    if (now != made && gmtime_r(&now, &tm) != NULL) {
        static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

        (void)snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
                       tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                       tm.tm_sec);
        made = now;
    }
    return text;
}

/* A line break in a value would be a header of the client's choice. */
static void add_header(struct buf *out, const char *name, const char *value)
{
    size_t at;

    buf_text(out, name);
    buf_add(out, ": ", 2);
    at = out->len;
    buf_text(out, value);
    for (; at < out->len; at++) {
        if ((unsigned char)out->data[at] < ' ')
            out->data[at] = ' ';
    }
    buf_add(out, "\r\n", 2);
}

static void add_number(struct buf *out, size_t n)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    buf_add(out, digits + at, sizeof(digits) - at);
}

void answer_write(struct buf *out, const struct request *r, const struct http_reply *reply,
                  bool close)
{
    /* RFC 9110, 6.4.1 and 8.6: these have no body, and a length would announce one. */
    bool has_none = reply->status < 200 || reply->status == 204 || reply->status == 304;
    size_t len = reply->content_type != NULL ? reply->body_len : 0;

    buf_text(out, "HTTP/1.1 ");
    add_number(out, (size_t)reply->status);
    buf_char(out, ' ');
    buf_text(out, reason_of(reply->status));
    buf_text(out, "\r\nDate: ");
    buf_text(out, date_now());
    buf_add(out, "\r\n", 2);
    if (!has_none) {
        if (reply->content_type != NULL)
            add_header(out, "Content-Type", reply->content_type);
        buf_text(out, "Content-Length: ");
        add_number(out, len);
        buf_add(out, "\r\n", 2);
    }
    if (close)
        buf_text(out, "Connection: close\r\n");
    else if (r->is_old)
        buf_text(out, "Connection: keep-alive\r\n");
    for (size_t i = 0; i < reply->header_count; i++)
        add_header(out, reply->headers[i].name, reply->headers[i].value);
    buf_add(out, "\r\n", 2);
    if (!has_none && !str_eq(r->pub.method, "HEAD"))
        buf_add(out, reply->body, len);
}

static void free_request(struct request *r)
{
    timer_stop(&r->later);
    arena_clear(&r->pub.arena);
    (void)mem_free(r);
}

static void on_later(void *arg)
{
    struct request *r = arg;
    http_sent_h *h = r->on_sent;
    void *h_arg = r->arg;

    free_request(r);
    h(false, h_arg);
}

/* The client is gone: the reply goes nowhere, and its owner is told in the next turn. */
static void reply_to_nobody(struct request *r, const struct http_reply *reply)
{
    r->on_sent = reply->on_sent;
    r->arg = reply->arg;
    if (r->on_sent != NULL)
        timer_start(&r->later, r->loop, 0, on_later, r);
    else
        free_request(r);
}

void http_reply(struct http_request *r, const struct http_reply *reply)
{
    struct request *own = (struct request *)(void *)((char *)r - offsetof(struct request, pub));
    struct conn *c = own->conn;
    struct http_reply out = *reply;
    struct buf *b;

    assert(loop_is_mine(own->loop));
    assert(!r->is_replied);
    r->is_replied = true;
    if (c == NULL) {
        reply_to_nobody(own, reply);
        return;
    }
    out.close = out.close || !own->keep_alive || c->server->is_draining;
    b = &c->server->reply;
    b->len = 0;
    answer_write(b, own, &out, out.close);
    c->request = NULL;
    if (conn_reply(c, b->data, b->len, &out))
        free_request(own);
    else
        reply_to_nobody(own, reply);
    if (b->size > KEEP_BYTES)
        buf_clear(b);
}

void answer_drop(struct request *r)
{
    if (r != NULL)
        free_request(r);
}

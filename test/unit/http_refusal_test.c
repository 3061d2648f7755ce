/*
 * http_refusal_test.c - what is taken and what is refused, as a table; the limits.
 */
#include "http_site.h"

#include "http/message.h"

/* ---- the table ---- */

struct probe {
    const char *raw;
    size_t len; /* 0: strlen(raw) */
    const char *status;
    const char *part; /* of the answer; NULL: any */
};

#define RAW(s) s, sizeof(s) - 1
#define BAD "HTTP/1.1 400 "
#define GOOD "HTTP/1.1 200 OK\r\n"

/* clang-format off */
static const struct probe probes[] = {
    /* what is good */
    {RAW("GET / HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /|||2]"},
    {RAW("\r\nGET / HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /|||2]"},
    {RAW("GET /a%20b?c=%20d HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /a b|c=%20d||2]"},
    {RAW("GET /a%2Fb%25 HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /a/b%|||2]"},
    {RAW("GET /? HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /|||2]"},
    {RAW("POST / HTTP/1.1\r\n" HOST LAST "Content-Length: 3\r\n\r\nabc"), GOOD, "[POST /||abc|3]"},
    {RAW("POST / HTTP/1.1\r\n" HOST LAST "content-length:003  \r\n\r\nabc"), GOOD, "||abc|"},
    {RAW("POST / HTTP/1.1\r\n" HOST LAST "Content-Length: 0\r\n\r\n"), GOOD, "[POST /|||3]"},
    {RAW("POST / HTTP/1.1\r\n" HOST LAST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nT: v\r\n\r\n"), GOOD, "||abcde|"},
    {RAW("POST / HTTP/1.1\r\n" HOST LAST "Transfer-Encoding: Chunked\r\n\r\n00A\r\n0123456789\r\n0\r\n\r\n"), GOOD, "||0123456789|"},
    {RAW("POST / HTTP/1.1\r\n" HOST LAST "Transfer-Encoding: chunked\r\n\r\n3 ;x\r\nabc\r\n0;y;z=1\r\nContent-Length: 9\r\n\r\n"), GOOD, "||abc|"},
    {RAW("POST / HTTP/1.1\r\n" HOST LAST "Content-Length: 3\r\nContent-Encoding: identity\r\n\r\nabc"), GOOD, "||abc|"},
    {RAW("GET http://a/x?y HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /x|y||2]"},
    {RAW("GET HTTPS://A?y HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /|y||2]"},
    {RAW("GET http://a HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /|||2]"},
    {RAW("OPTIONS * HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[OPTIONS *|||2]"},
    {RAW("GET / HTTP/1.0\r\n\r\n"), GOOD, "Connection: close\r\n"},
    {RAW("GET / HTTP/1.1\r\nHost: [::1]:80\r\n" LAST "Empty:\r\nT:\ta\tb\r\nUtf: \xc3\xa4\r\n\r\n"), GOOD, "[GET /|||5]"},
    {RAW("GET / HTTP/1.1\r\n" HOST "Connection: x, Close\r\n\r\n"), GOOD, "[GET /|||2]"},
    {RAW("GET / HTTP/1.1\r\n" HOST "Connection: keep-alive\r\nConnection: close\r\n\r\n"), GOOD, "|3]"},
    {RAW("GET / HTTP/1.1\r\n" HOST "Connection: upgrade, close\r\nUpgrade: h2c\r\n\r\n"), GOOD, "|3]"},
    {RAW("HEAD / HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "Content-Length: 12\r\n"},
    {RAW("GET /none HTTP/1.1\r\n" HOST LAST "\r\n"), "HTTP/1.1 204 No Content\r\n", NULL},
    /* framing that two readers could read in two ways */
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), BAD, "together"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"), BAD, "together"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), BAD, "twice"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), BAD, "twice"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc"), BAD, NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length : 3\r\n\r\nabc"), BAD, "space before"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: +3\r\n\r\nabc"), BAD, "not a number"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: -3\r\n\r\nabc"), BAD, "not a number"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 0x3\r\n\r\nabc"), BAD, "not a number"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3 3\r\n\r\nabc"), BAD, "not a number"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\nabc"), BAD, NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\r\n\r\n"), BAD, NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), BAD, "space before"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"), BAD, "space before"},
    {RAW("POST / HTTP/1.1\r\n" HOST " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), BAD, "folded"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding:\x0b" "chunked\r\n\r\n0\r\n\r\n"), BAD, "control"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n"), BAD, "exactly"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n , identity\r\n\r\n0\r\n\r\n"), BAD, "folded"},
    {RAW("POST / HTTP/1.1\r\n" HOST "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), BAD, "LF"},
    {RAW("POST / HTTP/1.1\r\n" HOST "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), BAD, "CR"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length : 3\r\n\r\n0\r\n\r\n"), BAD, "space before"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"), BAD, "together"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\ncontent-length: 3\r\n\r\n0\r\n\r\n"), BAD, "twice"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\tX: y\r\n\r\n0\r\n\r\n"), BAD, "folded"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\x0b\r\n\r\n0\r\n\r\n"), BAD, "control"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3,\r\n\r\n0\r\n\r\n"), BAD, "not a number"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3;\r\n\r\n0\r\n\r\n"), BAD, "not a number"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\xc2\xa0\r\n\r\n0\r\n\r\n"), BAD, "not a number"},
    /* lines */
    {RAW("GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n"), BAD, "NUL"},
    {RAW("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), BAD, "NUL"},
    {RAW("GET / HTTP/1.1\nHost: a\n\n"), BAD, "LF"},
    {RAW("GET / HTTP/1.1\r\nHost: a\n\r\n"), BAD, "LF"},
    {RAW("GET / HTTP/1.1\r\n" HOST "\n"), BAD, "LF"},
    {RAW("GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n"), BAD, "CR"},
    {RAW("GET / HTTP/1.1\r\n" HOST "A: b\r\r\n\r\n"), BAD, "CR"},
    {RAW("GET / HTTP/1.1\r\n" HOST "A: b\r\n folded\r\n\r\n"), BAD, "folded"},
    {RAW("GET / HTTP/1.1\r\n" HOST "A: b\r\n\tfolded\r\n\r\n"), BAD, "folded"},
    {RAW("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), BAD, "folded"},
    {RAW("GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n"), BAD, "name"},
    {RAW("GET / HTTP/1.1\r\n" HOST ": nameless\r\n\r\n"), BAD, "name"},
    {RAW("GET / HTTP/1.1\r\n" HOST "g\xc3\xa4rk: x\r\n\r\n"), BAD, "name"},
    {RAW("GET / HTTP/1.1\r\n" HOST "A: \x01\r\n\r\n"), BAD, "control"},
    {RAW("GET / HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n"), BAD, "control"},
    {RAW("GET  / HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET /  HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET / x HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW(" GET / HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET /\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET / HTTP/1.1 \r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET / HTTP/11\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET / http/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), BAD, "request line"},
    {RAW("\r\n\x16\x03\x01"), BAD, "request line"},
    {RAW("\0GET / HTTP/1.1\r\n"), BAD, "request line"},
    {RAW("\nGET / HTTP/1.1\r\n"), BAD, "request line"},
    {RAW("GET / HTTP/2.0\r\n" HOST "\r\n"), "HTTP/1.1 505 ", NULL},
    {RAW("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "HTTP/1.1 505 ", NULL},
    {RAW("GET / HTTP/1.2\r\n" HOST "\r\n"), "HTTP/1.1 505 ", NULL},
    {RAW("GET / HTTP/0.9\r\n" HOST "\r\n"), "HTTP/1.1 505 ", NULL},
    {RAW("BREW / HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 501 ", NULL},
    {RAW("get / HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 501 ", NULL},
    {RAW("Get / HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 501 ", NULL},
    {RAW("GETT / HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 501 ", NULL},
    {RAW("PRI * HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 501 ", NULL},
    {RAW("GE\0T / HTTP/1.1\r\n" HOST "\r\n"), BAD, "NUL"},
    {RAW("G\xc3\x89T / HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET:/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("HTTP/1.1 200 OK\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET / HTTP/1.1\t\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET / HTTP/1.10\r\n" HOST "\r\n"), BAD, "request line"},
    {RAW("GET / ICY/1.1\r\n" HOST "\r\n"), BAD, "request line"},
    /* host and target */
    {RAW("GET / HTTP/1.1\r\n\r\n"), BAD, "missing"},
    {RAW("GET / HTTP/1.1\r\n" HOST HOST "\r\n"), BAD, "twice"},
    {RAW("GET / HTTP/1.0\r\n" HOST "Host: b\r\n\r\n"), BAD, "twice"},
    {RAW("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), BAD, "Host"},
    {RAW("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), BAD, "Host"},
    {RAW("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), BAD, "Host"},
    {RAW("GET / HTTP/1.1\r\nHost:\r\n\r\n"), BAD, "Host"},
    {RAW("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), BAD, "space before"},
    {RAW("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), BAD, "Host"},
    {RAW("GET / HTTP/1.1\r\nHost: a?b\r\n\r\n"), BAD, "Host"},
    {RAW("GET / HTTP/1.1\r\nHost: http://a\r\n\r\n"), BAD, "Host"},
    {RAW("GET http://b/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), BAD, "twice"},
    {RAW("GET http://a.b/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "another host"},
    {RAW("GET http://a%2f@b/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET //b/ HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET //b/|"},
    {RAW("GET \\\\b HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET / HTTP/1.1\r\n" HOST "Authorization: Bearer x\r\nauthorization: Bearer y\r\n\r\n"), BAD, "Authorization"},
    {RAW("GET http://b/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "another host"},
    {RAW("GET http://a:8080/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "another host"},
    {RAW("GET http://a@a/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET http:///x HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET a HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET * HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET /a#b HTTP/1.1\r\n" HOST "\r\n"), BAD, "target"},
    {RAW("GET /% HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%2 HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%2?x HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%zz HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%00 HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%0d%0a HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%7f HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%u0041 HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%+1 HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /a%2 HTTP/1.1\r\n" HOST "\r\n"), BAD, "escape"},
    {RAW("GET /%252e%252e HTTP/1.1\r\n" HOST LAST "\r\n"), GOOD, "[GET /%2e%2e|"},
    /* bodies */
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\n\r\n"), "HTTP/1.1 413 ", NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999\r\n\r\n"), "HTTP/1.1 413 ", NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n"), "HTTP/1.1 413 ", NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3e9\r\n"), "HTTP/1.1 413 ", NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n3e8\r\n"), "HTTP/1.1 413 ", NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcXY0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;\x01\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n10000000000000003\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3 \r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n 3\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3,x\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;x=\0\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3;x\ry\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\r\nabc\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\r\n0\r\n\r\n"), BAD, "chunks"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nContent-Length : 3\r\n\r\n"), BAD, "space before"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: \0\r\n\r\n"), BAD, "NUL"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n bad\r\n\r\n"), BAD, "folded"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nT: v\n\r\n"), BAD, "LF"},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc"), "HTTP/1.1 415 ", NULL},
    {RAW("POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: magic\r\n\r\nabc"), "HTTP/1.1 417 ", NULL},
};
/* clang-format on */

static void the_table_is_answered_as_written(void **state)
{
    struct client c;

    (void)state;
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        const struct probe *p = &probes[i];
        bool good = p->status[9] == '2';
        int before = site.requests;
        int64_t refused = count_get(COUNT_HTTP_REFUSED);

        client_open(&c);
        client_send(&c, p->raw, p->len);
        await_end(&c);
        if (c.got.len == 0 || strncmp(c.got.data, p->status, strlen(p->status)) != 0 ||
            (p->part != NULL && strstr(c.got.data, p->part) == NULL) ||
            site.requests != before + (good ? 1 : 0))
            fail_msg("row %zu '%.60s' was answered '%s'", i, p->raw, c.got.data);
        assert_false(c.is_reset);
        assert_int_equal(count_get(COUNT_HTTP_REFUSED) - refused, good ? 0 : 1);
        client_close(&c);
    }
}

/* Feeds a probe in pieces; what came of it, as a text in out. */
static void feed_in_pieces(const struct probe *p, size_t piece, struct buf *out)
{
    const struct http_limits limits = {.header_bytes = HEAD_MAX, .body_bytes = BODY_MAX};
    struct http_request r = {0};
    struct message m = {0};
    enum message_step step = MESSAGE_MORE;

    message_start(&m, &limits, &r);
    for (size_t at = 0; at < p->len && step != MESSAGE_WHOLE && step != MESSAGE_REFUSED;) {
        size_t n = p->len - at < piece ? p->len - at : piece;
        size_t eaten = 0;

        step = message_feed(&m, p->raw + at, n, &eaten);
        at += eaten;
    }
    out->len = 0;
    buf_printf(out, "%d %d %s %s %s %s", (int)step, (int)m.refusal, r.method, r.path, r.query,
               r.body);
    for (size_t i = 0; step == MESSAGE_WHOLE && i < r.header_count; i++)
        buf_printf(out, " %s=%s", r.headers[i].name, r.headers[i].value);
    message_clear(&m);
    arena_clear(&r.arena);
}

static void how_the_bytes_were_cut_makes_no_difference(void **state)
{
    struct buf whole = {0};
    struct buf cut = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
        feed_in_pieces(&probes[i], probes[i].len, &whole);
        for (size_t piece = 1; piece < 8; piece++) {
            feed_in_pieces(&probes[i], piece, &cut);
            assert_string_equal(cut.data, whole.data);
        }
    }
    buf_clear(&whole);
    buf_clear(&cut);
}

static void an_empty_header_leaves_its_neighbours_alone(void **state)
{
    static const struct probe p = {
        RAW("GET / HTTP/1.1\r\n" HOST "A:\r\nB: \r\nC:\tc d \r\nD:\r\n\r\n"), NULL, NULL};
    struct buf out = {0};

    (void)state;
    feed_in_pieces(&p, p.len, &out);
    assert_string_equal(out.data, "2 0 GET /   Host=a A= B= C=c d D=");
    buf_clear(&out);
}

/* ---- limits ---- */

static void a_head_over_the_limit_is_answered_431_and_one_at_it_passes(void **state)
{
    static char raw[HEAD_MAX + 2];
    struct client c;

    (void)state;
    for (size_t size = HEAD_MAX; size <= HEAD_MAX + 1; size++) {
        static const char start[] = "GET / HTTP/1.1\r\n" HOST LAST "X: ";

        memset(raw, 'x', sizeof(raw));
        memcpy(raw, start, sizeof(start) - 1);
        raw[size - 4] = raw[size - 2] = '\r';
        raw[size - 3] = raw[size - 1] = '\n';
        client_open(&c);
        client_send(&c, raw, size);
        await_end(&c);
        assert_memory_equal(c.got.data, size > HEAD_MAX ? "HTTP/1.1 431" : "HTTP/1.1 200", 12);
        client_close(&c);
    }
}

static void the_answer_to_a_body_too_large_arrives_though_the_client_goes_on(void **state)
{
    static char more[2 << 20];
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "POST / HTTP/1.1\r\n" HOST "Content-Length: 2097152\r\n\r\n");
    client_send(&c, more, sizeof(more));
    await_end(&c);
    assert_false(c.is_reset);
    assert_memory_equal(c.got.data, "HTTP/1.1 413", 12);
    assert_int_equal(site.requests, 0);
    client_close(&c);
}

static void an_extension_of_a_chunk_over_the_limit_is_refused(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1;");
    for (int i = 0; i < 100; i++)
        say(&c, "x=yz;");
    await_end(&c);
    assert_memory_equal(c.got.data, "HTTP/1.1 400", 12);
    client_close(&c);
}

static void trailers_over_the_limit_are_refused(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n");
    for (int i = 0; i < HEAD_MAX / 8; i++)
        say(&c, "T: 3456789\r\n");
    await_end(&c);
    assert_memory_equal(c.got.data, "HTTP/1.1 431", 12);
    client_close(&c);
}

static void over_the_connection_limit_the_longest_idle_goes(void **state)
{
    struct client c[4];

    (void)state;
    (void)tear_down(NULL);
    site = (struct site){0};
    open_site(&(struct http_limits){.connections = 3});
    for (int i = 0; i < 3; i++) {
        client_open(&c[i]);
        say(&c[i], "GET /x HTTP/1.1\r\n" HOST "\r\n");
        await(&c[i], "[GET /x");
    }
    say(&c[0], "GET /y HTTP/1.1\r\n" HOST "\r\n"); /* now c[1] is idle for longest */
    await(&c[0], "[GET /y");
    client_open(&c[3]);
    say(&c[3], "GET /z HTTP/1.1\r\n" HOST "\r\n");
    await(&c[3], "[GET /z");
    await_end(&c[1]);
    turn(&c[0]);
    turn(&c[2]);
    assert_false(c[0].has_ended);
    assert_false(c[2].has_ended);
    assert_int_equal(http_connections(site.server), 3);
    assert_int_equal(count_get(COUNT_HTTP_CONNECTIONS), 3);
    for (int i = 0; i < 4; i++)
        client_close(&c[i]);
}

static void one_address_has_its_own_limit(void **state)
{
    struct client c[3];

    (void)state;
    (void)tear_down(NULL);
    site = (struct site){0};
    open_site(&(struct http_limits){.connections_per_ip = 2});
    for (int i = 0; i < 3; i++)
        client_open(&c[i]);
    await_end(&c[2]);
    assert_int_equal(http_connections(site.server), 2);
    client_close(&c[0]);
    for (int i = 0; i < STEPS && http_connections(site.server) > 1; i++)
        turn(&c[1]);
    client_close(&c[2]);
    client_open(&c[2]);
    say(&c[2], "GET / HTTP/1.1\r\n" HOST "\r\n");
    await(&c[2], "[GET /");
    client_close(&c[1]);
    client_close(&c[2]);
}

/* ---- what a handler may ask ---- */

static void headers_queries_and_forms_are_found(void **state)
{
    struct http_header headers[] = {{"Accept", "a"}, {"accept", "b"}};
    char body[] = "grant_type=client+credentials&scope=https%3A%2F%2Fx%2F.default&bad=%zz&nul=%00";
    struct http_request r = {.query = "a=1&b=%20x+y&a=2&c&%64=e&=f",
                             .body = body,
                             .body_len = sizeof(body) - 1,
                             .headers = headers,
                             .header_count = 2};

    (void)state;
    assert_string_equal(http_header(&r, "ACCEPT"), "a");
    assert_null(http_header(&r, "Accept2"));
    assert_string_equal(http_query(&r, "a"), "1");
    assert_string_equal(http_query(&r, "b"), " x y");
    assert_string_equal(http_query(&r, "c"), "");
    assert_string_equal(http_query(&r, "d"), "e");
    assert_null(http_query(&r, "e"));
    assert_string_equal(http_form(&r, "grant_type"), "client credentials");
    assert_string_equal(http_form(&r, "scope"), "https://x/.default");
    assert_null(http_form(&r, "bad"));
    assert_null(http_form(&r, "nul"));
    assert_null(http_form(&r, "missing"));
    arena_clear(&r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_table_is_answered_as_written),
        cmocka_unit_test(how_the_bytes_were_cut_makes_no_difference),
        cmocka_unit_test(an_empty_header_leaves_its_neighbours_alone),
        TEST(a_head_over_the_limit_is_answered_431_and_one_at_it_passes),
        TEST(the_answer_to_a_body_too_large_arrives_though_the_client_goes_on),
        TEST(an_extension_of_a_chunk_over_the_limit_is_refused),
        TEST(trailers_over_the_limit_are_refused),
        TEST(over_the_connection_limit_the_longest_idle_goes),
        TEST(one_address_has_its_own_limit),
        cmocka_unit_test(headers_queries_and_forms_are_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

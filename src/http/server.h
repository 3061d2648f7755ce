/*
 * server.h - HTTP/1.1 requests in, replies out; TLS or not.
 *
 * The only room that knows HTTP's wire form. What is ambiguous is refused before
 * a handler sees it (RFC 9112 section 11.2): TE other than exactly chunked, TE
 * with CL, two CL, NUL, bare CR, folded lines, bad escapes, no or two Hosts.
 * A reply may come much later than its request; headers and body leave in one
 * write. The loop's thread only.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/err.h"

struct loop;
struct tls_context; /* crypto/tls.h */
struct http_server;

struct http_limits {           /* zero: the default in brackets */
    size_t header_bytes;       /* [32 KiB] more: 431 */
    size_t body_bytes;         /* [256 KiB] more: 413 */
    int request_ms;            /* [30 000] from first byte to last of a request: 408 */
    int idle_ms;               /* [60 000] between requests */
    size_t connections;        /* [10 000] more: closed at once, the longest idle first */
    size_t connections_per_ip; /* [0: none] */
};

struct http_header {
    const char *name;
    const char *value;
};

/* Everything in it lives in `arena`, until the reply has been written. */
struct http_request {
    struct arena arena;
    const char *method;
    const char *target; /* as sent, without scheme and host */
    const char *path;   /* escapes resolved once; never holds NUL; "/" at least */
    const char *query;  /* as sent, "" when there is none */
    struct http_header *headers;
    size_t header_count;
    const char *body; /* ends with a 0 that body_len does not count */
    size_t body_len;
    struct addr peer;
    bool tls;
    bool is_replied;
    bool is_gone;     /* the client has closed; a reply is still due and goes nowhere */
    int64_t began_us; /* clock_real_us() at its first byte */
    void *user;       /* the handler's own */
};

/* Called once per request. The handler owes exactly one http_reply(), now or later. */
typedef void http_request_h(struct http_request *r, void *arg);

/* The reply's bytes have been taken by the kernel (sent), or never will be: the client
 * is gone. Called exactly once per reply, never from inside http_reply(). */
typedef void http_sent_h(bool sent, void *arg);

struct http_reply {
    int status;
    const char *content_type; /* NULL: no body */
    const char *body;         /* copied */
    size_t body_len;
    const struct http_header *headers; /* more headers */
    size_t header_count;
    http_sent_h *on_sent; /* may be NULL */
    void *arg;
    bool close; /* say Connection: close and close */
};

/* Replies and frees r (its arena with it). HEAD gets the headers only; 1xx, 204 and 304
 * no body. Date, Content-Length and Connection are added here. */
void http_reply(struct http_request *r, const struct http_reply *reply);

/* The value of a header, by name without regard to case; NULL when absent. Of several,
 * the first. */
const char *http_header(const struct http_request *r, const char *name);

/* One value of the query, unescaped, in the request's arena; NULL when absent or badly
 * escaped. */
const char *http_query(struct http_request *r, const char *name);

/* How many of OData's options the query has: names that begin with '$'. */
size_t http_query_options(const struct http_request *r);

/* Reads one value of an application/x-www-form-urlencoded body in the same way. */
const char *http_form(struct http_request *r, const char *name);

/* What is refused before a handler sees it is told through on_refused, so that its body
 * can have the API's form: fill in reply (texts in r's arena). May be NULL. */
typedef void http_refused_h(struct http_request *r, enum err why, int status, const char *text,
                            struct http_reply *reply, void *arg);

struct http_settings {
    struct http_limits limits;
    http_request_h *on_request;
    http_refused_h *on_refused;
    void *arg;
};

/* Listens on *at (which gets the real port); tls NULL: plain. ctx must outlive it. */
NODISCARD enum err http_listen(struct loop *l, struct addr *at, struct tls_context *tls,
                               const struct http_settings *s, struct http_server **out,
                               struct fail *f);

/* Takes no new connection; idle ones are closed, replies that are due get
 * Connection: close. */
void http_drain(struct http_server *s);

/* Open connections. */
size_t http_connections(const struct http_server *s);

/* Closes all; requests that wait for a reply become is_gone and their reply still frees
 * them. What on_sent is still owed comes in the loop's next turn. NULL is fine. */
void http_close(struct http_server *s);

#endif

/*
 * h1.h - the head of a request taken apart, by http_parser or llhttp.
 *
 * The only place that knows the library, so that llhttp can replace it. The bytes have
 * passed gate.h; two readers that must agree are harder to fool than one. Bodies are
 * not its business: Debian's http_parser is built non-strict and takes any two bytes
 * for the CR LF after a chunk, so message.c and chunk.c count them. Pure.
 */
#ifndef HTTP_H1_H
#define HTTP_H1_H

#include <stddef.h>

#include "http/refusal.h"
#include "http/server.h"

struct h1_head {
    const char *method; /* a constant */
    char *target;
    struct http_header *headers;
    size_t header_count;
    int minor; /* HTTP/1.minor */
};

/* Takes apart the n bytes of a head, its empty line with it; they are changed (texts get
 * their 0 in place) and must outlive the result. headers has room for `room`. */
enum refusal h1_read(char *p, size_t n, struct http_header *headers, size_t room,
                     struct h1_head *out);

#endif

/*
 * admit.h - does this head make sense, and what follows it? RFC 9112, 3, 6 and 9.3.
 *
 * The meaning of headers, after gate.h has seen to their form. Pure.
 */
#ifndef HTTP_ADMIT_H
#define HTTP_ADMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "http/h1.h"
#include "http/refusal.h"
#include "http/server.h"

struct admitted {
    bool is_chunked;
    size_t length; /* of a body that is not chunked */
    bool wants_continue;
    bool keep_alive;
    bool is_old; /* HTTP/1.0 */
};

/* Fills in method, target, path, query and headers of r, and what follows the head. */
enum refusal admit_head(const struct h1_head *h, size_t body_max, struct http_request *r,
                        struct admitted *out);

#endif

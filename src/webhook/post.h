/*
 * post.h - one try of one POST: its headers and its signed body.
 *
 * The control thread. The token and the signature are of this try alone; nothing
 * of them is kept when the try is over.
 */
#ifndef WEBHOOK_POST_H
#define WEBHOOK_POST_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "webhook/backlog.h"

enum { POST_HEADERS_MAX = 9 };

/* The same over all POSTs of a queue: made once. */
struct post_headers {
    char *chain;
    char *scenario;
};

void post_headers_init(struct post_headers *h, const char *chain_id, const char *scenario_id);
void post_headers_clear(struct post_headers *h);

struct post {
    const char *headers[POST_HEADERS_MAX]; /* ends with NULL */
    const char *body;
    size_t body_len;
    struct buf text;    /* what is signed; the body is its tail */
    struct arena arena; /* the headers */
};

/* bearer: "Bearer ...". secret: "whsec_..." or NULL, then it is not signed. */
void post_build(struct post *p, const struct backlog *b, const struct post_headers *h,
                const char *bearer, const char *secret);

void post_clear(struct post *p);

#endif

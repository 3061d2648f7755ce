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

enum { POST_HEADERS_MAX = 11 };

/* The same over all POSTs of a call: made once. NULL where calls share a lane. */
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

/* What a POST needs beside its notices. */
struct post_needs {
    const struct post_headers *headers;
    const char *bearer; /* "Bearer ..." */
    const char *secret; /* "whsec_..." or NULL, then it is not signed */
    const char *parked; /* webhook ids that were parked just before, or NULL */
};
void post_build(struct post *p, const struct backlog *b, const struct post_needs *needs);

void post_clear(struct post *p);

#endif

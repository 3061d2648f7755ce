/*
 * chunk.h - a chunked body read to the letter (RFC 9112, 7.1). Pure.
 */
#ifndef HTTP_CHUNK_H
#define HTTP_CHUNK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "http/refusal.h"

enum chunk_state { CHUNK_SIZE, CHUNK_DATA, CHUNK_DATA_END, CHUNK_TRAILER, CHUNK_OVER };

struct chunk {
    struct buf *body; /* the owner's; grows as data come */
    size_t body_max;
    size_t trailer_max;
    enum chunk_state state;
    size_t left;     /* of the data of this chunk */
    size_t trailers; /* bytes so far */
    struct buf line; /* a size line, trailer line or data end, as far as it has come */
};

/* Before the first chunk; trailers are checked, counted and dropped. */
void chunk_start(struct chunk *c, struct buf *body, size_t body_max, size_t trailer_max);

/* Reads from p what belongs to the body and says in *eaten how much that was. c->state
 * is CHUNK_OVER when the body is whole. */
enum refusal chunk_feed(struct chunk *c, const char *p, size_t n, size_t *eaten);

void chunk_clear(struct chunk *c);

#endif

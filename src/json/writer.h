/*
 * writer.h - writing JSON as a stream into a buffer; commas and escapes are its care.
 *
 *     writer_object(&w, NULL); writer_text(&w, "id", "7"); writer_end(&w);
 *
 * key is NULL inside a list and for the root. A text that is not UTF-8 is written
 * with U+FFFD for each bad byte. Any thread, one writer in one thread.
 */
#ifndef JSON_WRITER_H
#define JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { WRITER_DEPTH = 64 };

struct writer { /* writer_init() */
    struct buf *out;
    unsigned depth;
    bool has_members[WRITER_DEPTH];
    bool is_list[WRITER_DEPTH];
};

/* Appends to out, which stays the caller's. */
void writer_init(struct writer *w, struct buf *out);

void writer_object(struct writer *w, const char *key);
void writer_list(struct writer *w, const char *key);
void writer_end(struct writer *w); /* of the innermost object or list */

void writer_text(struct writer *w, const char *key, const char *value); /* NULL: null */
void writer_int(struct writer *w, const char *key, int64_t value);
void writer_real(struct writer *w, const char *key, double value); /* not finite: null */
void writer_bool(struct writer *w, const char *key, bool value);
void writer_null(struct writer *w, const char *key);
/* A value that is JSON already, checked by whoever made it. */
void writer_raw(struct writer *w, const char *key, const char *json, size_t len);

#endif

/*
 * str.h - texts: copies, comparison, and a buffer that grows.
 *
 * Never fails (base/mem.h). One thread at a time.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* A copy to be freed with mem_free(); NULL stays NULL. */
char *str_dup(const char *s);

/* A formatted text, to be freed with mem_free(). */
char *str_printf(const char *fmt, ...) PRINTF(1, 2);

/* Equal; two NULLs are equal, NULL and a text are not. */
bool str_eq(const char *a, const char *b);

/* Equal without regard to ASCII case. */
bool str_eq_nocase(const char *a, const char *b);

bool str_starts(const char *s, const char *prefix);

/* Copies into dst, cutting at size - 1; returns false when something was cut. */
bool str_copy(char *dst, size_t size, const char *src);

/* Does a control character of C1 (U+0080 to U+009F, two bytes in UTF-8) begin here? Terminals may
 * obey them as they obey ESC. */
bool str_is_c1(const char *s);

/* What a hexadecimal digit of either case stands for; -1: it is none. */
int str_hex_value(char c);

/* Reads a decimal number that fills the whole text; false when it is none, or outside. */
bool str_number(const char *s, int64_t min, int64_t max, int64_t *out);

struct buf {
    char *data; /* always ends with a 0 that len does not count, once something was added */
    size_t len;
    size_t size;
};

/* Adds bytes. A zeroed buf is an empty one. */
void buf_add(struct buf *b, const void *p, size_t n);

void buf_text(struct buf *b, const char *s);

void buf_char(struct buf *b, char c);

void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);

/* Forgets the first n bytes. */
void buf_drop(struct buf *b, size_t n);

/* Gives the bytes away (mem_free() them); the buffer is empty again. Never NULL. */
char *buf_take(struct buf *b);

void buf_clear(struct buf *b);

#endif

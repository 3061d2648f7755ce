#include "base/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

char *str_dup(const char *s)
{
    return s != NULL ? mem_dup(s, strlen(s) + 1) : NULL;
}

char *str_printf(const char *fmt, ...)
{
    va_list ap;
    char *p = NULL;

    va_start(ap, fmt);
    if (vasprintf(&p, fmt, ap) < 0)
        abort();
    va_end(ap);
    return p;
}

bool str_eq(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool str_eq_nocase(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

bool str_starts(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_copy(char *dst, size_t size, const char *src)
{
    size_t n = strlen(src);
    bool whole = n < size;

    if (!whole)
        n = size - 1;
    (void)memcpy(dst, src, n);
    dst[n] = '\0';
    return whole;
}

bool str_is_c1(const char *s)
{
    unsigned char next = s[0] != '\0' ? (unsigned char)s[1] : 0;

    return (unsigned char)s[0] == 0xc2 && next >= 0x80 && next <= 0x9f;
}

int str_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool str_number(const char *s, int64_t min, int64_t max, int64_t *out)
{
    char *end = NULL;
    long long v;

    if (s == NULL || (*s != '-' && (*s < '0' || *s > '9')))
        return false;
    errno = 0;
    v = strtoll(s, &end, 10);
    if (errno != 0 || *end != '\0' || v < min || v > max)
        return false;
    *out = v;
    return true;
}

static void reserve(struct buf *b, size_t n)
{
    size_t want = b->len + n + 1;

    if (want <= b->size)
        return;
    b->size = want > 2 * b->size ? want : 2 * b->size;
    if (b->size < 256)
        b->size = 256;
    b->data = mem_grow(b->data, b->size);
}

void buf_add(struct buf *b, const void *p, size_t n)
{
    reserve(b, n);
    if (n != 0)
        (void)memcpy(b->data + b->len, p, n);
    b->len += n;
    b->data[b->len] = '\0';
}

void buf_text(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    reserve(b, 1);
    b->data[b->len++] = c;
    b->data[b->len] = '\0';
}

/* Most texts fit what is left of the buffer: they are printed once, not twice. */
void buf_printf(struct buf *b, const char *fmt, ...)
{
    size_t left = b->size - b->len;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vsnprintf(left != 0 ? b->data + b->len : NULL, left, fmt, ap);
    va_end(ap);
    if (n < 0)
        return;
    if ((size_t)n >= left) {
        reserve(b, (size_t)n);
        va_start(ap, fmt);
        (void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    b->len += (size_t)n;
}

void buf_drop(struct buf *b, size_t n)
{
    if (n > b->len)
        n = b->len;
    if (n == 0)
        return;
    b->len -= n;
    (void)memmove(b->data, b->data + n, b->len + 1);
}

char *buf_take(struct buf *b)
{
    char *p = b->data != NULL ? b->data : str_dup("");

    *b = (struct buf){0};
    return p;
}

void buf_clear(struct buf *b)
{
    (void)mem_free(b->data);
    *b = (struct buf){0};
}

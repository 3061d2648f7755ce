/*
 * writer.c - JSON as a stream; no tree is built, nothing is allocated but the buffer.
 */
#include "json/writer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void writer_init(struct writer *w, struct buf *out)
{
    *w = (struct writer){.out = out};
}

/* How many bytes at s are one valid character beyond ASCII (RFC 3629, section 4); 0: none.
 * The text ends with a 0, which is no continuation byte, so nothing is read behind it. */
static size_t utf8_length(const unsigned char *s)
{
    size_t n;
    unsigned low = 0x80; /* bounds of the second byte */
    unsigned high = 0xbf;

    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (s[0] == 0xe0)
        low = 0xa0; /* no longer form of what fits two bytes */
    else if (s[0] == 0xed)
        high = 0x9f; /* no surrogates */
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f; /* nothing above U+10FFFF */
    if (s[1] < low || s[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

static void put_escape(struct buf *out, unsigned char c)
{
    static const char names[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    const char *p = strchr(names, c);

    if (p != NULL) {
        buf_char(out, '\\');
        buf_char(out, letters[p - names]);
    } else {
        buf_printf(out, "\\u%04x", c);
    }
}

/* ASCII that stands for itself (RFC 8259, section 7): all but controls, the quote and the
 * backslash. */
static bool is_plain(unsigned char c)
{
    return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

/* Runs of harmless bytes are copied in one go. */
static void put_text(struct buf *out, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    const unsigned char *run = s;

    buf_char(out, '"');
    for (;;) {
        size_t n;

        while (is_plain(*s))
            s++;
        if (*s == '\0')
            break;
        n = *s < 0x80 ? 1 : utf8_length(s);
        if (n > 1) {
            s += n;
            continue;
        }
        buf_add(out, run, (size_t)(s - run));
        if (n == 0)
            buf_text(out, "\xef\xbf\xbd"); /* U+FFFD */
        else
            put_escape(out, *s);
        run = ++s;
    }
    buf_add(out, run, (size_t)(s - run));
    buf_char(out, '"');
}

/* What stands before every value: a comma when it is not the first, and its key. */
static void put_key(struct writer *w, const char *key)
{
    if (w->depth > 0) {
        unsigned top = w->depth - 1;

        assert(w->is_list[top] == (key == NULL));
        if (w->has_members[top])
            buf_char(w->out, ',');
        w->has_members[top] = true;
    }
    if (key != NULL) {
        put_text(w->out, key);
        buf_char(w->out, ':');
    }
}

static void open_level(struct writer *w, const char *key, bool list)
{
    assert(w->depth < WRITER_DEPTH);
    put_key(w, key);
    buf_char(w->out, list ? '[' : '{');
    w->has_members[w->depth] = false;
    w->is_list[w->depth] = list;
    w->depth++;
}

void writer_object(struct writer *w, const char *key)
{
    open_level(w, key, false);
}

void writer_list(struct writer *w, const char *key)
{
    open_level(w, key, true);
}

void writer_end(struct writer *w)
{
    assert(w->depth > 0);
    w->depth--;
    buf_char(w->out, w->is_list[w->depth] ? ']' : '}');
}

void writer_text(struct writer *w, const char *key, const char *value)
{
    put_key(w, key);
    if (value != NULL)
        put_text(w->out, value);
    else
        buf_add(w->out, "null", 4);
}

void writer_int(struct writer *w, const char *key, int64_t value)
{
    char digits[24];
    char *p = digits + sizeof(digits);
    uint64_t v = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

    put_key(w, key);
    do {
        *--p = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    if (value < 0)
        *--p = '-';
    buf_add(w->out, p, (size_t)(digits + sizeof(digits) - p));
}

void writer_real(struct writer *w, const char *key, double value)
{
    char text[40];

    if (!isfinite(value)) {
        writer_null(w, key);
        return;
    }
    put_key(w, key);
    /* 17 digits bring every double back, 15 most of them. The program never sets a locale, so
     * the point is a point. */
    (void)snprintf(text, sizeof(text), "%.15g", value);
    if (strtod(text, NULL) != value)
        (void)snprintf(text, sizeof(text), "%.17g", value);
    buf_text(w->out, text);
}

void writer_bool(struct writer *w, const char *key, bool value)
{
    put_key(w, key);
    buf_text(w->out, value ? "true" : "false");
}

void writer_null(struct writer *w, const char *key)
{
    put_key(w, key);
    buf_add(w->out, "null", 4);
}

void writer_raw(struct writer *w, const char *key, const char *json, size_t len)
{
    put_key(w, key);
    buf_add(w->out, json, len);
}

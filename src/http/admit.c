/*
 * admit.c - the rules about headers, each a function of what was seen. Any thread.
 */
#include "http/admit.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "http/uri.h"

enum { LENGTH_DIGITS_MAX = 15 };

/* The headers that decide how a request is read. */
/* clang-format off */
#define KNOWN(X)                               \
    X(HOST,              "Host")               \
    X(LENGTH,            "Content-Length")     \
    X(TRANSFER_ENCODING, "Transfer-Encoding")  \
    X(CONTENT_ENCODING,  "Content-Encoding")   \
    X(EXPECT,            "Expect")             \
    X(CONNECTION,        "Connection")         \
    X(AUTHORIZATION,     "Authorization")
/* clang-format on */

enum known {
#define X(name, text) SEEN_##name,
    KNOWN(X)
#undef X
        SEEN_COUNT
};

static const char *const known_names[] = {
#define X(name, text) text,
    KNOWN(X)
#undef X
};

struct seen {
    const char *value; /* the first */
    size_t count;
};

/* Is a word in a list like "a, B ,c"? */
static bool has_word(const char *list, const char *word)
{
    size_t n = strlen(word);

    while (*list != '\0') {
        size_t len;

        list += strspn(list, " \t,");
        len = strcspn(list, " \t,");
        if (len == n && strncasecmp(list, word, n) == 0)
            return true;
        list += len;
    }
    return false;
}

/* Connection may stand there many times; the words of all count (RFC 9110, 7.6.1). */
static void look(const struct h1_head *h, struct seen seen[SEEN_COUNT], bool *close, bool *keep)
{
    for (size_t i = 0; i < h->header_count; i++) {
        for (size_t k = 0; k < SEEN_COUNT; k++) {
            if (!str_eq_nocase(h->headers[i].name, known_names[k]))
                continue;
            if (seen[k].count++ == 0)
                seen[k].value = h->headers[i].value;
            if (k == SEEN_CONNECTION) {
                *close = *close || has_word(h->headers[i].value, "close");
                *keep = *keep || has_word(h->headers[i].value, "keep-alive");
            }
        }
    }
}

static enum refusal check_framing(const struct seen *seen, const struct h1_head *h,
                                  struct admitted *out)
{
    const struct seen *coding = &seen[SEEN_TRANSFER_ENCODING];
    const struct seen *length = &seen[SEEN_LENGTH];
    const char *p = length->value;

    if (coding->count > 0 && length->count > 0)
        return REFUSAL_TWO_FRAMINGS;
    if (length->count > 1)
        return REFUSAL_TWO_LENGTHS;
    if (coding->count > 0) {
        out->is_chunked = true;
        return coding->count == 1 && h->minor == 1 && str_eq_nocase(coding->value, "chunked")
                   ? REFUSAL_NOTHING
                   : REFUSAL_ENCODING;
    }
    if (length->count == 0)
        return REFUSAL_NOTHING;
    if (*p == '\0' || p[strspn(p, "0123456789")] != '\0')
        return REFUSAL_LENGTH;
    p += strspn(p, "0");
    if (strlen(p) > LENGTH_DIGITS_MAX)
        return REFUSAL_BODY_SIZE;
    for (; *p != '\0'; p++)
        out->length = out->length * 10 + (size_t)(*p - '0');
    return REFUSAL_NOTHING;
}

static enum refusal check_host(const struct seen *host, const struct h1_head *h)
{
    if (host->count > 1)
        return REFUSAL_TWO_HOSTS;
    if (host->count == 0)
        return h->minor == 1 ? REFUSAL_NO_HOST : REFUSAL_NOTHING;
    /* uri-host [":" port] of RFC 3986; what is missing here would be another part of a URI. */
    if (host->value[0] == '\0' ||
        host->value[strspn(host->value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789-._~%!$&'()*+;=:[]")] != '\0')
        return REFUSAL_HOST;
    return REFUSAL_NOTHING;
}

/* "http://host/path" becomes "/path" (RFC 9112, 3.2.2) when the host is the same. */
static enum refusal reduce(struct arena *a, const char **target, const char *host)
{
    const char *t = *target;
    size_t n;

    if (strncasecmp(t, "http://", 7) == 0)
        t += 7;
    else if (strncasecmp(t, "https://", 8) == 0)
        t += 8;
    else
        return REFUSAL_TARGET;
    n = strcspn(t, "/?");
    if (n == 0 || memchr(t, '@', n) != NULL)
        return REFUSAL_TARGET;
    if (host != NULL && (strlen(host) != n || strncasecmp(t, host, n) != 0))
        return REFUSAL_AUTHORITY;
    *target = t[n] == '/' ? t + n : arena_printf(a, "/%s", t + n);
    return REFUSAL_NOTHING;
}

static enum refusal read_target(const struct h1_head *h, const char *host, struct http_request *r)
{
    enum refusal why = REFUSAL_NOTHING;
    size_t n;

    r->target = h->target;
    if (strchr(r->target, '#') != NULL)
        return REFUSAL_TARGET;
    if (str_eq(r->target, "*") && str_eq(r->method, "OPTIONS")) {
        r->path = r->target;
        return REFUSAL_NOTHING;
    }
    if (r->target[0] != '/')
        why = reduce(&r->arena, &r->target, host);
    if (why != REFUSAL_NOTHING)
        return why;
    n = strcspn(r->target, "?");
    r->query = r->target[n] == '?' ? r->target + n + 1 : "";
    r->path = uri_path(&r->arena, r->target, n);
    if (r->path != NULL)
        return REFUSAL_NOTHING;
    r->path = "/";
    return REFUSAL_ESCAPE;
}

static enum refusal check_body(const struct seen *seen, const struct h1_head *h, size_t body_max,
                               struct admitted *out)
{
    const struct seen *coding = &seen[SEEN_CONTENT_ENCODING];
    const struct seen *expect = &seen[SEEN_EXPECT];
    bool has_body = out->is_chunked || out->length > 0;

    if (has_body && coding->count > 0 &&
        (coding->count > 1 || !str_eq_nocase(coding->value, "identity")))
        return REFUSAL_CONTENT_ENCODING;
    if (out->length > body_max)
        return REFUSAL_BODY_SIZE;
    if (expect->count == 0 || h->minor == 0) /* 1.0 knows none (RFC 9110, 10.1.1) */
        return REFUSAL_NOTHING;
    if (expect->count > 1 || !str_eq_nocase(expect->value, "100-continue"))
        return REFUSAL_EXPECT;
    out->wants_continue = has_body;
    return REFUSAL_NOTHING;
}

enum refusal admit_head(const struct h1_head *h, size_t body_max, struct http_request *r,
                        struct admitted *out)
{
    struct seen seen[SEEN_COUNT] = {0};
    bool close = false;
    bool keep = false;
    enum refusal why;

    r->method = h->method;
    r->headers = h->headers;
    r->header_count = h->header_count;
    look(h, seen, &close, &keep);
    out->is_old = h->minor == 0;
    out->keep_alive = !close && (h->minor == 1 || keep);
    why = check_framing(seen, h, out);
    if (why == REFUSAL_NOTHING && seen[SEEN_AUTHORIZATION].count > 1)
        why = REFUSAL_TWO_TOKENS; /* who is asking must not depend on which one is read */
    if (why == REFUSAL_NOTHING)
        why = check_host(&seen[SEEN_HOST], h);
    if (why == REFUSAL_NOTHING)
        why = read_target(h, seen[SEEN_HOST].value, r);
    if (why == REFUSAL_NOTHING)
        why = check_body(seen, h, body_max, out);
    return why;
}

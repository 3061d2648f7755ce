/*
 * exchange.c - requests copied into one block, redirected, and what their answers' heads say.
 *
 * It belongs to the thread that holds it. It sends nothing.
 */
#include "client/exchange.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/mem.h"

enum { RETRY_AFTER_MAX_S = 7 * 24 * 3600 };

/* Without it, libcurl would ask for "100 Continue" and wait a round trip before a larger body. */
static char no_expect[] = "Expect:";

static size_t count_headers(const char *const *headers, size_t *bytes)
{
    size_t n = 0;

    *bytes = 0;
    if (headers == NULL)
        return 0;
    for (; headers[n] != NULL; n++)
        *bytes += strlen(headers[n]) + 1;
    return n;
}

static char *lay(char **at, const char *s, size_t n)
{
    char *here = *at;

    if (n != 0)
        (void)memcpy(here, s, n);
    here[n] = '\0';
    *at += n + 1;
    return here;
}

struct exchange *exchange_new(const struct client_request *r, client_h *h, void *arg)
{
    size_t header_bytes;
    size_t headers = count_headers(r->headers, &header_bytes);
    size_t texts = strlen(r->method) + strlen(r->url) + r->body_len + 3 + header_bytes;
    struct exchange *x = mem_new(sizeof(*x) + (headers + 1) * sizeof(struct curl_slist) + texts);
    struct curl_slist *nodes = (struct curl_slist *)(void *)(x + 1);
    char *at = (char *)(nodes + headers + 1);

    x->h = h;
    x->arg = arg;
    x->method = lay(&at, r->method, strlen(r->method));
    x->url = lay(&at, r->url, strlen(r->url));
    nodes[0].data = no_expect;
    x->headers = &nodes[0];
    for (size_t i = 0; i < headers; i++) {
        nodes[i + 1].data = lay(&at, r->headers[i], strlen(r->headers[i]));
        nodes[i].next = &nodes[i + 1];
    }
    if (r->body != NULL)
        x->body = lay(&at, r->body, r->body_len);
    x->body_len = r->body != NULL ? r->body_len : 0;
    x->timeout_ms = r->timeout_ms;
    x->max_bytes = r->max_bytes;
    x->redirects = r->redirects;
    x->keep_body = r->keep_body;
    x->retry_after_s = -1;
    x->max_age_s = -1;
    return x;
}

void exchange_free(struct exchange *x)
{
    proxy_end(x);
    x->hop = mem_free(x->hop);
    x->location = mem_free(x->location);
    buf_clear(&x->answer);
    (void)mem_free(x);
}

void exchange_rewind(struct exchange *x)
{
    x->location = mem_free(x->location);
    buf_clear(&x->answer);
    x->body_got = 0;
    x->head_got = 0;
    x->status = 0;
    x->retry_after_s = -1;
    x->max_age_s = -1;
}

static size_t origin_length(const char *url)
{
    const char *from = strstr(url, "://");

    return from == NULL ? 0 : (size_t)(from - url) + 3 + strcspn(from + 3, "/?#");
}

static bool same_origin(const char *a, const char *b)
{
    size_t n = origin_length(a);

    return n == origin_length(b) && strncasecmp(a, b, n) == 0;
}

static bool is_header(const char *line, const char *name)
{
    size_t n = strlen(name);

    return strncasecmp(line, name, n) == 0 && line[n] == ':';
}

static void drop_headers(struct exchange *x, const char *const *names, size_t count)
{
    struct curl_slist **at = &x->headers;

    while (*at != NULL) {
        bool drop = false;

        for (size_t i = 0; i < count && !drop; i++)
            drop = is_header((*at)->data, names[i]);
        if (drop)
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
}

void exchange_turn_to(struct exchange *x, const char *url)
{
    static const char *const of_body[] = {"Content-Type", "Content-Length", "Content-Encoding"};
    static const char *const of_origin[] = {"Authorization", "Cookie", "webhook-signature"};
    char *hop = str_dup(url);

    if (!same_origin(x->url, hop))
        drop_headers(x, of_origin, sizeof(of_origin) / sizeof(of_origin[0]));
    if (x->status != 307 && x->status != 308 && x->body != NULL) {
        drop_headers(x, of_body, sizeof(of_body) / sizeof(of_body[0]));
        x->method = "GET";
        x->body = NULL;
        x->body_len = 0;
    }
    x->hop = mem_free(x->hop);
    x->hop = hop;
    x->url = hop;
    x->redirects--;
}

/* Seconds, or a date in one of the three forms of RFC 9110 section 5.6.7. The peer's
 * clock is the world's, so it is compared with real time and not with base/clock.h. */
static int read_retry_after(const char *value)
{
    int64_t s;

    if (!str_number(value, 0, INT64_MAX, &s)) {
        time_t at = curl_getdate(value, NULL);

        if (at < 0)
            return -1;
        s = (int64_t)at - (int64_t)time(NULL);
    }
    if (s < 0)
        s = 0;
    return s > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : (int)s;
}

/* The directive's number of seconds (RFC 9111, 5.2); -1: it is not there. */
static int read_max_age(const char *value)
{
    static const char name[] = "max-age=";
    int64_t s;
    char digits[16];

    for (; value[0] != '\0'; value += strcspn(value, ","), value += strspn(value, ", \t")) {
        if (strncasecmp(value, name, sizeof(name) - 1) != 0)
            continue;
        (void)str_copy(digits, sizeof(digits), value + sizeof(name) - 1);
        digits[strcspn(digits, ", \t")] = '\0';
        return str_number(digits, 0, INT32_MAX, &s) ? (int)s : -1;
    }
    return -1;
}

/* The value of a header line of this name, without the space around it; false when it is
 * another's, or longer than we care for. */
static bool read_value(const char *line, size_t len, const char *name, char *out, size_t size)
{
    size_t n = strlen(name);

    if (len <= n || strncasecmp(line, name, n) != 0)
        return false;
    line += n;
    len -= n;
    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    while (len > 0 && (unsigned char)line[len - 1] <= ' ')
        len--;
    if (len == 0 || len >= size)
        return false;
    (void)memcpy(out, line, len);
    out[len] = '\0';
    return true;
}

void exchange_on_header(struct exchange *x, const char *line, size_t len)
{
    char value[256];

    if (read_value(line, len, "retry-after:", value, sizeof(value)))
        x->retry_after_s = read_retry_after(value);
    else if (read_value(line, len, "cache-control:", value, sizeof(value)))
        x->max_age_s = read_max_age(value);
}

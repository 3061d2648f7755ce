/*
 * client_answer.c - fuzz: the head of an answer, line by line, and where its redirect leads.
 *
 * The first byte chooses the status; each line is given as libcurl gives it, without a 0
 * behind it; the last one is taken as the address of a redirect.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "client/exchange.h"
#include "client/guard.h"

enum { WEEK_S = 7 * 24 * 3600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static bool has_header(const struct exchange *x, const char *name)
{
    for (const struct curl_slist *h = x->headers; h != NULL; h = h->next)
        if (strncasecmp(h->data, name, strlen(name)) == 0)
            return true;
    return false;
}

static char *host_of(const char *url)
{
    char *host = NULL;
    CURLU *u = curl_url();

    must(u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
         curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK);
    curl_url_cleanup(u);
    return host;
}

/* As client/transfer.c follows it: only what the guard lets pass. */
static void follow(struct exchange *x, const char *location)
{
    static const struct guard dev = {.plain_http = true, .loopback = true, .private_nets = true};
    int status = x->status;
    char *host;

    if (guard_judge(&dev, location, NULL) != GUARD_FINE)
        return;
    exchange_turn_to(x, location);
    exchange_rewind(x);
    host = host_of(x->url);
    must(strcmp(x->url, location) == 0);
    if (strcasecmp(host, "bot.example") != 0)
        must(!has_header(x, "Authorization:") && !has_header(x, "webhook-signature:"));
    must((x->body != NULL) == (status == 307 || status == 308));
    must(has_header(x, "Content-Type:") == (x->body != NULL) && has_header(x, "X-More:"));
    curl_free(host);
}

static void on_told(const struct client_answer *a, void *arg)
{
    (void)a;
    (void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    static const char *const headers[] = {"Authorization: Bearer x", "webhook-signature: v1,x",
                                          "Content-Type: text/plain", "X-More: y", NULL};
    const struct client_request r = {.method = "POST",
                                     .url = "https://bot.example/callback",
                                     .headers = headers,
                                     .body = "hello",
                                     .body_len = 5,
                                     .redirects = 3};
    struct exchange *x;

    if (size < 1)
        return 0;
    x = exchange_new(&r, on_told, NULL);
    x->status = statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))];
    for (data++, size--; size > 0;) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t len = end != NULL ? (size_t)(end - data) + 1 : size;
        char *line = mem_dup(data, len);

        exchange_on_header(x, line, len);
        must(x->retry_after_s >= -1 && x->retry_after_s <= WEEK_S && x->max_age_s >= -1);
        if (len == size && memchr(line, '\0', len) == NULL) {
            line = mem_grow(line, len + 1);
            line[len] = '\0';
            follow(x, line);
        }
        (void)mem_free(line);
        data += len;
        size -= len;
    }
    exchange_free(x);
    return 0;
}

/*
 * exchange.h - one request and its answer, as it travels between the threads.
 *
 * A gift: control makes it, the client's thread works on it and gives it back,
 * control reads the answer and frees it. Texts, header nodes and body of the
 * request lie in one block, so that a request costs one allocation and the
 * header list is never rebuilt.
 */
#ifndef CLIENT_EXCHANGE_H
#define CLIENT_EXCHANGE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/str.h"
#include "client/client.h"
#include "client/proxy.h"
#include "client/turns.h"

struct transfers;

struct exchange {
    struct turn turn;      /* the client's thread */
    struct list_node node; /* in the list of those waiting or under way */
    struct transfers *owner;
    client_h *h;
    void *arg;

    const char *method;
    const char *url; /* into the block, or `hop` */
    struct curl_slist *headers;
    const char *body;
    size_t body_len;
    int timeout_ms;
    size_t max_bytes;
    int redirects;
    bool keep_body;
    bool is_tunnel; /* only connects */

    CURL *easy; /* while under way */
    char *hop;  /* the URL of a redirect */
    enum way way;
    struct addr judged; /* what the proxy is to be asked for, if has_judged */
    bool has_judged;
    struct curl_slist *connect_to; /* the same for libcurl */
    bool is_refused;               /* the guard said no to an address of this request */
    bool is_too_large;
    bool is_again; /* sent once more, on a connection of its own */
    size_t body_got;
    size_t head_got;
    int64_t began_us;

    enum client_fail fail;
    int status;
    int retry_after_s;
    int max_age_s;
    char *location;
    struct buf answer;
    int64_t took_us;
};

struct exchange *exchange_new(const struct client_request *r, client_h *h, void *arg);
void exchange_free(struct exchange *x);

/* Forgets what an earlier hop answered. */
void exchange_rewind(struct exchange *x);

/* Turns the request to where a redirect points, as RFC 9110 section 15.4 has it: a POST
 * becomes a GET unless the status is 307 or 308, and another origin gets no credentials. */
void exchange_turn_to(struct exchange *x, const char *url);

/* Takes in a header line of the answer. */
void exchange_on_header(struct exchange *x, const char *line, size_t len);

#endif

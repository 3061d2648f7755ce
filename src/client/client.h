/*
 * client.h - everything that dials out over HTTP: one libcurl multi, one guard.
 *
 * Runs on its own thread; requests go there and answers come back by mailbox, so
 * a slow bot holds nobody. The address really connected to is judged by the
 * guard, on every hop (client/guard.h). Called from the control thread; h is
 * called in the loop given to client_start().
 */
#ifndef CLIENT_CLIENT_H
#define CLIENT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/guard.h"

struct loop;
struct client;

/* An HTTP proxy that stands between us and the world (client/proxy.h). */
struct client_proxy {
    const char *url;          /* "http://HOST:PORT"; NULL: there is none */
    const char *user;         /* or NULL */
    const char *password;     /* or NULL */
    bool resolves;            /* it resolves names, and what they mean is judged by nobody here */
    const char *const *names; /* these and what is below them go without it */
    size_t name_count;
    const struct guard_range *ranges; /* and addresses in these */
    size_t range_count;
};

struct client_settings {
    struct guard guard;
    struct client_proxy proxy;
    size_t per_host; /* connections to one host and port, less while others have many [64] */
    size_t total;    /* [1 024] */
    const char *user_agent;
    const char *ca_file; /* more trusted CAs, PEM; NULL: the system's only */
};

NODISCARD enum err client_start(struct loop *l, const struct client_settings *s,
                                struct client **out, struct fail *f);

/* Gives up what is under way (each h is still told) and stops the thread. NULL is fine. */
void client_stop(struct client *c);

struct client_request {
    const char *method; /* "GET", "POST" */
    const char *url;
    const char *const *headers; /* "Name: value"; ends with NULL */
    const char *body;           /* copied; NULL: none */
    size_t body_len;
    int timeout_ms;   /* whole request, from when it gets its turn at the host */
    size_t max_bytes; /* of the answer's body; more: failed */
    int redirects;    /* followed at most; the guard judges each hop */
    bool keep_body;   /* false: the answer's body is read and dropped */
};

/* X(NAME, word): why there is no answer. */
#define CLIENT_FAILS(X)                                  \
    X(NONE, "answered")                                  \
    X(REFUSED_ADDRESS, "the address may not be dialled") \
    X(BAD_URL, "the address is no http(s) URL")          \
    X(RESOLVE, "the name does not resolve")              \
    X(CONNECT, "nobody answers there")                   \
    X(PROXY, "the proxy does not let it through")        \
    X(TLS, "the certificate or TLS failed")              \
    X(TIMEOUT, "no answer in time")                      \
    X(TOO_LARGE, "the answer is too large")              \
    X(BROKEN, "the connection broke")                    \
    X(STOPPED, "the server is stopping")

enum client_fail {
#define X(name, text) CLIENT_##name,
    CLIENT_FAILS(X)
#undef X
};
const char *client_fail_text(enum client_fail f);

/* Lives during the call of h. */
struct client_answer {
    enum client_fail fail;
    int status;           /* 0: there is none; said even when its body then failed */
    int retry_after_s;    /* of a Retry-After header (seconds or date); -1: none */
    int max_age_s;        /* max-age of a Cache-Control header; -1: none */
    const char *location; /* where a redirect points, absolute; or NULL */
    const char *body;
    size_t body_len;
    int64_t took_us;
};
typedef void client_h(const struct client_answer *a, void *arg);

/* Sends; h is told exactly once, later. */
void client_send(struct client *c, const struct client_request *r, client_h *h, void *arg);

/* Requests not yet answered. */
size_t client_waiting(const struct client *c);

#endif

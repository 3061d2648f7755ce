/*
 * issuer_fetch.c - see issuer_fetch.h. An answer is 200 with a body, or none: no redirect
 * is followed, the operator names the right address.
 */
#include "main/issuer_fetch.h"

#include <stdio.h>

#include "base/mem.h"
#include "client/client.h"

enum { TIMEOUT_MS = 5000 };

struct asked {
    fetched_h *h;
    void *arg;
};

static void on_answer(const struct client_answer *a, void *arg)
{
    struct asked *asked = arg;
    struct fetched got = {.body = a->body, .len = a->body_len, .max_age_s = a->max_age_s};
    char status[40];

    if (a->fail != CLIENT_NONE) {
        got.fail = client_fail_text(a->fail);
    } else if (a->status != 200) {
        (void)snprintf(status, sizeof(status), "it answers with status %d", a->status);
        got.fail = status;
    }
    asked->h(&got, asked->arg);
    (void)mem_free(asked);
}

void issuer_fetch(const char *url, fetched_h *h, void *h_arg, void *arg)
{
    static const char *const headers[] = {"Accept: application/json", NULL};
    const struct client_request r = {.method = "GET",
                                     .url = url,
                                     .headers = headers,
                                     .timeout_ms = TIMEOUT_MS,
                                     .max_bytes = TRUST_DOCUMENT_BYTES,
                                     .keep_body = true};
    struct asked *asked = mem_new(sizeof(*asked));

    asked->h = h;
    asked->arg = h_arg;
    client_send(arg, &r, on_answer, asked);
}

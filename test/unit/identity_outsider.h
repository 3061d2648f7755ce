/*
 * identity_outsider.h - for the tests of outside issuers: keys that are not ours, their key
 * sets, and a fetch handler that is told by the test what came.
 */
#ifndef TEST_IDENTITY_OUTSIDER_H
#define TEST_IDENTITY_OUTSIDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "identity/jwk.h"
#include "identity/trust.h"
#include "loop/loop.h"
#include "json/writer.h"

#define MINUTE ((int64_t)60 * 1000)
#define HOUR (60 * MINUTE)

/* RFC 7515, A.3.1. */
#define EC_KEY(kid)                                          \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"" kid "\"," \
    "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
    "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"," \
    "\"d\":\"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI\"}"

static inline struct jwk *ec_key(void)
{
    struct jwk *k = jwk_read(EC_KEY("ec"), strlen(EC_KEY("ec")), NULL);

    assert_non_null(k);
    return k;
}

/* A document of one or two keys, with a member more in each when that is given. */
static inline char *key_set(const struct jwk *a, const struct jwk *b, const char *name,
                            const char *json)
{
    const struct jwk *both[] = {a, b};
    struct buf out = {0};
    struct writer w;

    writer_init(&w, &out);
    writer_object(&w, NULL);
    writer_list(&w, "keys");
    for (size_t i = 0; i < 2; i++) {
        if (both[i] == NULL)
            continue;
        writer_object(&w, NULL);
        jwk_write(both[i], JWK_PUBLIC, &w);
        if (name != NULL)
            writer_raw(&w, name, json, strlen(json));
        writer_end(&w);
    }
    writer_end(&w);
    writer_end(&w);
    return buf_take(&out);
}

/* What was asked and not yet answered: one at most. */
static struct {
    struct loop *loop;
    int asked; /* so far */
    char *url;
    fetched_h *h;
    void *arg;
} net;

static inline void net_fetch(const char *url, fetched_h *h, void *h_arg, void *arg)
{
    assert_ptr_equal(arg, &net);
    assert_null(net.url); /* never two at a time */
    net.asked++;
    net.url = str_dup(url);
    net.h = h;
    net.arg = h_arg;
}

static inline void net_tell(const char *want_url, const struct fetched *got)
{
    char *url = net.url;

    assert_non_null(url);
    assert_string_equal(url, want_url);
    net.url = NULL;
    net.h(got, net.arg);
    (void)mem_free(url);
}

static inline void net_answer(const char *want_url, const char *body, int max_age_s)
{
    net_tell(want_url,
             &(struct fetched){.body = body, .len = strlen(body), .max_age_s = max_age_s});
}

static inline void net_fail(const char *want_url)
{
    net_tell(want_url, &(struct fetched){.fail = "nobody answers there", .max_age_s = -1});
}

static inline void later(int64_t ms)
{
    clock_advance_ms(ms);
    loop_clock_moved(net.loop);
    loop_step(net.loop, 0);
}

#endif

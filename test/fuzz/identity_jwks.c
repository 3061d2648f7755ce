/*
 * identity_jwks.c - fuzz: what an outside issuer publishes: its configuration and its keys.
 *
 * The input is read as a key set, and given as both documents to a key source. Every key
 * that was taken can be found, is public, and has not signed what we show it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "identity/jwk.h"
#include "identity/key_source.h"
#include "identity/keyset.h"
#include "loop/loop.h"
#include "json/json.h"

enum { KEYS_MOST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* {"alg":"RS256"}, {"alg":"ES256"}; {} is signed with 64 zeros. */
static const char *const tokens[] = {
    "eyJhbGciOiJSUzI1NiJ9.e30."
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "eyJhbGciOiJFUzI1NiJ9.e30."
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_key(const struct keyset *s, const char *kid)
{
    const struct keyset_key *k = keyset_find(s, kid);
    struct buf text = {0};
    struct jwk *again;
    struct json *j;
    struct writer w;

    if (k == NULL)
        return;
    must(strcmp(jwk_kid(k->jwk), kid) == 0);
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++)
        if (strcmp(jwk_algorithm(k->jwk), i == 0 ? "RS256" : "ES256") == 0)
            must(!jwk_verify(k->jwk, tokens[i], strlen(tokens[i])));
    writer_init(&w, &text);
    writer_object(&w, NULL);
    jwk_write(k->jwk, JWK_PUBLIC, &w);
    writer_end(&w);
    j = json_parse(text.data, text.len, NULL);
    must(json_kind(j) == JSON_OBJECT && json_get(j, "d") == NULL);
    json_free(j);
    again = jwk_read(text.data, text.len, NULL);
    must(again != NULL && strcmp(jwk_kid(again), kid) == 0);
    jwk_free(again);
    buf_clear(&text);
}

static void read_keys(const char *text, size_t len)
{
    struct fail f = {0};
    struct keyset *s = keyset_read(text, len, &f);
    struct json *j = json_parse(text, len, NULL);
    const struct json *list = json_get(j, "keys");

    must(s != NULL || f.text[0] != '\0');
    must(s == NULL || (keyset_count(s) > 0 && keyset_count(s) <= KEYS_MOST));
    for (size_t i = 0; s != NULL && i < json_count(list); i++) {
        const char *kid = json_text(json_get(json_at(list, i), "kid"));

        if (kid != NULL)
            check_key(s, kid);
    }
    keyset_free(s);
    json_free(j);
}

/* What the source asks for, answered when it has asked. */
static fetched_h *asked;
static void *asked_arg;

static void fetch(const char *url, fetched_h *h, void *h_arg, void *arg)
{
    (void)arg;
    must(url != NULL);
    asked = h;
    asked_arg = h_arg;
}

static void on_changed(void *arg)
{
    ++*(int *)arg;
}

static void ask(const struct fetched *document)
{
    static const struct trust trust = {.issuer = "https://idp"};
    static struct loop *loop;
    int changed = 0;
    struct key_source_settings with = {.fetch = fetch, .on_changed = on_changed, .arg = &changed};
    struct key_source *s;

    if (loop == NULL)
        loop = loop_new("fuzz");
    with.loop = loop;
    s = key_source_new(&trust, &with);
    for (int i = 0; i < 2 && asked != NULL; i++) {
        fetched_h *h = asked;

        asked = NULL;
        h(document, asked_arg);
    }
    must(asked == NULL && changed <= 1);
    must((key_source_find(s, "") == NULL) || changed == 1);
    key_source_stop(s);
    key_source_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf text = {0}; /* with a 0 behind it, as the client gives it */

    log_open((enum log_level)(LOG_ERROR + 1), LOG_TEXT); /* above every level: silence */
    buf_add(&text, data, size);
    read_keys(text.data, text.len);
    ask(&(struct fetched){.body = text.data, .len = text.len, .max_age_s = (int)size});
    buf_clear(&text);
    return 0;
}

/*
 * key_source.c - see key_source.h. A refresh is one fetch, or two when the address of the
 * keys must be asked for first: it is asked for each time, since issuers move.
 */
#include "identity/key_source.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "json/json.h"

#define SECOND_MS ((int64_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define EVERY_MS HOUR_MS /* when Cache-Control says nothing */
#define LEAST_MS (5 * MINUTE_MS)
#define KEPT_MS (24 * HOUR_MS)         /* since they were fetched */
#define MOST_MS (KEPT_MS - HOUR_MS)    /* an hour of tries before they would be too old */
#define FIRST_RETRY_MS (5 * SECOND_MS) /* doubled up to a minute */

enum state { IDLE, ASKING_WHERE, ASKING_KEYS, STOPPED };

struct key_source {
    const struct trust *trust;
    struct key_source_settings with;
    enum state state;
    unsigned under_way;  /* fetches not yet told: 0 or 1 */
    char *configuration; /* its URL; NULL: the keys' own is configured */
    struct keyset *keys; /* NULL: none */
    int64_t got_ms;      /* when the keys were asked for; clock_mono_ms() */
    int64_t tried_ms;
    int64_t retry_ms; /* the wait after a failure; 0: the last one went well */
    struct timer due;
};

static void begin(struct key_source *s);

static void on_due(void *arg)
{
    begin(arg);
}

static bool too_old(const struct key_source *s)
{
    return clock_mono_ms() - s->got_ms >= KEPT_MS;
}

static void drop(struct key_source *s)
{
    log_line(LOG_WARN, "identity", NULL,
             "the keys of issuer %s are 24 hours old: its tokens are refused until it answers",
             s->trust->issuer);
    keyset_free(s->keys);
    s->keys = NULL;
    s->with.on_changed(s->with.arg);
}

/* The keys there are stay in use. Only the first of several failures is worth a line. */
static void failed(struct key_source *s, const char *what, const char *why)
{
    log_line(s->retry_ms == 0 ? LOG_WARN : LOG_DEBUG, "identity", NULL,
             "the %s of issuer %s cannot be had: %s", what, s->trust->issuer, why);
    if (s->keys != NULL && too_old(s))
        drop(s);
    s->retry_ms = s->retry_ms == 0 ? FIRST_RETRY_MS : 2 * s->retry_ms;
    if (s->retry_ms > MINUTE_MS)
        s->retry_ms = MINUTE_MS;
    s->state = IDLE;
    timer_start(&s->due, s->with.loop, s->retry_ms, on_due, s);
}

static int64_t bounded(int max_age_s)
{
    int64_t ms = max_age_s * SECOND_MS;

    if (max_age_s < 0)
        return EVERY_MS;
    if (ms < LEAST_MS)
        return LEAST_MS;
    return ms > MOST_MS ? MOST_MS : ms;
}

static void take(struct key_source *s, struct keyset *fresh, int max_age_s)
{
    bool changed = !keyset_same(s->keys, fresh);

    if (changed)
        log_line(LOG_INFO, "identity", NULL, "issuer %s has new keys: %zu that can be checked here",
                 s->trust->issuer, keyset_count(fresh));
    else if (s->retry_ms != 0)
        log_line(LOG_INFO, "identity", NULL, "issuer %s answers again; its keys are as before",
                 s->trust->issuer);
    keyset_free(s->keys);
    s->keys = fresh;
    s->got_ms = s->tried_ms;
    s->retry_ms = 0;
    s->state = IDLE;
    if (changed)
        s->with.on_changed(s->with.arg);
    timer_start(&s->due, s->with.loop, bounded(max_age_s), on_due, s);
}

static void on_keys(const struct fetched *got, void *arg)
{
    struct key_source *s = arg;
    struct keyset *fresh;
    struct fail why;

    s->under_way--;
    if (s->state == STOPPED)
        return;
    if (got->fail != NULL) {
        failed(s, "keys", got->fail);
        return;
    }
    fresh = keyset_read(got->body, got->len, &why);
    if (fresh != NULL)
        take(s, fresh, got->max_age_s);
    else
        failed(s, "keys", why.text);
}

static void ask_keys(struct key_source *s, const char *url)
{
    s->state = ASKING_KEYS;
    s->under_way++;
    s->with.fetch(url, on_keys, s, s->with.fetch_arg);
}

/* The document must be of the issuer that was asked (OpenID Connect Discovery, 4.3): it
 * chooses whose keys are believed. */
static void on_configuration(const struct fetched *got, void *arg)
{
    struct key_source *s = arg;
    struct json *j = got->fail == NULL ? json_parse(got->body, got->len, NULL) : NULL;
    const char *url = json_text(json_get(j, "jwks_uri"));

    s->under_way--;
    if (s->state == STOPPED)
        ; /* nobody wants to know */
    else if (got->fail != NULL)
        failed(s, "configuration", got->fail);
    else if (!str_eq(json_text(json_get(j, "issuer")), s->trust->issuer))
        failed(s, "configuration", "it is not the document of this issuer");
    else if (url == NULL)
        failed(s, "configuration", "it names no jwks_uri");
    else
        ask_keys(s, url);
    json_free(j);
}

static void begin(struct key_source *s)
{
    timer_stop(&s->due);
    s->tried_ms = clock_mono_ms();
    if (s->configuration == NULL) {
        ask_keys(s, s->trust->jwks_uri);
        return;
    }
    s->state = ASKING_WHERE;
    s->under_way++;
    s->with.fetch(s->configuration, on_configuration, s, s->with.fetch_arg);
}

/* What holds for all tenants is under `common`. A slash at the issuer's end is not doubled
 * (Discovery, 4.1). */
static char *configuration_of(const char *issuer)
{
    const char *hole = strstr(issuer, ISSUER_TENANT);
    size_t before = hole != NULL ? (size_t)(hole - issuer) : strlen(issuer);
    const char *rest = hole != NULL ? hole + strlen(ISSUER_TENANT) : "";
    char *base = str_printf("%.*s%s%s", (int)before, issuer, hole != NULL ? "common" : "", rest);
    size_t len = strlen(base);
    char *url;

    while (len > 0 && base[len - 1] == '/')
        len--;
    url = str_printf("%.*s/.well-known/openid-configuration", (int)len, base);
    (void)mem_free(base);
    return url;
}

struct key_source *key_source_new(const struct trust *t, const struct key_source_settings *with)
{
    struct key_source *s = mem_new(sizeof(*s));

    s->trust = t;
    s->with = *with;
    if (t->jwks_uri == NULL)
        s->configuration = configuration_of(t->issuer);
    begin(s);
    return s;
}

void key_source_stop(struct key_source *s)
{
    s->state = STOPPED;
    timer_stop(&s->due);
}

void key_source_free(struct key_source *s)
{
    assert(s->under_way == 0);
    timer_stop(&s->due);
    keyset_free(s->keys);
    (void)mem_free(s->configuration);
    (void)mem_free(s);
}

const struct keyset_key *key_source_find(const struct key_source *s, const char *kid)
{
    return s->keys != NULL && !too_old(s) ? keyset_find(s->keys, kid) : NULL;
}

void key_source_miss(struct key_source *s)
{
    if (s->state != IDLE || clock_mono_ms() - s->tried_ms < MINUTE_MS)
        return;
    log_line(LOG_INFO, "identity", NULL,
             "a token of issuer %s names a key that is not known: the keys are fetched anew",
             s->trust->issuer);
    begin(s);
}

/*
 * identity_world.h - for the tests of tokens: the dev directory, fresh keys in a folder of
 * their own, and tokens with one claim changed.
 */
#ifndef TEST_IDENTITY_WORLD_H
#define TEST_IDENTITY_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "identity/token.h"
#include "json/json.h"

#define CONTOSO "aa67bd4c-8475-432d-bd41-39f255720e0a"
#define FABRIKAM "bb67bd4c-8475-432d-bd41-39f255720e0b"
#define BOT "2891555a-92ff-42e6-80fa-6e1300c6b5c6"
#define BARE "6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e02"
#define STRANGER "99999999-3c44-4b55-9c0e-7a1f5f0c1e02"
#define URL "http://127.0.0.1:8080"
#define TLS_URL "https://127.0.0.1:8443"

static struct {
    char folder[64];
    struct arena arena;
    struct directory_config config;
    struct directory *directory;
    struct keys *keys;
    struct identity *identity;
} world;

static const char *const more_audiences[] = {"api://carillon", NULL};
static const struct identity_settings settings = {.public_url = URL "/",
                                                  .tls_url = TLS_URL "/",
                                                  .audiences = more_audiences,
                                                  .embedded_issuer = true};

static inline int open_world(void **state)
{
    char root[] = "/tmp/carillon-token-XXXXXX";
    struct fail f = {0};

    (void)state;
    if (mkdtemp(root) == NULL)
        return -1;
    (void)str_copy(world.folder, sizeof(world.folder), root);
    dev_directory_fill(&world.config, &world.arena);
    if (directory_new(&world.config, "carillon", &world.directory, &f) != ERR_OK ||
        keys_open(world.folder, &world.keys, &f) != ERR_OK) {
        print_error("%s\n", f.text);
        return -1;
    }
    world.identity = identity_new(&settings, world.directory, world.keys);
    return 0;
}

static inline int close_world(void **state)
{
    DIR *dir = opendir(world.folder);
    const struct dirent *file;

    (void)state;
    identity_free(world.identity);
    keys_close(world.keys);
    directory_free(world.directory);
    arena_clear(&world.arena);
    while (dir != NULL && (file = readdir(dir)) != NULL)
        (void)unlinkat(dirfd(dir), file->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
    return rmdir(world.folder);
}

/* Asks with a token; frees nothing. */
static inline enum err ask(const char *token, struct caller *who, struct fail *f)
{
    char *header = str_printf("Bearer %s", token);
    enum err e = token_verify(world.identity, header, who, f);

    (void)mem_free(header);
    return e;
}

static inline void must_refuse(const char *what, const char *token, enum err want,
                               const char *words)
{
    struct caller who;
    struct fail f = {0};
    int64_t before = count_get(COUNT_AUTH_REFUSED);
    enum err e = ask(token, &who, &f);

    if (e != want || strstr(f.text, words) == NULL)
        fail_msg("%s: got %d: %s", what, (int)e, f.text);
    assert_int_equal(who.roles, 0);
    assert_string_equal(who.application.text, "");
    assert_int_equal(count_get(COUNT_AUTH_REFUSED), before + 1);
}

/* The claims of a good token, one by one, so that a test can change one. */
struct claim {
    const char *name;
    const char *json;
};

static const struct claim good_claims[] = {
    {"aud", "\"https://graph.microsoft.com\""},
    {"iss", "\"" URL "/" CONTOSO "/v2.0\""},
    {"tid", "\"" CONTOSO "\""},
    {"appid", "\"" BOT "\""},
    {"idtyp", "\"app\""},
    {"roles", "[\"Calls.Initiate.All\",\"Calls.JoinGroupCallsasGuest.All\",\"Other.Role\",7]"},
    {"nbf", "+0"},
    {"iat", "+0"},
    {"exp", "+3600"},
};

/* A JSON value; "+60" is the time a minute from now. */
static inline void put_claim(struct writer *w, const char *name, const char *json)
{
    if (json[0] == '+' || json[0] == '-')
        writer_int(w, name, clock_wall_ms() / 1000 + strtoll(json, NULL, 10));
    else
        writer_raw(w, name, json, strlen(json));
}

/* Good claims with one changed (json), taken out (json NULL) or added. */
static inline char *claims_with(const char *name, const char *json)
{
    struct buf b = {0};
    struct writer w;
    bool known = false;

    writer_init(&w, &b);
    writer_object(&w, NULL);
    for (size_t i = 0; i < sizeof(good_claims) / sizeof(good_claims[0]); i++) {
        bool changed = str_eq(good_claims[i].name, name);

        known = known || changed;
        if (!changed || json != NULL)
            put_claim(&w, good_claims[i].name, changed ? json : good_claims[i].json);
    }
    if (!known && name != NULL)
        put_claim(&w, name, json);
    writer_end(&w);
    return buf_take(&b);
}

static inline char *token_with(const char *name, const char *json)
{
    char *claims = claims_with(name, json);
    char *token = keys_sign(world.keys, KEY_ACCESS, claims, NULL);

    (void)mem_free(claims);
    assert_non_null(token);
    return token;
}

/* The kid of a token, for forging others. */
static inline char *kid_of(const char *token)
{
    struct buf b = {0};
    struct json *j;
    char *kid;

    assert_true(hash_from_base64url(token, strcspn(token, "."), &b));
    j = json_parse(b.data, b.len, NULL);
    kid = str_dup(json_text(json_get(j, "kid")));
    json_free(j);
    buf_clear(&b);
    return kid;
}

#endif

/*
 * keys.c - the rings: made, read from files, turned by the clock. See keys.h.
 *
 * One file a key: its private JWK, with two members of ours (RFC 7517, 4 allows
 * that): when it was made, and from when on it signs. When a key ends is not
 * written anywhere: it follows from when the next one begins.
 */
#include "identity/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "identity/jwk.h"
#include "json/json.h"

#define DAY_MS ((int64_t)24 * 60 * 60 * 1000)
#define SIGNS_FOR_MS (30 * DAY_MS)
#define AHEAD_MS DAY_MS /* published before it signs: verifiers cache key sets */
#define AFTER_MS DAY_MS /* kept when it no longer signs: its last tokens still live */

enum { RING_MAX = 8, FILE_MAX = 16 * 1024 };

struct key {
    struct jwk *jwk;
    int64_t made_ms;
    int64_t signs_from_ms;
};

struct ring { /* in the order of signs_from_ms */
    struct key keys[RING_MAX];
    size_t count;
};

struct keys {
    char *folder;
    struct ring rings[KEY_KIND_COUNT];
};

static const struct {
    const char *file;
    const char *typ;
} kinds[KEY_KIND_COUNT] = {
#define X(name, file, typ) [KEY_##name] = {file, typ},
    KEY_KINDS(X)
#undef X
};

const char *keys_typ(enum key_kind kind)
{
    return kinds[kind].typ;
}

static char *path_of(const struct keys *k, enum key_kind kind, const char *kid, const char *end)
{
    return str_printf("%s/%s-%s.%s", k->folder, kinds[kind].file, kid, end);
}

static bool insert(struct ring *r, struct key key)
{
    size_t at = r->count;

    if (r->count == RING_MAX)
        return false;
    for (; at > 0 && r->keys[at - 1].signs_from_ms > key.signs_from_ms; at--)
        r->keys[at] = r->keys[at - 1];
    r->keys[at] = key;
    r->count++;
    return true;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Written whole under another name first: half a key must never be found. */
static enum err save(const struct keys *k, enum key_kind kind, const struct buf *text,
                     const char *kid, struct fail *f)
{
    char *path = path_of(k, kind, kid, "json");
    char *fresh = path_of(k, kind, kid, "new");
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write_all(fd, text->data, text->len) && fsync(fd) == 0;
    enum err e = ERR_OK;

    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    if (!ok || rename(fresh, path) != 0) {
        e = err_set(f, ERR_INTERNAL, "the key file %s cannot be written: %s", path,
                    strerror(errno));
        if (fd >= 0)
            (void)unlink(fresh);
    }
    (void)mem_free(fresh);
    (void)mem_free(path);
    return e;
}

/* Makes a key that signs from a time on. */
static enum err make(struct keys *k, enum key_kind kind, int64_t signs_from_ms, struct fail *f)
{
    struct id kid = id_new();
    struct key key = {jwk_new(kid.text, f), clock_wall_ms(), signs_from_ms};
    struct buf text = {0};
    struct writer w;
    enum err e;

    if (key.jwk == NULL)
        return ERR_INTERNAL;
    writer_init(&w, &text);
    writer_object(&w, NULL);
    jwk_write(key.jwk, JWK_PRIVATE, &w);
    writer_int(&w, "made_at_ms", key.made_ms);
    writer_int(&w, "signs_from_ms", key.signs_from_ms);
    writer_end(&w);
    e = save(k, kind, &text, kid.text, f);
    explicit_bzero(text.data, text.len);
    buf_clear(&text);
    if (e == ERR_OK && !insert(&k->rings[kind], key))
        e = err_set(f, ERR_INTERNAL, "more than %d keys of one kind", RING_MAX);
    if (e != ERR_OK)
        jwk_free(key.jwk);
    return e;
}

static bool read_file(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char piece[4096];
    ssize_t n = 0;

    if (fd < 0)
        return false;
    while (out->len <= FILE_MAX && (n = read(fd, piece, sizeof(piece))) > 0)
        buf_add(out, piece, (size_t)n);
    explicit_bzero(piece, sizeof(piece));
    (void)close(fd);
    return n == 0 && out->len > 0;
}

static enum err load(struct keys *k, enum key_kind kind, const char *name, struct fail *f)
{
    char *path = str_printf("%s/%s", k->folder, name);
    struct buf text = {0};
    struct json *j = NULL;
    struct key key = {0};
    enum err e = ERR_OK;

    if (read_file(path, &text) && (j = json_parse(text.data, text.len, NULL)) != NULL)
        key.jwk = jwk_read(text.data, text.len, NULL);
    key.made_ms = json_int(json_get(j, "made_at_ms"));
    key.signs_from_ms = json_int(json_get(j, "signs_from_ms"));
    if (key.jwk == NULL || key.made_ms <= 0 || key.signs_from_ms <= 0 ||
        json_text(json_get(j, "d")) == NULL)
        e = err_set(f, ERR_INTERNAL, "%s is no key file; move it away to have a new key made",
                    path);
    else if (!insert(&k->rings[kind], key))
        e = err_set(f, ERR_INTERNAL, "%s: more than %d keys of one kind", path, RING_MAX);
    if (e != ERR_OK)
        jwk_free(key.jwk);
    json_free(j);
    if (text.len > 0)
        explicit_bzero(text.data, text.len);
    buf_clear(&text);
    (void)mem_free(path);
    return e;
}

/* The kind of a file by its name, KEY_KIND_COUNT when it is no key. */
static enum key_kind kind_of_file(const char *name)
{
    size_t len = strlen(name);

    for (int kind = 0; kind < KEY_KIND_COUNT; kind++) {
        size_t n = strlen(kinds[kind].file);

        if (len > n + 6 && strncmp(name, kinds[kind].file, n) == 0 && name[n] == '-' &&
            strcmp(name + len - 5, ".json") == 0)
            return (enum key_kind)kind;
    }
    return KEY_KIND_COUNT;
}

static enum err load_all(struct keys *k, struct fail *f)
{
    DIR *dir = opendir(k->folder);
    const struct dirent *file;
    enum err e = ERR_OK;

    if (dir == NULL)
        return err_set(f, ERR_INTERNAL, "the folder %s cannot be read: %s", k->folder,
                       strerror(errno));
    while (e == ERR_OK && (file = readdir(dir)) != NULL) {
        enum key_kind kind = kind_of_file(file->d_name);

        if (kind != KEY_KIND_COUNT)
            e = load(k, kind, file->d_name, f);
    }
    (void)closedir(dir);
    return e;
}

enum err keys_open(const char *folder, struct keys **out, struct fail *f)
{
    struct keys *k = mem_new(sizeof(*k));
    enum err e = ERR_OK;

    *out = NULL;
    k->folder = str_dup(folder);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        e = err_set(f, ERR_INTERNAL, "the folder %s cannot be made: %s", folder, strerror(errno));
    if (e == ERR_OK)
        e = load_all(k, f);
    for (int kind = 0; kind < KEY_KIND_COUNT && e == ERR_OK; kind++)
        if (k->rings[kind].count == 0)
            e = make(k, (enum key_kind)kind, clock_wall_ms(), f);
    if (e != ERR_OK) {
        keys_close(k);
        return e;
    }
    keys_turn(k);
    *out = k;
    return ERR_OK;
}

void keys_close(struct keys *k)
{
    if (k == NULL)
        return;
    for (int kind = 0; kind < KEY_KIND_COUNT; kind++)
        for (size_t i = 0; i < k->rings[kind].count; i++)
            jwk_free(k->rings[kind].keys[i].jwk);
    (void)mem_free(k->folder);
    (void)mem_free(k);
}

/* The newest that may sign by now. When all are still to come, because the clock was set
 * back, the first of them: verifiers know it. */
static size_t signing(const struct ring *r, int64_t now_ms)
{
    size_t at = r->count - 1;

    while (at > 0 && r->keys[at].signs_from_ms > now_ms)
        at--;
    return at;
}

static void drop_first(struct keys *k, enum key_kind kind)
{
    struct ring *r = &k->rings[kind];
    char *path = path_of(k, kind, jwk_kid(r->keys[0].jwk), "json");

    log_line(LOG_INFO, "identity", NULL, "the %s key %s is over", kinds[kind].file,
             jwk_kid(r->keys[0].jwk));
    if (unlink(path) != 0)
        log_line(LOG_WARN, "identity", NULL, "%s cannot be removed: %s", path, strerror(errno));
    (void)mem_free(path);
    jwk_free(r->keys[0].jwk);
    r->count--;
    (void)memmove(&r->keys[0], &r->keys[1], r->count * sizeof(r->keys[0]));
}

/* Says whether a key was made. */
static bool turn(struct keys *k, enum key_kind kind)
{
    struct ring *r = &k->rings[kind];
    int64_t now_ms = clock_wall_ms();
    struct fail f;
    size_t at;

    while (r->count > 1 && r->keys[1].signs_from_ms + AFTER_MS <= now_ms)
        drop_first(k, kind);
    at = signing(r, now_ms);
    if (at + 1 < r->count || now_ms - r->keys[at].signs_from_ms < SIGNS_FOR_MS)
        return false;
    if (make(k, kind, now_ms + AHEAD_MS, &f) != ERR_OK) {
        log_line(LOG_ERROR, "identity", NULL, "no next %s key: %s", kinds[kind].file, f.text);
        return false;
    }
    log_line(LOG_INFO, "identity", NULL, "the next %s key %s signs in 24 hours", kinds[kind].file,
             jwk_kid(r->keys[r->count - 1].jwk));
    return true;
}

/* Making a key holds the thread for 100 ms or more, so the kinds take turns. */
void keys_turn(struct keys *k)
{
    bool made = false;

    for (int kind = 0; kind < KEY_KIND_COUNT && !made; kind++)
        made = turn(k, (enum key_kind)kind);
}

const struct jwk *keys_find(const struct keys *k, enum key_kind kind, const char *kid)
{
    const struct ring *r = &k->rings[kind];

    for (size_t i = 0; i < r->count; i++)
        if (str_eq(jwk_kid(r->keys[i].jwk), kid))
            return r->keys[i].jwk;
    return NULL;
}

void keys_jwks(const struct keys *k, enum key_kind kind, struct buf *out)
{
    const struct ring *r = &k->rings[kind];
    struct writer w;

    writer_init(&w, out);
    writer_object(&w, NULL);
    writer_list(&w, "keys");
    for (size_t i = 0; i < r->count; i++) {
        writer_object(&w, NULL);
        jwk_write(r->keys[i].jwk, JWK_PUBLIC, &w);
        writer_end(&w);
    }
    writer_end(&w);
    writer_end(&w);
}

char *keys_sign(const struct keys *k, enum key_kind kind, const char *claims, struct fail *f)
{
    const struct ring *r = &k->rings[kind];

    return jwk_sign(r->keys[signing(r, clock_wall_ms())].jwk, kinds[kind].typ, claims, f);
}

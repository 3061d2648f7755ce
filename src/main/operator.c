/*
 * operator.c - see operator.h. The file is 64 hex digits and a line end, 0600. A file that
 * others can read or that is no token stops the start: a new one would lock the operator
 * out, and the old one protects nothing.
 */
#include "main/operator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/hash.h"

enum { RANDOM_BYTES = 32, TOKEN_CHARS = 2 * RANDOM_BYTES, FILE_CHARS = TOKEN_CHARS + 1 };

static void make(char text[FILE_CHARS + 1])
{
    uint8_t random[RANDOM_BYTES];

    hash_random(random, sizeof(random));
    for (size_t i = 0; i < RANDOM_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", random[i]);
    text[TOKEN_CHARS] = '\n';
    text[FILE_CHARS] = '\0';
    explicit_bzero(random, sizeof(random));
}

/* Under another name first: half a token must never be found. */
static enum err save(const char *path, const char *fresh, const char *text, struct fail *f)
{
    int fd;
    bool ok;

    (void)unlink(fresh); /* of a start that was cut off; the folder is locked, nobody else writes */
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    ok = fd >= 0 && write(fd, text, FILE_CHARS) == FILE_CHARS && fsync(fd) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    if (ok && rename(fresh, path) == 0)
        return ERR_OK;
    return err_set(f, ERR_INTERNAL, "the operator's token cannot be written to %s: %s", path,
                   strerror(errno));
}

static enum err load(int fd, const char *path, char text[FILE_CHARS + 1], struct fail *f)
{
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0)
        return err_set(f, ERR_INTERNAL, "%s may be read by others: chmod 600, or take it away",
                       path);
    n = read(fd, text, FILE_CHARS);
    text[n > 0 ? n : 0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (strlen(text) != TOKEN_CHARS || strspn(text, "0123456789abcdef") != TOKEN_CHARS)
        return err_set(f, ERR_INTERNAL, "%s is no operator's token; take it away to have one made",
                       path);
    return ERR_OK;
}

enum err operator_token(const struct config *c, struct arena *a, const char **out, struct fail *f)
{
    const char *path = arena_printf(a, "%s/operator-token", c->server.data);
    char text[FILE_CHARS + 1];
    enum err e;
    int fd;

    *out = NULL;
    if (config_is_dev(c))
        return ERR_OK;
    if (c->server.operator_token != NULL) {
        *out = c->server.operator_token;
        return ERR_OK;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0) {
        e = load(fd, path, text, f);
        (void)close(fd);
    } else if (errno != ENOENT) {
        return err_set(f, ERR_INTERNAL, "%s cannot be read: %s", path, strerror(errno));
    } else {
        make(text);
        e = save(path, arena_printf(a, "%s.new", path), text, f);
        text[TOKEN_CHARS] = '\0';
        if (e == ERR_OK)
            log_line(LOG_INFO, "main", NULL, "the operator's token was made: it is in %s", path);
    }
    if (e == ERR_OK)
        *out = arena_dup(a, text);
    explicit_bzero(text, sizeof(text));
    return e;
}

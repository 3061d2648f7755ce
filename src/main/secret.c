#include "main/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/hash.h"

enum { FILE_CHARS = SECRET_CHARS + 1 };

static void make(char text[SECRET_TEXT_SIZE])
{
    uint8_t random[SECRET_BYTES];

    hash_random(random, sizeof(random));
    for (size_t i = 0; i < SECRET_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", random[i]);
    explicit_bzero(random, sizeof(random));
}

/* Under another name first: half a secret must never be found. */
static enum err save(const char *path, const char *what, const char *text, struct fail *f)
{
    struct arena a = {0};
    const char *fresh = arena_printf(&a, "%s.new", path);
    bool ok;
    int fd;

    (void)unlink(fresh); /* of a start that was cut off; the folder is locked, nobody else writes */
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    ok = fd >= 0 && dprintf(fd, "%s\n", text) == FILE_CHARS && fsync(fd) == 0;
    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    ok = ok && rename(fresh, path) == 0;
    arena_clear(&a);
    if (ok)
        return ERR_OK;
    return err_set(f, ERR_INTERNAL, "the %s cannot be written to %s: %s", what, path,
                   strerror(errno));
}

static enum err load(int fd, const char *path, const char *what, char text[SECRET_TEXT_SIZE],
                     struct fail *f)
{
    char all[FILE_CHARS + 1] = "";
    struct stat st;
    ssize_t n;

    if (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0)
        return err_set(f, ERR_INTERNAL, "%s may be read by others: chmod 600, or take it away",
                       path);
    n = read(fd, all, FILE_CHARS);
    all[n > 0 ? n : 0] = '\0';
    all[strcspn(all, "\n")] = '\0';
    if (strlen(all) != SECRET_CHARS || strspn(all, "0123456789abcdef") != SECRET_CHARS)
        return err_set(f, ERR_INTERNAL, "%s is no %s; take it away to have one made", path, what);
    memcpy(text, all, SECRET_TEXT_SIZE);
    explicit_bzero(all, sizeof(all));
    return ERR_OK;
}

enum err secret_find(const char *path, const char *what, char text[SECRET_TEXT_SIZE],
                     struct fail *f)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum err e;

    if (fd < 0)
        return err_set(f, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s cannot be read: %s",
                       path, strerror(errno));
    e = load(fd, path, what, text, f);
    (void)close(fd);
    return e;
}

enum err secret_get(const char *path, const char *what, char text[SECRET_TEXT_SIZE], bool *is_new,
                    struct fail *f)
{
    enum err e = secret_find(path, what, text, f);

    *is_new = e == ERR_NOT_FOUND;
    if (!*is_new)
        return e;
    make(text);
    return save(path, what, text, f);
}

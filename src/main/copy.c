/*
 * copy.c - `carillon backup FILE`: the database to FILE, the keys to FILE.keys/. One thread.
 *
 * Keys are written once under their name and never changed, so plain copies are good ones.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "main/commands.h"
#include "store/backup.h"

enum { KEY_BYTES = 65536 };

static enum err copy_key(const char *from, const char *to, struct fail *f)
{
    char text[KEY_BYTES];
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t n = in >= 0 ? read(in, text, sizeof(text)) : -1;
    bool ok = out >= 0 && n >= 0 && n < (ssize_t)sizeof(text) && write(out, text, (size_t)n) == n &&
              fsync(out) == 0;

    if (in >= 0)
        (void)close(in);
    if (out >= 0)
        ok = close(out) == 0 && ok;
    explicit_bzero(text, sizeof(text));
    return ok ? ERR_OK : err_set(f, ERR_INTERNAL, "%s cannot be copied to %s", from, to);
}

static enum err copy_keys(const char *from, const char *to, struct fail *f)
{
    DIR *folder = opendir(from);
    enum err e = ERR_OK;

    if (folder == NULL)
        return err_set(f, ERR_INTERNAL, "%s cannot be read: %s", from, strerror(errno));
    if (mkdir(to, 0700) != 0)
        e = err_set(f, ERR_BAD_REQUEST, "%s cannot be made: %s", to, strerror(errno));
    for (const struct dirent *d; e == ERR_OK && (d = readdir(folder)) != NULL;) {
        struct arena a = {0};

        if (d->d_name[0] != '.')
            e = copy_key(arena_printf(&a, "%s/%s", from, d->d_name),
                         arena_printf(&a, "%s/%s", to, d->d_name), f);
        arena_clear(&a);
    }
    (void)closedir(folder);
    return e;
}

int command_backup(const struct config *c, const struct command_args *args)
{
    struct arena a = {0};
    struct fail f = {0};
    const char *keys;
    enum err e;

    if (args->word == NULL) {
        (void)fprintf(stderr, "carillon: backup wants a file to write to\n");
        return 2;
    }
    keys = arena_printf(&a, "%s.keys", args->word);
    e = store_backup(c->server.data, args->word, &f);
    if (e == ERR_OK)
        e = copy_keys(arena_printf(&a, "%s/keys", c->server.data), keys, &f);
    if (e == ERR_OK)
        (void)printf("the database is in %s, the keys are in %s\n", args->word, keys);
    else
        (void)fprintf(stderr, "carillon: no good copy was made: %s\n", f.text);
    arena_clear(&a);
    return e == ERR_OK ? 0 : 1;
}

#include "media/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "media/files.h"
#include "media/mix.h"
#include "media/recorder.h"
#include "media/wav.h"

/* One job; what is not its kind's is zero. */
struct errand {
    char *folder, *name;
    struct recorder *sound; /* put */
    shelf_put_h *put;
    char why[128]; /* empty: it went well */
    struct buf bytes;
    bool found;
    shelf_get_h *get;
    int64_t older_than_s; /* prune */
    void *arg;
};

static struct errand *errand_new(const char *folder, const char *name, void *arg)
{
    struct errand *e = mem_new(sizeof(*e));

    e->folder = str_dup(folder);
    e->name = str_dup(name);
    e->arg = arg;
    return e;
}

static void errand_free(struct errand *e)
{
    recorder_free(e->sound);
    buf_clear(&e->bytes);
    (void)mem_free(e->folder);
    (void)mem_free(e->name);
    (void)mem_free(e);
}

static bool write_all(int fd, const void *p, size_t n)
{
    const char *at = p;

    while (n > 0) {
        ssize_t done = write(fd, at, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        at += done;
        n -= (size_t)done;
    }
    return true;
}

static bool write_wav(int fd, const struct recorder *r)
{
    uint8_t header[WAV_HEADER];
    size_t bytes = r->count * sizeof(*r->pcm);

    wav_write_header(header, MIX_RATE, (uint32_t)bytes);
    return write_all(fd, header, sizeof(header)) && write_all(fd, r->pcm, bytes);
}

/* Under another name until it is whole: who asks early finds nothing, not half of it. */
static void on_put(void *arg)
{
    struct errand *e = arg;
    char *path = str_printf("%s/%s", e->folder, e->name);
    char *part = str_printf("%s.part", path);
    bool ok = mkdir(e->folder, 0700) == 0 || errno == EEXIST;
    int fd = ok ? open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

    ok = fd >= 0 && write_wav(fd, e->sound);
    ok = fd >= 0 && close(fd) == 0 && ok;
    ok = ok && rename(part, path) == 0;
    if (!ok) {
        (void)snprintf(e->why, sizeof(e->why), "the recording cannot be written: %s",
                       strerror(errno));
        (void)unlink(part);
    }
    (void)mem_free(part);
    (void)mem_free(path);
}

static void on_was_put(void *arg)
{
    struct errand *e = arg;

    e->put(e->why[0] != '\0' ? e->why : NULL, e->arg);
    errand_free(e);
}

void shelf_put(struct files *fs, const char *folder, const char *name, struct recorder *sound,
               shelf_put_h *h, void *arg)
{
    struct errand *e = errand_new(folder, name, arg);

    e->sound = sound;
    e->put = h;
    files_run(fs, on_put, on_was_put, e);
}

static void on_get(void *arg)
{
    struct errand *e = arg;
    char *path = str_printf("%s/%s", e->folder, e->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    char block[16384];
    ssize_t n = -1;

    while (fd >= 0 && (n = read(fd, block, sizeof(block))) > 0)
        buf_add(&e->bytes, block, (size_t)n);
    e->found = fd >= 0 && n == 0;
    if (fd >= 0)
        (void)close(fd);
    (void)mem_free(path);
}

static void on_was_got(void *arg)
{
    struct errand *e = arg;

    e->get(e->found ? &e->bytes : NULL, e->arg);
    errand_free(e);
}

void shelf_get(struct files *fs, const char *folder, const char *name, shelf_get_h *h, void *arg)
{
    struct errand *e = errand_new(folder, name, arg);

    e->get = h;
    files_run(fs, on_get, on_was_got, e);
}

static void on_prune(void *arg)
{
    struct errand *e = arg;
    DIR *d = opendir(e->folder);
    const struct dirent *entry;
    struct stat st;

    while (d != NULL && (entry = readdir(d)) != NULL)
        if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > e->older_than_s)
            (void)unlinkat(dirfd(d), entry->d_name, 0);
    if (d != NULL)
        (void)closedir(d);
}

static void on_was_pruned(void *arg)
{
    errand_free(arg);
}

void shelf_prune(struct files *fs, const char *folder, int64_t older_than_s)
{
    struct errand *e = errand_new(folder, NULL, NULL);

    e->older_than_s = older_than_s;
    files_run(fs, on_prune, on_was_pruned, e);
}

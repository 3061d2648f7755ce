/*
 * slow_fsync.c - a disk that is slow or read-only, for test_disk.py: preloaded into the server.
 *
 * The file named by DISK_MOOD says how the disk is now: "slow MILLISECONDS", "readonly",
 * or nothing. A file system with files open for writing cannot be remounted
 * read-only by hand; the kernel does it after an error, and then writes fail with EROFS.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void mood(char *out, size_t size)
{
    const char *path = getenv("DISK_MOOD");
    FILE *f = path != NULL ? fopen(path, "r") : NULL;

    out[0] = '\0';
    if (f == NULL)
        return;
    if (fgets(out, (int)size, f) == NULL)
        out[0] = '\0';
    (void)fclose(f);
}

/* Only the database: the server writes other things to other places. */
static int is_database(int fd)
{
    char link[64];
    char path[512];
    ssize_t n;

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    if (n < 0)
        return 0;
    path[n] = '\0';
    return strstr(path, "carillon.db") != NULL && strstr(path, "-shm") == NULL;
}

static int is_refused(int fd)
{
    char now[64];

    if (!is_database(fd))
        return 0;
    mood(now, sizeof(now));
    if (strncmp(now, "readonly", 8) != 0)
        return 0;
    errno = EROFS;
    return 1;
}

static void wait_for_disk(int fd)
{
    char now[64];

    if (!is_database(fd))
        return;
    mood(now, sizeof(now));
    if (strncmp(now, "slow ", 5) == 0)
        (void)usleep((useconds_t)strtoul(now + 5, NULL, 10) * 1000);
}

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int fsync(int fd)
{
    wait_for_disk(fd);
    return is_refused(fd) ? -1 : REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    wait_for_disk(fd);
    return is_refused(fd) ? -1 : REAL(fdatasync)(fd);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    return is_refused(fd) ? -1 : REAL(pwrite)(fd, p, n, at);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    return is_refused(fd) ? -1 : REAL(pwrite64)(fd, p, n, at);
}

ssize_t write(int fd, const void *p, size_t n)
{
    return is_refused(fd) ? -1 : REAL(write)(fd, p, n);
}

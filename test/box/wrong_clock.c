/*
 * wrong_clock.c - the time of day jumps, for test_faults_clock.py: preloaded into the server.
 *
 * The file named by WALL_OFFSET holds one int64: nanoseconds by which the time of day is
 * off. It is mapped, so that a jump is there at once. The monotonic clock is left alone,
 * as the kernel does when somebody sets the time.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset_ns;
static const int64_t none;

__attribute__((constructor)) static void open_offset(void)
{
    const char *path = getenv("WALL_OFFSET");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *p = fd >= 0 ? mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;

    offset_ns = p != MAP_FAILED ? p : &none;
    if (fd >= 0)
        (void)close(fd);
}

static void shift(struct timespec *t)
{
    int64_t ns = t->tv_nsec + (offset_ns != NULL ? *offset_ns : 0);

    t->tv_sec += ns / 1000000000;
    t->tv_nsec = ns % 1000000000;
    if (t->tv_nsec < 0) {
        t->tv_nsec += 1000000000;
        t->tv_sec--;
    }
}

int clock_gettime(clockid_t which, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    int rc;

    if (real == NULL)
        real = (__typeof__(real))dlsym(RTLD_NEXT, "clock_gettime");
    rc = real(which, t);
    if (rc == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        shift(t);
    return rc;
}

int gettimeofday(struct timeval *tv, void *zone)
{
    struct timespec t;

    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    tv->tv_sec = t.tv_sec;
    tv->tv_usec = t.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *out)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    if (out != NULL)
        *out = t.tv_sec;
    return t.tv_sec;
}

#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256 };

static int epoll_fd = -1;

uint64_t watch_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void watch_open(void)
{
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        watch_die("epoll_create1");
}

void watch_add(struct watch *w)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP,
                            .data = {.ptr = w}};

    if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, w->fd, &e) != 0)
        watch_die("epoll_ctl");
}

void watch_close(struct watch *w)
{
    (void)close(w->fd);
    w->fd = -1;
}

void watch_step(uint64_t until_ns)
{
    struct epoll_event events[EVENTS];
    uint64_t now = watch_now();
    uint64_t wait = until_ns > now ? until_ns - now : 0;
    struct timespec t = {.tv_sec = (time_t)(wait / 1000000000u),
                         .tv_nsec = (long)(wait % 1000000000u)};
    int n = epoll_pwait2(epoll_fd, events, EVENTS, &t, NULL);

    if (n < 0 && errno != EINTR)
        watch_die("epoll_pwait2");
    for (int i = 0; i < n; i++) {
        struct watch *w = events[i].data.ptr;

        if (w->fd >= 0)
            w->h(w, events[i].events);
    }
}

void watch_die(const char *what)
{
    (void)fprintf(stderr, "load: %s: %s\n", what, errno != 0 ? strerror(errno) : "failed");
    exit(1);
}

void *watch_memory(size_t size)
{
    void *p = calloc(1, size);

    if (p == NULL)
        watch_die("memory");
    return p;
}

/*
 * watch.h - libcurl's descriptors in a loop.
 *
 * Those that we opened stay known to the kernel until they are closed, so that the next request on
 * an idle connection costs no epoll_ctl; others (the resolver's wake-up) only until libcurl stops
 * asking for them. The thread of the loop.
 */
#ifndef CLIENT_WATCH_H
#define CLIENT_WATCH_H

#include <stddef.h>

#include "loop/loop.h"

struct watch;

/* events: enum loop_events. */
typedef void watch_act_h(int fd, int events, void *arg);

struct watches {
    struct loop *loop;
    watch_act_h *act; /* libcurl is to look at this descriptor */
    void *arg;
    struct watch **by_fd;
    size_t count;
};

void watches_init(struct watches *w, struct loop *l, watch_act_h *act, void *arg);
void watches_clear(struct watches *w);

/* A descriptor that we opened, and one that is about to be closed. */
void watch_opened(struct watches *w, int fd);
void watch_closed(struct watches *w, int fd);

/* What libcurl wants to know of it: CURL_POLL_IN and so on. */
void watch_for_curl(struct watches *all, int fd, int what);

#endif

#include "client/watch.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"

enum { MORE = 64 };

struct watch {
    struct watches *owner;
    struct loop_fd *fd;
    int number;
    int events; /* what the loop watches */
    int wanted; /* what is wanted; 0: the connection is idle */
    bool is_ours;
};

void watches_init(struct watches *w, struct loop *l, watch_act_h *act, void *arg)
{
    *w = (struct watches){.loop = l, .act = act, .arg = arg};
}

static struct watch *watch_of(struct watches *w, int fd)
{
    assert(fd >= 0);
    if ((size_t)fd >= w->count) {
        size_t count = (size_t)fd + MORE;

        w->by_fd = mem_grow(w->by_fd, count * sizeof(struct watch *));
        (void)memset(w->by_fd + w->count, 0, (count - w->count) * sizeof(struct watch *));
        w->count = count;
    }
    if (w->by_fd[fd] == NULL) {
        w->by_fd[fd] = mem_new(sizeof(struct watch));
        w->by_fd[fd]->owner = w;
        w->by_fd[fd]->number = fd;
    }
    return w->by_fd[fd];
}

static void watch_end(struct watch *w)
{
    loop_fd_close(w->fd);
    w->owner->by_fd[w->number] = NULL;
    (void)mem_free(w);
}

void watches_clear(struct watches *w)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->by_fd[i] != NULL)
            watch_end(w->by_fd[i]);
    w->by_fd = mem_free(w->by_fd);
    w->count = 0;
}

static void on_fd(int events, void *arg)
{
    struct watch *w = arg;

    if ((events & w->wanted) == 0) {
        /* The peer has closed an idle connection, or speaks unasked: libcurl finds
         * out when it wants to use it again. Until then we would only spin. */
        w->events = w->wanted;
        loop_fd_set(w->fd, w->events);
        return;
    }
    w->owner->act(w->number, events, w->owner->arg);
}

static void watch_set(struct watch *w, int wanted)
{
    bool idle_is_fine = wanted == 0 && w->events == LOOP_READ;

    w->wanted = wanted;
    if (w->fd == NULL) {
        w->events = wanted;
        w->fd = loop_fd_open(w->owner->loop, w->number, wanted, on_fd, w);
    } else if (w->events != wanted && !idle_is_fine) {
        w->events = wanted;
        loop_fd_set(w->fd, wanted);
    }
}

void watch_opened(struct watches *w, int fd)
{
    watch_of(w, fd)->is_ours = true;
}

void watch_closed(struct watches *w, int fd)
{
    watch_end(watch_of(w, fd));
}

void watch_for_curl(struct watches *all, int fd, int what)
{
    struct watch *w = watch_of(all, fd);
    int wanted = 0;

    if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
        wanted |= LOOP_READ;
    if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
        wanted |= LOOP_WRITE;
    if (what != CURL_POLL_REMOVE || (w->is_ours && w->fd != NULL))
        watch_set(w, wanted);
    else if (!w->is_ours)
        watch_end(w);
}

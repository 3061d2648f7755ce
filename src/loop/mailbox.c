/*
 * Two flat buffers: posters append to one under the lock, the owner swaps it for
 * the other and reads that without. The eventfd is written only by the poster who
 * finds the buffer empty, so a burst costs one system call.
 */
#include "loop/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"

struct mailbox {
    pthread_mutex_t lock;
    struct buf in;  /* under the lock */
    struct buf out; /* the owner's */
    size_t msg_size;
    int fd;
    mailbox_h *h;
    void *arg;
    struct loop_fd *watch;
};

static void on_readable(int events, void *arg)
{
    (void)events;
    (void)mailbox_drain(arg);
}

struct mailbox *mailbox_new(struct loop *l, size_t msg_size, mailbox_h *h, void *arg)
{
    struct mailbox *m = mem_new(sizeof(*m));

    if (pthread_mutex_init(&m->lock, NULL) != 0)
        abort();
    m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (m->fd < 0)
        abort(); /* only at start: no descriptors at all */
    m->msg_size = msg_size;
    m->h = h;
    m->arg = arg;
    if (l != NULL)
        m->watch = loop_fd_open(l, m->fd, LOOP_READ, on_readable, m);
    return m;
}

void mailbox_post(struct mailbox *m, const void *msg)
{
    static const uint64_t one = 1;
    bool was_empty;

    (void)pthread_mutex_lock(&m->lock);
    was_empty = m->in.len == 0;
    buf_add(&m->in, msg, m->msg_size);
    (void)pthread_mutex_unlock(&m->lock);
    if (was_empty && write(m->fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
        abort(); /* an eventfd of ours cannot fail otherwise */
}

int mailbox_fd(const struct mailbox *m)
{
    return m->fd;
}

size_t mailbox_drain(struct mailbox *m)
{
    uint64_t times;
    struct buf full;
    size_t n = 0;

    if (read(m->fd, &times, sizeof(times)) < 0 && errno != EAGAIN)
        abort();
    (void)pthread_mutex_lock(&m->lock);
    full = m->in;
    m->in = m->out;
    (void)pthread_mutex_unlock(&m->lock);
    m->out = (struct buf){0}; /* a handler may drain again */
    for (size_t at = 0; at < full.len; at += m->msg_size, n++)
        m->h(full.data + at, m->arg);
    full.len = 0;
    buf_clear(&m->out);
    m->out = full;
    return n;
}

size_t mailbox_wait(struct mailbox *m, int wait_ms)
{
    struct pollfd p = {.fd = m->fd, .events = POLLIN};

    if (poll(&p, 1, wait_ms) <= 0)
        return 0;
    return mailbox_drain(m);
}

void mailbox_free(struct mailbox *m)
{
    if (m == NULL)
        return;
    while (mailbox_drain(m) != 0)
        continue;
    loop_fd_close(m->watch);
    (void)close(m->fd);
    (void)pthread_mutex_destroy(&m->lock);
    buf_clear(&m->in);
    buf_clear(&m->out);
    (void)mem_free(m);
}

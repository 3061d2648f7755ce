#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "loop/loop_uv.h"

enum { SLOW_US = 20000 };

struct turn_end {
    struct list_node node;
    loop_h *h;
    void *arg;
};

struct loop_fd {
    struct list_node node;
    uv_poll_t poll;
    struct loop *loop;
    loop_fd_h *h;
    void *arg;
    int events;
};

struct loop_signal {
    struct list_node node;
    uv_signal_t signal;
    struct loop *loop;
    loop_h *h;
    void *arg;
};

static void must(int uv_result)
{
    if (uv_result != 0)
        abort(); /* no memory or no descriptor at the very start */
}

int64_t loop_handler_begin(void)
{
    return clock_real_us();
}

void loop_handler_end(const struct loop *l, const char *what, int64_t began_us)
{
    int64_t took = clock_real_us() - began_us;

    if (took < SLOW_US)
        return;
    count_add(COUNT_LOOP_SLOW, 1);
    log_line(LOG_WARN, "loop", NULL, "%s: a %s handler held the loop for %lld ms", l->name, what,
             (long long)(took / 1000));
}

static void run_turn_end(struct loop *l)
{
    LIST_EACH(n, &l->turn_end)
    {
        struct turn_end *t = LIST_OF(n, struct turn_end, node);

        t->h(t->arg);
    }
}

static void on_check(uv_check_t *c)
{
    run_turn_end(c->data);
}

/* Timers run before the loop goes to sleep; what they left behind must go out too. */
static void on_prepare(uv_prepare_t *p)
{
    run_turn_end(p->data);
}

static void on_wake(uv_async_t *a)
{
    struct loop *l = a->data;

    if (atomic_load(&l->stop_asked))
        uv_stop(&l->uv);
    timer_run_due(l);
}

struct loop *loop_new(const char *name)
{
    struct loop *l = mem_new(sizeof(*l));

    l->name = name;
    l->owner = pthread_self();
    must(uv_loop_init(&l->uv));
    must(uv_timer_init(&l->uv, &l->alarm));
    must(uv_async_init(&l->uv, &l->wake, on_wake));
    must(uv_check_init(&l->uv, &l->check));
    must(uv_prepare_init(&l->uv, &l->prepare));
    l->alarm.data = l->wake.data = l->check.data = l->prepare.data = l;
    (void)uv_check_start(&l->check, on_check);
    (void)uv_prepare_start(&l->prepare, on_prepare);
    timer_run_due(l);
    return l;
}

void loop_run(struct loop *l)
{
    l->owner = pthread_self();
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    atomic_store(&l->stop_asked, false);
}

static void on_step_over(void *arg)
{
    *(bool *)arg = true;
}

void loop_step(struct loop *l, int wait_ms)
{
    struct timer limit = {0};
    bool over = false;

    l->owner = pthread_self();
    timer_start(&limit, l, wait_ms, on_step_over, &over);
    (void)uv_run(&l->uv, wait_ms > 0 ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    timer_stop(&limit);
}

void loop_stop(struct loop *l)
{
    atomic_store(&l->stop_asked, true);
    (void)uv_async_send(&l->wake);
}

void loop_clock_moved(struct loop *l)
{
    (void)uv_async_send(&l->wake);
}

bool loop_is_mine(const struct loop *l)
{
    return pthread_equal(l->owner, pthread_self()) != 0;
}

void loop_at_end_of_turn(struct loop *l, loop_h *h, void *arg)
{
    struct turn_end *t = mem_new(sizeof(*t));

    assert(loop_is_mine(l));
    t->h = h;
    t->arg = arg;
    list_push(&l->turn_end, &t->node);
}

void loop_forget_end_of_turn(struct loop *l, loop_h *h, void *arg)
{
    LIST_EACH(n, &l->turn_end)
    {
        struct turn_end *t = LIST_OF(n, struct turn_end, node);

        if (t->h != h || t->arg != arg)
            continue;
        list_remove(n);
        (void)mem_free(t);
    }
}

static void on_fd(uv_poll_t *p, int status, int events)
{
    struct loop_fd *w = p->data;
    const struct loop *l = w->loop;
    int64_t began = loop_handler_begin();
    int ready = 0;

    if ((events & UV_READABLE) != 0)
        ready |= LOOP_READ;
    if ((events & UV_WRITABLE) != 0)
        ready |= LOOP_WRITE;
    if (status < 0)
        ready = w->events; /* whoever tries finds the error */
    w->h(ready, w->arg);
    loop_handler_end(l, "descriptor", began);
}

static int uv_events(int events)
{
    return ((events & LOOP_READ) != 0 ? UV_READABLE : 0) |
           ((events & LOOP_WRITE) != 0 ? UV_WRITABLE : 0);
}

struct loop_fd *loop_fd_open(struct loop *l, int fd, int events, loop_fd_h *h, void *arg)
{
    struct loop_fd *w = mem_new(sizeof(*w));

    assert(loop_is_mine(l));
    must(uv_poll_init(&l->uv, &w->poll, fd));
    w->poll.data = w;
    w->loop = l;
    w->h = h;
    w->arg = arg;
    list_push(&l->fds, &w->node);
    loop_fd_set(w, events);
    return w;
}

void loop_fd_set(struct loop_fd *w, int events)
{
    w->events = events;
    if (events == 0)
        (void)uv_poll_stop(&w->poll);
    else
        (void)uv_poll_start(&w->poll, uv_events(events), on_fd);
}

static void on_fd_closed(uv_handle_t *h)
{
    (void)mem_free(h->data);
}

void loop_fd_close(struct loop_fd *w)
{
    if (w == NULL)
        return;
    list_remove(&w->node);
    (void)uv_poll_stop(&w->poll); /* from here on the kernel does not know the descriptor */
    uv_close((uv_handle_t *)&w->poll, on_fd_closed);
}

static void on_signal(uv_signal_t *s, int signum)
{
    const struct loop_signal *g = s->data;

    (void)signum;
    g->h(g->arg);
}

void loop_on_signal(struct loop *l, int signum, loop_h *h, void *arg)
{
    struct loop_signal *g = mem_new(sizeof(*g));

    must(uv_signal_init(&l->uv, &g->signal));
    g->signal.data = g;
    g->loop = l;
    g->h = h;
    g->arg = arg;
    list_push(&l->signals, &g->node);
    must(uv_signal_start(&g->signal, on_signal, signum));
}

/* Whoever closes the loop has closed what he opened; only our own handles are left. */
void loop_free(struct loop *l)
{
    struct list_node *n;

    l->owner = pthread_self();
    while ((n = l->fds.first) != NULL)
        loop_fd_close(LIST_OF(n, struct loop_fd, node));
    while ((n = list_pop(&l->signals)) != NULL)
        uv_close((uv_handle_t *)&LIST_OF(n, struct loop_signal, node)->signal, on_fd_closed);
    while ((n = list_pop(&l->turn_end)) != NULL)
        (void)mem_free(LIST_OF(n, struct turn_end, node));
    uv_close((uv_handle_t *)&l->alarm, NULL);
    uv_close((uv_handle_t *)&l->wake, NULL);
    uv_close((uv_handle_t *)&l->check, NULL);
    uv_close((uv_handle_t *)&l->prepare, NULL);
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    must(uv_loop_close(&l->uv));
    (void)mem_free(l->heap);
    (void)mem_free(l);
}

#include "loop/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"

struct worker {
    pthread_t thread;
    worker_h *run;
    void *arg;
};

static void *begin(void *arg)
{
    struct worker *w = arg;

    w->run(w->arg);
    return NULL;
}

struct worker *worker_start(const char *name, worker_h *run, void *arg)
{
    struct worker *w = mem_new(sizeof(*w));
    sigset_t all;
    sigset_t before;

    w->run = run;
    w->arg = arg;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before); /* inherited by the new thread */
    if (pthread_create(&w->thread, NULL, begin, w) != 0)
        abort();                               /* only at start */
    (void)pthread_setname_np(w->thread, name); /* here: the text need not outlive this call */
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return w;
}

void worker_join(struct worker *w)
{
    if (w == NULL)
        return;
    (void)pthread_join(w->thread, NULL);
    (void)mem_free(w);
}

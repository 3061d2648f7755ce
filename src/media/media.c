/*
 * media.c - the control thread's side: numbers, threads, what they report.
 *
 * It knows which thread has which room, and who owns what was given away. It
 * touches no port that a thread has.
 */
#include "media/media_inside.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "media/engine.h"
#include "media/kit.h"
#include "media/pipe.h"
#include "media/recorder.h"
#include "media/room.h"
#include "media/route.h"
#include "media/rtp_leg.h"
#include "media/socket.h"
#include "media/tap.h"

enum { BACKLOG_MS = 20 };

/* A command that must arrive and did not fit. */
struct waiting {
    struct list_node node;
    struct command command;
};

static void retry_backlog(void *arg);

bool media_tell(struct media *m, struct thread *t, const struct command *c, bool must)
{
    struct waiting *w;

    if (list_empty(&t->backlog) && engine_tell(t->engine, c, must))
        return true;
    if (!must)
        return false;
    w = mem_new(sizeof(*w));
    w->command = *c;
    list_push(&t->backlog, &w->node);
    if (!m->stopping && !timer_running(&m->backlog_timer))
        timer_start(&m->backlog_timer, m->loop, BACKLOG_MS, retry_backlog, m);
    return true;
}

static bool drain_backlog(struct thread *t)
{
    LIST_EACH(n, &t->backlog)
    {
        struct waiting *w = LIST_OF(n, struct waiting, node);

        if (!engine_tell(t->engine, &w->command, true))
            return false;
        list_remove(n);
        mem_free(w);
    }
    return true;
}

static void retry_backlog(void *arg)
{
    struct media *m = arg;
    bool done = true;

    for (size_t i = 0; i < m->thread_count; i++)
        done = drain_backlog(&m->threads[i]) && done;
    if (!done)
        timer_start(&m->backlog_timer, m->loop, BACKLOG_MS, retry_backlog, m);
}

/* What comes back. */

static void on_port_gone(struct media *m, struct port *p)
{
    struct port_ref *ref = map_del_num(&m->ports, p->number);
    struct media_event e = {.kind = MEDIA_EV_GONE, .port = p->number};

    assert(ref != NULL);
    e.stats = mem_new(sizeof(*e.stats));
    port_fill_stats(p, e.stats);
    port_free(p);
    tap_close(ref->tap);
    pipe_release(ref->pipe);
    if (ref->kind == PORT_RTP)
        socket_close(m->sockets, clock_real_us() / 1000, &ref->socket);
    ref->thread->ports--;
    mem_free(ref);
    count_add(COUNT_MEDIA_PORTS, -1);
    if (m->stopping)
        mem_free(e.stats);
    else
        m->h(&e, m->arg);
}

static void on_room_gone(struct media *m, struct room *r)
{
    struct room_ref *ref = map_del_num(&m->rooms, r->number);

    assert(ref != NULL);
    ref->thread->rooms--;
    mem_free(ref);
    room_free(r);
}

static void on_report(void *msg, void *arg)
{
    struct media *m = arg;
    struct report *r = msg;

    switch (r->kind) {
    case REPORT_EVENT:
        if (!m->stopping)
            m->h(&r->event, m->arg);
        else
            recorder_free(r->event.sound);
        break;
    case REPORT_PORT_GONE:
        on_port_gone(m, r->port);
        break;
    case REPORT_ROOM_GONE:
        on_room_gone(m, r->room);
        break;
    case REPORT_ROUTE_GONE:
        route_free(r->route);
        break;
    case REPORT_KIT_GONE:
        kit_free(r->kit);
        break;
    case REPORT_STATS:
        r->ask.h(r->ask.found ? r->ask.stats : NULL, r->ask.arg);
        mem_free(r->ask.stats);
        break;
    }
}

/* Start and stop. */

static void choose_cname(struct media *m)
{
    uint8_t dice[8] = {0};

    (void)getrandom(dice, sizeof(dice), 0);
    for (size_t i = 0; i < sizeof(dice); i++)
        (void)snprintf(m->cname + 2 * i, 3, "%02x", dice[i]);
    (void)str_copy(m->cname + 2 * sizeof(dice), sizeof(m->cname) - 2 * sizeof(dice), "@carillon");
}

static enum err start_threads(struct media *m, int count, struct fail *f)
{
    for (int i = 0; i < count; i++) {
        char name[16];
        enum err e;

        (void)snprintf(name, sizeof(name), "media-%d", i % MEDIA_THREADS_MAX);
        e = engine_start(&(struct engine_setup){.name = name,
                                                .phase_us = i * ENGINE_TICK_US / count,
                                                .to_control = m->reports,
                                                .bell_fd = m->bell_fd},
                         &m->threads[m->thread_count].engine, f);
        if (e != ERR_OK)
            return e;
        m->thread_count++;
    }
    return ERR_OK;
}

enum err media_start(struct loop *l, const struct media_settings *s, media_event_h *h, void *arg,
                     struct media **out, struct fail *f)
{
    struct media *m = mem_new(sizeof(*m));
    int threads = s->threads < 1                   ? 1
                  : s->threads > MEDIA_THREADS_MAX ? MEDIA_THREADS_MAX
                                                   : s->threads;
    enum err e;

    assert(loop_is_mine(l));
    m->loop = l;
    m->settings = *s;
    m->tap_folder = str_dup(s->tap_folder);
    m->h = h;
    m->arg = arg;
    choose_cname(m);
    m->reports = mailbox_new(l, sizeof(struct report), on_report, m);
    m->bell_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m->bell_fd < 0)
        e = err_set(f, ERR_INTERNAL, "no event descriptor is left: %s", strerror(errno));
    else
        e = socket_pool_new(&s->listen, s->port_low, s->port_high, &m->sockets, f);
    if (e == ERR_OK)
        e = start_threads(m, threads, f);
    if (e != ERR_OK) {
        media_stop(m);
        return e;
    }
    *out = m;
    return ERR_OK;
}

void media_stop(struct media *m)
{
    struct command c = {.kind = COMMAND_STOP};

    if (m == NULL)
        return;
    m->stopping = true;
    timer_stop(&m->backlog_timer);
    for (size_t i = 0; i < m->thread_count; i++)
        (void)media_tell(m, &m->threads[i], &c, true);
    for (size_t i = 0; i < m->thread_count; i++) {
        while (!drain_backlog(&m->threads[i]))
            (void)mailbox_drain(m->reports); /* the thread is taking commands all the while */
        engine_join(m->threads[i].engine);
    }
    mailbox_free(m->reports);
    socket_pool_free(m->sockets);
    if (m->bell_fd >= 0)
        (void)close(m->bell_fd);
    assert(m->ports.count == 0 && m->rooms.count == 0);
    map_clear(&m->ports);
    map_clear(&m->rooms);
    mem_free(m->tap_folder);
    mem_free(m);
}

int media_bell_fd(const struct media *m)
{
    return m->bell_fd;
}

size_t media_port_count(const struct media *m)
{
    return m->ports.count;
}

/*
 * media.c - the control thread's side: numbers, threads, what they report.
 *
 * It knows which thread has which room, and who owns what was given away. It
 * touches no port that a thread has.
 */
#include "media/media.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/list.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/timer.h"
#include "media/engine.h"
#include "media/port.h"
#include "media/room.h"
#include "media/route.h"
#include "media/rtp_leg.h"
#include "media/socket.h"
#include "media/tap.h"

enum { THREADS_MAX = 64, BACKLOG_MS = 20 };

/* A command that must arrive and did not fit. */
struct waiting {
    struct list_node node;
    struct command command;
};

struct thread {
    struct engine *engine;
    size_t ports;
    size_t rooms;
    struct list backlog;
};

struct room_ref {
    uint32_t number;
    struct thread *thread;
    bool grouped[MEDIA_ROUTE_GROUPS];    /* places that are taken, */
    uint32_t groups[MEDIA_ROUTE_GROUPS]; /* and by which routing group */
};

struct port_ref {
    uint32_t number;
    enum port_kind kind;
    bool removed; /* REMOVE was told */
    uint32_t room;
    struct thread *thread;
    struct media_socket socket;
    struct tap *tap;
};

struct media {
    struct loop *loop;
    struct media_settings settings;
    char *tap_folder;
    char cname[RTCP_CNAME_SIZE];
    media_event_h *h;
    void *arg;
    struct mailbox *reports;
    struct socket_pool *sockets;
    struct thread threads[THREADS_MAX];
    size_t thread_count;
    struct map rooms, ports;
    uint32_t last_number, last_play;
    struct timer backlog_timer;
    bool stopping;
};

static void retry_backlog(void *arg);

/* What must arrive arrives, later if need be; in its order. */
static bool tell(struct media *m, struct thread *t, const struct command *c, bool must)
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

        (void)snprintf(name, sizeof(name), "media-%d", i % THREADS_MAX);
        e = engine_start(name, i * ENGINE_TICK_US / count, m->reports,
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
    int threads = s->threads < 1 ? 1 : s->threads > THREADS_MAX ? THREADS_MAX : s->threads;
    enum err e;

    assert(loop_is_mine(l));
    m->loop = l;
    m->settings = *s;
    m->tap_folder = str_dup(s->tap_folder);
    m->h = h;
    m->arg = arg;
    choose_cname(m);
    m->reports = mailbox_new(l, sizeof(struct report), on_report, m);
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
        (void)tell(m, &m->threads[i], &c, true);
    for (size_t i = 0; i < m->thread_count; i++) {
        while (!drain_backlog(&m->threads[i]))
            (void)mailbox_drain(m->reports); /* the thread is taking commands all the while */
        engine_join(m->threads[i].engine);
    }
    mailbox_free(m->reports);
    socket_pool_free(m->sockets);
    assert(m->ports.count == 0 && m->rooms.count == 0);
    map_clear(&m->ports);
    map_clear(&m->rooms);
    mem_free(m->tap_folder);
    mem_free(m);
}

/* Rooms. */

static struct thread *least_busy(struct media *m)
{
    struct thread *best = &m->threads[0];

    for (size_t i = 1; i < m->thread_count; i++) {
        struct thread *t = &m->threads[i];

        if (t->ports < best->ports || (t->ports == best->ports && t->rooms < best->rooms))
            best = t;
    }
    return best;
}

static uint32_t add_room(struct media *m, struct thread *t)
{
    struct command c = {.kind = COMMAND_ROOM_ADD};
    struct room_ref *ref;

    c.number = ++m->last_number;
    c.room = room_new(c.number);
    if (!tell(m, t, &c, false)) {
        room_free(c.room);
        return 0;
    }
    ref = mem_new(sizeof(*ref));
    ref->number = c.number;
    ref->thread = t;
    t->rooms++;
    (void)map_put_num(&m->rooms, ref->number, ref);
    return ref->number;
}

uint32_t media_room_new(struct media *m)
{
    assert(loop_is_mine(m->loop));
    return add_room(m, least_busy(m));
}

uint32_t media_room_new_beside(struct media *m, uint32_t room)
{
    const struct room_ref *ref = map_find_num(&m->rooms, room);

    assert(loop_is_mine(m->loop));
    return ref == NULL ? 0 : add_room(m, ref->thread);
}

void media_room_remove(struct media *m, uint32_t room)
{
    struct command c = {.kind = COMMAND_ROOM_REMOVE, .number = room};
    struct room_ref *ref = map_find_num(&m->rooms, room);

    if (ref != NULL)
        (void)tell(m, ref->thread, &c, true);
}

void media_room_watch(struct media *m, uint32_t room, bool watch)
{
    struct command c = {.kind = COMMAND_ROOM_WATCH, .number = room, .on = watch};
    struct room_ref *ref = map_find_num(&m->rooms, room);

    if (ref != NULL)
        (void)tell(m, ref->thread, &c, true);
}

/* The place that a group has or may have, or -1. */
static int place_of(const struct room_ref *ref, uint32_t group)
{
    int place = -1;

    for (int i = MEDIA_ROUTE_GROUPS - 1; i >= 0; i--) {
        if (ref->grouped[i] && ref->groups[i] == group)
            return i;
        if (!ref->grouped[i])
            place = i;
    }
    return place;
}

bool media_room_route(struct media *m, uint32_t room, uint32_t group, const struct media_route *r)
{
    struct command c = {.kind = COMMAND_ROOM_ROUTE, .number = room};
    struct room_ref *ref = map_find_num(&m->rooms, room);
    int place = ref == NULL ? -1 : place_of(ref, group);
    bool removed = r->source_count == 0;

    if (place < 0)
        return removed && ref != NULL;
    c.route.place = (size_t)place;
    if (!removed)
        c.route.route = route_new(group, r);
    if (!removed && c.route.route == NULL)
        return false;
    if (!tell(m, ref->thread, &c, removed)) {
        route_free(c.route.route);
        return false;
    }
    ref->grouped[place] = !removed;
    ref->groups[place] = group;
    return true;
}

/* Sockets. */

enum err media_socket_open(struct media *m, struct media_socket *out, struct fail *f)
{
    assert(loop_is_mine(m->loop));
    return socket_open(m->sockets, clock_real_us() / 1000, out, f);
}

void media_socket_close(struct media *m, struct media_socket *s)
{
    socket_close(m->sockets, clock_real_us() / 1000, s);
    s->rtp_fd = s->rtcp_fd = -1;
}

/* Ports. */

static uint32_t add_port(struct media *m, uint32_t room, struct port *p, const char *label)
{
    struct room_ref *in = map_find_num(&m->rooms, room);
    struct command c = {.kind = COMMAND_PORT_ADD, .number = room};
    struct port_ref *ref = mem_new(sizeof(*ref));

    c.port = p;
    ref->number = p->number;
    ref->kind = p->kind;
    ref->room = room;
    ref->thread = in == NULL ? NULL : in->thread;
    if (in != NULL && m->tap_folder != NULL)
        p->tap = ref->tap = tap_open(m->tap_folder, label, p->number);
    if (in == NULL || !tell(m, in->thread, &c, false)) {
        tap_close(ref->tap);
        port_free(p);
        mem_free(ref);
        return 0;
    }
    ref->thread->ports++;
    (void)map_put_num(&m->ports, ref->number, ref);
    count_add(COUNT_MEDIA_PORTS, 1);
    return ref->number;
}

uint32_t media_port_rtp(struct media *m, uint32_t room, const struct media_socket *s,
                        const char *label)
{
    struct port *p = port_new(++m->last_number, PORT_RTP);
    struct rtp_leg_setup setup = {.port = p->number,
                                  .rtp_fd = s->rtp_fd,
                                  .rtcp_fd = s->rtcp_fd,
                                  .silence_ms = m->settings.silence_ms,
                                  .loopback = m->settings.loopback,
                                  .cname = m->cname};
    uint32_t number;
    struct port_ref *ref;

    assert(loop_is_mine(m->loop));
    p->leg = rtp_leg_new(&setup);
    number = add_port(m, room, p, label);
    ref = map_find_num(&m->ports, number);
    if (ref != NULL)
        ref->socket = *s;
    return number;
}

uint32_t media_port_bot(struct media *m, uint32_t room, const char *label)
{
    return add_port(m, room, port_new(++m->last_number, PORT_BOT), label);
}

uint32_t media_port_script(struct media *m, uint32_t room, bool echo, const char *label)
{
    struct port *p = port_new(++m->last_number, PORT_SCRIPT);

    if (echo)
        port_echo(p);
    return add_port(m, room, p, label);
}

static struct port_ref *find_port(struct media *m, uint32_t port)
{
    struct port_ref *ref = map_find_num(&m->ports, port);

    assert(loop_is_mine(m->loop));
    return ref == NULL || ref->removed ? NULL : ref;
}

static bool tell_port(struct media *m, struct command *c, uint32_t port, bool must)
{
    struct port_ref *ref = find_port(m, port);

    c->number = port;
    return ref != NULL && tell(m, ref->thread, c, must);
}

bool media_port_peer(struct media *m, uint32_t port, const struct media_peer *p)
{
    struct command c = {.kind = COMMAND_PEER, .peer = *p};

    return codec_find(p->agreed.codec) != NULL && tell_port(m, &c, port, false);
}

void media_port_keys_by_info(struct media *m, uint32_t port)
{
    struct command c = {.kind = COMMAND_KEYS_BY_INFO};

    (void)tell_port(m, &c, port, true);
}

void media_port_mute(struct media *m, uint32_t port, bool in, bool out)
{
    struct command c = {.kind = COMMAND_MUTE};

    c.mute.in = in;
    c.mute.out = out;
    (void)tell_port(m, &c, port, true);
}

bool media_port_apart(struct media *m, uint32_t port, bool apart)
{
    struct command c = {.kind = COMMAND_APART, .on = apart};

    return tell_port(m, &c, port, true);
}

bool media_port_main(struct media *m, uint32_t port, bool in_main)
{
    struct command c = {.kind = COMMAND_MAIN, .on = in_main};

    return tell_port(m, &c, port, true);
}

bool media_port_move(struct media *m, uint32_t port, uint32_t room)
{
    struct command c = {.kind = COMMAND_MOVE, .to_room = room};
    const struct room_ref *to = map_find_num(&m->rooms, room);
    struct port_ref *ref = find_port(m, port);

    if (ref == NULL || to == NULL || to->thread != ref->thread || !tell_port(m, &c, port, false))
        return false;
    ref->room = room;
    return true;
}

static uint32_t play(struct media *m, uint32_t port, enum command_kind kind, const struct prompt *p,
                     int times)
{
    struct command c = {.kind = kind};

    if (p == NULL || times < 0)
        return 0;
    c.play.number = m->last_play + 1;
    c.play.prompt = p;
    c.play.times = times;
    return tell_port(m, &c, port, false) ? ++m->last_play : 0;
}

uint32_t media_play(struct media *m, uint32_t port, const struct prompt *p, int times)
{
    const struct port_ref *ref = find_port(m, port);

    return ref == NULL || ref->kind == PORT_RTP ? 0 : play(m, port, COMMAND_PLAY, p, times);
}

uint32_t media_play_to(struct media *m, uint32_t port, const struct prompt *p, int times)
{
    return play(m, port, COMMAND_PLAY_TO, p, times);
}

void media_play_to_stop(struct media *m, uint32_t port)
{
    struct command c = {.kind = COMMAND_PLAY_TO_STOP};

    (void)tell_port(m, &c, port, true);
}

void media_play_stop(struct media *m, uint32_t port)
{
    struct command c = {.kind = COMMAND_PLAY_STOP};

    (void)tell_port(m, &c, port, true);
}

bool media_send_keys(struct media *m, uint32_t port, const char *keys, int gap_ms)
{
    struct command c = {.kind = COMMAND_SEND_KEYS};
    struct dtmf_send trial;

    if (!dtmf_send_begin(&trial, keys, gap_ms))
        return false;
    (void)str_copy(c.keys.keys, sizeof(c.keys.keys), keys);
    c.keys.gap_ms = gap_ms;
    return tell_port(m, &c, port, false);
}

void media_port_remove(struct media *m, uint32_t port)
{
    struct command c = {.kind = COMMAND_PORT_REMOVE};

    if (tell_port(m, &c, port, true))
        ((struct port_ref *)map_find_num(&m->ports, port))->removed = true;
}

void media_ask_stats(struct media *m, uint32_t port, media_stats_h *h, void *arg)
{
    struct command c = {.kind = COMMAND_STATS};
    struct port_ref *ref = find_port(m, port);

    c.ask.stats = mem_new(sizeof(*c.ask.stats));
    c.ask.h = h;
    c.ask.arg = arg;
    if (ref != NULL) {
        (void)tell_port(m, &c, port, true);
    } else { /* told by the mailbox too, so that the answer never comes before return */
        struct report r = {.kind = REPORT_STATS};

        r.ask.stats = c.ask.stats;
        r.ask.h = h;
        r.ask.arg = arg;
        mailbox_post(m->reports, &r);
    }
}

size_t media_port_count(const struct media *m)
{
    return m->ports.count;
}

/*
 * engine.c - the media thread.
 *
 * Sockets are not waited for: they are in an epoll of their own that is asked
 * at each tick, so a packet wakes nobody. What wakes the thread is the timer
 * and a command. The tick is absolute; ticks that were missed are made up for,
 * so that no sound is lost, unless they are too many.
 */
#include "media/engine.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/list.h"
#include "base/mem.h"
#include "loop/mailbox.h"
#include "loop/ring.h"
#include "loop/worker.h"
#include "media/inlet.h"
#include "media/pieces.h"
#include "media/port.h"
#include "media/recorder.h"
#include "media/room.h"
#include "media/rtp_leg.h"
#include "media/share.h"

enum {
    RING_SLOTS = 4096,
    RING_KEPT = 1024, /* for endings */
    BUCKETS = 1024,
    EVENTS = 256,
    TICKS_AT_ONCE = 25, /* more than half a second behind is given up */
    LATE_US = 5000,
    NICE = -10,
    PIECES = 1 << 17, /* 10.5 MiB at most; what sounds now: some 6 for each leg */
};

struct engine {
    struct ring *ring;
    struct mailbox *to_control;
    struct worker *worker;
    int wake_fd; /* eventfd: commands */
    int timer_fd;
    int main_fd;    /* epoll: those two */
    int sockets_fd; /* epoll: RTP and RTCP */
    int phase_us;
    int bell_fd;    /* eventfd of all media threads: rung each tick while there are streams */
    size_t streams; /* ports with a pipe */

    bool stopping;
    int64_t due_us; /* of the next tick */
    struct list rooms;
    struct list ports[BUCKETS];
    struct list movers; /* ports that change their room after the next tick */
    struct inlet inlet;
    struct room_work work;
    struct pieces *pool;
};

static void report_event(const struct media_event *e, void *arg)
{
    struct engine *en = arg;
    struct report r = {.kind = REPORT_EVENT, .event = *e};

    mailbox_post(en->to_control, &r);
}

static struct port *find_port(struct engine *e, uint32_t number)
{
    LIST_EACH(n, &e->ports[number % BUCKETS])
    {
        struct port *p = LIST_OF(n, struct port, in_thread);

        if (p->number == number)
            return p;
    }
    return NULL;
}

static struct room *find_room(struct engine *e, uint32_t number)
{
    LIST_EACH(n, &e->rooms)
    {
        struct room *r = LIST_OF(n, struct room, in_thread);

        if (r->number == number)
            return r;
    }
    return NULL;
}

/* A pointer's lowest bit is free: it says which of a leg's two sockets is meant. */
static void watch(struct engine *e, struct rtp_leg *l, int fd, bool rtcp)
{
    struct epoll_event ev = {.events = EPOLLIN};

    ev.data.u64 = (uint64_t)(uintptr_t)l | (rtcp ? 1 : 0);
    (void)epoll_ctl(e->sockets_fd, EPOLL_CTL_ADD, fd, &ev);
}

static void give_back(struct engine *e, struct port *p)
{
    struct report r = {.kind = REPORT_PORT_GONE, .port = p};

    port_silence(p);
    list_remove(&p->in_movers);
    if (p->leg != NULL) {
        rtp_leg_send_report(p->leg, true);
        jitter_close(p->leg->jitter);
        (void)epoll_ctl(e->sockets_fd, EPOLL_CTL_DEL, p->leg->rtp_fd, NULL);
        (void)epoll_ctl(e->sockets_fd, EPOLL_CTL_DEL, p->leg->rtcp_fd, NULL);
    }
    e->streams -= p->pipe != NULL ? 1 : 0;
    room_remove(p);
    list_remove(&p->in_thread);
    mailbox_post(e->to_control, &r);
}

static void give_route_back(struct engine *e, struct route *route)
{
    struct report r = {.kind = REPORT_ROUTE_GONE, .route = route};

    if (route != NULL)
        mailbox_post(e->to_control, &r);
}

static void set_route(struct engine *e, const struct command *c)
{
    struct room *r = find_room(e, c->number);

    give_route_back(e, r == NULL ? c->route.route : room_route(r, c->route.place, c->route.route));
}

static void remove_room(struct engine *e, struct room *room)
{
    struct report r = {.kind = REPORT_ROOM_GONE, .room = room};

    LIST_EACH(n, &e->movers) /* who is on the way is there */
    {
        struct port *p = LIST_OF(n, struct port, in_movers);

        if (p->room != room && p->moving_to != room)
            continue;
        list_remove(n);
        room_move(p, p->moving_to);
    }
    LIST_EACH(n, &room->ports)
    give_back(e, LIST_OF(n, struct port, in_room));
    for (size_t i = 0; i < MEDIA_ROUTE_GROUPS; i++)
        give_route_back(e, room_route(room, i, NULL));
    list_remove(&room->in_thread);
    mailbox_post(e->to_control, &r);
}

static void add_port(struct engine *e, const struct command *c)
{
    struct room *r = find_room(e, c->number);
    struct port *p = c->port;

    p->tell = report_event;
    p->tell_arg = e;
    if (r == NULL) { /* control would have to have lost its mind; it gets its gift back */
        struct report gone = {.kind = REPORT_PORT_GONE, .port = p};

        mailbox_post(e->to_control, &gone);
        return;
    }
    room_add(r, p);
    list_push(&e->ports[p->number % BUCKETS], &p->in_thread);
    e->streams += p->pipe != NULL ? 1 : 0;
    if (p->leg != NULL) {
        p->leg->tell = report_event;
        p->leg->tell_arg = e;
        jitter_use(p->leg->jitter, e->pool);
        watch(e, p->leg, p->leg->rtp_fd, false);
        watch(e, p->leg, p->leg->rtcp_fd, true);
    }
}

static void answer_stats(struct engine *e, const struct port *p, const struct command *c)
{
    struct report r = {.kind = REPORT_STATS};

    r.ask.stats = c->ask.stats;
    r.ask.h = c->ask.h;
    r.ask.arg = c->ask.arg;
    r.ask.found = p != NULL;
    if (p != NULL)
        port_fill_stats(p, c->ask.stats);
    mailbox_post(e->to_control, &r);
}

static void stop(struct engine *e)
{
    e->stopping = true;
    LIST_EACH(n, &e->rooms)
    remove_room(e, LIST_OF(n, struct room, in_thread));
}

/* The port leaves its room in the next tick, fading out, and is in the other one after it. */
static void move_port(struct engine *e, struct port *p, struct room *to)
{
    if (to == NULL || (to == p->room && p->moving_to == NULL))
        return;
    p->moving_to = to;
    if (p->in_movers.in == NULL)
        list_push(&e->movers, &p->in_movers);
}

static void move_all(struct engine *e)
{
    struct list_node *n;

    while ((n = list_pop(&e->movers)) != NULL) {
        struct port *p = LIST_OF(n, struct port, in_movers);

        room_move(p, p->moving_to);
    }
}

static void give_kit_back(struct engine *e, struct kit *kit)
{
    struct report r = {.kind = REPORT_KIT_GONE, .kit = kit};

    if (kit != NULL)
        mailbox_post(e->to_control, &r);
}

static void agree(struct engine *e, struct port *p, const struct command *c)
{
    struct kit *kit = c->agree.kit;

    if (p->leg != NULL) {
        share_leave(p); /* who follows it goes on as it was */
        (void)rtp_leg_agree(p->leg, &c->agree.peer, &kit, clock_real_us() / 1000);
    }
    give_kit_back(e, kit);
}

/* What is said to a port. */
static void command_port(struct engine *e, struct port *p, const struct command *c)
{
    switch (c->kind) {
    case COMMAND_PORT_REMOVE:
        give_back(e, p);
        break;
    case COMMAND_PEER:
        agree(e, p, c);
        break;
    case COMMAND_KEYS_BY_INFO:
        if (p->leg != NULL)
            rtp_leg_keys_by_info(p->leg);
        break;
    case COMMAND_MUTE:
        p->mute_in = c->mute.in;
        p->mute_out = c->mute.out;
        break;
    case COMMAND_APART:
        p->apart = c->on;
        break;
    case COMMAND_MAIN:
        p->off_main = !c->on;
        break;
    case COMMAND_MOVE:
        move_port(e, p, find_room(e, c->to_room));
        break;
    case COMMAND_PLAY:
        port_play(p, &p->play, c->play.number, c->play.prompt, c->play.times);
        break;
    case COMMAND_PLAY_STOP:
        port_play_cancel(p, &p->play);
        break;
    case COMMAND_PLAY_TO:
        port_play(p, &p->to, c->play.number, c->play.prompt, c->play.times);
        break;
    case COMMAND_PLAY_TO_STOP:
        port_play_cancel(p, &p->to);
        break;
    case COMMAND_RECORD:
        (void)port_record_end(p, MEDIA_RECORD_STOPPED);
        p->recorder = c->recorder;
        break;
    case COMMAND_RECORD_STOP:
        (void)port_record_end(p, MEDIA_RECORD_STOPPED);
        break;
    case COMMAND_SEND_KEYS:
        (void)dtmf_send_begin(&p->keys, c->keys.keys, c->keys.gap_ms);
        break;
    case COMMAND_ROOM_ADD:
    case COMMAND_ROOM_REMOVE:
    case COMMAND_ROOM_WATCH:
    case COMMAND_ROOM_ROUTE:
    case COMMAND_PORT_ADD:
    case COMMAND_STATS:
    case COMMAND_STOP:
        break;
    }
}

/* A play for a port that is gone is over. */
static void refuse_play(struct engine *e, const struct command *c)
{
    struct media_event ev = {.kind = MEDIA_EV_PLAYED,
                             .port = c->number,
                             .play = c->play.number,
                             .reason = MEDIA_PLAY_GONE};

    report_event(&ev, e);
}

/* The same for a recording. */
static void refuse_record(struct engine *e, const struct command *c)
{
    struct media_event ev = {.kind = MEDIA_EV_RECORDED,
                             .port = c->number,
                             .play = c->recorder->number,
                             .recorded = MEDIA_RECORD_GONE,
                             .sound = c->recorder};

    report_event(&ev, e);
}

static void carry_out(struct engine *e, const struct command *c)
{
    struct port *p;
    struct room *r;

    switch (c->kind) {
    case COMMAND_ROOM_ADD:
        list_push(&e->rooms, &c->room->in_thread);
        return;
    case COMMAND_ROOM_REMOVE:
        r = find_room(e, c->number);
        if (r != NULL)
            remove_room(e, r);
        return;
    case COMMAND_ROOM_WATCH:
        r = find_room(e, c->number);
        if (r != NULL)
            room_watch(r, c->on);
        return;
    case COMMAND_ROOM_ROUTE:
        set_route(e, c);
        return;
    case COMMAND_PORT_ADD:
        add_port(e, c);
        return;
    case COMMAND_STATS:
        answer_stats(e, find_port(e, c->number), c);
        return;
    case COMMAND_STOP:
        stop(e);
        return;
    case COMMAND_PORT_REMOVE:
    case COMMAND_PEER:
    case COMMAND_KEYS_BY_INFO:
    case COMMAND_MUTE:
    case COMMAND_APART:
    case COMMAND_MAIN:
    case COMMAND_MOVE:
    case COMMAND_PLAY:
    case COMMAND_PLAY_STOP:
    case COMMAND_PLAY_TO:
    case COMMAND_PLAY_TO_STOP:
    case COMMAND_RECORD:
    case COMMAND_RECORD_STOP:
    case COMMAND_SEND_KEYS:
        break;
    }
    p = find_port(e, c->number);
    if (p != NULL)
        command_port(e, p, c);
    else if (c->kind == COMMAND_PEER)
        give_kit_back(e, c->agree.kit);
    else if (c->kind == COMMAND_RECORD)
        refuse_record(e, c);
    else if (c->kind == COMMAND_PLAY || c->kind == COMMAND_PLAY_TO)
        refuse_play(e, c);
}

static void take_commands(struct engine *e)
{
    struct command c;

    while (ring_pop(e->ring, &c))
        carry_out(e, &c);
}

/* All that has come since the last tick. A socket that still has more keeps being ready: it is
 * read at most EVENTS times over, so nobody can hold the thread by sending. */
static void read_sockets(struct engine *e)
{
    struct epoll_event ready[EVENTS];
    size_t budget = 0;
    int n;

    inlet_begin(&e->inlet);
    do {
        n = epoll_wait(e->sockets_fd, ready, EVENTS, 0);
        for (int i = 0; i < n; i++) {
            bool rtcp = (ready[i].data.u64 & 1) != 0;
            struct rtp_leg *l = (struct rtp_leg *)(uintptr_t)(ready[i].data.u64 & ~(uint64_t)1);

            rtp_leg_receive(l, &e->inlet, rtcp);
        }
        budget++;
    } while (n == EVENTS && budget < 64);
}

/* Who has the other end of the pipes has something to take and room to give. */
static void ring_bell(const struct engine *e)
{
    uint64_t one = 1;

    if (e->streams > 0)
        (void)!write(e->bell_fd, &one, sizeof(one));
}

/* Each tick gets the time at which it was due, so that lateness of ours is not jitter. */
static void tick(struct engine *e)
{
    room_work_tick(&e->work);
    LIST_EACH(n, &e->rooms)
    room_tick(LIST_OF(n, struct room, in_thread), &e->work, e->due_us);
    move_all(e);
    ring_bell(e);
}

static void on_timer(struct engine *e)
{
    uint64_t times = 0;
    int64_t now = clock_real_us();

    if (read(e->timer_fd, &times, sizeof(times)) != (ssize_t)sizeof(times))
        return;
    read_sockets(e);
    for (uint64_t i = 0; i < times; i++, e->due_us += ENGINE_TICK_US) {
        if (now - e->due_us > LATE_US)
            count_add(COUNT_MEDIA_TICKS_LATE, 1);
        if (times - i <= TICKS_AT_ONCE)
            tick(e);
    }
}

static void run(void *arg)
{
    struct engine *e = arg;
    struct epoll_event ready[2];

    /* This thread alone (Linux): sound cannot wait. Where it is not permitted, it is not. */
    (void)setpriority(PRIO_PROCESS, 0, NICE);
    while (!e->stopping) {
        int n = epoll_wait(e->main_fd, ready, 2, -1);

        for (int i = 0; i < n; i++) {
            uint64_t ignored;

            if (ready[i].data.fd == e->wake_fd)
                (void)!read(e->wake_fd, &ignored, sizeof(ignored));
        }
        take_commands(e);
        for (int i = 0; i < n && !e->stopping; i++) {
            if (ready[i].data.fd == e->timer_fd)
                on_timer(e);
        }
    }
}

static void engine_free(struct engine *e)
{
    int fds[] = {e->wake_fd, e->timer_fd, e->sockets_fd, e->main_fd};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
    }
    ring_free(e->ring);
    pieces_free(e->pool);
    room_work_clear(&e->work);
    mem_free(e);
}

static bool start_clock(struct engine *e)
{
    struct itimerspec when = {.it_interval = {.tv_nsec = (long)ENGINE_TICK_US * 1000}};

    e->due_us = (clock_real_us() / ENGINE_TICK_US + 2) * ENGINE_TICK_US + e->phase_us;
    when.it_value.tv_sec = e->due_us / 1000000;
    when.it_value.tv_nsec = e->due_us % 1000000 * 1000;
    return timerfd_settime(e->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0;
}

static bool open_all(struct engine *e)
{
    struct epoll_event wake = {.events = EPOLLIN}, timer = {.events = EPOLLIN};

    e->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    e->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    e->sockets_fd = epoll_create1(EPOLL_CLOEXEC);
    e->main_fd = epoll_create1(EPOLL_CLOEXEC);
    if (e->wake_fd < 0 || e->timer_fd < 0 || e->sockets_fd < 0 || e->main_fd < 0)
        return false;
    wake.data.fd = e->wake_fd;
    timer.data.fd = e->timer_fd;
    return epoll_ctl(e->main_fd, EPOLL_CTL_ADD, e->wake_fd, &wake) == 0 &&
           epoll_ctl(e->main_fd, EPOLL_CTL_ADD, e->timer_fd, &timer) == 0 && start_clock(e);
}

enum err engine_start(const struct engine_setup *s, struct engine **out, struct fail *f)
{
    struct engine *e = mem_new(sizeof(*e));

    e->to_control = s->to_control;
    e->phase_us = s->phase_us;
    e->bell_fd = s->bell_fd;
    e->ring = ring_new(RING_SLOTS, sizeof(struct command));
    e->pool = pieces_new(PIECES);
    inlet_init(&e->inlet);
    room_work_init(&e->work);
    if (!open_all(e)) {
        engine_free(e);
        return err_set(f, ERR_INTERNAL, "a media thread cannot be started: %s", strerror(errno));
    }
    e->worker = worker_start(s->name, run, e);
    *out = e;
    return ERR_OK;
}

bool engine_tell(struct engine *e, const struct command *c, bool must)
{
    uint64_t one = 1;

    if (!must && ring_space(e->ring) <= RING_KEPT)
        return false;
    if (!ring_push(e->ring, c))
        return false;
    (void)!write(e->wake_fd, &one, sizeof(one));
    return true;
}

void engine_join(struct engine *e)
{
    if (e == NULL)
        return;
    worker_join(e->worker);
    engine_free(e);
}

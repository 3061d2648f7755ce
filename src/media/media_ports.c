/*
 * media_ports.c - the verbs of ports, and their sockets. The control thread's.
 */
#include "media/media_inside.h"

#include <assert.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "media/dtmf.h"
#include "media/kit.h"
#include "media/pipe.h"
#include "media/recorder.h"
#include "media/rtp_leg.h"
#include "media/socket.h"
#include "media/tap.h"

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
    if (in == NULL || !media_tell(m, in->thread, &c, false)) {
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

uint32_t media_port_stream(struct media *m, uint32_t room, struct pipe *pipe, bool unmixed,
                           const char *label)
{
    struct port *p = port_new(++m->last_number, PORT_STREAM);
    uint32_t number;

    p->pipe = pipe;
    p->unmixed = unmixed;
    number = add_port(m, room, p, label);
    if (number != 0)
        ((struct port_ref *)map_find_num(&m->ports, number))->pipe = pipe_hold(pipe);
    return number;
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
    return ref != NULL && media_tell(m, ref->thread, c, must);
}

bool media_port_peer(struct media *m, uint32_t port, const struct media_peer *p)
{
    struct command c = {.kind = COMMAND_PEER};
    struct port_ref *ref = find_port(m, port);
    const struct codec *codec = codec_find(p->agreed.codec);

    if (ref == NULL || codec == NULL)
        return false;
    c.agree.peer = *p;
    if (ref->kit_of != codec)
        c.agree.kit = kit_new(codec);
    if (!tell_port(m, &c, port, false)) {
        kit_free(c.agree.kit);
        return false;
    }
    if (c.agree.kit != NULL)
        ref->kit_of = codec;
    return true;
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

    if (ref == NULL || ref->kind == PORT_RTP || ref->kind == PORT_STREAM)
        return 0;
    return play(m, port, COMMAND_PLAY, p, times);
}

uint32_t media_play_to(struct media *m, uint32_t port, const struct prompt *p, int times)
{
    return play(m, port, COMMAND_PLAY_TO, p, times);
}

uint32_t media_record(struct media *m, uint32_t port, const struct media_record *r)
{
    const struct port_ref *ref = find_port(m, port);
    struct command c = {.kind = COMMAND_RECORD};

    if (ref == NULL || ref->kind != PORT_BOT)
        return 0;
    c.recorder = recorder_new(m->last_play + 1, r);
    if (tell_port(m, &c, port, false))
        return ++m->last_play;
    recorder_free(c.recorder);
    return 0;
}

void media_record_stop(struct media *m, uint32_t port)
{
    struct command c = {.kind = COMMAND_RECORD_STOP};

    (void)tell_port(m, &c, port, true);
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

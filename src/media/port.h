/*
 * port.h - a leg's end in a room: what it says in this tick, and what it is told.
 *
 * Made and freed by the control thread, used by one media thread in between.
 * After port_new() nothing is allocated.
 */
#ifndef MEDIA_PORT_H
#define MEDIA_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/dtmf.h"
#include "media/level.h"
#include "media/media.h"
#include "media/mix.h"

struct rtp_leg;
struct prompt;
struct room;
struct tap;

enum port_kind { PORT_RTP, PORT_BOT, PORT_SCRIPT };

/* A prompt that is being played. */
struct play {
    uint32_t number; /* 0: none */
    const struct prompt *prompt;
    size_t frame; /* the next */
    int left;     /* times, with this one; 0: for ever */
};

/* What a port says in this tick. */
struct voice {
    bool any;
    double power;                /* mean square */
    const struct prompt *prompt; /* not NULL: it is exactly this prompt's frame */
    size_t frame;
    bool ready; /* pcm[] is filled in; else leg or prompt has it */
};

struct port {
    uint32_t number;
    enum port_kind kind;
    struct list_node in_room;
    struct list_node in_thread;
    struct room *room;
    media_event_h *tell; /* set by the media thread before use */
    void *tell_arg;

    bool mute_in, mute_out;
    bool echo;
    struct play play;
    struct dtmf_send keys;
    struct rtp_leg *leg; /* of an RTP port */
    struct tap *tap;     /* NULL: none */
    struct level level_in, level_out;

    struct voice voice;
    int16_t pcm[MIX_FRAME]; /* its voice */
    int16_t *heard;         /* an echo's: the frame that it was told */
    bool heard_any;
};

struct port *port_new(uint32_t number, enum port_kind kind);
/* It says what it hears, one frame later. Before a media thread has it. */
void port_echo(struct port *p);
/* Frees its leg too; sockets and tap are the caller's. */
void port_free(struct port *p);

/* Plays; what runs is cancelled (told). */
void port_play(struct port *p, uint32_t number, const struct prompt *prompt, int times);
/* Ends what runs, telling why. */
void port_play_end(struct port *p, enum media_play_end reason);

/* The tick's first half: finds out what the port says. */
void port_speak(struct port *p, int64_t now_us);

/* Its voice as samples at 16 kHz; only while voice.any. */
const int16_t *port_pcm(struct port *p);

void port_fill_stats(const struct port *p, struct media_stats *s);

#endif

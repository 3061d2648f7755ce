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
#include "media/player.h"
#include "media/talk.h"

struct pipe;
struct rtp_leg;
struct prompt;
struct recorder;
struct room;
struct tap;

enum port_kind { PORT_RTP, PORT_BOT, PORT_SCRIPT, PORT_STREAM };

/* Where a voice goes, and what an ear is open to: a bit for each routing group (its place in the
 * room) and one for the main mix. A voice is heard where both have a bit. */
enum { AIR_MAIN = 1 << MEDIA_ROUTE_GROUPS };

enum fade { FADE_NONE, FADE_IN, FADE_OUT };

/* One of the two ways between a port and its room. It changes by going to nothing first. */
struct air {
    uint16_t open;  /* bits of now */
    enum fade fade; /* in this tick */
};

/* What a port says in this tick. */
struct voice {
    bool any;
    double power;                /* mean square */
    struct port *next;           /* of the room's that have a voice in this tick */
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
    bool apart;
    bool off_main;
    bool unmixed;                 /* a stream's: it gets the loudest voices one by one, too */
    bool crowded;                 /* too many talk, and it is not among the loudest */
    uint16_t source_of, receives; /* routing groups */
    struct air says, hears;
    struct room *moving_to; /* NULL: it stays */
    struct list_node in_movers;

    bool echo;
    struct player play;      /* into the room */
    struct player to;        /* to this port alone */
    struct player_step told; /* of `to`, in this tick */
    struct talk talk;
    struct dtmf_send keys;
    struct rtp_leg *leg;       /* of an RTP port */
    struct recorder *recorder; /* of a bot's; NULL: nothing is recorded */
    struct pipe *pipe;         /* of a stream's port; control holds it */
    struct tap *tap;           /* NULL: none */
    struct level level_in, level_out;

    /* Whose payload an RTP port gets (share.h). */
    struct port *lead;     /* NULL: it has an encoder for itself */
    struct list followers; /* of a lead: all whom it leads, itself too */
    struct list_node in_followers, in_leads;
    int alone; /* ticks before it may follow again */

    struct voice voice;
    double loudness;        /* of what it says, heard or not; sinks slowly */
    int tail;               /* ticks that its voice goes on though it is quiet */
    bool sounded;           /* it had a voice in the tick before */
    int16_t pcm[MIX_FRAME]; /* its voice */
    int16_t *heard;         /* an echo's: the frame that it was told */
    bool heard_any;
};

struct port *port_new(uint32_t number, enum port_kind kind);
/* It says what it hears, one frame later. Before a media thread has it. */
void port_echo(struct port *p);
/* Frees its leg too; sockets and tap are the caller's. */
void port_free(struct port *p);

/* Plays; what runs is cancelled. */
void port_play(struct port *p, struct player *which, uint32_t number, const struct prompt *prompt,
               int times);
/* What runs fades out and is told then. */
void port_play_cancel(struct port *p, struct player *which);
/* What is recorded ends, whatever it is; false: nothing was. */
bool port_record_end(struct port *p, enum media_record_end why);

/* The port goes: what it plays and records is told to be over. */
void port_silence(struct port *p);

/* New in a room: it says and hears at once what it may. */
void port_settle(struct port *p);

/* The tick's first half, in two steps. What the port says: */
void port_listen(struct port *p, int64_t now_us);
/* and what of it goes to whom, now that it is known who is crowded out. */
void port_speak(struct port *p);

/* Does it have a voice for the main mix, if it is not crowded out? */
bool port_wants_main(const struct port *p);

/* Its voice as samples at 16 kHz; only while voice.any. */
const int16_t *port_pcm(struct port *p);

/* Changes 20 ms: from silence or to it, within its first half. */
void port_fade(int16_t pcm[MIX_FRAME], enum fade f);

/* What is played to this port alone has ended with this tick: tells so. */
void port_told(struct port *p);

void port_fill_stats(const struct port *p, struct media_stats *s);

#endif

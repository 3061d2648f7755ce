/*
 * pipe.h - the sound between a port and the bot that hosts it: one ring each way, 16 kHz mono,
 * 20 ms a frame.
 *
 * The control thread makes it and holds it as long as the port or the stream lives. In between
 * one media thread has the port's end, the stream thread has the bot's. The ring toward the port
 * is short, so that what is cleared or paused is silent at once: who has more to say keeps it and
 * fills up at each bell (media_bell_fd()).
 */
#ifndef MEDIA_PIPE_H
#define MEDIA_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/mix.h"

enum {
    PIPE_SAID_FRAMES = 8,   /* 160 ms toward the port */
    PIPE_HEARD_FRAMES = 64, /* 1.28 s toward the bot */
};

struct pipe;

/* The control thread. One holder at first; the last release frees it. NULL is fine. */
struct pipe *pipe_new(void);
struct pipe *pipe_hold(struct pipe *p);
void pipe_release(struct pipe *p);

/* What comes out at the bot's end. */
enum pipe_heard_kind {
    PIPE_FRAME, /* 20 ms: port, tick, silent, pcm */
    PIPE_MARK,  /* the port has come to this mark: mark, played */
};

struct pipe_heard {
    enum pipe_heard_kind kind;
    uint32_t port; /* whose voice; 0: all that the bot hears, together */
    uint32_t tick; /* of the port, one up each 20 ms; a hole is what found no place here */
    uint32_t mark;
    bool silent; /* pcm is all 0 */
    bool played; /* it was not cleared */
    int16_t pcm[MIX_FRAME];
};

/* The bot's end; the stream thread. False: there is no place, try at the next bell. */
bool pipe_say(struct pipe *p, const int16_t pcm[MIX_FRAME]);
/* A mark stands behind what was said before it; each comes back once, in order. cleared: what was
 * before it never got here. */
bool pipe_mark(struct pipe *p, uint32_t mark, bool cleared);
/* How many frames or marks find place now. */
size_t pipe_space(const struct pipe *p);
/* Nothing that was said before sounds any more; its marks come back as not played. */
void pipe_clear(struct pipe *p);
/* The port is silent and comes to no mark, until it goes on where it was. */
void pipe_pause(struct pipe *p, bool paused);
/* False: there is nothing. */
bool pipe_take(struct pipe *p, struct pipe_heard *out);

/* The port's end; the media thread, once a tick each. */
enum pipe_next {
    PIPE_NOTHING,
    PIPE_SOUND,
    PIPE_ENDING, /* the last one before it was cleared or paused: it is to fade out */
};
enum pipe_next pipe_next(struct pipe *p, int16_t pcm[MIX_FRAME]);
/* A tick begins, for what the port hears in it. */
void pipe_tick(struct pipe *p);
/* port 0: the mix. pcm NULL: silence. */
void pipe_hear(struct pipe *p, uint32_t port, const int16_t *pcm);

#endif

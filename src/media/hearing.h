/*
 * hearing.h - what a port hears in a tick: of its room, and what is played to it alone.
 *
 * The main mix is added up once for all; whoever is in it has its own voice taken out again. One
 * voice alone is passed on as it is. The room's media thread, after all ports have spoken.
 */
#ifndef MEDIA_HEARING_H
#define MEDIA_HEARING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/mix.h"

struct port;
struct prompt;
struct room;

enum { HEARING_LOUDEST = 4 };

struct hearing {
    double power;                /* mean square */
    const int16_t *pcm;          /* NULL: silence */
    const struct prompt *prompt; /* not NULL: it is exactly this prompt's frame */
    size_t frame;
    int16_t own[MIX_FRAME]; /* pcm may point here */
};

/* Does it hear what nobody else does: without its own voice, fading, a prompt to it alone, tones of
 * keys? */
bool hearing_differs(const struct port *p);

/* All of it; what is told to the port alone included. */
void hearing_take(struct room *r, struct port *p, struct hearing *h);

/* The loudest of those whom it hears in this tick, loudest first; returns how many. */
size_t hearing_loudest(const struct room *r, const struct port *p,
                       struct port *best[HEARING_LOUDEST]);

/* The power only, of the room only. */
double hearing_power(const struct room *r, const struct port *p);

#endif

/*
 * crowd.h - whose voices are in the main mix when too many talk.
 *
 * Up to CROWD_VOICES voices of phones all are. Of more, the loudest are, where who is in it counts
 * four times (6 dB) as loud, and a loudness sinks slowly: so nobody is cut off in a pause between
 * words. What bots say is always in it, and does not count. Pure.
 */
#ifndef MEDIA_CROWD_H
#define MEDIA_CROWD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/list.h"

struct port;

enum { CROWD_VOICES = 8 };

/* Is this a voice that counts? After the port has listened. */
bool crowd_counts(const struct port *p);

/* Marks those ports of a room that are crowded out in this tick; voices: how many count. was: what
 * it returned in the tick before. Returns whether there is a crowd. */
bool crowd_choose(const struct list *ports, size_t voices, bool was);

#endif

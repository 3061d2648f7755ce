/*
 * room.h - who hears whom: every port hears the sum of all others that it may hear.
 *
 * The sum is made once, each listener's own voice is taken out of it. What
 * listeners without a voice of their own hear is encoded once per codec; a
 * prompt that sounds alone is not even decoded: its payload is sent as it is.
 * The room's media thread, but for new and free.
 */
#ifndef MEDIA_ROOM_H
#define MEDIA_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/codec.h"
#include "media/media.h"
#include "media/mix.h"
#include "media/resample.h"

struct port;
struct route;

/* What a tick of a room needs while it lasts: one for all rooms of a thread. */
struct room_work {
    bool summed;
    int32_t total[MIX_FRAME];
    bool mixed; /* the mix for those who say nothing */
    int16_t mix[MIX_FRAME];
    bool narrowed;
    int16_t narrow[CODEC_FRAME_MAX];
    size_t encoded[SDP_CODEC_COUNT]; /* payload lengths; 0: not yet */
    uint8_t payload[SDP_CODEC_COUNT][CODEC_PAYLOAD_MAX];
};

struct room {
    uint32_t number;
    struct list_node in_thread;
    struct list ports;
    struct route *routes[MEDIA_ROUTE_GROUPS]; /* gifts of control; NULL: none */
    bool watched;                             /* who talks is told */

    /* of this tick */
    struct port *speaking; /* all that have a voice, by voice.next */
    size_t in_main;        /* of them in the main mix; */
    struct port *main[2];  /* the first two; */
    double power;          /* of all of them */
    struct room_work *work;

    struct resample down;
    int quiet_down; /* ticks since it was used */
};

struct room *room_new(uint32_t number);
void room_free(struct room *r); /* NULL is fine; without ports */

void room_add(struct room *r, struct port *p);
void room_remove(struct port *p); /* from its room */
/* After a tick in which it had moving_to: to the other room. */
void room_move(struct port *p, struct room *to);

/* A routing group in its place; NULL: none. Returns what was there before. */
struct route *room_route(struct room *r, size_t place, struct route *route);

/* Tells who talks, or no longer. */
void room_watch(struct room *r, bool watch);

/* One tick: all ports speak, then all are told. What is in w before and after does not matter. */
void room_tick(struct room *r, struct room_work *w, int64_t now_us);

#endif

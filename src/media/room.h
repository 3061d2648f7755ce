/*
 * room.h - who hears whom: every port hears the sum of all others that it may hear.
 *
 * The sum is made once, each listener's own voice is taken out of it. What
 * listeners without a voice of their own hear is encoded once for all of a kind
 * (share.h); a prompt that sounds alone is not even decoded: its payload, where it
 * has one in that codec, is sent as it is. So a tick costs by who talks, and for
 * who listens little more than the packet.
 * The room's media thread, but for new and free.
 */
#ifndef MEDIA_ROOM_H
#define MEDIA_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/hush.h"
#include "media/media.h"
#include "media/mix.h"

struct port;
struct route;

/* What a tick of a room needs while it lasts, and what all rooms of a thread share. */
struct room_work {
    bool summed;
    int32_t total[MIX_FRAME]; /* the main mix; */
    bool mixed;
    int16_t mix[MIX_FRAME]; /* cut to 16 bits, for those who are not in it */
    struct hush hushes[SDP_CODEC_COUNT];
};

void room_work_init(struct room_work *w);
void room_work_clear(struct room_work *w);
/* A tick begins, for all rooms that use it. */
void room_work_tick(struct room_work *w);

struct room {
    uint32_t number;
    struct list_node in_thread;
    struct list ports;
    struct route *routes[MEDIA_ROUTE_GROUPS]; /* gifts of control; NULL: none */
    bool watched;                             /* who talks is told */
    bool crowded;                             /* more talk than are mixed */
    struct list leads;                        /* ports whose encoder is shared (share.h) */

    /* of this tick */
    struct port *speaking; /* all that have a voice, by voice.next */
    size_t in_main;        /* of them in the main mix; */
    struct port *main[2];  /* the first two; */
    double power;          /* of all of them */
    size_t waiting;        /* ports that are alone and only wait to follow again */
    struct room_work *work;
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

/* One tick: all ports speak, then all are told. */
void room_tick(struct room *r, struct room_work *w, int64_t now_us);

#endif

/*
 * jitter.h - the jitter buffer: packets in as they come, one frame of 20 ms out per tick.
 *
 * Play time is kept against the sender's timestamps: a packet with timestamp T
 * is played `target` after the earliest that it could have come. The target
 * follows the measured delays of the last 256 packets; where the play time has
 * to move (jitter, drifting clocks), the sound jumps by one period of itself
 * with a cross-fade, at most a few times a second. Gaps are concealed. Jumps of
 * SSRC or timestamp begin anew. Where packets say how loud they are (RFC 6464), a row of
 * silent ones is not decoded.
 *
 * Payloads wait in a pool that all legs of a media thread share (pieces.h).
 *
 * Pure: no I/O, time is an argument. After jitter_new() nothing is allocated.
 */
#ifndef MEDIA_JITTER_H
#define MEDIA_JITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/codec.h"
#include "media/kit.h"
#include "media/rtp.h"

struct jitter;
struct pieces;

struct jitter_counts {
    uint64_t duplicates, reordered, late, concealed; /* packets, packets, packets, frames */
    uint64_t resets;                                 /* the stream began anew */
    uint64_t jumps;                                  /* the play time was moved */
};

/* For a codec without a state. */
struct jitter *jitter_new(const struct codec *c);
void jitter_free(struct jitter *j); /* NULL is fine */

/* Before the first packet: which pool it takes from. Without one it keeps nothing. */
void jitter_use(struct jitter *j, struct pieces *p);

/* Gives the pool back what is held. After it no packet may come. */
void jitter_close(struct jitter *j);

/* Forgets the stream (the pool gets back what was held); the counts stay. c may be another codec
 * than before; kit: its memory, NULL where it needs none. */
void jitter_reset(struct jitter *j, const struct codec *c, const struct kit *kit);

/* A packet of sound has come, at now_us of a clock that never goes back. */
void jitter_put(struct jitter *j, const struct rtp_packet *p, int64_t now_us);

/* The next 20 ms, codec_frame() samples. False: there is no sound, and what is in out means
 * nothing. Each call is one tick of 20 ms. */
bool jitter_pull(struct jitter *j, int64_t now_us, int16_t *out);

const struct jitter_counts *jitter_count(const struct jitter *j);

/* How far the play time is behind the earliest possible. */
double jitter_depth_ms(const struct jitter *j);

#endif

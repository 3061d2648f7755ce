/*
 * codec.h - the codecs that a leg can speak, as a table: one row per codec.
 *
 * A codec is functions over memory that others own: a row says how much of it each direction of a
 * leg needs (kit.h makes it), 0 for a codec without a memory of its own. A state is flat: a copy of
 * its bytes is a copy of it, which goes on exactly as the first would. Nothing here allocates.
 * Frames are 20 ms. Pure; a state belongs to one thread at a time.
 *
 * Codecs run at 8 kHz (narrow) or at the 16 kHz of the rooms; an Opus stream of any rate is
 * decoded to that.
 */
#ifndef MEDIA_CODEC_H
#define MEDIA_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sdp/sdp.h"

enum {
    CODEC_NARROW_RATE = 8000,
    CODEC_NARROW_FRAME = 160,
    CODEC_FRAME_MAX = 320,   /* the largest 20 ms at a codec's own rate, */
    CODEC_PAYLOAD_MAX = 256, /* and their payload, when it is ours; */
    CODEC_PACKET_MAX = 1480, /* of others */
    CODEC_PACKET_MS = 60,    /* the longest packet that is taken */
    CODEC_PACKET_SAMPLES = 960,
};

/* How a leg wants it: what changes the payload. All zero for a codec that has no choice. */
struct codec_tuning {
    bool fec;    /* each packet helps to rebuild the one before */
    bool cbr;    /* all packets of one size */
    int bitrate; /* a second; one of few steps, so that legs have it in common */
};

struct codec {
    enum sdp_codec id;
    const char *name;
    unsigned rate;  /* samples a second */
    unsigned clock; /* RTP timestamp units a second; G.722's is 8000 (RFC 3551 4.5.2) */
    size_t slice;   /* payload bytes of 10 ms, between which it may be cut; 0: not at all */
    bool rests;     /* its silence becomes the same payload over and over */
    /* What a state needs; NULL: nothing, there is none. */
    size_t (*encoder_size)(void);
    size_t (*decoder_size)(void);
    /* Makes a state new. */
    void (*encoder_init)(void *state);
    void (*decoder_init)(void *state);
    /* Changes nothing of what the encoder remembers. NULL: no choice. */
    void (*encoder_tune)(void *state, const struct codec_tuning *t);
    /* Samples to payload, 20 ms; returns its length. out has room for CODEC_PAYLOAD_MAX. */
    size_t (*encode)(void *state, const int16_t *in, size_t n, uint8_t *out);
    /* Payload to samples; returns how many, at most max. 0: it is broken. */
    size_t (*decode)(void *state, const uint8_t *in, size_t len, int16_t *out, size_t max);
    /* How long a payload lasts, in timestamp units; 0: it is broken, or over CODEC_PACKET_MS. */
    uint32_t (*span)(const uint8_t *in, size_t len);
    /* n samples in place of what was lost just before the payload `next`, or, with NULL, of what is
     * lost. NULL: this codec leaves that to others. False: it cannot. */
    bool (*conceal)(void *state, const uint8_t *next, size_t len, int16_t *out, size_t n);
};

/* NULL: not built. */
const struct codec *codec_find(enum sdp_codec id);

/* What they wish, in steps. */
struct codec_tuning codec_tune(const struct sdp_agreed *a);
bool codec_same_tuning(const struct codec_tuning *a, const struct codec_tuning *b);

/* 20 ms in samples and in timestamp units. */
size_t codec_frame(const struct codec *c);
uint32_t codec_step(const struct codec *c);

static inline bool codec_is_narrow(const struct codec *c)
{
    return c->rate == CODEC_NARROW_RATE;
}

/* The rows that have a file of their own. */
extern const struct codec codec_g722, codec_opus;

#endif

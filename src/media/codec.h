/*
 * codec.h - the codecs that a leg can speak, as a table: one row per codec.
 *
 * Pure; any thread. Frames are 20 ms. What sdp/ can negotiate but has no row
 * here is not built yet: codec_find() says NULL.
 */
#ifndef MEDIA_CODEC_H
#define MEDIA_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "sdp/sdp.h"

/* The largest frame of 20 ms at a codec's own rate, and its payload. */
enum { CODEC_FRAME_MAX = 160, CODEC_PAYLOAD_MAX = 160 };

/* Payload to samples; returns how many, at most max. */
typedef size_t codec_decode_h(const uint8_t *in, size_t len, int16_t *out, size_t max);
/* Samples to payload; returns its length. out has room for n bytes. */
typedef size_t codec_encode_h(const int16_t *in, size_t n, uint8_t *out);

struct codec {
    enum sdp_codec id;
    const char *name;
    unsigned rate;   /* samples a second */
    unsigned clock;  /* RTP timestamp units a second */
    uint8_t silence; /* the payload byte of silence */
    codec_decode_h *decode;
    codec_encode_h *encode;
};

/* NULL: not built. */
const struct codec *codec_find(enum sdp_codec id);

/* 20 ms in samples and in timestamp units. */
size_t codec_frame(const struct codec *c);
uint32_t codec_step(const struct codec *c);

#endif

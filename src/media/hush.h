/*
 * hush.h - the payload of silence, made once for all legs of a codec.
 *
 * Silence is not encoded leg by leg: a codec's encoder is fed with it once a tick, and who has
 * nothing to hear gets that. Where the payload comes to rest (G.711, Opus) even that ends. A leg
 * that has something to hear again goes on from this encoder's state as it was before the present
 * tick, which is what the other side's decoder is in. One for each codec and media thread; it
 * allocates when it is made.
 */
#ifndef MEDIA_HUSH_H
#define MEDIA_HUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/codec.h"

struct hush {
    const struct codec *codec;
    void *state;  /* of the encoder, after `frames` frames of silence */
    void *before; /* the same, one frame before */
    size_t frames;
    bool made; /* this tick's payload is made */
    size_t len;
    uint8_t payload[CODEC_PAYLOAD_MAX];
};

void hush_init(struct hush *h, const struct codec *c);
void hush_clear(struct hush *h);

/* A tick begins. */
static inline void hush_tick(struct hush *h)
{
    h->made = false;
}

/* This tick's payload. */
const uint8_t *hush_payload(struct hush *h, size_t *len);

/* Makes an encoder's state one that has heard silence until this tick. */
void hush_copy(struct hush *h, void *state);

#endif

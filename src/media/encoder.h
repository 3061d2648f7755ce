/*
 * encoder.h - sound of a room to payloads of a codec, and what is remembered from frame to frame.
 *
 * What it remembers can be copied, and the copy then goes on exactly as the first would: so
 * one encoder serves many who hear the same, and who begins to hear something else
 * takes a copy along (room.h). Silence is encoded for some frames only and then comes from
 * hush.h. Pure; of one media thread at a time.
 */
#ifndef MEDIA_ENCODER_H
#define MEDIA_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/codec.h"
#include "media/hush.h"
#include "media/kit.h"
#include "media/mix.h"
#include "media/resample.h"

struct encoder {
    const struct codec *codec;
    struct codec_tuning tuning;
    void *state; /* in a kit; NULL where the codec has none */
    int quiet;   /* silent frames in a row; more than some: it rests */
    struct resample down;
};

/* Begins anew: at rest. kit NULL: the codec needs none. */
void encoder_init(struct encoder *e, const struct codec *c, const struct kit *kit);
/* How the leg wants it, from the next frame on. */
void encoder_tune(struct encoder *e, const struct codec_tuning *t);

/* Do two make the same payload of the same sound, given the same past? */
bool encoder_same(const struct encoder *a, const struct encoder *b);
/* Makes `to` remember what `from` does; they are the same otherwise. */
void encoder_copy(struct encoder *to, const struct encoder *from);

bool encoder_rests(const struct encoder *e);

/* The next 20 ms; pcm NULL: silence. Returns the payload, valid until the next call for anybody
 * with this `out` or this hush. */
const uint8_t *encoder_next(struct encoder *e, struct hush *h, const int16_t *pcm,
                            uint8_t out[CODEC_PAYLOAD_MAX], size_t *len);

/* The next 20 ms were sent as somebody else had encoded them. */
void encoder_skip(struct encoder *e);

#endif

/*
 * kit.h - the memory that a leg needs for a codec with a state: one block for both directions.
 *
 * Made by the control thread when a leg has agreed on such a codec, and a gift to the leg's media
 * thread with that news; so a leg that speaks G.711 pays for none of it.
 */
#ifndef MEDIA_KIT_H
#define MEDIA_KIT_H

#include "media/codec.h"

struct kit {
    const struct codec *codec;
    void *encoder, *decoder; /* states, not made yet */
    int16_t *sound;          /* for the jitter buffer: STRETCH_WIDE samples */
};

/* NULL: this codec needs none. */
struct kit *kit_new(const struct codec *c);
void kit_free(struct kit *k); /* NULL is fine */

#endif

/*
 * mix.h - adding sounds of 16 kHz frames. Pure.
 */
#ifndef MEDIA_MIX_H
#define MEDIA_MIX_H

#include <stdint.h>

enum { MIX_RATE = 16000, MIX_FRAME = 320 };

/* total += pcm. */
void mix_add(int32_t total[MIX_FRAME], const int16_t pcm[MIX_FRAME]);

/* out = total - own, cut to 16 bits; own may be NULL. */
void mix_without(const int32_t total[MIX_FRAME], const int16_t *own, int16_t out[MIX_FRAME]);

#endif

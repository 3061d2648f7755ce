/*
 * resample.h - a phone's 8 kHz to the 16 kHz of the rooms, and back, frame by frame.
 *
 * A filter of our own: speexdsp's, which prompts use, wants 1.5 KiB for each
 * direction of each leg, and knows no fixed size. Flat to 3.4 kHz within 0.02 dB,
 * 58 dB down from 4.6 kHz; what lies between is heard by nobody on a phone line.
 * 1.4 ms of delay each way. One struct for each direction and stream, all zero
 * at first: it remembers the last samples. Pure; one thread at a time.
 */
#ifndef MEDIA_RESAMPLE_H
#define MEDIA_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "media/codec.h"
#include "media/mix.h"

enum { RESAMPLE_TAPS = 24 };

struct resample {
    int16_t past[RESAMPLE_TAPS - 1];
    int16_t middle[RESAMPLE_TAPS / 2 - 1]; /* downwards only: the samples at even places */
};

/* One frame of 20 ms. */
void resample_up(struct resample *r, const int16_t in[CODEC_NARROW_FRAME], int16_t out[MIX_FRAME]);
void resample_down(struct resample *r, const int16_t in[MIX_FRAME],
                   int16_t out[CODEC_NARROW_FRAME]);

/* After a pause: forgets the last samples. */
void resample_forget(struct resample *r);

#endif

/*
 * stretch.h - sound waiting to be played, that can be made longer or shorter, and that
 * goes on for a while where it is missing.
 *
 * A queue of samples with some of what was played before. To shorten, the play
 * point jumps forward by one or more periods of the sound; to lengthen, back;
 * both with a cross-fade over 10 ms. Where no period fits well, nothing is
 * done, unless it must be. A gap is filled with the last period again and
 * again, softer and softer. Pure; one thread at a time.
 */
#ifndef MEDIA_STRETCH_H
#define MEDIA_STRETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* At 8 kHz: 40 ms of the past, and at most 60 ms that are ready; at 16 kHz 100 ms are, because some
 * codecs' packets of 60 ms are decoded as a whole. */
enum { STRETCH_NARROW = 800, STRETCH_WIDE = 2240 };

struct stretch {
    size_t shortest, longest; /* periods, in samples */
    size_t fade;
    size_t period;  /* of what is being concealed; 0: nothing is */
    double decay;   /* from one period of it to the next */
    size_t at, end; /* ready are the samples between; before `at` is the past */
    int16_t *pcm;
    size_t room;
};

/* pcm: memory for so many samples; its past is silence. */
void stretch_init(struct stretch *s, unsigned rate, int16_t *pcm, size_t room);

/* Samples that are ready. */
size_t stretch_ready(const struct stretch *s);

/* Adds n samples. After a concealment they are faded in. */
void stretch_add(struct stretch *s, const int16_t *pcm, size_t n);

/* Adds n samples that sound like those before, or silence. */
void stretch_conceal(struct stretch *s, size_t n);
void stretch_silence(struct stretch *s, size_t n);

/* Takes n samples, which must be ready. */
void stretch_take(struct stretch *s, int16_t *out, size_t n);

/* Jumps forward or back by one period; false: no place that fits (must: take the best). For a
 * jump forward two frames of 20 ms must be ready, else one. */
bool stretch_forward(struct stretch *s, bool must);
bool stretch_back(struct stretch *s, bool must);

#endif

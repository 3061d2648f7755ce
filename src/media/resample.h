/*
 * resample.h - 8 kHz to the 16 kHz of the rooms, and back.
 *
 * One per direction and stream: it remembers the last samples. After
 * resample_new() nothing is allocated. One thread at a time.
 */
#ifndef MEDIA_RESAMPLE_H
#define MEDIA_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct resample;

struct resample *resample_new(unsigned from_hz, unsigned to_hz);
void resample_free(struct resample *r); /* NULL is fine */

/* One frame; out is filled to out_len samples. */
void resample_frame(struct resample *r, const int16_t *in, size_t in_len, int16_t *out,
                    size_t out_len);

/* After a pause: forgets the last samples. */
void resample_forget(struct resample *r);

#endif

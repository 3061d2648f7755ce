/*
 * rerate.h - any rate to any other, for sound whose rate a bot chooses: speexdsp's filter, mono.
 *
 * Made by one thread, used by one thread at a time.
 */
#ifndef MEDIA_RERATE_H
#define MEDIA_RERATE_H

#include <stddef.h>
#include <stdint.h>

struct rerate;

/* Hz to Hz. */
struct rerate *rerate_new(unsigned from, unsigned to);
void rerate_free(struct rerate *r); /* NULL is fine */

/* All of in is taken when out has room for n * to / from + 2 samples; returns how many are in out.
 * Over whole periods of the two rates exactly as many come out as should. */
size_t rerate_run(struct rerate *r, const int16_t *in, size_t n, int16_t *out, size_t room);

/* After a pause: forgets the last samples. */
void rerate_forget(struct rerate *r);

#endif

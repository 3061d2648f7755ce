/*
 * level.h - how loud a sound was in the last second. Pure; one thread at a time.
 */
#ifndef MEDIA_LEVEL_H
#define MEDIA_LEVEL_H

#include <stddef.h>
#include <stdint.h>

struct level {
    double sum; /* of mean squares */
    int frames;
    double db; /* of the second before; set by level_init() */
};

void level_init(struct level *l);

/* One frame's mean square, 0 for silence. */
void level_add(struct level *l, double power);

/* Of n samples, the mean of their squares. */
double level_power(const int16_t *pcm, size_t n);

#endif

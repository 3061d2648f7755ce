/*
 * level.c - levels in dBFS (0: a full-scale square wave). Pure.
 */
#include "media/level.h"

#include <math.h>

#include "media/fast.h"

enum { FRAMES = 50, SILENCE_DB = -127 };

void level_init(struct level *l)
{
    l->sum = 0;
    l->frames = 0;
    l->db = SILENCE_DB;
}

void level_add(struct level *l, double power)
{
    l->sum += power;
    if (++l->frames < FRAMES)
        return;
    l->db = l->sum > 0 ? 10.0 * log10(l->sum / FRAMES / (32768.0 * 32768.0)) : SILENCE_DB;
    if (l->db < SILENCE_DB)
        l->db = SILENCE_DB;
    l->sum = 0;
    l->frames = 0;
}

FAST double level_power(const int16_t *pcm, size_t n)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        int32_t square = pcm[i] * pcm[i];

        sum += square;
    }
    return n == 0 ? 0 : (double)sum / (double)n;
}

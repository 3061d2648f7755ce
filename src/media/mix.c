/*
 * mix.c - two loops that the compiler makes fast. Pure.
 */
#include "media/mix.h"

#include <stddef.h>

#include "media/fast.h"

static inline int16_t cut(int32_t v)
{
    v = v > INT16_MAX ? INT16_MAX : v;
    return (int16_t)(v < INT16_MIN ? INT16_MIN : v);
}

FAST void mix_add(int32_t total[MIX_FRAME], const int16_t pcm[MIX_FRAME])
{
    for (size_t i = 0; i < MIX_FRAME; i++)
        total[i] += pcm[i];
}

FAST void mix_without(const int32_t total[MIX_FRAME], const int16_t *own, int16_t out[MIX_FRAME])
{
    if (own == NULL) {
        for (size_t i = 0; i < MIX_FRAME; i++)
            out[i] = cut(total[i]);
        return;
    }
    for (size_t i = 0; i < MIX_FRAME; i++)
        out[i] = cut(total[i] - own[i]);
}

/*
 * resample.c - a half-band filter: of twice the samples, every second one is there already.
 *
 * The other half is a sum of the 24 nearest samples, with the weights of a sinc
 * under a Kaiser window (beta 5.65). They are in 1/16384 and add up to that.
 */
#include "media/resample.h"

#include <string.h>

enum { FRAME = CODEC_NARROW_FRAME, PAST = RESAMPLE_TAPS - 1, MIDDLE = RESAMPLE_TAPS / 2 - 1 };
enum { ONE = 16384 };

_Static_assert(MIX_FRAME == 2 * FRAME, "the rooms run at twice the rate of the phones");

/* clang-format off */
static const int16_t taps[RESAMPLE_TAPS] = {
    -16, 40, -80, 140, -230, 358, -538, 799,
    -1194, 1866, -3342, 10389, 10389, -3342, 1866, -1194,
    799, -538, 358, -230, 140, -80, 40, -16,
};
/* clang-format on */

/* What lies in the middle of 24 samples, times ONE. All weights taken as positive add up to
 * 2.32 * ONE, so this stays within 0.6 of 2^31, and so does the sum in resample_down(). */
static int32_t between(const int16_t *p)
{
    int32_t sum = 0;

    for (size_t i = 0; i < RESAMPLE_TAPS; i++)
        sum += taps[i] * p[i];
    return sum;
}

static int16_t cut(int32_t v)
{
    return (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
}

void resample_up(struct resample *r, const int16_t in[CODEC_NARROW_FRAME], int16_t out[MIX_FRAME])
{
    int16_t all[PAST + FRAME];

    memcpy(all, r->past, sizeof(r->past));
    memcpy(all + PAST, in, FRAME * sizeof(*in));
    for (size_t i = 0; i < FRAME; i++) {
        out[2 * i] = all[i + MIDDLE];
        out[2 * i + 1] = cut((between(all + i) + ONE / 2) / ONE);
    }
    memcpy(r->past, all + FRAME, sizeof(r->past));
}

void resample_down(struct resample *r, const int16_t in[MIX_FRAME], int16_t out[CODEC_NARROW_FRAME])
{
    int16_t all[PAST + FRAME], middle[MIDDLE + FRAME];

    memcpy(all, r->past, sizeof(r->past));
    memcpy(middle, r->middle, sizeof(r->middle));
    for (size_t i = 0; i < FRAME; i++) {
        middle[MIDDLE + i] = in[2 * i];
        all[PAST + i] = in[2 * i + 1];
    }
    for (size_t i = 0; i < FRAME; i++)
        out[i] = cut((between(all + i) + middle[i] * ONE + ONE) / (2 * ONE));
    memcpy(r->past, all + FRAME, sizeof(r->past));
    memcpy(r->middle, middle + FRAME, sizeof(r->middle));
}

void resample_forget(struct resample *r)
{
    memset(r, 0, sizeof(*r));
}

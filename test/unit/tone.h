/*
 * tone.h - pure tones for tests of sound: made, found, measured.
 */
#ifndef TEST_TONE_H
#define TEST_TONE_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* Adds n samples of a tone's continuation to pcm (which is overwritten). */
static inline void tone_make(int16_t *pcm, size_t n, double rate, double hz, double amplitude,
                             double *phase)
{
    for (size_t i = 0; i < n; i++) {
        pcm[i] = (int16_t)lrint(amplitude * sin(*phase));
        *phase += 2 * M_PI * hz / rate;
    }
}

/* The part of the power that is this tone (sine and cosine fitted): 0 to 1. 0 for silence. */
static inline double tone_share(const int16_t *pcm, size_t n, double rate, double hz)
{
    double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, xx = 0, det, a, b;

    for (size_t i = 0; i < n; i++) {
        double w = 2 * M_PI * hz * (double)i / rate;

        ss += sin(w) * sin(w);
        cc += cos(w) * cos(w);
        sc += sin(w) * cos(w);
        xs += pcm[i] * sin(w);
        xc += pcm[i] * cos(w);
        xx += (double)pcm[i] * pcm[i];
    }
    if (xx < 1.0 * (double)n)
        return 0;
    det = ss * cc - sc * sc;
    a = (xs * cc - xc * sc) / det;
    b = (xc * ss - xs * sc) / det;
    return (a * xs + b * xc) / xx;
}

/* Signal to noise in dB, of the fitted tone against the rest. */
static inline double tone_snr_db(const int16_t *pcm, size_t n, double rate, double hz)
{
    double share = tone_share(pcm, n, rate, hz);

    return share <= 0 ? -99 : share >= 1 ? 99 : 10 * log10(share / (1 - share));
}

#endif

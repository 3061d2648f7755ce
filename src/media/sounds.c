/*
 * sounds.c - tones, and the built-in sounds as rows of tones.
 *
 * Any thread but a media thread.
 */
#include "media/sounds.h"

#include <math.h>

#include "base/mem.h"
#include "base/str.h"
#include "media/prompt.h"

enum { FADE_MS = 5, PER_MS = PROMPT_RATE / 1000 };

#define FULL_SCALE 32767.0

struct note {
    const char *sound;
    double hz; /* 0: a rest */
    int ms;
    double dbfs;
};

/* One row a note; the notes of a sound stand together, in order. */
/* clang-format off */
static const struct note notes[] = {
    {"beep", 1000.0,  400, -10.0},
    {"cool",  523.25, 250, -12.0},
    {"cool",  659.26, 250, -12.0},
    {"cool",  783.99, 250, -12.0},
    {"cool",    0.0,  100, -12.0},
    {"cool",  659.26, 250, -12.0},
    {"cool",  783.99, 250, -12.0},
    {"cool", 1046.50, 650, -12.0},

    /* in the lobby, for as long as it lasts */
    {"wait",  523.25, 300, -20.0},
    {"wait",    0.0,  100, -20.0},
    {"wait",  659.26, 300, -20.0},
    {"wait",    0.0, 3300, -20.0},

    /* the passcode, please, and # */
    {"passcode", 587.33, 150, -12.0},
    {"passcode",   0.0,   50, -12.0},
    {"passcode", 880.00, 300, -12.0},

    /* that was not it: once more */
    {"wrong", 311.13, 250, -12.0},
    {"wrong",   0.0,   50, -12.0},
    {"wrong", 233.08, 450, -12.0},

    /* on hold, when no music was given */
    {"hold",  392.00, 400, -20.0},
    {"hold",  493.88, 400, -20.0},
    {"hold",  587.33, 800, -20.0},
    {"hold",    0.0, 1400, -20.0},
};
/* clang-format on */

static void add_sine(int16_t *pcm, size_t n, double hz, double dbfs)
{
    double level = FULL_SCALE * pow(10.0, dbfs / 20.0);
    double step = 2.0 * 3.14159265358979323846 * hz / PROMPT_RATE;

    if (level > FULL_SCALE)
        level = FULL_SCALE;
    for (size_t i = 0; i < n; i++)
        pcm[i] = (int16_t)lrint(level * sin(step * (double)i));
}

/* Without a fade a note begins and ends with a click. */
static void fade(int16_t *pcm, size_t n)
{
    size_t ramp = (size_t)FADE_MS * PER_MS;

    for (size_t i = 0; i < ramp && i < n; i++) {
        pcm[i] = (int16_t)(pcm[i] * (int)i / (int)ramp);
        pcm[n - 1 - i] = (int16_t)(pcm[n - 1 - i] * (int)i / (int)ramp);
    }
}

int16_t *sounds_tone(double hz, double dbfs, int ms, size_t *count)
{
    size_t n = (size_t)(ms > 0 ? ms : 0) * PER_MS;
    int16_t *pcm = mem_array(n + 1, sizeof(*pcm));

    add_sine(pcm, n, hz, dbfs);
    *count = n;
    return pcm;
}

int16_t *sounds_builtin(const char *name, size_t *count)
{
    size_t n = 0;
    int16_t *pcm;

    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
        if (str_eq(notes[i].sound, name))
            n += (size_t)notes[i].ms * PER_MS;
    *count = n;
    if (n == 0)
        return NULL;
    pcm = mem_array(n, sizeof(*pcm));
    n = 0;
    for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++) {
        size_t len = (size_t)notes[i].ms * PER_MS;

        if (!str_eq(notes[i].sound, name))
            continue;
        add_sine(pcm + n, len, notes[i].hz, notes[i].dbfs);
        fade(pcm + n, len);
        n += len;
    }
    return pcm;
}

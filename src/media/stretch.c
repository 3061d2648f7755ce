/*
 * stretch.c - sound made longer or shorter by its own period. Pure.
 */
#include "media/stretch.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
    QUIET = 200,    /* a peak below which any place fits */
    FADE_MAX = 160, /* 10 ms at 16 kHz */
};

/* How alike two pieces must be (1: the same). */
static const double alike_enough = 0.85;

/* What is left of a concealed sound after 20 ms. */
static const double fades_to = 0.65;

void stretch_init(struct stretch *s, unsigned rate, int16_t *pcm, size_t room)
{
    memset(s, 0, sizeof(*s));
    memset(pcm, 0, room * sizeof(*pcm));
    s->pcm = pcm;
    s->room = room;
    s->shortest = rate / 400;
    s->longest = rate / 50;
    s->fade = rate / 100;
    s->at = s->end = 2 * s->longest;
}

size_t stretch_ready(const struct stretch *s)
{
    return s->end - s->at;
}

void stretch_take(struct stretch *s, int16_t *out, size_t n)
{
    assert(stretch_ready(s) >= n);
    memcpy(out, s->pcm + s->at, n * sizeof(*out));
    s->at += n;
}

static double product(const int16_t *a, const int16_t *b, size_t n)
{
    int64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        int32_t one = a[i] * b[i];

        sum += one;
    }
    return (double)sum;
}

static bool is_quiet(const int16_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] > QUIET || p[i] < -QUIET)
            return false;
    }
    return true;
}

/* From the energy of n samples at p to that of the n that begin one later (way 1) or before. */
static double slide(double energy, const int16_t *p, size_t n, int way)
{
    double come = way > 0 ? p[n] : p[-1];
    double gone = way > 0 ? p[0] : p[n - 1];

    return energy + come * come - gone * gone; /* whole numbers: nothing is rounded */
}

/* The lag, of `from` samples at least, at which the sound before (way -1) or after (1) resembles
 * `here` most; 0: none does well enough. */
static size_t find_period(const struct stretch *s, const int16_t *here, int way, size_t from,
                          bool must)
{
    const int16_t *there;
    double own = product(here, here, s->fade);
    double best = must ? -2 : alike_enough;
    double other;
    size_t found = 0;

    if (is_quiet(here, s->fade))
        return s->longest / 2;
    there = here + way * (ptrdiff_t)from;
    other = product(there, there, s->fade);
    for (size_t lag = from; lag <= s->longest; lag++) {
        double cross = product(here, there, s->fade);
        double alike = other > 0 ? cross / (own > other ? own : other) : 0;

        if (alike > best) {
            best = alike;
            found = lag;
        }
        if (lag < s->longest)
            other = slide(other, there, s->fade, way);
        there += way;
    }
    return found;
}

/* Room for n more; what is past and no longer needed goes. */
static int16_t *make_room(struct stretch *s, size_t n)
{
    size_t past = 2 * s->longest;

    if (s->end + n > s->room) {
        size_t drop = s->at > past ? s->at - past : 0;

        memmove(s->pcm, s->pcm + drop, (s->end - drop) * sizeof(*s->pcm));
        s->at -= drop;
        s->end -= drop;
    }
    assert(s->end + n <= s->room);
    return s->pcm + s->end;
}

void stretch_silence(struct stretch *s, size_t n)
{
    memset(make_room(s, n), 0, n * sizeof(*s->pcm));
    s->end += n;
    s->period = 0;
}

static int16_t repeated(const struct stretch *s, const int16_t *at)
{
    return (int16_t)(at[-(ptrdiff_t)s->period] * s->decay);
}

void stretch_conceal(struct stretch *s, size_t n)
{
    int16_t *room = make_room(s, n);
    double step = 0; /* what is missing for an even joint */

    if (s->period == 0) {
        const int16_t *last = room - s->fade;

        s->period = find_period(s, last, -1, 2 * s->shortest, true);
        s->decay = pow(fades_to, (double)s->period / (double)s->longest);
        step = room[-1] - room[-1 - (ptrdiff_t)s->period];
    }
    for (size_t i = 0; i < n; i++) {
        double mend = i < s->fade ? step * (double)(s->fade - i) / (double)s->fade : 0;
        double v = repeated(s, room + i) + mend;

        room[i] = (int16_t)(v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : v);
    }
    s->end += n;
}

void stretch_add(struct stretch *s, const int16_t *pcm, size_t n)
{
    int16_t *room = make_room(s, n);
    size_t mixed = 0;

    if (s->period != 0)
        mixed = n < s->fade / 2 ? n : s->fade / 2;
    for (size_t i = 0; i < mixed; i++) {
        int32_t old = repeated(s, room + i) * (int32_t)(mixed - i);

        room[i] = (int16_t)((old + pcm[i] * (int32_t)i) / (int32_t)mixed);
    }
    memcpy(room + mixed, pcm + mixed, (n - mixed) * sizeof(*pcm));
    s->end += n;
    s->period = 0;
}

static void jump(struct stretch *s, size_t to)
{
    int16_t mixed[FADE_MAX];

    assert(s->fade <= FADE_MAX);
    for (size_t i = 0; i < s->fade; i++) {
        int32_t out = s->pcm[s->at + i] * (int32_t)(s->fade - i);
        int32_t in = s->pcm[to + i] * (int32_t)i;

        mixed[i] = (int16_t)((out + in) / (int32_t)s->fade);
    }
    memcpy(s->pcm + to, mixed, s->fade * sizeof(*mixed));
    s->at = to;
}

bool stretch_forward(struct stretch *s, bool must)
{
    size_t lag = 0;

    if (stretch_ready(s) >= 2 * s->longest)
        lag = find_period(s, s->pcm + s->at, 1, s->shortest, must);
    if (lag != 0)
        jump(s, s->at + lag);
    return lag != 0;
}

bool stretch_back(struct stretch *s, bool must)
{
    size_t lag = 0;

    if (stretch_ready(s) >= s->longest && s->at >= s->longest)
        lag = find_period(s, s->pcm + s->at, -1, s->shortest, must);
    if (lag != 0)
        jump(s, s->at - lag);
    return lag != 0;
}

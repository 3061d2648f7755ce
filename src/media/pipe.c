/*
 * pipe.c - two rings and what both ends must know at once: how often it was cleared, and whether
 * it is paused.
 */
#include "media/pipe.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"
#include "loop/ring.h"
#include "media/level.h"

enum { WATCHED_TICKS = 50 };

/* -50 dBFS: a pause, with whatever rustles in it. */
static const double quiet_power = 32768.0 * 32768.0 * 1e-5;

/* What is said: a frame or a mark, and how many clears came before it. */
struct said {
    bool is_mark;
    bool cleared;
    uint32_t run;
    uint32_t mark;
    int16_t pcm[MIX_FRAME];
};

struct pipe {
    unsigned holders; /* the control thread's */
    struct ring *said, *heard;
    _Atomic uint32_t run; /* written at the bot's end */
    _Atomic bool paused;  /* the same */
    uint32_t tick;        /* the port's end */
    bool sounded;         /* the same: the tick before had a frame */
    bool holds;           /* the same: */
    struct said next;     /* was taken out and has not had its tick */
    size_t least, most;   /* the same: what waited behind the frame of each tick, */
    int watched;          /* of so many ticks */
    size_t late;          /* the same: frames of silence to be left out */
};

struct pipe *pipe_new(void)
{
    struct pipe *p = mem_new(sizeof(*p));

    p->holders = 1;
    p->said = ring_new(PIPE_SAID_FRAMES, sizeof(struct said));
    p->heard = ring_new(PIPE_HEARD_FRAMES, sizeof(struct pipe_heard));
    return p;
}

struct pipe *pipe_hold(struct pipe *p)
{
    p->holders++;
    return p;
}

void pipe_release(struct pipe *p)
{
    if (p == NULL || --p->holders > 0)
        return;
    ring_free(p->said);
    ring_free(p->heard);
    mem_free(p);
}

/* The bot's end. */

bool pipe_say(struct pipe *p, const int16_t pcm[MIX_FRAME])
{
    struct said s = {.run = atomic_load_explicit(&p->run, memory_order_relaxed)};

    memcpy(s.pcm, pcm, sizeof(s.pcm));
    return ring_push(p->said, &s);
}

bool pipe_mark(struct pipe *p, uint32_t mark, bool cleared)
{
    struct said s = {.is_mark = true,
                     .cleared = cleared,
                     .run = atomic_load_explicit(&p->run, memory_order_relaxed),
                     .mark = mark};

    return ring_push(p->said, &s);
}

size_t pipe_space(const struct pipe *p)
{
    return ring_space(p->said);
}

void pipe_clear(struct pipe *p)
{
    atomic_fetch_add_explicit(&p->run, 1, memory_order_release);
}

void pipe_pause(struct pipe *p, bool paused)
{
    atomic_store_explicit(&p->paused, paused, memory_order_release);
}

bool pipe_take(struct pipe *p, struct pipe_heard *out)
{
    return ring_pop(p->heard, out);
}

/* The port's end. */

static void pass_mark(struct pipe *p, const struct said *s, bool played)
{
    struct pipe_heard h = {.kind = PIPE_MARK, .mark = s->mark, .played = played};

    (void)ring_push(p->heard, &h); /* there is place: it was looked for */
}

/* A stall of somebody's leaves frames behind that wait for ever, if as many come as go. What has
 * waited all through a second, and is no burst, may go in the next pauses. */
static void watch(struct pipe *p)
{
    size_t waiting = PIPE_SAID_FRAMES - ring_space(p->said);

    p->least = p->watched == 0 || waiting < p->least ? waiting : p->least;
    p->most = p->watched == 0 || waiting > p->most ? waiting : p->most;
    if (++p->watched < WATCHED_TICKS)
        return;
    p->watched = 0;
    p->late = p->most < PIPE_SAID_FRAMES - 1 ? p->least : 0;
}

/* Is this frame left out? */
static bool is_left_out(struct pipe *p, const struct said *s)
{
    if (p->late == 0 || level_power(s->pcm, MIX_FRAME) > quiet_power)
        return false;
    p->late--;
    return true;
}

/* A mark must find its way back, so nothing is taken while there is no place for one. */
static const struct said *look(struct pipe *p)
{
    if (!p->holds)
        p->holds = ring_space(p->heard) > 0 && ring_pop(p->said, &p->next);
    return p->holds ? &p->next : NULL;
}

enum pipe_next pipe_next(struct pipe *p, int16_t pcm[MIX_FRAME])
{
    bool paused = atomic_load_explicit(&p->paused, memory_order_acquire);
    uint32_t run = atomic_load_explicit(&p->run, memory_order_acquire);
    bool sounded = p->sounded;

    p->sounded = false;
    for (const struct said *s; (s = look(p)) != NULL; p->holds = false) {
        bool over = s->run != run;

        if (paused && !over && (s->is_mark || !sounded))
            return PIPE_NOTHING;
        if (s->is_mark) {
            pass_mark(p, s, !over && !s->cleared);
            continue;
        }
        if ((over && !sounded) || (!over && !paused && is_left_out(p, s)))
            continue;
        memcpy(pcm, s->pcm, sizeof(s->pcm));
        p->holds = paused && !over; /* sounds whole once it goes on */
        p->sounded = !over && !paused;
        watch(p);
        return p->sounded ? PIPE_SOUND : PIPE_ENDING;
    }
    return PIPE_NOTHING;
}

void pipe_tick(struct pipe *p)
{
    p->tick++;
}

void pipe_hear(struct pipe *p, uint32_t port, const int16_t *pcm)
{
    struct pipe_heard h = {.kind = PIPE_FRAME, .port = port, .tick = p->tick};

    if (pcm == NULL)
        h.silent = true;
    else
        memcpy(h.pcm, pcm, sizeof(h.pcm));
    (void)ring_push(p->heard, &h);
}

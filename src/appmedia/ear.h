/*
 * ear.h - what a bot is to hear, while its connection takes no more: at most 1 s, then the oldest
 * is lost, tick by tick. Pure; one thread at a time.
 */
#ifndef APPMEDIA_EAR_H
#define APPMEDIA_EAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/pipe.h"

enum { EAR_TICKS = 50, EAR_FRAME_MS = 20 };

struct ear { /* zeroed: empty */
    struct pipe_heard *frames;
    size_t size, first, count;
    uint32_t last_tick; /* the last that came, 0: none */
    uint32_t lost;      /* ticks that were lost and not told yet */
    uint64_t lost_all;
};

/* So many frames in each tick. */
void ear_init(struct ear *e, size_t per_tick);
void ear_free(struct ear *e);

/* A frame of the pipe; a hole in its ticks is lost too. */
void ear_add(struct ear *e, const struct pipe_heard *h);

/* The oldest, or NULL; stays until ear_pop(). */
const struct pipe_heard *ear_peek(const struct ear *e);
void ear_pop(struct ear *e);

/* How many ticks were lost since this was asked last. */
uint32_t ear_take_lost(struct ear *e);

/* All of it is of no use any more, and not lost: nobody was there. */
void ear_forget(struct ear *e);

#endif

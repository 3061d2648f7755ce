/*
 * player.h - a prompt that is being played, frame by frame.
 *
 * One at a time. What is cancelled after it has begun to sound fades out in the next tick, so that
 * nothing clicks, and is over after that. Who tells of the ends is the port. Pure; one thread
 * at a time.
 */
#ifndef MEDIA_PLAYER_H
#define MEDIA_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/media.h"

struct player {
    uint32_t number; /* 0: nothing runs */
    const struct prompt *prompt;
    size_t frame; /* the next */
    int left;     /* times, with this one; 0: for ever */
    bool begun;   /* something of it has sounded */

    uint32_t old; /* what was cancelled and is still to fade out; 0: none */
    const struct prompt *old_prompt;
    size_t old_frame;
};

/* What a tick brings. */
struct player_step {
    const struct prompt *prompt; /* of the frame that sounds; NULL: nothing does */
    size_t frame;
    const int16_t *fading; /* NULL: nothing fades out */
    struct {
        uint32_t number; /* these are over when the tick is; 0: none */
        enum media_play_end reason;
    } over[2];
};

/* Begins; nothing must run. times 0: for ever. */
void player_begin(struct player *p, uint32_t number, const struct prompt *prompt, int times);

/* Ends what runs. Returns its number when it is over already (it has not sounded), else 0. */
uint32_t player_cancel(struct player *p);

bool player_active(const struct player *p);

/* The next 20 ms. */
void player_next(struct player *p, struct player_step *s);

#endif

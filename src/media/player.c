/*
 * player.c - a prompt that is being played. Pure.
 */
#include "media/player.h"

#include <assert.h>
#include <string.h>

#include "media/prompt.h"

void player_begin(struct player *p, uint32_t number, const struct prompt *prompt, int times)
{
    assert(p->number == 0);
    p->number = number;
    p->prompt = prompt;
    p->frame = 0;
    p->left = times;
    p->begun = false;
}

uint32_t player_cancel(struct player *p)
{
    uint32_t number = p->number;

    p->number = 0;
    if (number == 0 || !p->begun)
        return number;
    assert(p->old == 0); /* what has begun has had a tick, and no fading is longer */
    p->old = number;
    p->old_prompt = p->prompt;
    p->old_frame = p->frame < prompt_frames(p->prompt) ? p->frame : 0;
    return 0;
}

bool player_active(const struct player *p)
{
    return p->number != 0 || p->old != 0;
}

/* The end is told when the last frame has sounded, one tick later. */
static void go_on(struct player *p, struct player_step *s)
{
    size_t frames = prompt_frames(p->prompt);

    if (p->frame == frames) {
        p->frame = 0;
        if (p->left == 1 || frames == 0) {
            s->over[1].number = p->number;
            s->over[1].reason = MEDIA_PLAY_DONE;
            p->number = 0;
            return;
        }
        if (p->left > 1)
            p->left--;
    }
    p->begun = true;
    s->prompt = p->prompt;
    s->frame = p->frame++;
}

void player_next(struct player *p, struct player_step *s)
{
    memset(s, 0, sizeof(*s));
    if (p->number != 0)
        go_on(p, s);
    if (p->old == 0)
        return;
    s->fading = prompt_pcm(p->old_prompt, p->old_frame);
    s->over[0].number = p->old;
    s->over[0].reason = MEDIA_PLAY_CANCELLED;
    p->old = 0;
}

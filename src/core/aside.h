/*
 * aside.h - a sound that one party hears alone: in the lobby, asked for a passcode, on hold.
 *
 * Its phone hears it in place of the room. One at a time: a new one takes the
 * place of the one that sounds. The control thread.
 */
#ifndef CORE_ASIDE_H
#define CORE_ASIDE_H

#include "core/live.h"
#include "core/sound.h"

struct aside;

/* It sounds (why ERR_OK), cannot be had, or was stopped before it was there (ERR_CONFLICT: p may
 * have left meanwhile). Told once, never from inside aside_play(). */
typedef void aside_h(struct party *p, enum err why, void *arg);

/* times 0: for ever. h may be NULL. */
void aside_play(struct party *p, const struct sound_place *place, int times, aside_h *h, void *arg);
/* One of the built-in sounds. */
void aside_builtin(struct party *p, const char *name, int times);
/* Fine when nothing sounds. */
void aside_stop(struct party *p);

/* media/ has come to the end of a play that may have been an aside. */
void aside_on_played(struct control *ctl, uint32_t play);

/* At the end, when the media threads are stopped. */
void aside_clear(struct control *ctl);

#endif

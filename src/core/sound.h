/*
 * sound.h - the sounds that bots play: fetched ahead, decoded once, cached.
 *
 * A sound is known by tenant, application, uri and resource id; it is shared by
 * all calls that play it and leaves the cache, oldest use first, when 256 MiB
 * are full and nobody plays it. The control thread.
 */
#ifndef CORE_SOUND_H
#define CORE_SOUND_H

#include <stdint.h>

#include "base/err.h"
#include "core/live.h"

struct control;
struct sound;
struct prompt;

/* Whose sound it is and where it comes from. */
struct sound_place {
    const char *tenant;
    const char *application;
    const char *uri;
    const char *resource_id; /* or NULL */
};

/* s is the caller's until sound_release(); NULL on failure: why is ERR_MEDIA_KIND for a wrong
 * format, another error when it cannot be had. Never called from inside sound_get(). */
typedef void sound_h(struct sound *s, enum err why, const char *text, void *arg);
void sound_get(struct control *ctl, const struct sound_place *p, sound_h *h, void *arg);

/* Asks for it so that it is there when it is played; nobody is told. */
void sound_prefetch(struct control *ctl, const struct sound_place *p);

const struct prompt *sound_prompt(const struct sound *s);
void sound_release(struct sound *s);

/* A virtual phone plays one of the built-in sounds; unknown names are silent and logged. */
void sound_play_builtin(struct control *ctl, uint32_t port, const char *name);

/* Frees all, at the end of the server. */
void sound_clear(struct control *ctl);

#endif

/*
 * engine.h - one media thread: a tick of 20 ms, its rooms, its ports, its sockets.
 *
 * Started and stopped by media.c, which is the other end of its ring. Commands
 * come in by the ring, reports go out by the mailbox.
 */
#ifndef MEDIA_ENGINE_H
#define MEDIA_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "media/msg.h"

struct engine;
struct mailbox;

enum { ENGINE_TICK_US = 20000 };

struct engine_setup {
    const char *name;           /* of the thread */
    int phase_us;               /* when within 20 ms it ticks, so that not all send at once */
    struct mailbox *to_control; /* struct report */
    int bell_fd;                /* an eventfd, rung after each tick while there are streams */
};

NODISCARD enum err engine_start(const struct engine_setup *s, struct engine **out, struct fail *f);

/* False: the ring has no room for it. must: it may use the slots kept for endings. */
bool engine_tell(struct engine *e, const struct command *c, bool must);

/* After COMMAND_STOP was told: waits for the thread's end. Reports may still be in the mailbox. */
void engine_join(struct engine *e);

#endif

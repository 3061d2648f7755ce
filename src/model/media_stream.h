/*
 * media_stream.h - the life of a stream: the sound between us and a bot that hosts its own media.
 *
 * It is dialled before anybody is rung, and dialled again when it breaks. appmedia/ has what is
 * around it. Pure.
 */
#ifndef MODEL_MEDIA_STREAM_H
#define MODEL_MEDIA_STREAM_H

#include <stdbool.h>

#include "model/table.h"

/* X(NAME, what it means) */
#define STREAM_STATES(X)                                   \
    X(CALLING, "the bot is dialled for the first time")    \
    X(OPEN, "sound goes both ways")                        \
    X(RETURNING, "it broke, and the bot is dialled again") \
    X(CLOSING, "the bot is told that it is over")          \
    X(GONE, "nothing is left of it")

#define STREAM_EVENTS(X)                               \
    X(CONNECTED, "the bot has taken the upgrade")      \
    X(BROKEN, "a try failed, or the connection broke") \
    X(OVERDUE, "there is no time left, or no try")     \
    X(CLOSE, "the call is over")                       \
    X(STOPPING, "the server stops")

#define STREAM_EFFECTS(X)                                     \
    X(LET_GO, "the connection is closed as it is")            \
    X(START, "the bot is told what the stream is")            \
    X(TELL_READY, "the call may begin")                       \
    X(TELL_BACK, "it is there again")                         \
    X(TELL_LOST, "it is on silence, and its time runs")       \
    X(RETRY, "the next try begins after a while")             \
    X(SAY_STOP, "the bot is told why, and gets 2 s to close") \
    X(TELL_REFUSED, "the bot cannot be had")                  \
    X(TELL_GAVE_UP, "the bot did not come back")              \
    X(BURY, "its numbers are told, and it is forgotten")

/* clang-format off */
enum stream_state {
#define X(name, text) STREAM_##name,
    STREAM_STATES(X)
#undef X
    STREAM_STATE_COUNT
};
enum stream_event {
#define X(name, text) STREAM_EV_##name,
    STREAM_EVENTS(X)
#undef X
    STREAM_EVENT_COUNT
};
enum stream_bit {
#define X(name, text) STREAM_BIT_##name,
    STREAM_EFFECTS(X)
#undef X
    STREAM_EFFECT_COUNT
};
/* clang-format on */

/* Moves *s and says what to do, a bit for each effect, carried out from the lowest up. False: the
 * event came too late, and nothing has changed. */
bool media_stream_handle(enum stream_state *s, enum stream_event ev, unsigned *fx);

const char *media_stream_state_name(enum stream_state s);

extern const struct machine media_stream_machine;

#endif

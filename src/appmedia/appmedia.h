/*
 * appmedia.h - media that applications host themselves: one WebSocket for each such call, dialled
 * by us, with sound both ways (docs/callmedia.md).
 *
 * The sockets live on the stream thread; the sound goes from there to a media thread and back by a
 * pipe (media/pipe.h), and never comes here. A stream that breaks is dialled again with the same
 * resume token while its call goes on. Called from the control thread; events are told in its loop.
 */
#ifndef APPMEDIA_APPMEDIA_H
#define APPMEDIA_APPMEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "client/client.h"
#include "model/media_blob.h"

struct appmedia;
struct loop;
struct pipe;

enum { APPMEDIA_TRACKS_MAX = 64 }; /* voices that a stream gets apart from the mix */

struct appmedia_settings {
    struct client_settings dial; /* the guard, the proxy, trusted CAs */
    int bell_fd;                 /* media_bell_fd() */
    int first_ms;                /* the first connection must stand within this [5 000] */
    int resume_ms;               /* how long one that broke is dialled again [15 000] */
    int ping_ms;                 /* between pings; two without an answer are a broken one [5 000] */
};

/* X(NAME, what it means). After REFUSED, GAVE_UP and appmedia_close() comes GONE, and after that
 * nothing. */
#define APPMEDIA_EVENTS(X)                                             \
    X(READY, "the bot is there, and has been told what the stream is") \
    X(REFUSED, "it could not be had at all: text")                     \
    X(LOST, "the connection broke and is dialled again: text")         \
    X(BACK, "it is there again")                                       \
    X(GAVE_UP, "it did not come back in time: text")                   \
    X(BYE, "the bot ends the stream")                                  \
    X(GONE, "nothing is left of it: stats")

enum appmedia_event_kind {
#define X(name, text) APPMEDIA_EV_##name,
    APPMEDIA_EVENTS(X)
#undef X
        APPMEDIA_EV_COUNT
};

/* X(member, name in dumps): what a stream counted over all its connections. */
#define APPMEDIA_STATS(X)                                                    \
    X(connections, "connections")                                            \
    X(frames_out, "framesToBot")                                             \
    X(frames_in, "framesFromBot")                                            \
    X(bytes_in, "bytesFromBot")                                              \
    X(gap_ms, "gapMs")         /* toward the bot, lost on the way */         \
    X(overrun_ms, "overrunMs") /* from the bot, more than the queue holds */ \
    X(cleared_ms, "clearedMs")                                               \
    X(violations, "violations") /* of the protocol; each closed a connection */

struct appmedia_stats {
#define X(member, name) uint64_t member;
    APPMEDIA_STATS(X)
#undef X
};

/* Lives during the call of the handler. */
struct appmedia_event {
    enum appmedia_event_kind kind;
    uint32_t stream;
    const char *text;                   /* why, in plain words; never what the bot sent */
    const struct appmedia_stats *stats; /* of GONE */
};
typedef void appmedia_event_h(const struct appmedia_event *e, void *arg);

NODISCARD enum err appmedia_start(struct loop *l, const struct appmedia_settings *s,
                                  appmedia_event_h *h, void *arg, struct appmedia **out,
                                  struct fail *f);
/* Closes what is left and stops the thread; nothing is told any more. NULL is fine. */
void appmedia_stop(struct appmedia *a);

/* What is to be dialled; texts are copied, the pipe is held until GONE. */
struct appmedia_ask {
    const char *url;   /* ws:// or wss:// */
    const char *token; /* of the Authorization header; a secret */
    const char *call;
    const char *session;           /* mpMediaSessionId, or NULL */
    const struct media_blob *blob; /* format, contexts, unmixed */
    struct pipe *pipe;
};

/* Dials; returns the stream's number, which is never used again. READY or REFUSED follows. */
uint32_t appmedia_open(struct appmedia *a, const struct appmedia_ask *ask);

/* A fresh token for the dialling that LOST has announced. */
void appmedia_token(struct appmedia *a, uint32_t stream, const char *token);

/* A key that was pressed: '0'-'9', '*', '#', 'A'-'D'. */
void appmedia_key(struct appmedia *a, uint32_t stream, char key);

/* Who talks now, by participant ids; a bot that comes back is told again. */
void appmedia_speakers(struct appmedia *a, uint32_t stream, const char *const *ids, size_t count);

/* The voice of a port comes to the bot by itself from now on, and no more; told again to a bot that
 * comes back. Nothing happens where the bot did not want it. */
void appmedia_track(struct appmedia *a, uint32_t stream, uint32_t port, const char *participant,
                    uint32_t source_id);
void appmedia_track_end(struct appmedia *a, uint32_t stream, uint32_t port);

/* Tells the bot that it is over, and closes. reason is a word. GONE follows, in 2 s at most. */
void appmedia_close(struct appmedia *a, uint32_t stream, const char *reason, int code, int subcode);

#endif

/*
 * stream.h - one stream on the stream thread: its connections, one after the other, and what goes
 * over them. Private to this room.
 *
 * model/media_stream.h has the states. stream.c dials and lets go, stream_talk.c speaks.
 */
#ifndef APPMEDIA_STREAM_H
#define APPMEDIA_STREAM_H

#include "appmedia/appmedia.h"
#include "appmedia/ear.h"
#include "appmedia/speech.h"
#include "appmedia/upgrade.h"
#include "appmedia/words.h"
#include "base/arena.h"
#include "base/list.h"
#include "loop/timer.h"
#include "model/media_stream.h"

struct hub;
struct tunnel;
struct wire;

enum { STREAM_RESUME_SIZE = 36, STREAM_NO_TRACK = 0xffff };

/* How far one connection is. */
enum line {
    LINE_NONE, /* between tries */
    LINE_DIALLED,
    LINE_ASKED, /* the upgrade was sent */
    LINE_OPEN,
};

/* A mark that has not come back. */
struct mark {
    uint32_t number;
    char id[WORDS_MARK_CHARS + 1];
};

struct track {
    uint32_t port;
    uint32_t source_id;
    unsigned id; /* of the bot's, from 1 */
    uint32_t seq;
    char participant[40];
};

/* What is dialled, copied out of an appmedia_ask; a gift to the stream thread. */
struct stream {
    struct list_node node;
    struct hub *hub;
    uint32_t number;
    enum stream_state state;
    struct arena arena; /* of the texts below */
    struct upgrade ask;
    char *token;
    struct media_blob blob;
    struct pipe *pipe; /* control holds it */
    char resume[STREAM_RESUME_SIZE];
    char why[160]; /* the last failure, for whoever asks */

    enum line line;
    struct tunnel *tunnel;
    struct buf head; /* LINE_ASKED: their answer so far */
    struct buf request;
    size_t request_sent;
    struct wire *wire;
    enum framing framing;
    unsigned tries; /* since it was lost */
    int64_t deadline_ms;
    int64_t stood_ms;            /* when it was last open */
    struct timer try_timer;      /* this try, or the next one */
    struct timer deadline_timer; /* of the state */
    struct timer ping_timer;
    int pings; /* without an answer */

    struct speech speech;
    struct ear ear;
    uint64_t dropped_told; /* frames, of speech.dropped */
    bool is_full;          /* xoff was said */
    bool is_paused;
    enum direction direction;
    struct mark *marks; /* a ring */
    size_t mark_first, mark_count;
    uint32_t last_mark;
    struct buf speakers; /* the last event about them; empty: nobody was told */
    bool speakers_due;
    struct track tracks[APPMEDIA_TRACKS_MAX];
    size_t track_count;
    unsigned last_track;
    uint32_t mix_seq;
    struct rerate *widen; /* toward a bot of 44.1 kHz */

    struct appmedia_stats stats;
};

/* On the control thread, before the stream thread has it; and after it has given it back. */
struct stream *stream_new(uint32_t number, const struct appmedia_ask *ask, const char *user_agent);
void stream_free(struct stream *s);

/* The rest: the stream thread. The first dialling begins. */
void stream_begin(struct stream *s);
/* It has something to take and to give: a tick has passed in the media threads. */
void stream_bell(struct stream *s);
void stream_close(struct stream *s, const char *reason, int code, int subcode);
/* The server stops: the bot is told 1001 (RFC 6455 section 7.4.1), and nothing else is said. */
void stream_cut(struct stream *s);

void stream_token(struct stream *s, const char *token);
void stream_key(struct stream *s, char key);
void stream_speakers(struct stream *s, struct buf *event); /* taken */
void stream_track(struct stream *s, uint32_t port, const char *participant, uint32_t source_id);
void stream_track_end(struct stream *s, uint32_t port);

/* stream_talk.c, for stream.c: a connection has opened; what comes over it. */
void talk_start(struct stream *s);
void talk_text(const char *p, size_t n, void *stream);
void talk_binary(const uint8_t *p, size_t n, void *stream);
/* Said, if it is open. */
void talk_say(struct stream *s, struct buf *event);

#endif

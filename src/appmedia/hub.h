/*
 * hub.h - the stream thread: its loop, its streams, what it is told and what it tells. Private to
 * this room.
 */
#ifndef APPMEDIA_HUB_H
#define APPMEDIA_HUB_H

#include "appmedia/appmedia.h"
#include "base/list.h"
#include "base/str.h"

struct loop;
struct mailbox;
struct stream;
struct tunnels;

/* Control to the stream thread; pointers are gifts. */
enum hub_command_kind {
    HUB_OPEN, /* stream */
    HUB_CLOSE,
    HUB_TOKEN, /* text */
    HUB_KEY,
    HUB_SPEAKERS, /* buf: the event */
    HUB_TRACK,
    HUB_TRACK_END,
    HUB_STOP,
};

struct hub_command {
    enum hub_command_kind kind;
    uint32_t number;
    union {
        struct stream *stream;
        char *text;
        char key;
        struct buf event;
        struct {
            char reason[16];
            int code, subcode;
        } close;
        struct {
            uint32_t port, source_id;
            char participant[40];
        } track;
    };
};

/* And back. */
struct hub_report {
    enum appmedia_event_kind kind;
    uint32_t number;
    char text[160];
    struct stream *stream; /* of GONE: a gift */
};

struct hub {
    struct loop *loop;
    const struct appmedia_settings *settings;
    struct tunnels *tunnels;
    struct mailbox *commands, *reports;
    struct list streams;
    struct loop_fd *bell;
    bool is_stopping;
};

/* Everything but the thread itself. */
NODISCARD enum err hub_open(struct hub *h, const struct appmedia_settings *s,
                            struct mailbox *reports, struct fail *f);
/* The thread's whole life. */
void hub_run(void *hub);
void hub_close(struct hub *h);

/* For streams: tells control. */
void hub_tell(struct stream *s, enum appmedia_event_kind kind);
/* It is over: goes back to control. */
void hub_bury(struct stream *s);

#endif

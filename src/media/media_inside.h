/*
 * media_inside.h - what media.c and the files of its verbs share: the control thread's side.
 *
 * Private to this room.
 */
#ifndef MEDIA_MEDIA_INSIDE_H
#define MEDIA_MEDIA_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "loop/timer.h"
#include "media/codec.h"
#include "media/media.h"
#include "media/msg.h"
#include "media/port.h"
#include "media/rtcp.h"

struct engine;
struct loop;
struct mailbox;
struct pipe;
struct socket_pool;
struct tap;

enum { MEDIA_THREADS_MAX = 64 };

struct thread {
    struct engine *engine;
    size_t ports;
    size_t rooms;
    struct list backlog;
};

struct room_ref {
    uint32_t number;
    struct thread *thread;
    bool grouped[MEDIA_ROUTE_GROUPS];    /* places that are taken, */
    uint32_t groups[MEDIA_ROUTE_GROUPS]; /* and by which routing group */
};

struct port_ref {
    uint32_t number;
    enum port_kind kind;
    bool removed; /* REMOVE was told */
    uint32_t room;
    struct thread *thread;
    struct media_socket socket;
    struct tap *tap;
    struct pipe *pipe;          /* a stream's, held */
    const struct codec *kit_of; /* whose memory it has; NULL: none */
};

struct media {
    struct loop *loop;
    struct media_settings settings;
    char *tap_folder;
    char cname[RTCP_CNAME_SIZE];
    media_event_h *h;
    void *arg;
    struct mailbox *reports;
    struct socket_pool *sockets;
    int bell_fd;
    struct thread threads[MEDIA_THREADS_MAX];
    size_t thread_count;
    struct map rooms, ports;
    uint32_t last_number, last_play;
    struct timer backlog_timer;
    bool stopping;
};

/* Says a command to a thread. What must arrive arrives, later if need be; in its order. False: the
 * ring is full. */
bool media_tell(struct media *m, struct thread *t, const struct command *c, bool must);

#endif

/*
 * inside.h - what server.c, conn.c and answer.c share; private to this room.
 *
 * server.c owns the listener and the connections, conn.c moves one connection,
 * answer.c writes replies. All in the loop's thread.
 */
#ifndef HTTP_INSIDE_H
#define HTTP_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "base/str.h"
#include "http/message.h"
#include "http/server.h"
#include "loop/tcp.h"
#include "loop/timer.h"

struct tls;

struct http_server {
    struct loop *loop;
    struct tcp_listener *listener;
    struct tls_context *tls; /* NULL: plain */
    struct http_settings settings;
    struct list conns; /* all */
    struct list idle;  /* those that wait for a request, the longest first */
    struct map per_ip; /* of struct ip_count; empty when there is no such limit */
    bool is_draining;
    /* Used within one call and kept for the next: each request would allocate them. */
    struct buf plain; /* decrypted bytes */
    struct buf wire;  /* encrypted bytes */
    struct buf reply; /* a reply being written */
};

/* What a connection is waiting for; conn.c has the table of their deadlines. */
enum conn_state {
    CONN_OPENING,   /* for its first byte, and TLS */
    CONN_IDLE,      /* for the next request */
    CONN_READING,   /* for the rest of a request */
    CONN_HANDLING,  /* for http_reply() */
    CONN_WRITING,   /* for the kernel to take the reply */
    CONN_LINGERING, /* for the client to have read it, and to close */
    CONN_CLOSED,
    CONN_STATE_COUNT
};

struct ip_count {
    size_t count;
    char ip[ADDR_TEXT_SIZE];
};

struct request {
    struct http_request pub;
    struct conn *conn; /* NULL: gone */
    struct loop *loop;
    bool keep_alive;
    bool is_old; /* HTTP/1.0: keeping alive must be said */
    /* When it is replied to and the client is gone. */
    struct timer later;
    http_sent_h *on_sent;
    void *arg;
};

struct conn { /* an obj: one reference of the server, one of each reply that is going out */
    struct list_node node;      /* in server->conns */
    struct list_node idle_node; /* in server->idle */
    struct http_server *server; /* NULL once closed */
    struct tcp *tcp;            /* NULL once closed */
    struct tls *tls;
    struct ip_count *ip;
    enum conn_state state;
    struct timer timer;
    int64_t deadline_ms; /* clock_mono_ms(); the timer may be earlier, never later */
    struct message message;
    struct request *request; /* being read, or owed a reply */
    struct buf held;         /* bytes that came before their turn, from held_at on */
    size_t held_at;
    bool is_paused;
    bool has_peer_ended;
    bool must_close; /* after this reply */
    size_t unsent;   /* bytes of a reply, when its deadline was set; 0: none goes out */
    http_sent_h *on_sent;
    void *sent_arg;
};

/* server.c: a connection leaves its lists and counts. */
void server_forget(struct conn *c);

/* conn.c: takes an accepted stream. */
void conn_open(struct http_server *s, struct tcp *t, struct ip_count *ip);

/* Closes at once; a request that is owed a reply becomes is_gone. */
void conn_close(struct conn *c);

/* Ends an idle connection politely. */
void conn_end(struct conn *c);

/* Sends the n bytes of a reply. False: TLS is broken, the connection is closed now and
 * nobody will be told. */
bool conn_reply(struct conn *c, const char *p, size_t n, const struct http_reply *reply);

/* answer.c: the bytes of a reply. */
void answer_write(struct buf *out, const struct request *r, const struct http_reply *reply,
                  bool close);

/* A request that nobody replies to: its client left while it was being read. */
void answer_drop(struct request *r);

#endif

/*
 * message.h - one request read from bytes, without a socket.
 *
 * Fed as the bytes come; it says when the request is whole, or why it is refused.
 * How the bytes were cut on their way makes no difference. Pure.
 */
#ifndef HTTP_MESSAGE_H
#define HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "http/admit.h"
#include "http/chunk.h"
#include "http/refusal.h"
#include "http/server.h"

enum message_state { MESSAGE_HEAD, MESSAGE_BODY, MESSAGE_CHUNKS, MESSAGE_OVER };

enum message_step {
    MESSAGE_MORE,     /* all was eaten */
    MESSAGE_CONTINUE, /* the client waits for a 100 before it sends the body */
    MESSAGE_WHOLE,    /* nothing behind the request was eaten */
    MESSAGE_REFUSED,  /* see refusal */
};

struct message {
    const struct http_limits *limits;
    struct http_request *request; /* the owner's; filled in */
    enum message_state state;
    enum refusal refusal;
    struct admitted admitted;
    struct buf text; /* the head, then the body, as far as it has come */
    size_t line_at;  /* where the line begins that is being read */
    size_t lines;
    bool has_skipped; /* the one empty line before a request (RFC 9112, 2.2) */
    struct chunk chunk;
};

/* Begins a request; r is zeroed but for what the owner knows. Of an earlier one the
 * buffers are used again. */
void message_start(struct message *m, const struct http_limits *limits, struct http_request *r);

enum message_step message_feed(struct message *m, const char *p, size_t n, size_t *eaten);

void message_clear(struct message *m);

#endif

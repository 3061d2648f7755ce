/*
 * upgrade.h - how a WebSocket begins: our request, their answer (RFC 6455 section 4). Pure.
 *
 * A bot that does not name the sub-protocol is refused: so nobody can have us poke at ports that
 * are something else.
 */
#ifndef APPMEDIA_UPGRADE_H
#define APPMEDIA_UPGRADE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum { UPGRADE_HEAD_MAX = 8 * 1024, UPGRADE_KEY_SIZE = 25 };

/* X(NAME, the sub-protocol) */
#define FRAMINGS(X)          \
    X(PLAIN, "callmedia.v1") \
    X(FRAMED, "callmedia.framed.v1")

/* clang-format off */
enum framing {
#define X(name, text) FRAMING_##name,
    FRAMINGS(X)
#undef X
    FRAMING_COUNT
};
/* clang-format on */

struct upgrade {
    const char *url; /* ws:// or wss:// */
    const char *token;
    const char *call;
    const char *session; /* or NULL; left out unless a header can carry it: it is the bot's text */
    const char *trace;   /* traceparent, or NULL */
    const char *user_agent;
    bool offers_framed;         /* before the plain one */
    char key[UPGRADE_KEY_SIZE]; /* base64 of 16 random bytes */
};

/* A new key. */
void upgrade_key(struct upgrade *u);

void upgrade_write(const struct upgrade *u, struct buf *out);

enum upgrade_verdict { UPGRADE_MORE, UPGRADE_DONE, UPGRADE_REFUSED };

/* Reads what has come so far. DONE: *used bytes are the head, and what follows is of the WebSocket;
 * *framing is what the bot chose. REFUSED: *why is a sentence. */
enum upgrade_verdict upgrade_read(const struct upgrade *u, const char *p, size_t n, size_t *used,
                                  enum framing *framing, const char **why);

/* "http://host:port/" or "https://...": what is dialled for a URL. */
void upgrade_dial(const char *url, struct buf *out);

#endif

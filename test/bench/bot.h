/*
 * bot.h - the application: POSTs calls, prompts and DELETEs over kept connections.
 *
 * One request at a time on each connection; what finds none free waits in line,
 * and its time counts from the moment it was wanted.
 */
#ifndef BENCH_BOT_H
#define BENCH_BOT_H

#include <netinet/in.h>
#include <stdbool.h>

#include "ledger.h"
#include "samples.h"

enum ask { ASK_CREATE, ASK_PLAY, ASK_GET, ASK_DELETE, ASK_KINDS };

struct bot_settings {
    struct sockaddr_in at;
    const char *host; /* "127.0.0.1:8080" */
    const char *token;
    const char *user;     /* whom to call */
    const char *callback; /* URI */
    const char *prompt;   /* URI, or NULL */
    int connections;
    bool with_tls;
    /* An answer as it should be; e: of whom. */
    void (*on_answer)(enum ask kind, struct entry *e);
    void (*on_failure)(enum ask kind);
};

/* Connects. */
void bot_open(const struct bot_settings *s);

/* Nothing more will be asked: a connection that the server closes stays closed. */
void bot_close(void);

/* Asks; e is NULL for ASK_CREATE. */
void bot_ask(enum ask kind, struct entry *e, uint64_t wanted_ns);

/* How long answers took, from when they were wanted. */
struct samples *bot_took(enum ask kind);

/* Answers that were not as they should be, and the first of them. */
long bot_failures(void);
const char *bot_first_failure(void);

/* Requests without an answer as yet. */
long bot_waiting(void);

#endif

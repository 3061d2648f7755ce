/*
 * ledger.h - every call of a run, and what was said and heard of it.
 *
 * The 201, the INVITE and the notices of one call come over three roads in any
 * order; whoever comes first makes the entry. Entries are kept to the end, so
 * that nothing can be missing unseen.
 */
#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LEDGER_ID = 36 };

/* The states that notices tell, in the order that they must come in. */
enum heard {
    HEARD_NOTHING,
    HEARD_ESTABLISHING,
    HEARD_ESTABLISHED,
    HEARD_TERMINATING,
    HEARD_TERMINATED
};

struct entry {
    char id[LEDGER_ID + 1];
    enum heard heard;
    bool is_answered; /* the 201 came */
    bool is_acked;
    bool is_deleted;       /* we said DELETE */
    bool was_timed;        /* its POST to INVITE is among the samples */
    int leg;               /* of sender.h; -1: none */
    uint64_t sent_ns;      /* POST */
    uint64_t invited_ns;   /* INVITE came */
    uint64_t picked_up_ns; /* 200 went */
    uint64_t told_ns;      /* established came */
    char *said;            /* the 200, until its ACK */
    size_t said_len;
    struct entry *next;  /* of the same bucket */
    struct entry *older; /* made before this one */
};

/* The entry of this id (LEDGER_ID characters), made when it is not there. */
struct entry *ledger_get(const char *id);

/* The newest; ->older leads to all of them. NULL: none. */
struct entry *ledger_newest(void);

#endif

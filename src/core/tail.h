/*
 * tail.h - what is said to bots just now, for an operator who listens.
 *
 * A ring of the last facts (a notice was made; one try of it, and how that ended), and those who
 * wait for the next one. Nothing waits for a listener: who is slow misses facts, and is told how
 * many. A key that was pressed is not among what is said of it. The control thread.
 */
#ifndef CORE_TAIL_H
#define CORE_TAIL_H

#include <stddef.h>
#include <stdint.h>

struct loop;
struct tail;

enum { TAIL_FACTS = 1024, TAIL_WAITERS = 64 };

/* One fact. change, what and state are literals, the other texts are copied, and cut. */
struct tail_fact {
    int64_t notice; /* its number */
    const char *call;
    const char *application;      /* id */
    const char *application_name; /* or NULL */
    const char *change;           /* changeType; NULL: of before a restart */
    const char *what;             /* "established", "tone", "operation", ... */
    const char *detail;           /* or NULL */
    const char *operation;        /* id, or NULL */
    const char *state;            /* what became of it: "owed", "delivered", ... */
    int tries;                    /* 0: it was just made, or never tried */
    int status;                   /* the answer's; 0: there was none */
    const char *why;              /* there was no answer; or NULL */
};

struct tail *tail_new(struct loop *l);
/* Nobody may wait any more. NULL is fine. */
void tail_free(struct tail *t);

void tail_add(struct tail *t, const struct tail_fact *f);

struct tail_wish {
    int64_t after;    /* the number of a fact; -1: only say which is the last */
    int64_t wait_ms;  /* when there is none: how long to wait for one; 0: not at all */
    const char *call; /* facts of this call alone; NULL: of all */
};

/* {"value":[...],"last":N,"missed":N} of what is newer; h gets it now or later, once (valid during
 * the call). Where TAIL_WAITERS wait already nobody else does: it gets it now. missed: facts of any
 * call that were newer too and are no more kept. */
typedef void tail_h(const char *json, size_t len, void *arg);
void tail_ask(struct tail *t, const struct tail_wish *w, tail_h *h, void *arg);

/* Answers everyone who waits. */
void tail_release(struct tail *t);

#endif

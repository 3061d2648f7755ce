/*
 * invite.h - reaching people: rings a person on every phone, the first that answers wins.
 *
 * A party in INVITED is the invitation; what its phones say is told here by
 * leg_effects.c. The control thread.
 */
#ifndef CORE_INVITE_H
#define CORE_INVITE_H

#include "core/live.h"

struct operation;

/* Who is to be rung, and for whom. */
struct invitation {
    struct live_call *caller;    /* NULL: no application wants it */
    const struct user *from;     /* who the phones say is calling; NULL: the application */
    bool masked;                 /* they do not say who */
    const char *user;            /* id, any form; unknown ones are told as failed */
    const char *name;            /* display name when the directory has none, or NULL */
    int ring_s;                  /* 0: as configured */
    bool hidden;                 /* not in the roster of others */
    bool off_main;               /* not in the default audio routing group */
    const struct id *pid;        /* participant id, NULL: a new one */
    struct operation *operation; /* is told how it ended, or NULL */
    struct live_call *replaces;  /* ended once the person is in, or NULL */
};

/* A party of the caller's conversation, rung from the next turn of the loop on. */
struct party *invite(struct conversation *c, const struct invitation *i);

/* Nobody is to be rung any more: CANCEL, and who asked hears why. The party is told by its own
 * events. Fine when nothing rings. */
void invite_withdraw(struct party *p, const struct ending *why);

/* A leg of a party that rings: picked up; gone without that. */
void invite_taken(struct live_leg *leg);
void invite_refused(struct live_leg *leg);

/* A leg's port, offer and address: opened for a leg that has none yet. ERR_BUSY. */
NODISCARD enum err invite_open_port(struct live_leg *leg, struct fail *f);

/* Posts RELEASED when a terminating call has no leg left. */
void invite_check_released(struct live_call *lc);

#endif

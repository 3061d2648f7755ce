/*
 * party.h - a participant as core/ keeps it: what model/participant.h decides, carried out.
 *
 * A party is reached by a call (an application) or by a leg (a phone); while its
 * phones ring it has a `ringing`. An obj: the lists of its conversation hold one
 * reference, its call or legs hold others. The control thread.
 */
#ifndef CORE_PARTY_H
#define CORE_PARTY_H

#include "core/live.h"
#include "model/participant.h"

/* A party's phones while they ring: invite.h. */
struct ringing {
    struct timer timer;       /* no answer in time */
    int ring_s;               /* as asked for; 0: as configured */
    const struct user *user;  /* of the directory; NULL: nobody of that id */
    const struct user *from;  /* who calls, when it is a person */
    bool is_masked;           /* its phones are not told who calls */
    struct live_call *caller; /* whose application asks; NULL once it has ended */
    struct list legs;         /* struct live_leg.in_party */
    int *refusals;            /* SIP statuses of legs that refused */
    size_t refusal_count;
    struct operation *operation; /* of participants/invite: a reference, or NULL */
    struct live_call *replaces;  /* the call that it leaves by coming here: a reference, or NULL */
};

struct party {
    struct list_node in_conversation; /* parties or departed */
    struct conversation *conversation;
    struct participant who;
    struct live_call *call; /* of an application; NULL once that is over */
    struct live_leg *leg;   /* of a person who is, or waits; NULL before and after */
    struct ringing ringing;
    struct timer wait_timer; /* in the lobby, or asked for the passcode */
    struct aside *aside;     /* the sound that it hears alone, or NULL */
    char typed[20];          /* ASKED: the keys so far */
    int tries;               /* of the passcode */
    bool is_off_main;        /* not in the default audio routing group */
    bool is_talking;         /* as media/ says; only asked where the roster is of talkers */
};

/* Who somebody is; texts are copied. */
struct party_identity {
    enum party_kind kind;
    const char *id;
    const char *name;   /* or NULL */
    const char *tenant; /* or NULL */
};

/* A new party in ARRIVING. pid: its id, NULL: a new one. */
struct party *party_new(struct conversation *c, const struct party_identity *who,
                        const struct id *pid);
/* Lets go of one that is in no list any more, with all that it holds. */
void party_drop(struct party *p);

/* Tells it what happened and carries out what follows. ERR_CONFLICT: refused as it stands. why:
 * the reason for who is sent off, NULL otherwise. */
enum err party_tell(struct party *p, enum participant_event ev, const struct ending *why,
                    struct fail *f);

/* Brings its port's sound in line with mutes, holds and hold music, and the roster with them. */
void party_sound(struct party *p);

/* Its screen: who shares takes that over from whoever did. The rosters say so. */
void party_share(struct party *p, enum graph_screen_sharing_role role);

/* In this conversation, not gone; NULL when there is none. */
struct party *party_find(const struct conversation *c, const char *pid);
/* The same by who it is: state INVITED counts too. */
struct party *party_find_identity(const struct conversation *c, enum party_kind kind,
                                  const char *id);

/* The port of its call or leg; 0: none. */
uint32_t party_port(const struct party *p);

/* For log lines: the call's or the conversation's id. */
const char *party_log_id(const struct party *p);

#endif

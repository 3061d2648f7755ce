/*
 * live.h - everything that lives: calls, conversations, legs, and how to find them.
 *
 * model/ says what may happen to a thing; here is what core/ keeps around it: its
 * port, its timers, its queue of notices. The control thread.
 */
#ifndef CORE_LIVE_H
#define CORE_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/map.h"
#include "identity/directory.h"
#include "loop/timer.h"
#include "media/media.h"
#include "model/call.h"
#include "model/leg.h"
#include "model/operation.h"
#include "sip/sip.h"
#include "webhook/deliver.h"

struct control;
struct live_leg;

/* X(NAME, word in the API of our own verbs) */
#define CONVERSATION_KINDS(X) \
    X(P2P, "peerToPeer")      \
    X(ECHO, "echo")

enum conversation_kind {
#define X(name, text) CONVERSATION_##name,
    CONVERSATION_KINDS(X)
#undef X
};
const char *conversation_kind_name(enum conversation_kind k);

/* What people are in together. An obj; its legs and calls hold references. */
struct conversation {
    struct control *control;
    struct id id;
    enum conversation_kind kind;
    struct id tenant;
    uint32_t room; /* in media/ */
    int64_t created_ms;
    struct list legs;  /* struct live_leg.in_conversation */
    struct list calls; /* struct live_call.in_conversation */
};

/* How one participant is reached. An obj: the tables hold one reference until it is gone. */
struct live_leg {
    struct list_node in_conversation;
    struct list_node in_call;
    struct control *control;
    uint64_t number; /* sip's */
    enum leg_kind kind;
    enum leg_state state;
    struct conversation *conversation;
    struct live_call *call; /* the call that rang it; NULL for a phone that called echo */
    struct id participant;
    const struct user *user; /* of the directory; NULL for echo and bots */
    uint32_t port;           /* 0: none (any more) */
    bool port_is_leaving;    /* media_port_remove() was said */
    bool port_is_gone;       /* media has said so */
    int status;              /* the final SIP answer, once refused */
    enum sip_cause cause;
    bool was_up;
    bool keys_by_rtp;  /* telephone-event was agreed: INFO does not count */
    bool keys_by_info; /* the phone has used INFO */
    struct addr signalling;
    struct sdp_agreed agreed;
    struct sdp_local local;
    struct timer timer;          /* what comes next in a virtual phone's script; or its end */
    struct sip_binding *binding; /* gift until it is dialled, then kept for dumps */
    char *dialog;                /* as sip_ask_dialog() gave it, or NULL */
    struct media_stats *stats;   /* the last ones, once the port is gone */
};

/* A call and what is kept around it. An obj. */
struct live_call {
    struct list_node in_conversation;
    struct list_node in_application;
    struct control *control;
    struct call *call;
    struct conversation *conversation; /* NULL once it is over */
    struct id conversation_id;
    const struct application *application; /* NULL when a reload took it away */
    struct deliver_queue *notices;         /* NULL once it is empty and ended */
    struct list made;                      /* struct notice_made: what was said, for dumps */
    const char *headers;                   /* of its notices, as JSON, for the store */
    int unsafe_notices;                    /* made, but not yet on disk */
    struct timer ring_timer;
    struct timer keepalive_timer;
    struct timer release_timer;
    struct list legs; /* struct live_leg.in_call */
    int *refusals;    /* SIP statuses of legs that refused */
    size_t refusal_count;
    uint32_t port; /* the bot's voice; 0: none */
    bool port_is_gone;
    struct list line;         /* struct operation: waiting and running, in order */
    struct list finished;     /* the last operations that ended, for GET */
    struct list plays;        /* struct live_play: what the port was given to play */
    uint32_t playing;         /* the last of them */
    struct sound *next_sound; /* between FETCHED and PLAY */
    bool tones;               /* subscribed */
    int64_t tone_count;
    bool is_forgotten; /* no more in the tables: GET is 404 */
    bool end_is_due;   /* the queue of notices is to be ended once all of them are in it */
    bool is_buried;
    bool is_silent; /* nobody was told that it exists, and nobody will be */
};

/* A sound at a bot's port, until the port is done with it. */
struct live_play {
    struct list_node node;
    uint32_t number;
    struct sound *sound;
};

/* The tables. */
struct live {
    struct map calls;         /* by id, live ones */
    struct map dying;         /* by id: over, but notices are owed or ports still go */
    struct map legs;          /* by number */
    struct map ports;         /* by port: struct live_leg */
    struct map bot_ports;     /* by port: struct live_call */
    struct map conversations; /* by id */
    struct map applications;  /* by id: struct live_application */
    struct map bindings;      /* by user id: struct live_phones */
};

/* What one application has running; for limits. */
struct live_application {
    char id[ID_SIZE];
    struct list calls; /* struct live_call.in_application */
};

/* The phones of one user, as the registrar told. */
struct live_phone {
    struct list_node node;
    struct sip_binding binding;
    bool restored; /* known from before a restart, not heard of since */
};
struct live_phones {
    char user[ID_SIZE];
    struct list phones;
};

struct conversation *live_conversation_new(struct control *ctl, enum conversation_kind kind,
                                           const struct id *tenant);
/* Takes its room away and the conversation out of the table once nothing is in it. */
void live_conversation_check(struct conversation *c);

/* NULL when there is none; id in the form of base/id.h. */
struct live_call *live_call_find(const struct control *ctl, const char *id);
struct live_call *live_dying_find(const struct control *ctl, const char *id);
struct conversation *live_conversation_find(const struct control *ctl, const char *id);

/* A new leg in IDLE, in the tables; with a reference of the tables' own. */
struct live_leg *live_leg_new(struct control *ctl, enum leg_kind kind, uint64_t number,
                              struct conversation *conversation, struct live_call *call);
/* Takes it out of every table and list and lets go of it. */
void live_leg_drop(struct live_leg *leg);

/* Makes a port known as this leg's. */
void live_leg_port(struct live_leg *leg, uint32_t port);

/* What an application has running; made when first asked for. */
struct live_application *live_application_get(struct control *ctl, const char *id);

/* The phones of a user; NULL when there was never one. */
struct live_phones *live_phones_find(const struct control *ctl, const char *user);

/* Frees all tables; at the end, when no driver runs any more. */
void live_clear(struct control *ctl);

#endif

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
#include "model/conversation.h"
#include "model/leg.h"
#include "model/operation.h"
#include "sip/sip.h"
#include "webhook/deliver.h"

struct control;
struct hosted;
struct live_call;
struct live_leg;
struct party;

/* What people are in together. An obj; in the tables while a leg or a call is in it. */
struct conversation {
    struct control *control;
    struct id id;
    enum conversation_kind kind;
    struct id tenant; /* whose meeting it is, or who called */
    uint32_t room;    /* in media/; 0: nobody needed one yet */
    int64_t created_ms;
    struct list legs;       /* struct live_leg.in_conversation */
    struct list calls;      /* struct live_call.in_conversation */
    struct list parties;    /* struct party.in_conversation, but those who have gone */
    struct list groups;     /* struct routing_group.node: core/routing.h */
    uint32_t group_numbers; /* the last one given */
    struct list departed;   /* the same, gone: until every delta roster has said so */
    char *thread;           /* coordinates; NULL: it has none */
    char *message;
    char *place;            /* both in one, as the tables know it */
    struct live_call *host; /* ends it by leaving; NULL: nobody does */
    uint32_t sources;       /* the last source id given */
    int64_t sequence;       /* of the roster: rises with each change */
    bool ever_peopled;
    bool has_large_gallery;    /* an application has asked for that view */
    struct timer census_timer; /* it is counted in the next turn of the loop */
    struct timer alone_timer;
};

/* How one participant is reached. An obj: the tables hold one reference until it is gone. */
struct live_leg {
    struct list_node in_conversation;
    struct list_node in_call;
    struct list_node in_party; /* while it rings */
    struct control *control;
    uint64_t number; /* sip's */
    enum leg_kind kind;
    enum leg_state state;
    struct conversation *conversation;
    struct live_call *call;  /* that rang it, and that it ends with; NULL once it is in a meeting */
    struct party *party;     /* a reference; NULL: it is nobody (the echo) */
    const struct user *user; /* of the directory; NULL for echo and bots */
    uint32_t port;           /* 0: none (any more) */
    bool port_is_leaving;    /* media_port_remove() was said */
    bool port_is_gone;       /* media has said so */
    int status;              /* the final SIP answer, once refused */
    enum sip_cause cause;
    bool was_up;
    char *answer;      /* of who called us: our SDP, until it is taken (core/caller.h) */
    bool answers_late; /* its offer was none: it answers ours in its ACK */
    int refuse_with;   /* SIP status for who called us and is not taken; 0: as its call ends */
    bool keys_by_rtp;  /* telephone-event was agreed: INFO does not count */
    bool keys_by_info; /* the phone has used INFO */
    struct addr signalling;
    struct sdp_agreed agreed;
    struct sdp_local local;
    struct timer timer;          /* what comes next in a virtual phone's script; or its end */
    struct sip_binding *binding; /* gift until it is dialled, then kept for dumps */
    char *dialog;                /* as sip told it, until it is in the store */
    bool dialog_is_saved;        /* in the store: its phone is freed after a crash */
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
    enum conversation_kind conversation_kind; /* the last that it was, for dumps */
    const struct application *application;    /* NULL when a reload took it away */
    struct hosted *hosted;                    /* its media, when it hosts that itself; or NULL */
    struct deliver_queue *notices;            /* NULL once it is empty and ended */
    struct deliver_queue *webhook; /* the one before, when its callbackUri changed; or NULL */
    struct list made;              /* struct notice_made: what was said, for dumps */
    const char *headers;           /* of its notices, as JSON, for the store */
    char *device_quality;          /* the last report of a conference device, as JSON; or NULL */
    struct party *party; /* who it is in the conversation: a reference; NULL after a restart */
    struct timer answer_timer; /* it came to the application, which must say something */
    struct timer keepalive_timer;
    struct timer release_timer;
    struct list legs;         /* struct live_leg.in_call */
    uint32_t port;            /* the bot's voice; 0: none */
    int unsafe_notices;       /* made, but not yet on disk */
    struct list line;         /* struct operation: waiting and running, in order */
    struct list pressings;    /* struct pressing: core/tones.c */
    struct list errands;      /* struct operation: running, in no line (invitations, hold music) */
    struct list finished;     /* the last operations that ended, for GET */
    struct list plays;        /* struct live_play: what the port was given to play */
    struct sound *next_sound; /* between FETCHED and PLAY */
    int64_t tone_count;
    uint32_t playing;  /* the last of plays */
    bool tones;        /* subscribed */
    bool port_is_gone; /* media has said so */
    bool is_forgotten; /* no more in the tables: GET is 404 */
    bool end_is_due;   /* the queue of notices is to be ended once all of them are in it */
    bool is_buried;
    bool is_recovered; /* of before a restart: legs, media and operations are not known any more */
    struct arena answer; /* what the application answered it with */
    int hops;            /* how often it was sent on before it came here */
    bool consults;       /* its transfer goes to somebody in another call of its application */
    bool hands_over;     /* and its other side goes there, not the other way round */
    bool is_silent;      /* nobody was told that it exists, and nobody will be */
    struct roster_said {
        struct timer timer;     /* runs: a roster is due */
        int64_t at_ms;          /* when the last one was made; monotonic */
        int64_t notice;         /* its number, 0: none */
        int64_t sequence, base; /* of the conversation: with it, and before it */
    } roster;
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
    struct map streams;       /* by number: struct live_call */
    struct map conversations; /* by id */
    struct map places;        /* by coordinates: struct conversation */
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
/* Gives a conversation its coordinates: from now on it can be found by them. */
void live_conversation_place(struct conversation *c, const char *thread, const char *message);
/* The tenant's that is there; NULL: none. Another tenant may use the same coordinates. */
struct conversation *live_conversation_at(const struct control *ctl, const char *tenant,
                                          const char *thread, const char *message);
/* It can be found by its coordinates no more. */
void live_conversation_unplace(struct conversation *c);
/* Takes its room away and the conversation out of the tables once no leg and no call is in it. */
void live_conversation_check(struct conversation *c);
/* Its room in media/, made when first asked for; 0: the media threads take no more. */
uint32_t live_room(struct conversation *c);

/* NULL when there is none; id in the form of base/id.h. */
struct live_call *live_call_find(const struct control *ctl, const char *id);
struct live_call *live_dying_find(const struct control *ctl, const char *id);
struct conversation *live_conversation_find(const struct control *ctl, const char *id);

/* A new leg in IDLE, in the tables; with a reference of the tables' own. */
struct live_leg *live_leg_new(struct control *ctl, enum leg_kind kind, uint64_t number,
                              struct conversation *conversation, struct live_call *call);
/* Takes it out of every table and list and lets go of it. */
void live_leg_drop(struct live_leg *leg);
/* It goes on without the call that rang it, which may end before it. */
void live_leg_detach(struct live_leg *leg);

/* Makes a port known as this leg's. */
void live_leg_port(struct live_leg *leg, uint32_t port);

/* What an application has running; made when first asked for. */
struct live_application *live_application_get(struct control *ctl, const char *id);

/* The phones of a user; NULL when there was never one. */
struct live_phones *live_phones_find(const struct control *ctl, const char *user);

/* Frees all tables; at the end, when no driver runs any more. */
void live_clear(struct control *ctl);

#endif

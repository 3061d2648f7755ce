/*
 * routing.h - audio routing groups: who is heard by some only.
 *
 * A source of a group is heard by the group's receivers and by nobody else; receivers go on
 * hearing the others. A group belongs to the call that made it and ends with it. Who leaves
 * is taken out of all groups. The control thread.
 */
#ifndef CORE_ROUTING_H
#define CORE_ROUTING_H

#include "core/live.h"

struct routing_group {
    struct list_node node;   /* of its conversation */
    struct live_call *owner; /* whose it is */
    struct id id;
    uint32_t number;                /* media/'s */
    int mode;                       /* enum graph_routing_mode */
    struct id *sources, *receivers; /* participants */
    size_t source_count, receiver_count;
};

/* What a group is to be; ids of participants in any form. */
struct routing_wish {
    int mode;
    const struct texts *sources, *receivers;
};

/* NULL with f filled: ERR_BAD_REQUEST (mode and counts do not fit), ERR_NOT_FOUND (nobody of that
 * id), ERR_TOO_MANY. */
struct routing_group *routing_add(struct live_call *lc, const struct routing_wish *w,
                                  struct fail *f);
/* On failure the group stays as it was. */
NODISCARD enum err routing_change(struct routing_group *g, const struct routing_wish *w,
                                  struct fail *f);
void routing_remove(struct routing_group *g);

/* Of this call; NULL when there is none. */
struct routing_group *routing_find(const struct live_call *lc, const char *id);

/* Somebody has left: out of all groups, and out of those that are empty then. */
void routing_left(const struct party *p);

/* A call is over: its groups go. */
void routing_end(const struct live_call *lc);

#endif

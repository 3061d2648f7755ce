/*
 * coordinates.h - where a conversation is: found by what a request says, or made on the spot.
 *
 * The control thread.
 */
#ifndef CORE_COORDINATES_H
#define CORE_COORDINATES_H

#include "core/create.h"
#include "core/live.h"

struct meeting;

/* Where a join leads. Good for this turn of the loop. */
struct place {
    struct meeting *meeting;           /* NULL: a conversation that was made on the spot */
    struct conversation *conversation; /* NULL: nobody is there yet */
};

/* What a request's chatInfo and meetingInfo lead to. ERR_JOIN_PLACE, ERR_JOIN_TOKEN, ERR_JOIN_ID,
 * ERR_TENANT_MISMATCH, ERR_BAD_REQUEST. */
NODISCARD enum err coordinates_find(struct control *ctl, const struct create_request *r,
                                    struct place *out, struct fail *f);

/* The meeting's conversation, opened when nobody is there yet. */
struct conversation *coordinates_open(struct control *ctl, const struct place *at);

/* The meeting of a conversation as it is now; NULL: it has none, or no longer. */
struct meeting *coordinates_meeting(const struct conversation *c);

/* Gives a conversation coordinates that nobody can guess. */
void coordinates_make(struct conversation *c);

/* Fills the chatInfo of a call's resource, and its meetingInfo where it has none: a token that
 * leads here. */
void coordinates_fill(struct live_call *lc);

#endif

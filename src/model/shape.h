/*
 * shape.h - what kind of call a request asks for, by its shape, and what that needs.
 *
 * The table of Graph's documentation (docs/api.md, "Which request is which call")
 * as code. Pure; any thread.
 */
#ifndef MODEL_SHAPE_H
#define MODEL_SHAPE_H

#include <stdbool.h>

#include "base/err.h"
#include "model/graph_types.h"

/* X(NAME, word for people, built) */
#define SHAPES(X)                               \
    X(P2P, "a peer-to-peer call", true)         \
    X(PSTN, "a call to a phone number", false)  \
    X(GROUP, "a group call", true)              \
    X(JOIN, "a join of a meeting", true)        \
    X(JOIN_AS_GUEST, "a join as a guest", true) \
    X(JOIN_BY_TOKEN, "a join by token", true)   \
    X(JOIN_BY_ID, "a join by meeting id", true)

enum shape {
#define X(name, text, built) SHAPE_##name,
    SHAPES(X)
#undef X
        SHAPE_COUNT
};

const char *shape_text(enum shape s);
bool shape_is_built(enum shape s);

/* Which shape a request has; ERR_BAD_REQUEST with the reason when it has none. */
NODISCARD enum err shape_of(const struct graph_call *g, enum shape *out, struct fail *f);

/* Does the target at this place of a list name a user by a GUID? ERR_BAD_REQUEST. */
NODISCARD enum err shape_check_user(const struct graph_invitation_participant_info *t, size_t at,
                                    struct fail *f);

/* The id of the user that a target names, as it came; NULL: it names none. */
const char *shape_target_user(const struct graph_invitation_participant_info *t);

/* Does the bot host its own media? */
bool shape_is_app_hosted(const struct graph_call *g);

#endif

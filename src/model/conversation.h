/*
 * conversation.h - what people are in together: which kind it is, how one kind
 * becomes another, and when it ends for everybody.
 *
 * The kind is the state: a peer-to-peer conversation becomes a group when somebody
 * is invited, and any kind ends in OVER. Who is in it is counted by core/; what the
 * count means is said here. Pure; the control thread.
 */
#ifndef MODEL_CONVERSATION_H
#define MODEL_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/end.h"
#include "model/table.h"

/* X(NAME, word in the API of our own verbs, has a roster) */
#define CONVERSATION_KINDS(X)                                              \
    X(P2P, "peerToPeer", false)                                            \
    X(ECHO, "echo", false)                                                 \
    X(GROUP, "group", true)         /* made on the spot, no coordinates */ \
    X(SCHEDULED, "scheduled", true) /* a meeting with coordinates */       \
    X(CHANNEL, "channel", true)     /* the same, in a channel */           \
    X(OVER, "over", false)          /* everybody is on the way out */

#define CONVERSATION_EVENTS(X)                                                   \
    X(INVITES, "somebody in it invites another")                                 \
    X(PEOPLED, "people are in it, or are expected")                              \
    X(NOBODY_CAME, "all who were rung refused, and nobody was ever in")          \
    X(ALONE, "only one, or only applications are left of those who were in")     \
    X(ALONE_TOO_LONG, "they were alone for as long as the operator allows")      \
    X(HOST_LEFT, "who began it has left, and wanted no conversation without it") \
    X(CLOSED, "the meeting was ended")

#define CONVERSATION_EFFECTS(X)                                                 \
    X(ESCALATE, "its calls are told coordinates, and get a roster from now on") \
    X(WAIT_ALONE, "the timer of those who are alone starts")                    \
    X(STAY, "that timer stops")                                                 \
    X(END_ALL, "everybody is sent off with the reason")

enum conversation_kind {
#define X(name, text, roster) CONVERSATION_##name,
    CONVERSATION_KINDS(X)
#undef X
        CONVERSATION_KIND_COUNT
};
enum conversation_event {
#define X(name, text) CONVERSATION_EV_##name,
    CONVERSATION_EVENTS(X)
#undef X
        CONVERSATION_EVENT_COUNT
};
enum conversation_bit {
#define X(name, text) CONVERSATION_BIT_##name,
    CONVERSATION_EFFECTS(X)
#undef X
        CONVERSATION_EFFECT_COUNT
};
#define CONVERSATION_FX(name) (1u << CONVERSATION_BIT_##name)

const char *conversation_kind_name(enum conversation_kind k);
/* Are its applications told who is in it? */
bool conversation_has_roster(enum conversation_kind k);

/* Moves *k; as call_handle(). */
NODISCARD enum err conversation_handle(enum conversation_kind *k, enum conversation_event ev,
                                       unsigned *fx, struct fail *f);

/* Who is in it now. */
struct census {
    size_t people;       /* in */
    size_t applications; /* in, guests too */
    size_t expected;     /* rung, asked for the passcode, or in the lobby */
    bool ever_peopled;   /* people have been in */
};

/* What a count means, after somebody came or left. False: nothing. */
bool conversation_judge(enum conversation_kind k, const struct census *c,
                        enum conversation_event *out);

/* Why everybody is sent off after an event with END_ALL (docs/api.md, How calls end). */
enum end conversation_end(enum conversation_event ev);

extern const struct machine conversation_machine;

#endif

/*
 * leg.h - how one participant is reached: a phone, a virtual phone, the bot's own
 * voice; from the first ring to the last word.
 *
 * Several phones of a user ring at once, each by a leg of its own; fork_best()
 * says what their refusals mean together. Pure; the control thread.
 */
#ifndef MODEL_LEG_H
#define MODEL_LEG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/table.h"

/* X(NAME, word in dumps) */
#define LEG_KINDS(X)        \
    X(BOT, "serviceHosted") \
    X(SIP, "sip")           \
    X(VIRTUAL, "virtual")   \
    X(ECHO, "echo")

#define LEG_STATES(X)     \
    X(IDLE, "idle")       \
    X(TRYING, "trying")   \
    X(RINGING, "ringing") \
    X(UP, "up")           \
    X(HELD, "held")       \
    X(ENDING, "ending")   \
    X(GONE, "gone")

#define LEG_EVENTS(X)                                \
    X(DIAL, "it is to be rung")                      \
    X(RINGS, "it rings")                             \
    X(ANSWERED, "it was picked up and media agreed") \
    X(HOLD, "it holds us")                           \
    X(RESUME, "it is back")                          \
    X(HANGUP, "we end it")                           \
    X(ENDED, "its dialog is over")

#define LEG_EFFECTS(X)                          \
    X(INVITE, "the phone is asked")             \
    X(CONNECT, "its port joins the room")       \
    X(MUTE, "its sound stops both ways")        \
    X(UNMUTE, "its sound flows again")          \
    X(BYE, "it gets CANCEL, BYE or a refusal")  \
    X(REMOVE, "its port goes")                  \
    X(TELL, "its call or conversation is told") \
    X(FREE, "it leaves the tables")

enum leg_kind {
#define X(name, text) LEG_##name,
    LEG_KINDS(X)
#undef X
        LEG_KIND_COUNT
};
enum leg_state {
#define X(name, text) LEG_IS_##name,
    LEG_STATES(X)
#undef X
        LEG_STATE_COUNT
};
enum leg_event {
#define X(name, text) LEG_EV_##name,
    LEG_EVENTS(X)
#undef X
        LEG_EVENT_COUNT
};
enum leg_bit {
#define X(name, text) LEG_BIT_##name,
    LEG_EFFECTS(X)
#undef X
        LEG_EFFECT_COUNT
};
#define LEG_FX(name) (1u << LEG_BIT_##name)

const char *leg_kind_name(enum leg_kind k);
const char *leg_state_name(enum leg_state s);

/* Moves *s; as call_handle(). */
NODISCARD enum err leg_handle(enum leg_state *s, enum leg_event ev, unsigned *fx);

/* The best of several refusals (RFC 3261 section 16.7, step 6): a 6xx only when all are 6xx
 * (a decline at one phone is no decline while another phone gave another answer); else the
 * lowest class, and within 4xx those that tell more first. 0 for none. */
int fork_best(const int *statuses, size_t count);

extern const struct machine leg_machine;

#endif

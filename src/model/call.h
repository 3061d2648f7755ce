/*
 * call.h - one call: who it is, where it stands, and the one door to move it.
 *
 * A call is what an application sees: its own leg into a conversation. It lives
 * in the control thread and knows no socket, no SIP, no JSON text: it is told of
 * events and answers with effects, which core/ carries out. So the whole life of
 * a call can be tested without opening anything.
 */
#ifndef MODEL_CALL_H
#define MODEL_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/list.h"
#include "model/end.h"
#include "model/graph_types.h"
#include "model/table.h"

/* X(NAME, name in the API). RINGING is said to a bot only where it asked for it, HELD is
 * said as mediaState (docs/api.md). */
#define CALL_STATES(X)                       \
    X(ESTABLISHING, "establishing")          \
    X(INCOMING, "incoming")                  \
    X(RINGING, "ringing")                    \
    X(ESTABLISHED, "established")            \
    X(HELD, "established")                   \
    X(REDIRECTING, "redirecting")            \
    X(TRANSFERRING, "transferring")          \
    X(TRANSFER_ACCEPTED, "transferAccepted") \
    X(TERMINATING, "terminating")            \
    X(TERMINATED, "terminated")

/* What can happen to a call, whoever says it: the API, the other side, a timer. BROKEN is
 * said by us, when something we tried to do for it has failed. X(NAME, what it means) */
#define CALL_EVENTS(X)                                                \
    X(ANSWER, "the application takes a call that came to it")         \
    X(REJECT, "the application does not want it")                     \
    X(REDIRECT, "the application sends it on to others")              \
    X(OVERDUE, "the application did nothing about it in time")        \
    X(RINGS, "a phone of the callee rings")                           \
    X(CONNECTED, "it is in its conversation, and media is agreed")    \
    X(HOLD, "the other side holds")                                   \
    X(RESUME, "the other side is back")                               \
    X(GROUPED, "two who talked alone have become a group")            \
    X(TRANSFER, "the application hands the other side on")            \
    X(HANDED_ON, "whom it was sent on to has picked up")              \
    X(NOT_HANDED_ON, "whom it was to be handed on to did not come")   \
    X(NOT_HANDED_ON_HELD, "the same, and the other side holds us")    \
    X(COMPLETED, "it goes on without the application")                \
    X(UNREACHED, "nobody can be reached, or nobody wants to")         \
    X(HANGUP, "the application ends it")                              \
    X(LEFT, "the other side hung up")                                 \
    X(LOST, "the other side is lost: media, transport, ACK")          \
    X(REMOVED, "its conversation lets it go: denied, removed, ended") \
    X(UNTENDED, "the application keeps it alive no more")             \
    X(STOPPING, "the server stops")                                   \
    X(RELEASED, "the legs have ended, or 2 s have passed")            \
    X(BROKEN, "something that we tried to do for it failed")

/* What must then be done; carried out from the first to the last. X(NAME, what it means) */
#define CALL_EFFECTS(X)                                                  \
    X(TEND, "the keepAlive timer starts")                                \
    X(END_OPERATIONS, "running and waiting operations fail with 8508")   \
    X(STOP_MEDIA, "the bot's port leaves the room")                      \
    X(HANG_UP, "every leg gets CANCEL or BYE, the release timer starts") \
    X(NOTIFY, "the bot is told the new state")                           \
    X(FORGET, "the call leaves the tables; what is owed stays owed")

enum call_state {
#define X(name, text) CALL_##name,
    CALL_STATES(X)
#undef X
        CALL_STATE_COUNT
};

enum call_event {
#define X(name, text) CALL_EV_##name,
    CALL_EVENTS(X)
#undef X
        CALL_EVENT_COUNT
};

enum call_bit {
#define X(name, text) CALL_BIT_##name,
    CALL_EFFECTS(X)
#undef X
        CALL_EFFECT_COUNT
};
#define CALL_FX(name) (1u << CALL_BIT_##name)

enum { CALL_TRANSITIONS = 32 };

struct transition {
    int64_t at_ms; /* wall */
    enum call_state from;
    enum call_event event;
    enum call_state to;
    enum end cause; /* END_NONE when the event says all */
};

/* An obj. Read freely; changed only by the verbs below and, in `graph`, by whoever writes
 * the resource (core/notify.c, api/). Its texts live in its arena. */
struct call {
    struct id id;
    struct id tenant;
    struct id application;
    struct id participant; /* of the application in this call */
    const char *chain_id;
    const char *scenario_id; /* or NULL */
    int64_t created_ms;
    int64_t established_ms; /* 0: never */
    enum call_state state;
    struct ending ending; /* the first reason that was given stays */
    struct transition transitions[CALL_TRANSITIONS];
    unsigned transition_count; /* all; the last CALL_TRANSITIONS are kept */
    struct graph_call *graph;  /* the resource as the API shows it */
    struct arena arena;
};

/* A new call, in INCOMING when that is its direction, else in ESTABLISHING; graph and everything it
 * points to must be in *a, which the call takes over (the caller's is empty afterwards). */
struct call *call_new(const struct id *id, struct graph_call *graph, struct arena *a);

/* The name in the API. */
const char *call_state_name(enum call_state s);
const char *call_event_name(enum call_event e);

/* Tells the call what happened. On OK the state has moved and *fx says what to do now. On
 * ERR_CONFLICT nothing has changed, and f, if given, says why. why is why the call ends, when
 * the event ends it (END_NONE otherwise). */
NODISCARD enum err call_handle(struct call *c, enum call_event ev, const struct ending *why,
                               unsigned *fx, struct fail *f);

/* What is remembered of a call of before a restart: one of its transitions by the names that were
 * written down (cause may be NULL), the oldest first. When it was established and why it ends
 * follow; its state stays. What the table does not know is left out. */
void call_recall(struct call *c, int64_t at_ms, const char *from, const char *event, const char *to,
                 const char *cause);

/* Could media actions be done now? ERR_TOO_EARLY, ERR_CONFLICT, ERR_ENDING, ERR_NOT_FOUND
 * otherwise. */
NODISCARD enum err call_needs_media(const struct call *c, struct fail *f);

/* Was it the other side that called? */
bool call_is_incoming(const struct call *c);

/* Can it still be answered, rejected, redirected? ERR_CALL_KIND when it never could, ERR_CONFLICT
 * when that was done before, ERR_ENDING. */
NODISCARD enum err call_needs_answer(const struct call *c, struct fail *f);

/* One line about the call and one for each transition. */
void call_dump(const struct call *c, FILE *out);

/* The table, for docs/states.md and the tests. */
extern const struct machine call_machine;

#endif

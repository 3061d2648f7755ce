/*
 * operation.h - an action that takes time: from the request to its one end.
 *
 * Prompts of a call wait in one line (FIFO); errands (invitations, hold music) run
 * beside it. The model says when one may start and that each ends exactly once. Pure; the control
 * thread.
 */
#ifndef MODEL_OPERATION_H
#define MODEL_OPERATION_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/list.h"
#include "model/graph_types.h"
#include "model/table.h"

/* X(NAME, status in the API) */
#define OPERATION_STATES(X)   \
    X(WAITING, "running")     \
    X(FETCHING, "running")    \
    X(PLAYING, "running")     \
    X(RECORDING, "running")   \
    X(KEEPING, "running")     \
    X(ERRAND, "running")      \
    X(COMPLETED, "completed") \
    X(FAILED, "failed")

#define OPERATION_EVENTS(X)                                 \
    X(TURN, "its turn in the line has come")                \
    X(FETCHED, "the sound is there")                        \
    X(PLAYED, "the last sample was sent")                   \
    X(PROMPTED, "nothing is left to be said before it")     \
    X(RECORDED, "what was heard is whole")                  \
    X(CANCEL, "the application or the call's end stops it") \
    X(FAIL, "the sound cannot be had or played")            \
    X(DONE, "what it asked for has happened")               \
    X(NOT_DONE, "what it asked for cannot be had")

#define OPERATION_EFFECTS(X)                      \
    X(FETCH, "the sound is asked for")            \
    X(PLAY, "the sound goes to the bot's port")   \
    X(STOP, "the port is silenced")               \
    X(RECORD, "the port begins to record")        \
    X(STOP_RECORD, "the recording ends as it is") \
    X(KEEP, "the recording is written")           \
    X(ANNOUNCE, "the bot is told the end")        \
    X(NEXT, "the next in the line has its turn")

enum operation_state {
#define X(name, text) OPERATION_##name,
    OPERATION_STATES(X)
#undef X
        OPERATION_STATE_COUNT
};
enum operation_event {
#define X(name, text) OPERATION_EV_##name,
    OPERATION_EVENTS(X)
#undef X
        OPERATION_EVENT_COUNT
};
enum operation_bit {
#define X(name, text) OPERATION_BIT_##name,
    OPERATION_EFFECTS(X)
#undef X
        OPERATION_EFFECT_COUNT
};
#define OPERATION_FX(name) (1u << OPERATION_BIT_##name)

struct recording;

/* An obj; lives in the line of its call until it has ended and been announced. */
struct operation {
    struct list_node node;
    struct id id;
    enum operation_state state;
    const struct type *type;     /* graph type of the resource: playPromptOperation, ... */
    const char *client_context;  /* or NULL */
    struct objects prompts;      /* struct graph_media_prompt */
    size_t at;                   /* which prompt is being fetched or played */
    bool endless;                /* loop: true of the seed era */
    struct objects participants; /* of an invitation, as asked for */
    struct texts ids;            /* of muteAll, as asked for */
    size_t awaited;              /* of an invitation: who has not answered yet */
    bool reached;                /* and whether somebody came */
    struct recording *recording; /* of record: what is asked for, and where it goes; in arena */
    int code, subcode;           /* of resultInfo, once it has ended */
    const char *result_text;     /* a literal, for pairs that notify.c has no text for; or NULL */
    int reason;                  /* enum graph_play_prompt_reason, once it has ended */
    struct arena arena;
};

/* Waiting for its turn in the line. The texts must be in *a, which the operation takes over. */
struct operation *operation_new(const struct type *type, struct arena *a);
/* The same, but it stands in no line: it runs at once, beside what plays. */
struct operation *operation_new_errand(const struct type *type, struct arena *a);

/* As call_handle(). */
NODISCARD enum err operation_handle(struct operation *o, enum operation_event ev, unsigned *fx);

/* "running", "completed", "failed". */
const char *operation_status(const struct operation *o);
bool operation_is_over(const struct operation *o);

extern const struct machine operation_machine;

#endif

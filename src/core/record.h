/*
 * record.h - what a bot lets its caller say, kept: record and recordResponse.
 *
 * A recording stands in the line of play.h: prompt and beep are played, then what the bot's port
 * hears is recorded until a stop tone, silence or its longest time; then it is written. It can be
 * had for an hour with its token, also when the call ended meanwhile. The control thread.
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include "core/live.h"

struct graph_record_action;

/* Of an operation: what was asked for, and where it goes; texts in the operation's arena. */
struct recording {
    const struct graph_record_action *wish;
    uint32_t number;      /* media's; 0: it has not begun */
    bool is_stopped;      /* a stop tone came in the beep */
    const char *location; /* once it has begun */
    const char *token;    /* a secret */
};

/* The operation for a body in *a, which it takes over. ERR_BAD_REQUEST: f says what is wrong. */
struct operation *record_new(struct graph_record_action *wish, struct arena *a, struct fail *f);

/* As play_add(); a barge-in cancels what runs and waits first. */
NODISCARD enum err record_add(struct live_call *lc, struct operation *o, struct fail *f);

/* Effects of model/operation.h. */
void record_begin(struct live_call *lc, struct operation *o);
void record_stop(struct live_call *lc, struct operation *o);
void record_keep(struct live_call *lc, struct operation *o);

/* Why it failed before it began, as code and reason of the operation. */
void record_prompt_failed(struct operation *o);
void record_cancelled(struct operation *o);

/* A key was pressed by somebody of the call's conversation. */
void record_key(struct live_call *lc, char key);

/* Media says that a recording has ended; takes the sound. */
void record_on_recorded(struct control *ctl, const struct media_event *e);

/* Reads a recording for whoever has its token; bytes live during the call, NULL: there is none. */
typedef void record_get_h(const char *bytes, size_t len, void *arg);
void record_get(struct control *ctl, const char *id, const char *token, record_get_h *h, void *arg);

/* Every so often: old recordings are removed. */
void record_prune(struct control *ctl);
/* At the end of the server. */
void record_clear(struct control *ctl);

#endif

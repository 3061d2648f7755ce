/*
 * create.h - a new call: checked, limited, written down, and only then rung.
 *
 * The control thread.
 */
#ifndef CORE_CREATE_H
#define CORE_CREATE_H

#include "core/live.h"

struct control;
struct caller;
struct hosted_place;

/* Who asks for a call and how; texts live during the call of create_call(). */
struct create_request {
    const char *tenant;
    const char *application;
    unsigned roles;
    const char *scenario_id;  /* or NULL */
    struct graph_call *graph; /* in *arena */
    struct arena *arena;      /* taken over on success */
};

/* Checks roles, tenant, source, limits (docs/api.md) and makes the call: it lives from now on,
 * its resource is complete, but nothing is on disk or rung before create_commit(). NULL with f
 * filled when it is refused; then the arena is still the caller's. */
struct live_call *create_call(struct control *ctl, const struct create_request *r, struct fail *f);

/* A call with nothing around it: for create_call() and for recovery. Takes *a over. */
struct live_call *create_live(struct control *ctl, const struct id *id, struct graph_call *g,
                              struct arena *a, const char *tenant, const char *application);

/* What is checked of an answer to a call as of a new one: media, its role, callback. *hosted: where
 * the application's own media is, in r's arena; it stays as it is when we host the media. */
NODISCARD enum err create_check_answer(struct control *ctl, const struct create_request *r,
                                       struct hosted_place **hosted, struct fail *f);
/* No user stands twice in a list of targets. ERR_NOT_BUILT for what is no user. */
NODISCARD enum err create_check_each_once(const struct objects *targets, struct fail *f);
NODISCARD enum err create_check_callback(struct control *ctl, const char *uri, struct fail *f);

/* Writes the call down as it is now. */
void create_write(const struct live_call *lc);

/* Puts the call into the tables, and its application into the books of who has how many. */
void create_enter(struct live_call *lc, struct conversation *c);

/* Fetches what its mediaConfig wants to have at hand. */
void create_prefetch(const struct live_call *lc);

/* The headers of its notices as JSON, for the store; lives as long as the call. */
const char *create_headers(struct call *c);

/* Writes the call down and, once it is safe, rings and tells h. Its notices wait until
 * create_answered(). h's lc is NULL when the disk refused: the call does not exist then. */
typedef void create_done_h(struct live_call *lc, void *arg);
void create_commit(struct live_call *lc, create_done_h *h, void *arg);

/* The 201 has been written to the client, or never will be: notices may leave. By id, for the
 * call may have ended meanwhile. */
void create_answered(struct control *ctl, const char *call_id);

#endif

/*
 * rows.h - the rows of the store, and one verb for each thing that is written.
 *
 * Texts are copied. Verbs return at once; store_then() tells when it is safe.
 * Reading happens at the start (store_load_*) or by asking (store_ask_ended_call).
 * The control thread.
 */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "store/store.h"

/* A call that is not over: what recovery needs. */
struct call_row {
    const char *id;
    const char *tenant;
    const char *application;
    const char *callback_uri;
    const char *state; /* the name in the API */
    const char *chain_id;
    const char *scenario_id; /* or NULL */
    const char *resource;    /* the call as JSON */
    int64_t created_ms;
};
/* Adds a call, or replaces the one of this id. */
void store_put_call(struct store *s, const struct call_row *r);
/* Changes the one column; a call that is not there stays so. */
void store_call_state(struct store *s, const char *id, const char *state);
/* The call is over; life is what GET /_/calls/{id} shows for the next hour. */
void store_end_call(struct store *s, const char *id, const char *life, int64_t at_ms);
/* Forgets ended calls, transitions, idempotency keys older than the given wall times, 500 of
 * each; while there are more, it goes on by itself, 500 a batch. Call it every few seconds: it is
 * also how the store finds, while nothing else is put, that the disk is back. */
void store_prune(struct store *s, int64_t ended_before_ms, int64_t keys_before_ms);

/* The SIP dialog of a phone that is in a call, whosever: freed after a crash. Adds, or replaces
 * that of the leg; a leg's number is unique while the server runs. */
void store_put_dialog(struct store *s, int64_t leg, const char *dialog);
void store_del_dialog(struct store *s, int64_t leg);

struct transition_row {
    const char *call;
    int64_t at_ms;
    const char *from;
    const char *event;
    const char *to;
    const char *cause; /* or NULL */
};
/* What is read again after a crash, and for people who look at the file; only store_prune() takes
 * it away. */
void store_add_transition(struct store *s, const struct transition_row *r);

/* A notice that is owed; number rises over the life of the database and orders a call's notices. */
struct notice_row {
    int64_t number;
    const char *call;
    const char *application;
    const char *tenant;
    const char *uri;
    const char *webhook_id; /* several notices may share one, once frozen together */
    const char *headers;    /* JSON object of the per-call headers */
    const char *body;       /* one element of `value`, JSON */
    const char *state;      /* "owed", "parked", "dead" */
    int64_t made_ms;
    /* how it fared; not written by store_add_notice() */
    int tries;
    int last_status;    /* 0: no answer */
    const char *answer; /* what was answered last, or why there was none; or NULL */
};
/* Adds a notice, or replaces the one of this number. */
void store_add_notice(struct store *s, const struct notice_row *r);
/* Those of the call with first <= number <= last get this webhook id. */
void store_freeze_notices(struct store *s, int64_t first, int64_t last, const char *call,
                          const char *webhook_id);
/* Deletes the row. */
void store_notice_delivered(struct store *s, int64_t number);
/* How a notice fares: tried in vain, parked, dead, or owed again. */
struct notice_change {
    int64_t number;
    const char *state;
    int tries;
    int last_status;
    const char *answer; /* or NULL */
    int64_t at_ms;      /* wall: parked and dead ones are pruned by it */
};
void store_notice_state(struct store *s, const struct notice_change *c);
/* Forgets notices that were parked or given up before then, 500 of them. */
void store_prune_notices(struct store *s, int64_t before_ms);

/* An idempotency key and the 201 it was answered with. */
struct key_row {
    const char *key;       /* tenant application client-request-id */
    const char *body_hash; /* hex */
    const char *call;
    const char *location;
    const char *response;
    int64_t made_ms;
};
/* Adds, or replaces what this key had. */
void store_put_key(struct store *s, const struct key_row *r);

/* A registered phone. */
struct binding_row {
    const char *user;     /* directory id */
    const char *contact;  /* the Contact's URI: with user the key */
    const char *received; /* "udp:192.0.2.1:5060": observed source */
    const char *instance; /* +sip.instance, or NULL */
    const char *call_id;  /* of the REGISTER */
    int64_t cseq;
    int64_t expires_ms; /* wall */
};
/* Adds, or replaces that of the same user and contact. */
void store_put_binding(struct store *s, const struct binding_row *r);
void store_del_binding(struct store *s, const char *user, const char *contact);

/* A meeting that the API made. */
struct meeting_row {
    const char *id;
    const char *tenant;
    const char *organizer; /* a user's id */
    const char *organizer_name;
    const char *kind; /* a word of model/meeting.h */
    const char *thread;
    const char *message;
    const char *join_id;
    const char *passcode; /* or NULL */
    const char *vtc_id;
    const char *options; /* what its maker chose, as JSON */
    int64_t created_ms;
};
/* Adds a meeting, or replaces the one of this id. */
void store_put_meeting(struct store *s, const struct meeting_row *r);
void store_del_meeting(struct store *s, const char *id);

/* Reading at the start, before the loop runs: each calls h once per row, in order (notices
 * by number). Texts live during the call. */
typedef void call_row_h(const struct call_row *r, void *arg);
typedef void transition_row_h(const struct transition_row *r, void *arg);
typedef void notice_row_h(const struct notice_row *r, void *arg);
typedef void key_row_h(const struct key_row *r, void *arg);
typedef void binding_row_h(const struct binding_row *r, void *arg);
typedef void dialog_row_h(int64_t leg, const char *dialog, void *arg);
typedef void meeting_row_h(const struct meeting_row *r, void *arg);
NODISCARD enum err store_load_dialogs(struct store *s, dialog_row_h *h, void *arg, struct fail *f);
NODISCARD enum err store_load_calls(struct store *s, call_row_h *h, void *arg, struct fail *f);
/* Those of the calls that store_load_calls() reads, as they came. */
NODISCARD enum err store_load_transitions(struct store *s, transition_row_h *h, void *arg,
                                          struct fail *f);
NODISCARD enum err store_load_notices(struct store *s, notice_row_h *h, void *arg, struct fail *f);
NODISCARD enum err store_load_keys(struct store *s, key_row_h *h, void *arg, struct fail *f);
NODISCARD enum err store_load_bindings(struct store *s, binding_row_h *h, void *arg,
                                       struct fail *f);
NODISCARD enum err store_load_meetings(struct store *s, meeting_row_h *h, void *arg,
                                       struct fail *f);

/* The highest number that a notice ever had, delivered or not; 0 when there was none. The next
 * one is numbered from here. */
NODISCARD enum err store_load_last_notice(struct store *s, int64_t *out, struct fail *f);

/* Asks for the life of an ended call; h is told in the loop's thread, with NULL when there
 * is none (any more). */
typedef void life_h(const char *life, void *arg);
void store_ask_ended_call(struct store *s, const char *id, life_h *h, void *arg);

/* Asks for notices as they are on disk: those of a state behind a number, or all of a webhook
 * id, in the order of their numbers; at most so many rows and NOTICES_ASK_BYTES of bodies, but
 * always one if there is one. h is told in the loop's thread; the rows live during the call. */
enum { NOTICES_ASK_BYTES = 4 * 1024 * 1024 };
struct notices_ask {
    const char *state;      /* or NULL: any */
    const char *webhook_id; /* or NULL: any */
    int64_t after;
    int most;
};
typedef void notices_h(const struct notice_row *rows, size_t count, void *arg);
void store_ask_notices(struct store *s, const struct notices_ask *q, notices_h *h, void *arg);

#endif

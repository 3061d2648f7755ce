/*
 * meetings_inside.h - the register of meetings as its own files see it: meetings.c finds,
 * meetings_make.c makes, meetings_keep.c writes down, changes and forgets.
 */
#ifndef CORE_MEETINGS_INSIDE_H
#define CORE_MEETINGS_INSIDE_H

#include "base/list.h"
#include "base/map.h"
#include "core/meetings.h"

/* How a meeting can be found by one word. X(NAME, what it is, for the log) */
#define MEETING_KEYS(X)         \
    X(ID, "id")                 \
    X(THREAD, "thread id")      \
    X(JOIN, "join meeting id")  \
    X(VTC, "VTC conference id") \
    X(EXTERNAL, "external id")

/* clang-format off */
enum meeting_key {
#define X(name, text) MEETING_BY_##name,
    MEETING_KEYS(X)
#undef X
    MEETING_KEY_COUNT
};
/* clang-format on */

/* Where a meeting stands with the disk. */
enum listed_state {
    LISTED_NEW,        /* made, but not safe yet: it has its keys, and nobody finds it */
    LISTED_KEPT,       /* as it is on disk */
    LISTED_CHANGING,   /* the same; another version of it, or its end, is on its way there */
    LISTED_CONFIGURED, /* of the directory: not on disk at all */
};

/* One meeting in the register. */
struct listed {
    struct list_node node;
    enum listed_state state;
    struct meeting *meeting;
    const char *keys[MEETING_KEY_COUNT]; /* NULL: cannot be found so. In the meeting's arena */
};

/* How many meetings the API made for one user. */
struct organizer {
    char id[ID_SIZE];
    size_t count;
};

struct meetings {
    struct list all; /* struct listed.node */
    struct map by[MEETING_KEY_COUNT];
    struct map organizers; /* struct organizer, by id; only who has meetings */
    size_t bytes;          /* of memory, of those that the API made */
    int64_t look_ms;       /* wall: when to look for old ones again */
    meetings_ended_h *on_ended;
};

/* Enters a meeting, whose reference it takes. */
struct listed *meetings_enlist(struct meetings *r, struct meeting *m, enum listed_state state);

/* Puts another version in its place, whose reference it takes. */
void meetings_swap(struct meetings *r, struct listed *l, struct meeting *m);

/* Takes it out and frees it; *told: who is in it is put out. */
void meetings_end(struct control *ctl, struct listed *l, bool tell);

/* Whoever has this key, whatever his state; NULL: nobody. */
struct listed *meetings_holder(const struct meetings *r, enum meeting_key k, const char *key);

/* The keys that are made of several words, in the arena. */
char *meetings_thread_key(struct arena *a, const char *tenant, const char *thread,
                          const char *message);
char *meetings_external_key(struct arena *a, const char *tenant, const char *organizer,
                            const char *external_id);

/* What is on its way to the disk, and what to do when it is there. */
struct meeting_job;
typedef void meeting_outcome_h(struct meeting_job *j, bool ok);

struct meeting_job {
    struct control *control;
    struct listed *listed;
    struct meeting *next; /* of a change: what takes its place */
    meeting_outcome_h *outcome;
    meetings_done_h *h;
    void *arg;
};

/* Writes the meeting into the present batch. ERR_BAD_REQUEST: its options are too much. */
NODISCARD enum err meetings_put(struct control *ctl, const struct meeting *m, struct fail *f);

/* Tells a copy of the job's outcome once what was put is on disk, or cannot be. */
void meetings_when_stored(const struct meeting_job *j);

/* The organizer that the request names; ERR_BAD_REQUEST when it names none or another. */
NODISCARD enum err meetings_named_organizer(const struct meeting_request *r, struct id *out,
                                            struct fail *f);

/* Does a client want a passcode? And a new one. */
struct opt_bool meetings_wants_passcode(const struct graph_online_meeting *g);
void meetings_make_passcode(struct meeting *m);

#endif

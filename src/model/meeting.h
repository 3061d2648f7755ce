/*
 * meeting.h - a meeting: whose it is, how it is found, what it lets in.
 *
 * It does not change: a change is a new one with the same id, which takes the
 * old one's place (core/meetings.h); who holds the old one reads what was. Who
 * is in it is a conversation's concern, not ours. Pure; the control thread.
 */
#ifndef MODEL_MEETING_H
#define MODEL_MEETING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "model/graph_online_meeting.h"

/* X(NAME, word in the configuration) */
#define MEETING_KINDS(X)      \
    X(SCHEDULED, "scheduled") \
    X(CHANNEL, "channel")     \
    X(MEET_NOW, "meetNow")

/* clang-format off */
enum meeting_kind {
#define X(name, text) MEETING_##name,
    MEETING_KINDS(X)
#undef X
    MEETING_KIND_COUNT
};
/* clang-format on */

enum {
    MEETING_THREAD_CHARS = 256,
    MEETING_MESSAGE_CHARS = 64,
    MEETING_NUMBER_CHARS = 32, /* digits of a join meeting id or a VTC conference id */
    MEETING_URL_CHARS = 2048,
    MEETING_RANDOM = 64,       /* bytes that the ids of a new meeting are made of */
    MEETING_PASSCODE_SIZE = 9, /* of those that we make: 8 characters and the 0 */
};

/* An obj. Texts live in its arena. */
struct meeting {
    struct id id;
    struct id tenant;
    struct id organizer;        /* a user */
    const char *organizer_name; /* as the directory had it */
    enum meeting_kind kind;
    const char *thread;   /* compared exactly; with message unique within the tenant */
    const char *message;  /* "0" but for channel meetings */
    const char *join_id;  /* digits; NULL: none */
    const char *passcode; /* NULL: none. Secret */
    const char *vtc_id;   /* digits: VTC conference id; NULL: none */
    int64_t created_ms;   /* wall; 0: was always there (configuration) */
    /* What its maker may choose, as meeting_set_options() found it right. */
    const char *subject; /* or NULL */
    int64_t start_ms;    /* wall; 0, and end_ms: at any time */
    int64_t end_ms;
    int lobby_scope;                            /* enum graph_lobby_scope; 0: the tenant's rule */
    struct opt_bool is_dial_in_let_in;          /* phones that dial in pass the lobby */
    const struct graph_online_meeting *options; /* all of it, for meeting_show() and the store */
    struct arena arena;
};

struct meeting *meeting_new(void);

/* The word of a kind, and the kind of a word (MEETING_KIND_COUNT: none). */
const char *meeting_kind_name(enum meeting_kind kind);
enum meeting_kind meeting_kind_of(const char *word);

/* Takes what a client asks of the meeting; *g is in the meeting's arena and is changed: words of
 * the seed era become today's, times are set in one form, what is not the client's to say (ids,
 * the organizer) is dropped. Without a start the meeting starts at now_ms, without an end it is
 * an hour long; no now (0): no start is no time at all. ERR_BAD_REQUEST or ERR_NOT_BUILT names
 * the field; then the meeting is as it was. */
NODISCARD enum err meeting_set_options(struct meeting *m, struct graph_online_meeting *g,
                                       int64_t now_ms, struct fail *f);

/* The seed era's words become today's, in the arena; where both are said today's counts. Part of
 * meeting_set_options(), and first for what is to be laid over other options. */
void meeting_translate(struct graph_online_meeting *g, struct arena *a);

/* When it is forgotten: 60 days after its end, or after it was made if that is later (wall).
 * 0: never (configuration). */
int64_t meeting_expires_ms(const struct meeting *m);

/* Who passes its lobby: what it says itself, else by what its tenant does with guests ("lobby",
 * "join", "refuse"): everybody where they join, those of the organization elsewhere. */
enum graph_lobby_scope meeting_scope(const struct meeting *m, const char *guests);

/* Can this be a thread id ("19:..." in printable ASCII without what a path or a header would
 * trip over), a message id? NULL is neither. */
bool meeting_is_thread(const char *s);
bool meeting_is_message(const char *s);

/* Reads a join meeting id or VTC conference id: digits, between which blanks and dashes, as
 * people write them, do not count. False when it is none. */
bool meeting_number_read(char out[MEETING_NUMBER_CHARS + 1], const char *s);

/* Gives the meeting thread, message, join_id (12 digits) and vtc_id (10 digits) that nobody can
 * guess, out of random bytes. Whether another has them already is the caller's to see. */
void meeting_make_ids(struct meeting *m, const uint8_t random[MEETING_RANDOM]);

/* A passcode of 8 characters that are not mistaken for one another. */
char *meeting_make_passcode(char out[MEETING_PASSCODE_SIZE], const uint8_t random[8]);

/* "<public url>/l/meetup-join/<thread>/<message>?context=<{"Tid","Oid"}>", escaped: the form
 * that Graph's samples take apart. In the arena. */
const char *meeting_url(const struct meeting *m, const char *public_url, struct arena *a);

/* What such a link says. Whose host it names does not matter: links outlive the move from
 * another service, and what counts is whether there is such a meeting here. */
struct meeting_link {
    const char *thread;
    const char *message;
    struct id tenant;    /* "" when the link does not say */
    struct id organizer; /* likewise */
};

/* Texts in the arena. Escapes may have been resolved by somebody already. ERR_BAD_REQUEST when
 * it is no such link. */
NODISCARD enum err meeting_url_read(struct meeting_link *out, const char *url, struct arena *a,
                                    struct fail *f);

/* How a meeting is shown. */
enum meeting_era { MEETING_SEED, MEETING_TODAY };
struct meeting_view {
    enum meeting_era era;
    const char *public_url;
    enum graph_lobby_scope scope; /* meeting_scope() */
    const char *odata_context;    /* or NULL */
};

/* The resource as the API shows it, in the arena; it points into the meeting. Which members the
 * era shows is graph_seed_meeting and graph_today_meeting. */
struct graph_online_meeting *meeting_show(const struct meeting *m, const struct meeting_view *v,
                                          struct arena *a);

/* n bytes with their %-escapes resolved, in the arena; NULL when one is bad or stands for a
 * control character. */
char *meeting_unescape(struct arena *a, const char *s, size_t n);

#endif

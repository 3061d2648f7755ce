/*
 * participant.h - one party of a conversation: who it is, where it stands, what the roster says.
 *
 * However it is reached (a call of an application, a phone), it is told of events
 * and answers with effects, which core/ carries out. Being muted, held or put on
 * hold music are properties of who is in, not states: they come and go together.
 * Pure; the control thread.
 */
#ifndef MODEL_PARTICIPANT_H
#define MODEL_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/id.h"
#include "model/graph_types.h"
#include "model/table.h"

/* X(NAME, word in dumps) */
#define PARTICIPANT_STATES(X)                                  \
    X(ARRIVING, "arriving") /* nobody has judged it yet */     \
    X(INVITED, "invited")   /* its phones ring */              \
    X(ASKED, "asked")       /* for the meeting's passcode */   \
    X(LOBBY, "lobby")       /* hears and is heard by nobody */ \
    X(IN, "in")                                                \
    X(GONE, "gone")

#define PARTICIPANT_EVENTS(X)                              \
    X(INVITE, "its phones are rung")                       \
    X(ENTER, "it may come in")                             \
    X(ASK, "it must say the passcode")                     \
    X(WAIT, "it must wait in the lobby")                   \
    X(ADMIT, "somebody lets it in")                        \
    X(DENY, "somebody sends it away")                      \
    X(REMOVE, "somebody takes it out")                     \
    X(LEAVE, "it leaves, is lost, or was never reached")   \
    X(OVERDUE, "it has waited too long, or failed thrice") \
    X(END, "the conversation ends")

#define PARTICIPANT_EFFECTS(X)                                      \
    X(STOP_WAITING, "the lobby's timer and its sound stop")         \
    X(HOLD_BACK, "it is kept apart, told so, and the timer starts") \
    X(SEAT, "its port joins the others, its call is established")   \
    X(SEND_OFF, "its call or its phones are ended with the reason") \
    X(SHOW, "the roster has changed")                               \
    X(COUNT, "the conversation looks who is left")

enum participant_state {
#define X(name, text) PARTICIPANT_##name,
    PARTICIPANT_STATES(X)
#undef X
        PARTICIPANT_STATE_COUNT
};
enum participant_event {
#define X(name, text) PARTICIPANT_EV_##name,
    PARTICIPANT_EVENTS(X)
#undef X
        PARTICIPANT_EVENT_COUNT
};
enum participant_bit {
#define X(name, text) PARTICIPANT_BIT_##name,
    PARTICIPANT_EFFECTS(X)
#undef X
        PARTICIPANT_EFFECT_COUNT
};
#define PARTICIPANT_FX(name) (1u << PARTICIPANT_BIT_##name)

enum party_kind { PARTY_APPLICATION, PARTY_GUEST, PARTY_USER };

/* Changed only by the verbs below and, in what the roster shows, by core/party.c. */
struct participant {
    struct id id;
    enum participant_state state;
    enum party_kind kind;
    char *identity;          /* id of the application, guest or user */
    char *name;              /* display name, or NULL */
    char *tenant;            /* id, or NULL */
    uint32_t source_id;      /* unique in the conversation, from 1 */
    bool muted_itself;       /* mute of its own call */
    bool muted_by_others;    /* mute of the participant */
    bool holds;              /* its phone holds us */
    bool on_hold;            /* it hears hold music */
    bool hidden;             /* not in the roster of others */
    int recording;           /* enum graph_recording_status; ABSENT: not said */
    int sharing;             /* enum graph_screen_sharing_role; ABSENT: it has no screen here */
    uint32_t screen_id;      /* source id of its screen, once it has one */
    char *pseudonym;         /* shown instead of who it is; NULL: it is shown */
    char *metadata;          /* or NULL */
    const char *removed_why; /* GONE: what the delta roster says; a literal */
    int64_t changed;         /* the roster's sequence number of its last change */
};

/* In ARRIVING; texts are copied, name and tenant may be NULL. */
void participant_init(struct participant *p, const struct id *id, enum party_kind kind,
                      const char *identity, const char *name, const char *tenant);
void participant_clear(struct participant *p);
/* Whom it is shown as from now on, by an id that means nothing; NULL: as who it is. */
void participant_set_pseudonym(struct participant *p, const char *pseudonym);
/* Replaces the metadata; NULL takes it away. */
void participant_set_metadata(struct participant *p, const char *metadata);

const char *participant_state_name(enum participant_state s);

/* As call_handle(): ERR_CONFLICT when the event is refused as it stands. */
NODISCARD enum err participant_handle(struct participant *p, enum participant_event ev,
                                      unsigned *fx, struct fail *f);

/* Does the roster of those who are in show it? Gone ones never (but see removedState). */
bool participant_is_shown(const struct participant *p);
/* Is it heard by the others, as far as mutes and holds say? */
bool participant_is_muted(const struct participant *p);
/* Is it a person, that is: no application? */
bool participant_is_person(const struct participant *p);

/* A row of the roster as a Graph resource, with all that it points to. */
struct participant_page {
    struct graph_participant row;
    struct graph_participant_info info;
    struct graph_identity_set set;
    struct graph_identity identity;
    struct graph_recording_info recording;
    struct graph_removed_state removed;
    struct graph_media_stream audio;
    struct graph_media_stream screen;
    void *streams[2];
    char source_id[12];
    char screen_id[12];
};
/* Fills a page; its texts are those of p. delta: rosterSequenceNumber and removedState too. */
void participant_fill(const struct participant *p, bool delta, struct participant_page *out);

extern const struct machine participant_machine;

#endif

#include "model/call.h"

#include "base/clock.h"
#include "base/obj.h"
#include "base/str.h"

#define ON(from, event, then, effects) [CALL_##from][CALL_EV_##event] = {true, CALL_##then, effects}
#define FX CALL_FX
/* What a call holds while it lives, let go of once, by whichever way it ends. */
#define STOP (FX(END_OPERATIONS) | FX(STOP_MEDIA) | FX(HANG_UP))
/* On the way out: BYE or CANCEL is under way; the media stops at once, but the call is over only
 * when that transaction has ended (RFC 3261 section 15.1.1) or 2 s have passed. */
#define LEAVE (STOP | FX(NOTIFY))
/* Whoever is over is announced and forgotten. */
#define GONE (FX(NOTIFY) | FX(FORGET))
#define OVER (STOP | GONE)

/* The life of a call. A pair that is not written here is refused: the API says so, a late
 * message of the other side is dropped. */
/* clang-format off */
static const struct rule rules[CALL_STATE_COUNT][CALL_EVENT_COUNT] = {
    ON(ESTABLISHING, RINGS,     RINGING,     FX(NOTIFY)),
    ON(ESTABLISHING, CONNECTED, ESTABLISHED, FX(TEND) | FX(NOTIFY)),
    ON(ESTABLISHING, UNREACHED, TERMINATED,  OVER),
    ON(ESTABLISHING, LEFT,      TERMINATED,  OVER), /* the caller gave up as it was answered */
    ON(ESTABLISHING, HANGUP,    TERMINATING, LEAVE),
    ON(ESTABLISHING, STOPPING,  TERMINATING, LEAVE),
    ON(ESTABLISHING, LOST,      TERMINATED,  OVER),
    ON(ESTABLISHING, REMOVED,   TERMINATED,  OVER),
    ON(ESTABLISHING, BROKEN,    TERMINATED,  OVER),

    /* somebody calls the application, which has some seconds to say what it wants */
    ON(INCOMING,     ANSWER,    ESTABLISHING, FX(NOTIFY)),
    ON(INCOMING,     REJECT,    TERMINATED,  OVER),
    ON(INCOMING,     REDIRECT,  REDIRECTING, FX(NOTIFY)),
    ON(INCOMING,     OVERDUE,   TERMINATED,  OVER),
    ON(INCOMING,     LEFT,      TERMINATED,  OVER), /* the caller gave up */
    ON(INCOMING,     HANGUP,    TERMINATING, LEAVE),
    ON(INCOMING,     STOPPING,  TERMINATING, LEAVE),
    ON(INCOMING,     LOST,      TERMINATED,  OVER),
    ON(INCOMING,     REMOVED,   TERMINATED,  OVER),
    ON(INCOMING,     BROKEN,    TERMINATED,  OVER),

    ON(REDIRECTING,  COMPLETED, TERMINATED,  OVER),
    ON(REDIRECTING,  UNREACHED, TERMINATED,  OVER),
    ON(REDIRECTING,  LEFT,      TERMINATED,  OVER),
    ON(REDIRECTING,  HANGUP,    TERMINATING, LEAVE),
    ON(REDIRECTING,  STOPPING,  TERMINATING, LEAVE),
    ON(REDIRECTING,  LOST,      TERMINATED,  OVER),
    ON(REDIRECTING,  REMOVED,   TERMINATED,  OVER),
    ON(REDIRECTING,  BROKEN,    TERMINATED,  OVER),

    ON(RINGING,      RINGS,     RINGING,     0), /* a second phone rings too */
    ON(RINGING,      CONNECTED, ESTABLISHED, FX(TEND) | FX(NOTIFY)),
    ON(RINGING,      UNREACHED, TERMINATED,  OVER),
    ON(RINGING,      LEFT,      TERMINATED,  OVER),
    ON(RINGING,      HANGUP,    TERMINATING, LEAVE),
    ON(RINGING,      STOPPING,  TERMINATING, LEAVE),
    ON(RINGING,      LOST,      TERMINATED,  OVER),
    ON(RINGING,      REMOVED,   TERMINATED,  OVER),
    ON(RINGING,      BROKEN,    TERMINATED,  OVER),

    ON(ESTABLISHED,  HOLD,      HELD,        FX(NOTIFY)),
    ON(ESTABLISHED,  RESUME,    ESTABLISHED, 0), /* a re-INVITE that changes nothing */
    ON(ESTABLISHED,  GROUPED,   ESTABLISHED, FX(NOTIFY)),
    ON(ESTABLISHED,  TRANSFER,  TRANSFERRING, FX(NOTIFY)),
    ON(ESTABLISHED,  HANGUP,    TERMINATING, LEAVE),
    ON(ESTABLISHED,  UNTENDED,  TERMINATING, LEAVE),
    ON(ESTABLISHED,  STOPPING,  TERMINATING, LEAVE),
    ON(ESTABLISHED,  LEFT,      TERMINATED,  OVER),
    ON(ESTABLISHED,  LOST,      TERMINATED,  OVER),
    ON(ESTABLISHED,  REMOVED,   TERMINATED,  OVER),
    ON(ESTABLISHED,  BROKEN,    TERMINATED,  OVER),

    ON(HELD,         HOLD,      HELD,        0),
    ON(HELD,         RESUME,    ESTABLISHED, FX(NOTIFY)),
    ON(HELD,         GROUPED,   ESTABLISHED, FX(NOTIFY)), /* who holds is one of several now */
    ON(HELD,         TRANSFER,  TRANSFERRING, FX(NOTIFY)),
    ON(HELD,         HANGUP,    TERMINATING, LEAVE),
    ON(HELD,         UNTENDED,  TERMINATING, LEAVE),
    ON(HELD,         STOPPING,  TERMINATING, LEAVE),
    ON(HELD,         LEFT,      TERMINATED,  OVER),
    ON(HELD,         LOST,      TERMINATED,  OVER),
    ON(HELD,         REMOVED,   TERMINATED,  OVER),
    ON(HELD,         BROKEN,    TERMINATED,  OVER),

    /* who is handed on stays with the application until the other one has picked up */
    ON(TRANSFERRING, HANDED_ON, TRANSFER_ACCEPTED, FX(NOTIFY)),
    ON(TRANSFERRING, NOT_HANDED_ON, ESTABLISHED, FX(NOTIFY)),
    ON(TRANSFERRING, NOT_HANDED_ON_HELD, HELD, FX(NOTIFY)),
    ON(TRANSFERRING, HOLD,      TRANSFERRING, 0), /* counts if it stays with us */
    ON(TRANSFERRING, RESUME,    TRANSFERRING, 0),
    ON(TRANSFERRING, HANGUP,    TERMINATING, LEAVE),
    ON(TRANSFERRING, UNTENDED,  TERMINATING, LEAVE),
    ON(TRANSFERRING, STOPPING,  TERMINATING, LEAVE),
    ON(TRANSFERRING, LEFT,      TERMINATED,  OVER),
    ON(TRANSFERRING, LOST,      TERMINATED,  OVER),
    ON(TRANSFERRING, REMOVED,   TERMINATED,  OVER),
    ON(TRANSFERRING, BROKEN,    TERMINATED,  OVER),

    ON(TRANSFER_ACCEPTED, COMPLETED, TERMINATED,  OVER),
    ON(TRANSFER_ACCEPTED, HANGUP,    TERMINATING, LEAVE),
    ON(TRANSFER_ACCEPTED, STOPPING,  TERMINATING, LEAVE),
    ON(TRANSFER_ACCEPTED, LEFT,      TERMINATED,  OVER),
    ON(TRANSFER_ACCEPTED, LOST,      TERMINATED,  OVER),
    ON(TRANSFER_ACCEPTED, REMOVED,   TERMINATED,  OVER),
    ON(TRANSFER_ACCEPTED, BROKEN,    TERMINATED,  OVER),

    ON(TERMINATING,  HANGUP,    TERMINATING, 0), /* asking twice is no error */
    ON(TERMINATING,  STOPPING,  TERMINATING, 0),
    ON(TERMINATING,  LEFT,      TERMINATING, 0), /* both at once: the release is still to come */
    ON(TERMINATING,  REMOVED,   TERMINATING, 0),
    ON(TERMINATING,  RELEASED,  TERMINATED,  GONE), /* LEAVE has stopped everything */
    ON(TERMINATING,  BROKEN,    TERMINATED,  GONE),
};
/* clang-format on */

static const char *const state_names[] = {CALL_STATES(TABLE_NAME)};
static const char *const api_names[] = {CALL_STATES(TABLE_WORD)};
static const char *const event_names[] = {CALL_EVENTS(TABLE_NAME)};
static const char *const effect_names[] = {CALL_EFFECTS(TABLE_NAME)};

const struct machine call_machine = {
    .name = "call",
    .about = "What an application sees: its own leg into a conversation.",
    .states = state_names,
    .events = event_names,
    .effects = effect_names,
    .state_count = CALL_STATE_COUNT,
    .event_count = CALL_EVENT_COUNT,
    .effect_count = CALL_EFFECT_COUNT,
    .rules = &rules[0][0],
};

static void call_free(void *p)
{
    struct call *c = p;

    arena_clear(&c->arena);
}

struct call *call_new(const struct id *id, struct graph_call *graph, struct arena *a)
{
    struct call *c = obj_new("call", sizeof(*c), call_free);

    c->id = *id;
    c->participant = id_new();
    if (graph->direction == GRAPH_CALL_DIRECTION_INCOMING)
        c->state = CALL_INCOMING;
    c->graph = graph;
    c->arena = *a;
    *a = (struct arena){0};
    c->created_ms = clock_wall_ms();
    return c;
}

const char *call_state_name(enum call_state s)
{
    return api_names[s];
}

const char *call_event_name(enum call_event e)
{
    return event_names[e];
}

static void note(struct call *c, enum call_event ev, enum call_state to, enum end why)
{
    c->transitions[c->transition_count++ % CALL_TRANSITIONS] = (struct transition){
        .at_ms = clock_wall_ms(), .from = c->state, .event = ev, .to = to, .cause = why};
}

enum err call_handle(struct call *c, enum call_event ev, const struct ending *why, unsigned *fx,
                     struct fail *f)
{
    const struct rule *r = &rules[c->state][ev];

    if (!r->allowed)
        return err_set(f, ERR_CONFLICT, "%s: the call is %s", event_names[ev], api_names[c->state]);
    if (why != NULL && why->why != END_NONE && c->ending.why == END_NONE)
        c->ending = *why;
    if (r->to != c->state || r->fx != 0)
        note(c, ev, (enum call_state)r->to, why != NULL ? why->why : END_NONE);
    if (r->to == CALL_ESTABLISHED && c->established_ms == 0)
        c->established_ms = clock_wall_ms();
    c->state = (enum call_state)r->to;
    *fx = r->fx;
    return ERR_OK;
}

/* ESTABLISHED and HELD share a name: it is the one where the call stood before, or else the one
 * that the table has such a row of. */
static bool find_rule(enum call_state before, const char *from, const char *event, const char *to,
                      struct transition *out)
{
    for (int i = 0; i < CALL_STATE_COUNT; i++) {
        int s = ((int)before + i) % CALL_STATE_COUNT;

        for (int e = 0; e < CALL_EVENT_COUNT; e++) {
            const struct rule *r = &rules[s][e];

            if (!r->allowed || (r->to == s && r->fx == 0) || !str_eq(api_names[s], from) ||
                !str_eq(event_names[e], event) || !str_eq(api_names[r->to], to))
                continue;
            out->from = (enum call_state)s;
            out->event = (enum call_event)e;
            out->to = (enum call_state)r->to;
            return true;
        }
    }
    return false;
}

void call_recall(struct call *c, int64_t at_ms, const char *from, const char *event, const char *to,
                 const char *cause)
{
    struct transition t = {.at_ms = at_ms, .cause = end_named(cause)};
    unsigned n = c->transition_count;
    enum call_state before = n != 0                ? c->transitions[(n - 1) % CALL_TRANSITIONS].to
                             : call_is_incoming(c) ? CALL_INCOMING
                                                   : CALL_ESTABLISHING;

    if (!find_rule(before, from, event, to, &t))
        return;
    c->transitions[c->transition_count++ % CALL_TRANSITIONS] = t;
    if (t.to == CALL_ESTABLISHED && c->established_ms == 0)
        c->established_ms = at_ms;
    if (t.cause != END_NONE && c->ending.why == END_NONE)
        c->ending = ending_of(t.cause, 0);
}

enum err call_needs_media(const struct call *c, struct fail *f)
{
    switch (c->state) {
    case CALL_ESTABLISHED:
    case CALL_HELD:
        return ERR_OK;
    case CALL_ESTABLISHING:
    case CALL_INCOMING:
    case CALL_RINGING:
    case CALL_REDIRECTING:
        return err_set(f, ERR_TOO_EARLY, "The call is not established yet; wait for the notice.");
    case CALL_TRANSFERRING:
    case CALL_TRANSFER_ACCEPTED:
        return err_set(f, ERR_CONFLICT, "The call is being transferred.");
    case CALL_TERMINATING:
        return err_set(f, ERR_ENDING, "The call is terminating.");
    case CALL_TERMINATED:
    case CALL_STATE_COUNT:
        break;
    }
    return err_set(f, ERR_NOT_FOUND, "%s", err_text(ERR_NOT_FOUND));
}

bool call_is_incoming(const struct call *c)
{
    return c->graph->direction == GRAPH_CALL_DIRECTION_INCOMING;
}

enum err call_needs_answer(const struct call *c, struct fail *f)
{
    if (!call_is_incoming(c))
        return err_set(f, ERR_CALL_KIND, "The application made this call; it did not come to it.");
    if (c->state == CALL_INCOMING)
        return ERR_OK;
    if (c->state == CALL_TERMINATING)
        return err_set(f, ERR_ENDING, "The call is terminating.");
    return err_set(f, ERR_CONFLICT,
                   "The call is %s: it was answered, rejected or redirected before.",
                   api_names[c->state]);
}

void call_dump(const struct call *c, FILE *out)
{
    unsigned first =
        c->transition_count > CALL_TRANSITIONS ? c->transition_count - CALL_TRANSITIONS : 0;
    char at[CLOCK_TEXT_SIZE];

    (void)fprintf(out, "call %s %s of %s in %s\n", c->id.text, state_names[c->state],
                  c->application.text, c->tenant.text);
    for (unsigned i = first; i < c->transition_count; i++) {
        const struct transition *t = &c->transitions[i % CALL_TRANSITIONS];

        (void)fprintf(out, "  %s %s %s -> %s%s%s\n", clock_text(t->at_ms, at), state_names[t->from],
                      event_names[t->event], state_names[t->to],
                      t->cause != END_NONE ? " because " : "",
                      t->cause != END_NONE ? end_name(t->cause) : "");
    }
}

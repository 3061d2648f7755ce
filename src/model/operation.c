#include "model/operation.h"

#include "base/obj.h"

#define ON(from, event, then, effects) \
    [OPERATION_##from][OPERATION_EV_##event] = {true, OPERATION_##then, effects}
#define FX OPERATION_FX

/* clang-format off */
static const struct rule rules[OPERATION_STATE_COUNT][OPERATION_EVENT_COUNT] = {
    ON(WAITING,  TURN,    FETCHING,  FX(FETCH)),
    ON(WAITING,  CANCEL,  FAILED,    FX(ANNOUNCE)), /* not its turn: the line does not move */
    ON(WAITING,  PROMPTED, RECORDING, FX(RECORD)), /* nothing is said before it */
    ON(FETCHING, FETCHED, PLAYING,   FX(PLAY)),
    ON(FETCHING, CANCEL,  FAILED,    FX(ANNOUNCE) | FX(NEXT)),
    ON(FETCHING, FAIL,    FAILED,    FX(ANNOUNCE) | FX(NEXT)),
    ON(PLAYING,  TURN,    FETCHING,  FX(FETCH)), /* the next of several prompts */
    ON(PLAYING,  PLAYED,  COMPLETED, FX(ANNOUNCE) | FX(NEXT)),
    ON(PLAYING,  CANCEL,  FAILED,    FX(STOP) | FX(ANNOUNCE) | FX(NEXT)),
    ON(PLAYING,  FAIL,    FAILED,    FX(STOP) | FX(ANNOUNCE) | FX(NEXT)),
    ON(PLAYING,  PROMPTED, RECORDING, FX(RECORD)),

    ON(RECORDING, RECORDED, KEEPING,  FX(KEEP)),
    ON(RECORDING, CANCEL, FAILED,     FX(STOP_RECORD) | FX(ANNOUNCE) | FX(NEXT)), /* it is kept all the same */
    ON(RECORDING, FAIL,   FAILED,     FX(ANNOUNCE) | FX(NEXT)),
    ON(KEEPING,  DONE,    COMPLETED,  FX(ANNOUNCE) | FX(NEXT)),
    ON(KEEPING,  FAIL,    FAILED,     FX(ANNOUNCE) | FX(NEXT)),
    ON(KEEPING,  CANCEL,  FAILED,     FX(ANNOUNCE) | FX(NEXT)),

    ON(ERRAND,   DONE,    COMPLETED, FX(ANNOUNCE)),
    ON(ERRAND,   NOT_DONE, FAILED,   FX(ANNOUNCE)),
    ON(ERRAND,   CANCEL,  FAILED,    FX(ANNOUNCE)),
};
/* clang-format on */

static const char *const state_names[] = {OPERATION_STATES(TABLE_NAME)};
static const char *const api_names[] = {OPERATION_STATES(TABLE_WORD)};
static const char *const event_names[] = {OPERATION_EVENTS(TABLE_NAME)};
static const char *const effect_names[] = {OPERATION_EFFECTS(TABLE_NAME)};

const struct machine operation_machine = {
    .name = "operation",
    .about = "An action that takes time: prompts wait in one line, errands run beside it.",
    .states = state_names,
    .events = event_names,
    .effects = effect_names,
    .state_count = OPERATION_STATE_COUNT,
    .event_count = OPERATION_EVENT_COUNT,
    .effect_count = OPERATION_EFFECT_COUNT,
    .rules = &rules[0][0],
};

static void operation_free(void *p)
{
    struct operation *o = p;

    arena_clear(&o->arena);
}

struct operation *operation_new(const struct type *type, struct arena *a)
{
    struct operation *o = obj_new("operation", sizeof(*o), operation_free);

    o->id = id_new();
    o->type = type;
    o->arena = *a;
    *a = (struct arena){0};
    return o;
}

struct operation *operation_new_errand(const struct type *type, struct arena *a)
{
    struct operation *o = operation_new(type, a);

    o->state = OPERATION_ERRAND;
    return o;
}

enum err operation_handle(struct operation *o, enum operation_event ev, unsigned *fx)
{
    const struct rule *r = &rules[o->state][ev];

    if (!r->allowed)
        return ERR_CONFLICT;
    o->state = (enum operation_state)r->to;
    *fx = r->fx;
    return ERR_OK;
}

const char *operation_status(const struct operation *o)
{
    return api_names[o->state];
}

bool operation_is_over(const struct operation *o)
{
    return o->state == OPERATION_COMPLETED || o->state == OPERATION_FAILED;
}

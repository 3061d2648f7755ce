#include "model/leg.h"

#define ON(from, event, then, effects) \
    [LEG_IS_##from][LEG_EV_##event] = {true, LEG_IS_##then, effects}
#define FX LEG_FX
#define OVER (FX(REMOVE) | FX(TELL) | FX(FREE))

/* clang-format off */
static const struct rule rules[LEG_STATE_COUNT][LEG_EVENT_COUNT] = {
    ON(IDLE,    DIAL,     TRYING,  FX(INVITE)),
    ON(IDLE,    ANSWERED, UP,      FX(CONNECT) | FX(TELL)), /* it called us */
    ON(IDLE,    HANGUP,   ENDING,  FX(BYE)),
    ON(IDLE,    ENDED,    GONE,    OVER),
    ON(TRYING,  RINGS,    RINGING, FX(TELL)),
    ON(TRYING,  ANSWERED, UP,      FX(CONNECT) | FX(TELL)),
    ON(TRYING,  HANGUP,   ENDING,  FX(BYE)),
    ON(TRYING,  ENDED,    GONE,    OVER),
    ON(RINGING, RINGS,    RINGING, 0),
    ON(RINGING, ANSWERED, UP,      FX(CONNECT) | FX(TELL)),
    ON(RINGING, HANGUP,   ENDING,  FX(BYE)),
    ON(RINGING, ENDED,    GONE,    OVER),
    ON(UP,      HOLD,     HELD,    FX(MUTE) | FX(TELL)),
    ON(UP,      RESUME,   UP,      0),
    ON(UP,      HANGUP,   ENDING,  FX(BYE) | FX(REMOVE)),
    ON(UP,      ENDED,    GONE,    OVER),
    ON(HELD,    HOLD,     HELD,    0),
    ON(HELD,    RESUME,   UP,      FX(UNMUTE) | FX(TELL)),
    ON(HELD,    HANGUP,   ENDING,  FX(BYE) | FX(REMOVE)),
    ON(HELD,    ENDED,    GONE,    OVER),
    ON(ENDING,  HANGUP,   ENDING,  0),
    ON(ENDING,  ENDED,    GONE,    OVER),
};
/* clang-format on */

static const char *const kind_names[] = {LEG_KINDS(TABLE_WORD)};
static const char *const state_words[] = {LEG_STATES(TABLE_WORD)};
static const char *const state_names[] = {LEG_STATES(TABLE_NAME)};
static const char *const event_names[] = {LEG_EVENTS(TABLE_NAME)};
static const char *const effect_names[] = {LEG_EFFECTS(TABLE_NAME)};

const struct machine leg_machine = {
    .name = "leg",
    .about = "How one participant is reached: a phone, a virtual phone, the bot's own voice.",
    .states = state_names,
    .events = event_names,
    .effects = effect_names,
    .state_count = LEG_STATE_COUNT,
    .event_count = LEG_EVENT_COUNT,
    .effect_count = LEG_EFFECT_COUNT,
    .rules = &rules[0][0],
};

const char *leg_kind_name(enum leg_kind k)
{
    return kind_names[k];
}

const char *leg_state_name(enum leg_state s)
{
    return state_words[s];
}

enum err leg_handle(enum leg_state *s, enum leg_event ev, unsigned *fx)
{
    const struct rule *r = &rules[*s][ev];

    if (!r->allowed)
        return ERR_CONFLICT;
    *s = (enum leg_state)r->to;
    *fx = r->fx;
    return ERR_OK;
}

/* Lower is better: by class first, so that a 6xx is the last resort. Within 4xx RFC 3261 prefers
 * what a caller can act upon; a busy phone says more about the callee than one that did not
 * answer. Silence (408) is the least of its class, and a decline that of its own. */
static int rank(int status)
{
    static const int telling[] = {486, 480, 404, 488, 415};
    int class = status / 100 * 1000;

    for (int i = 0; i < (int)(sizeof(telling) / sizeof(telling[0])); i++)
        if (telling[i] == status)
            return class + i;
    return class + (status == 408 || status == 603 ? 999 : 100 + status % 100);
}

int fork_best(const int *statuses, size_t count)
{
    int best = 0;

    for (size_t i = 0; i < count; i++)
        if (best == 0 || rank(statuses[i]) < rank(best))
            best = statuses[i];
    return best;
}

#include "model/media_stream.h"

#define ON(from, event, then, effects) \
    [STREAM_##from][STREAM_EV_##event] = {true, STREAM_##then, effects}
#define FX(name) (1u << STREAM_BIT_##name)
#define END (FX(LET_GO) | FX(BURY))

/* What is not written here came too late. */
/* clang-format off */
static const struct rule rules[STREAM_STATE_COUNT][STREAM_EVENT_COUNT] = {
    ON(CALLING,   CONNECTED, OPEN,      FX(START) | FX(TELL_READY)),
    ON(CALLING,   BROKEN,    CALLING,   FX(LET_GO) | FX(RETRY)),
    ON(CALLING,   OVERDUE,   GONE,      END | FX(TELL_REFUSED)),
    ON(CALLING,   CLOSE,     GONE,      END),
    ON(CALLING,   STOPPING,  GONE,      END),

    ON(OPEN,      BROKEN,    RETURNING, FX(LET_GO) | FX(TELL_LOST) | FX(RETRY)),
    ON(OPEN,      CLOSE,     CLOSING,   FX(SAY_STOP)),
    ON(OPEN,      STOPPING,  GONE,      END),

    ON(RETURNING, CONNECTED, OPEN,      FX(START) | FX(TELL_BACK)),
    ON(RETURNING, BROKEN,    RETURNING, FX(LET_GO) | FX(RETRY)),
    ON(RETURNING, OVERDUE,   GONE,      END | FX(TELL_GAVE_UP)),
    ON(RETURNING, CLOSE,     GONE,      END),
    ON(RETURNING, STOPPING,  GONE,      END),

    ON(CLOSING,   BROKEN,    GONE,      END),
    ON(CLOSING,   OVERDUE,   GONE,      END),
    ON(CLOSING,   STOPPING,  GONE,      END),
};
/* clang-format on */

static const char *const state_names[] = {STREAM_STATES(TABLE_NAME)};
static const char *const event_names[] = {STREAM_EVENTS(TABLE_NAME)};
static const char *const effect_names[] = {STREAM_EFFECTS(TABLE_NAME)};

const struct machine media_stream_machine = {
    .name = "stream",
    .about = "The sound between us and a bot that hosts its own media.",
    .states = state_names,
    .events = event_names,
    .effects = effect_names,
    .state_count = STREAM_STATE_COUNT,
    .event_count = STREAM_EVENT_COUNT,
    .effect_count = STREAM_EFFECT_COUNT,
    .rules = &rules[0][0],
};

bool media_stream_handle(enum stream_state *s, enum stream_event ev, unsigned *fx)
{
    const struct rule *r = &rules[*s][ev];

    *fx = r->fx;
    if (r->allowed)
        *s = (enum stream_state)r->to;
    return r->allowed;
}

const char *media_stream_state_name(enum stream_state s)
{
    return state_names[s];
}

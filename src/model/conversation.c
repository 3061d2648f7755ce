#include "model/conversation.h"

#define ON(from, event, then, effects) \
    [CONVERSATION_##from][CONVERSATION_EV_##event] = {true, CONVERSATION_##then, effects}
#define FX CONVERSATION_FX
#define END_IT (FX(STAY) | FX(END_ALL))

/* Two who talk alone end by their call and leg: nothing of it is here. Applications wait in a
 * meeting with coordinates, for people who may come; a group has nobody who could. */
/* clang-format off */
static const struct rule rules[CONVERSATION_KIND_COUNT][CONVERSATION_EVENT_COUNT] = {
    ON(P2P,       INVITES,        GROUP,     FX(ESCALATE)),

    ON(GROUP,     INVITES,        GROUP,     0),
    ON(GROUP,     PEOPLED,        GROUP,     0),
    ON(GROUP,     NOBODY_CAME,    OVER,      END_IT),
    ON(GROUP,     ALONE,          OVER,      END_IT),
    ON(GROUP,     HOST_LEFT,      OVER,      END_IT),
    ON(GROUP,     CLOSED,         OVER,      END_IT),

    ON(SCHEDULED, INVITES,        SCHEDULED, 0),
    ON(SCHEDULED, PEOPLED,        SCHEDULED, FX(STAY)),
    ON(SCHEDULED, ALONE,          SCHEDULED, FX(WAIT_ALONE)),
    ON(SCHEDULED, ALONE_TOO_LONG, OVER,      END_IT),
    ON(SCHEDULED, HOST_LEFT,      OVER,      END_IT),
    ON(SCHEDULED, CLOSED,         OVER,      END_IT),

    ON(CHANNEL,   INVITES,        CHANNEL,   0),
    ON(CHANNEL,   PEOPLED,        CHANNEL,   FX(STAY)),
    ON(CHANNEL,   ALONE,          CHANNEL,   FX(WAIT_ALONE)),
    ON(CHANNEL,   ALONE_TOO_LONG, OVER,      END_IT),
    ON(CHANNEL,   HOST_LEFT,      OVER,      END_IT),
    ON(CHANNEL,   CLOSED,         OVER,      END_IT),
};
/* clang-format on */

static const struct {
    const char *text;
    bool roster;
} kinds[] = {
#define X(name, text, roster) {text, roster},
    CONVERSATION_KINDS(X)
#undef X
};
static const char *const kind_names[] = {
#define X(name, text, roster) #name,
    CONVERSATION_KINDS(X)
#undef X
};
static const char *const event_names[] = {CONVERSATION_EVENTS(TABLE_NAME)};
static const char *const effect_names[] = {CONVERSATION_EFFECTS(TABLE_NAME)};

const struct machine conversation_machine = {
    .name = "conversation",
    .about = "What people are in together. Its kind is its state.",
    .states = kind_names,
    .events = event_names,
    .effects = effect_names,
    .state_count = CONVERSATION_KIND_COUNT,
    .event_count = CONVERSATION_EVENT_COUNT,
    .effect_count = CONVERSATION_EFFECT_COUNT,
    .rules = &rules[0][0],
};

const char *conversation_kind_name(enum conversation_kind k)
{
    return kinds[k].text;
}

bool conversation_has_roster(enum conversation_kind k)
{
    return kinds[k].roster;
}

enum err conversation_handle(enum conversation_kind *k, enum conversation_event ev, unsigned *fx,
                             struct fail *f)
{
    const struct rule *r = &rules[*k][ev];

    if (!r->allowed)
        return err_set(f, ERR_CONFLICT, "%s: the conversation is %s", event_names[ev],
                       kinds[*k].text);
    *k = (enum conversation_kind)r->to;
    *fx = r->fx;
    return ERR_OK;
}

/* People have been in, nobody is expected, and those who are left talk to nobody: applications
 * only, or in a group the last person. */
static bool is_alone(enum conversation_kind k, const struct census *c)
{
    if (c->expected != 0 || !c->ever_peopled)
        return false;
    if (c->people == 0)
        return c->applications != 0;
    return k == CONVERSATION_GROUP && c->people == 1 && c->applications == 0;
}

bool conversation_judge(enum conversation_kind k, const struct census *c,
                        enum conversation_event *out)
{
    if (!conversation_has_roster(k))
        return false;
    if (is_alone(k, c))
        *out = CONVERSATION_EV_ALONE;
    else if (c->people != 0 || c->expected != 0)
        *out = CONVERSATION_EV_PEOPLED;
    else if (k == CONVERSATION_GROUP && c->applications != 0)
        *out = CONVERSATION_EV_NOBODY_CAME;
    else
        return false; /* nobody is left who could be told, or nobody has come yet */
    return true;
}

enum end conversation_end(enum conversation_event ev)
{
    switch (ev) {
    case CONVERSATION_EV_NOBODY_CAME:
        return END_NOBODY_CAME;
    case CONVERSATION_EV_ALONE:
        return END_LEFT_ALONE;
    case CONVERSATION_EV_ALONE_TOO_LONG:
        return END_NOBODY_LEFT;
    case CONVERSATION_EV_HOST_LEFT:
        return END_HOST_LEFT;
    case CONVERSATION_EV_CLOSED:
        return END_CLOSED;
    case CONVERSATION_EV_INVITES:
    case CONVERSATION_EV_PEOPLED:
    case CONVERSATION_EVENT_COUNT:
        break;
    }
    return END_NONE;
}

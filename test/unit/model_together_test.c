/*
 * model_together_test.c - people come, wait, are let in, muted, invited, removed and leave at
 * random, and no roster is ever impossible.
 *
 * The tables of participants and conversations, entry.h and the counts work together here as they
 * do in core/; what core/ carries out is a few lines each. Every sequence comes from a number and
 * can be run again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "model/conversation.h"
#include "model/entry.h"
#include "model/participant.h"

enum { SEATS = 40, RUNS = 400, STEPS = 300, WORDS = 160 };

/* What the others were last told of one: nothing, or a row. */
struct told {
    bool shown, lobby, muted;
};

struct somebody {
    struct participant who;
    bool let_in;    /* somebody or something said that it may come in */
    bool sits;      /* its port is with the others */
    bool timer;     /* of its wait */
    bool sent_off;  /* its call or phones were ended */
    bool left;      /* they had ended already */
    unsigned seats; /* how often it was seated */
    struct told told;
};

static struct together {
    uint64_t seed;
    enum conversation_kind kind;
    struct somebody all[SEATS]; /* gone ones too */
    size_t count;
    bool ever_peopled;
    bool is_due;      /* to be counted */
    bool alone_timer; /* runs */
    unsigned ends;    /* how often everybody was sent off */
    size_t sitting;   /* seated and not gone, by the effects alone */
    char words[WORDS];
} t;

static uint64_t random_state;

/* xorshift64*: the same on every machine. */
static unsigned dice(unsigned sides)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (unsigned)((random_state * UINT64_C(2685821657736338717)) >> 33) % sides;
}

#define DEMAND(what)                                                                             \
    do {                                                                                         \
        if (!(what))                                                                             \
            fail_msg("run %llu, a %s, after '%s': not true that %s", (unsigned long long)t.seed, \
                     conversation_kind_name(t.kind), t.words, #what);                            \
    } while (0)

static bool is_person(const struct somebody *s)
{
    return participant_is_person(&s->who);
}

/* ---- core, in a few lines ---- */

static bool tell(struct somebody *s, enum participant_event ev);

static struct told row_of(const struct somebody *s)
{
    bool shown = participant_is_shown(&s->who);

    return (struct told){.shown = shown,
                         .lobby = shown && s->who.state == PARTICIPANT_LOBBY,
                         .muted = shown && participant_is_muted(&s->who)};
}

static void seat(struct somebody *s)
{
    DEMAND(s->let_in);
    DEMAND(!s->sits);
    DEMAND(!s->timer);
    s->sits = true;
    s->seats++;
    t.sitting++;
    if (!is_person(s))
        return;
    t.ever_peopled = true;
    for (size_t i = 0; i < t.count; i++) { /* calls that waited for the first one */
        struct somebody *other = &t.all[i];

        if (other->who.state != PARTICIPANT_ARRIVING || is_person(other))
            continue;
        other->let_in = true;
        DEMAND(tell(other, PARTICIPANT_EV_ENTER));
    }
}

static void carry_out(struct somebody *s, enum participant_bit bit)
{
    switch (bit) {
    case PARTICIPANT_BIT_STOP_WAITING:
        DEMAND(s->timer);
        s->timer = false;
        return;
    case PARTICIPANT_BIT_HOLD_BACK:
        DEMAND(!s->timer);
        s->timer = true;
        return;
    case PARTICIPANT_BIT_SEAT:
        seat(s);
        return;
    case PARTICIPANT_BIT_SEND_OFF:
        DEMAND(!s->sent_off);
        s->sent_off = true;
        return;
    case PARTICIPANT_BIT_SHOW:
        s->told = row_of(s);
        return;
    case PARTICIPANT_BIT_COUNT:
        t.is_due = true;
        return;
    case PARTICIPANT_EFFECT_COUNT:
        return;
    }
}

static bool tell(struct somebody *s, enum participant_event ev)
{
    unsigned fx = 0;

    if (participant_handle(&s->who, ev, &fx, NULL) != ERR_OK)
        return false;
    s->left = s->left || ev == PARTICIPANT_EV_LEAVE;
    for (unsigned bit = 0; bit < PARTICIPANT_EFFECT_COUNT; bit++)
        if ((fx & (1U << bit)) != 0)
            carry_out(s, (enum participant_bit)bit);
    if (s->who.state == PARTICIPANT_GONE && s->sits) {
        s->sits = false;
        t.sitting--;
    }
    return true;
}

static bool tell_all(enum conversation_event ev)
{
    unsigned fx = 0;

    if (conversation_handle(&t.kind, ev, &fx, NULL) != ERR_OK)
        return false;
    if ((fx & CONVERSATION_FX(WAIT_ALONE)) != 0)
        t.alone_timer = true;
    if ((fx & CONVERSATION_FX(STAY)) != 0)
        t.alone_timer = false;
    if ((fx & CONVERSATION_FX(END_ALL)) == 0)
        return true;
    t.ends++;
    for (size_t i = 0; i < t.count; i++)
        (void)tell(&t.all[i], PARTICIPANT_EV_END);
    return true;
}

static struct census census(void)
{
    struct census c = {.ever_peopled = t.ever_peopled};

    for (size_t i = 0; i < t.count; i++) {
        enum participant_state s = t.all[i].who.state;

        if (s == PARTICIPANT_GONE)
            continue;
        if (s != PARTICIPANT_IN && s != PARTICIPANT_ARRIVING)
            c.expected++;
        else if (is_person(&t.all[i]))
            c.people++;
        else
            c.applications++;
    }
    return c;
}

static void count(void)
{
    struct census c = census();
    enum conversation_event ev;

    t.is_due = false;
    if (conversation_judge(t.kind, &c, &ev))
        DEMAND(tell_all(ev));
    if (t.kind == CONVERSATION_OVER) /* nobody who is on the way is cut off */
        DEMAND(c.expected == 0);
}

/* ---- what may happen ---- */

static struct somebody *come(enum party_kind kind)
{
    struct somebody *s = &t.all[t.count++];
    struct id id = {.text = "x"};

    participant_init(&s->who, &id, kind, "x", NULL, NULL);
    s->who.hidden = dice(8) == 0;
    return s;
}

/* Somebody who is not gone, or NULL. */
static struct somebody *anybody(void)
{
    struct somebody *s = &t.all[dice((unsigned)t.count)];

    return s->who.state != PARTICIPANT_GONE ? s : NULL;
}

/* An event of whoever it is told to; what is refused changes nothing, as everywhere. */
static void tell_anybody(enum participant_event ev)
{
    struct somebody *s = anybody();
    struct participant before;

    if (s == NULL)
        return;
    before = s->who;
    if (ev == PARTICIPANT_EV_ADMIT)
        s->let_in = s->let_in || s->who.state == PARTICIPANT_LOBBY;
    if (!tell(s, ev))
        DEMAND(before.state == s->who.state);
}

static void judge(struct somebody *s, const struct entry_question *q)
{
    enum entry e = entry_judge(q);

    s->let_in = e == ENTRY_IN;
    if (e == ENTRY_IN)
        (void)tell(s, PARTICIPANT_EV_ENTER);
    else if (e == ENTRY_WAIT)
        (void)tell(s, PARTICIPANT_EV_WAIT);
    else
        (void)tell(s, PARTICIPANT_EV_REMOVE);
}

static struct entry_question question(bool is_own, bool dials_in)
{
    return (struct entry_question){.is_own = is_own,
                                   .dials_in = dials_in,
                                   .is_organizer = dials_in && dice(8) == 0,
                                   .dial_in_free = dice(4) == 0,
                                   .scope = (enum entry_scope)dice(4),
                                   .guests = (enum entry_guests)dice(3)};
}

static bool takes_joins(void)
{
    return t.kind == CONVERSATION_SCHEDULED || t.kind == CONVERSATION_CHANNEL;
}

static void a_bot_joins(void)
{
    bool guest = dice(2) == 0;
    struct entry_question q = question(!guest, false);

    if (takes_joins())
        judge(come(guest ? PARTY_GUEST : PARTY_APPLICATION), &q);
}

static void a_phone_dials(void)
{
    struct entry_question q = question(dice(2) == 0, true);
    struct somebody *s;

    if (!takes_joins())
        return;
    s = come(PARTY_USER);
    if (!q.is_own && dice(2) == 0)
        (void)tell(s, PARTICIPANT_EV_ASK);
    else
        judge(s, &q);
}

static void a_passcode_is_typed(void)
{
    struct somebody *s = anybody();
    struct entry_question q = question(false, true);

    if (s != NULL && s->who.state == PARTICIPANT_ASKED)
        judge(s, &q);
}

static void somebody_is_invited(void)
{
    if (t.sitting != 0 && tell_all(CONVERSATION_EV_INVITES))
        DEMAND(tell(come(PARTY_USER), PARTICIPANT_EV_INVITE));
}

static void a_phone_is_picked_up(void)
{
    struct somebody *s = anybody();

    if (s == NULL || s->who.state != PARTICIPANT_INVITED)
        return;
    s->let_in = true;
    DEMAND(tell(s, PARTICIPANT_EV_ENTER));
}

/* Between two the other one's leaving is one's own. */
static void somebody_leaves(void)
{
    tell_anybody(PARTICIPANT_EV_LEAVE);
    if (t.kind != CONVERSATION_P2P)
        return;
    for (size_t i = 0; i < t.count; i++)
        if (t.all[i].left)
            for (size_t k = 0; k < t.count; k++)
                (void)tell(&t.all[k], PARTICIPANT_EV_LEAVE);
}

static void somebody_is_removed(void)
{
    if (t.kind != CONVERSATION_P2P)
        tell_anybody(PARTICIPANT_EV_REMOVE);
}

static void somebody_is_admitted(void)
{
    tell_anybody(PARTICIPANT_EV_ADMIT);
}

static void somebody_is_denied(void)
{
    tell_anybody(PARTICIPANT_EV_DENY);
}

static void a_wait_is_over(void)
{
    tell_anybody(PARTICIPANT_EV_OVERDUE);
}

/* Mutes and holds are told to the roster by who sets them. */
static void somebody_is_muted_or_held(void)
{
    struct somebody *s = anybody();

    if (s == NULL || s->who.state != PARTICIPANT_IN)
        return;
    s->who.muted_itself = dice(2) == 0;
    s->who.muted_by_others = dice(2) == 0;
    s->who.holds = dice(2) == 0;
    s->who.on_hold = dice(2) == 0;
    s->told = row_of(s);
}

static void they_were_alone_too_long(void)
{
    if (t.alone_timer)
        DEMAND(tell_all(CONVERSATION_EV_ALONE_TOO_LONG));
}

static void the_meeting_or_its_host_ends_it(void)
{
    if (dice(20) == 0)
        (void)tell_all(dice(2) == 0 ? CONVERSATION_EV_CLOSED : CONVERSATION_EV_HOST_LEFT);
}

/* X(what, how often): the dice have as many sides as the numbers together. */
#define DEEDS(X)                    \
    X(a_bot_joins, 3)               \
    X(a_phone_dials, 4)             \
    X(a_passcode_is_typed, 4)       \
    X(somebody_is_invited, 3)       \
    X(a_phone_is_picked_up, 5)      \
    X(somebody_is_admitted, 4)      \
    X(somebody_is_denied, 1)        \
    X(a_wait_is_over, 1)            \
    X(somebody_leaves, 4)           \
    X(somebody_is_removed, 2)       \
    X(somebody_is_muted_or_held, 5) \
    X(they_were_alone_too_long, 1)  \
    X(the_meeting_or_its_host_ends_it, 1)

static const struct {
    void (*deed)(void);
    const char *name;
    unsigned often;
} deeds[] = {
#define X(what, how_often) {what, #what, how_often},
    DEEDS(X)
#undef X
};
enum { DEED_COUNT = sizeof(deeds) / sizeof(deeds[0]) };

static size_t throw_dice(void)
{
    unsigned sides = 0;
    unsigned at;
    size_t i = 0;

    for (size_t k = 0; k < DEED_COUNT; k++)
        sides += deeds[k].often;
    for (at = dice(sides); at >= deeds[i].often; i++)
        at -= deeds[i].often;
    return i;
}

/* ---- what must always be true ---- */

static void look_at(const struct somebody *s)
{
    enum participant_state state = s->who.state;
    bool is_gone = state == PARTICIPANT_GONE;
    struct told now = row_of(s);

    DEMAND(s->seats <= 1);
    DEMAND(s->sits == (state == PARTICIPANT_IN));
    DEMAND(!s->sits || s->let_in);
    DEMAND(s->timer == (state == PARTICIPANT_LOBBY || state == PARTICIPANT_ASKED));
    DEMAND(is_gone == (s->sent_off || s->left));
    DEMAND(!(s->sent_off && s->left));
    if (t.kind == CONVERSATION_OVER)
        return; /* nobody is there to be told anything */
    DEMAND(s->told.shown == now.shown);
    DEMAND(s->told.lobby == now.lobby);
    DEMAND(s->told.muted == now.muted);
}

/* Once it has been counted, nobody stays in what should have ended, and the timer of those who
 * are alone runs exactly while they are. */
static void look_at_count(void)
{
    struct census c = census();
    bool alone = c.people == 0 && c.expected == 0 && c.applications != 0;

    if (t.kind == CONVERSATION_OVER)
        DEMAND(c.people == 0 && c.expected == 0 && c.applications == 0);
    if (t.kind == CONVERSATION_OVER || t.kind == CONVERSATION_P2P)
        DEMAND(!t.alone_timer);
    if (t.kind == CONVERSATION_GROUP)
        DEMAND(!alone && !(t.ever_peopled && c.people == 1 && c.applications + c.expected == 0));
    if (takes_joins() && c.people + c.expected + c.applications != 0)
        DEMAND(t.alone_timer == (alone && t.ever_peopled));
}

static void look_at_all(void)
{
    size_t sitting = 0;

    for (size_t i = 0; i < t.count; i++) {
        look_at(&t.all[i]);
        sitting += t.all[i].who.state == PARTICIPANT_IN ? 1 : 0;
    }
    DEMAND(sitting == t.sitting);
    DEMAND(t.ends == (t.kind == CONVERSATION_OVER ? 1 : 0));
    if (!t.is_due)
        look_at_count();
}

/* ---- runs ---- */

/* As core/create.c begins each kind: two and a group ring, a bot joins a meeting. */
static void begin(uint64_t seed)
{
    static const enum conversation_kind kinds[] = {CONVERSATION_P2P, CONVERSATION_GROUP,
                                                   CONVERSATION_SCHEDULED, CONVERSATION_CHANNEL};
    unsigned rung;

    t = (struct together){.seed = seed, .kind = kinds[seed % 4]};
    random_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    if (takes_joins()) {
        a_bot_joins();
        return;
    }
    (void)come(PARTY_APPLICATION);
    rung = t.kind == CONVERSATION_P2P ? 1 : 1 + dice(4);
    for (unsigned i = 0; i < rung; i++)
        DEMAND(tell(come(PARTY_USER), PARTICIPANT_EV_INVITE));
}

static void end(void)
{
    for (size_t i = 0; i < t.count; i++)
        participant_clear(&t.all[i].who);
}

/* What happened in all runs: a law of what never happens says nothing. */
static struct {
    size_t deeds[DEED_COUNT];
    size_t states[PARTICIPANT_STATE_COUNT], kinds[CONVERSATION_KIND_COUNT], waited_alone;
} seen;

static void note(size_t deed)
{
    seen.deeds[deed]++;
    seen.kinds[t.kind]++;
    seen.waited_alone += t.alone_timer ? 1 : 0;
    for (size_t i = 0; i < t.count; i++)
        seen.states[t.all[i].who.state]++;
}

static void no_sequence_leads_to_an_impossible_roster(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        begin(seed);
        look_at_all();
        for (int step = 0; step < STEPS && t.count < SEATS && t.kind != CONVERSATION_OVER; step++) {
            size_t deed = throw_dice();

            (void)snprintf(t.words, sizeof(t.words), "step %d: %s", step, deeds[deed].name);
            deeds[deed].deed();
            look_at_all();
            if (t.is_due && dice(2) == 0) { /* the next turn of the loop may be a while off */
                count();
                look_at_all();
            }
            note(deed);
        }
        end();
    }
}

static void the_sequences_went_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < DEED_COUNT; i++)
        assert_true(seen.deeds[i] > 0);
    for (size_t i = 0; i < PARTICIPANT_STATE_COUNT; i++)
        assert_true(seen.states[i] > 0);
    for (size_t i = 0; i < CONVERSATION_KIND_COUNT; i++)
        assert_int_equal(seen.kinds[i] > 0, i != CONVERSATION_ECHO);
    assert_true(seen.waited_alone > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_sequence_leads_to_an_impossible_roster),
        cmocka_unit_test(the_sequences_went_everywhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

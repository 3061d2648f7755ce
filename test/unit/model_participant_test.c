/*
 * model_participant_test.c - the laws of a participant's table, and what a roster says of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/participant.h"
#include "json/writer.h"

#define FX PARTICIPANT_FX
#define EV(name) PARTICIPANT_EV_##name
#define S(name) PARTICIPANT_##name

static const struct rule *rule_of(int s, int e)
{
    return &participant_machine.rules[s * PARTICIPANT_EVENT_COUNT + e];
}

/* Every rule that is allowed; the body gets s, e and r. */
#define EACH_RULE(s, e, r)                                                  \
    for (int s = 0; s < PARTICIPANT_STATE_COUNT; s++)                       \
        for (int e = 0; e < PARTICIPANT_EVENT_COUNT; e++)                   \
            for (const struct rule *r = rule_of(s, e); r != NULL; r = NULL) \
                if (r->allowed)

static bool does(const struct rule *r, unsigned fx)
{
    return (r->fx & fx) != 0;
}

static bool waits(int s)
{
    return s == S(ASKED) || s == S(LOBBY);
}

/* In the roster of others. */
static bool is_seen(int s)
{
    return s == S(IN) || s == S(LOBBY);
}

/* As what a conversation counts it. Who arrives has not been counted yet. */
static int counts_as(int s)
{
    enum { NOT_YET, PRESENT, EXPECTED, NOBODY };

    if (s == S(ARRIVING))
        return NOT_YET;
    if (s == S(IN))
        return PRESENT;
    return s == S(GONE) ? NOBODY : EXPECTED;
}

/* ---- laws ---- */

static void who_is_gone_was_sent_off_or_left_by_itself(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal(does(r, FX(SEND_OFF)), r->to == S(GONE) && e != EV(LEAVE));
}

static void the_end_is_the_end(void **state)
{
    (void)state;
    for (int e = 0; e < PARTICIPANT_EVENT_COUNT; e++)
        assert_false(rule_of(S(GONE), e)->allowed);
}

static void everybody_can_leave_be_removed_and_be_ended_wherever_it_is(void **state)
{
    static const int ways[] = {EV(LEAVE), EV(REMOVE), EV(END)};

    (void)state;
    for (int s = 0; s < S(GONE); s++)
        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
            if (!rule_of(s, ways[i])->allowed)
                fail_msg("%s cannot be told %s", participant_machine.states[s],
                         participant_machine.events[ways[i]]);
            assert_int_equal(rule_of(s, ways[i])->to, S(GONE));
        }
}

static void a_wait_begins_with_holding_back_and_each_one_that_ends_is_stopped(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal(does(r, FX(HOLD_BACK)), waits(r->to));
        assert_int_equal(does(r, FX(STOP_WAITING)), waits(s));
        assert_true(!waits(s) || r->to != s); /* every event ends the wait it meets */
    }
}

static void nobody_is_seated_twice(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        assert_int_equal(does(r, FX(SEAT)), r->to == S(IN));
        if (s == S(IN))
            assert_int_equal(r->to, S(GONE)); /* there is no way back in */
    }
}

static void from_the_lobby_only_somebody_else_lets_in_or_sends_away(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (s == S(LOBBY) && r->to == S(IN))
            assert_int_equal(e, EV(ADMIT));
        if (e == EV(ADMIT) || e == EV(DENY))
            assert_int_equal(s, S(LOBBY));
    }
}

/* Who is put out together with all others is missed by nobody. */
static void the_roster_is_shown_exactly_when_that_of_others_changes(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    assert_int_equal(does(r, FX(SHOW)), (is_seen(s) || is_seen(r->to)) && e != EV(END));
}

static void the_conversation_counts_exactly_when_the_count_changes(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (does(r, FX(COUNT)) != (counts_as(s) != counts_as(r->to)))
            fail_msg("%s in %s", participant_machine.events[e], participant_machine.states[s]);
    }
}

static void only_who_arrives_is_asked_invited_or_judged_first(void **state)
{
    (void)state;
    EACH_RULE(s, e, r)
    {
        if (e == EV(INVITE) || e == EV(ASK))
            assert_int_equal(s, S(ARRIVING));
        if (e == EV(OVERDUE))
            assert_true(waits(s));
        assert_true(r->to != S(ARRIVING));
    }
}

static void every_state_can_be_reached_and_every_event_means_something(void **state)
{
    bool reached[PARTICIPANT_STATE_COUNT] = {[PARTICIPANT_ARRIVING] = true};
    bool known[PARTICIPANT_EVENT_COUNT] = {false};

    (void)state;
    EACH_RULE(s, e, r)
    {
        reached[r->to] = true;
        known[e] = true;
    }
    for (int s = 0; s < PARTICIPANT_STATE_COUNT; s++)
        assert_true(reached[s]);
    for (int e = 0; e < PARTICIPANT_EVENT_COUNT; e++)
        assert_true(known[e]);
}

static void effects_come_in_the_order_of_deeds(void **state)
{
    (void)state;
    assert_true(PARTICIPANT_BIT_STOP_WAITING < PARTICIPANT_BIT_HOLD_BACK);
    assert_true(PARTICIPANT_BIT_STOP_WAITING < PARTICIPANT_BIT_SEAT);
    assert_true(PARTICIPANT_BIT_SEAT < PARTICIPANT_BIT_SHOW);
    assert_true(PARTICIPANT_BIT_SEND_OFF < PARTICIPANT_BIT_SHOW);
    assert_int_equal(PARTICIPANT_BIT_COUNT, PARTICIPANT_EFFECT_COUNT - 1);
}

/* ---- one participant ---- */

static const char john[] = "112f7296-5fa4-42ca-bae8-6a692b15d4b8";
static const char contoso[] = "aa67bd4c-8475-432d-bd41-39f255720e0a";

static struct participant new_participant(enum party_kind kind, const char *identity)
{
    struct participant p;
    struct id id;

    assert_true(id_read_text(&id, "4520000e-c48a-4b48-a5c5-0f8e1c4f5b6d"));
    participant_init(&p, &id, kind, identity, "John", kind == PARTY_GUEST ? NULL : contoso);
    p.source_id = 7;
    return p;
}

static void the_machine_is_what_participants_live_by(void **state)
{
    struct participant p = new_participant(PARTY_USER, john);

    (void)state;
    for (int s = 0; s < PARTICIPANT_STATE_COUNT; s++) {
        for (int e = 0; e < PARTICIPANT_EVENT_COUNT; e++) {
            const struct rule *r = rule_of(s, e);
            unsigned fx = 77;

            p.state = (enum participant_state)s;
            assert_int_equal(participant_handle(&p, (enum participant_event)e, &fx, NULL),
                             r->allowed ? ERR_OK : ERR_CONFLICT);
            assert_int_equal(p.state, r->allowed ? r->to : s);
            assert_int_equal(fx, r->allowed ? r->fx : 77);
        }
    }
    participant_clear(&p);
}

static void a_refused_event_says_why_and_changes_nothing(void **state)
{
    struct participant p = new_participant(PARTY_USER, john);
    struct fail f = {0};
    unsigned fx = 77;

    (void)state;
    p.state = S(IN);
    assert_int_equal(participant_handle(&p, EV(ADMIT), &fx, &f), ERR_CONFLICT);
    assert_int_equal(f.err, ERR_CONFLICT);
    assert_string_equal(f.text, "The participant cannot be told ADMIT: it is in.");
    assert_int_equal(p.state, S(IN));
    assert_int_equal(fx, 77);
    participant_clear(&p);
}

static void a_participant_keeps_copies_of_what_it_is_told(void **state)
{
    char identity[] = "112f7296-5fa4-42ca-bae8-6a692b15d4b8";
    char metadata[] = "first";
    struct participant p = new_participant(PARTY_USER, identity);

    (void)state;
    participant_set_metadata(&p, metadata);
    identity[0] = 'x';
    metadata[0] = 'x';
    assert_string_equal(p.identity, john);
    assert_string_equal(p.metadata, "first");
    participant_set_metadata(&p, p.metadata); /* its own text again */
    assert_string_equal(p.metadata, "first");
    participant_set_metadata(&p, NULL);
    assert_null(p.metadata);
    participant_clear(&p);
}

static void a_new_participant_is_seen_by_nobody_and_heard_as_soon_as_it_is_in(void **state)
{
    struct participant p = new_participant(PARTY_USER, john);

    (void)state;
    assert_int_equal(p.state, S(ARRIVING));
    assert_false(participant_is_shown(&p));
    assert_false(participant_is_muted(&p));
    participant_clear(&p);
}

static void the_roster_shows_who_is_in_or_in_the_lobby_and_not_hidden(void **state)
{
    struct participant p = new_participant(PARTY_APPLICATION, john);

    (void)state;
    for (int s = 0; s < PARTICIPANT_STATE_COUNT; s++) {
        p.state = (enum participant_state)s;
        p.hidden = false;
        assert_int_equal(participant_is_shown(&p), is_seen(s));
        p.hidden = true;
        assert_false(participant_is_shown(&p));
    }
    participant_clear(&p);
}

static void only_users_are_people(void **state)
{
    static const enum party_kind kinds[] = {PARTY_APPLICATION, PARTY_GUEST, PARTY_USER};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct participant p = new_participant(kinds[i], "somebody");

        assert_int_equal(participant_is_person(&p), kinds[i] == PARTY_USER);
        participant_clear(&p);
    }
}

/* Every mute and hold there is, with what the roster says of it. */
static void mutes_and_holds_show_in_the_row(void **state)
{
    static const struct {
        bool itself, by_others, holds, on_hold;
        bool muted, server_muted;
        enum graph_media_direction direction;
    } rows[] = {
#define D(name) GRAPH_MEDIA_DIRECTION_##name
        /* clang-format off */
        {false, false, false, false, false, false, D(SEND_RECEIVE)},
        {true,  false, false, false, true,  false, D(SEND_RECEIVE)},
        {false, true,  false, false, true,  true,  D(RECEIVE_ONLY)},
        {true,  true,  false, false, true,  true,  D(RECEIVE_ONLY)},
        {false, false, true,  false, false, false, D(INACTIVE)},
        {true,  false, true,  false, true,  false, D(INACTIVE)},
        {false, true,  true,  false, true,  true,  D(INACTIVE)},
        {true,  true,  true,  false, true,  true,  D(INACTIVE)},
        {false, false, false, true,  true,  true,  D(INACTIVE)},
        {true,  false, false, true,  true,  true,  D(INACTIVE)},
        {false, true,  false, true,  true,  true,  D(INACTIVE)},
        {true,  true,  false, true,  true,  true,  D(INACTIVE)},
        {false, false, true,  true,  true,  true,  D(INACTIVE)},
        {true,  false, true,  true,  true,  true,  D(INACTIVE)},
        {false, true,  true,  true,  true,  true,  D(INACTIVE)},
        {true,  true,  true,  true,  true,  true,  D(INACTIVE)},
        /* clang-format on */
    };
    struct participant p = new_participant(PARTY_USER, john);
    struct participant_page page;

    (void)state;
    p.state = S(IN);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        p.muted_itself = rows[i].itself;
        p.muted_by_others = rows[i].by_others;
        p.holds = rows[i].holds;
        p.on_hold = rows[i].on_hold;
        participant_fill(&p, false, &page);
        assert_int_equal(participant_is_muted(&p), rows[i].muted);
        assert_int_equal(page.row.is_muted.value, rows[i].muted);
        assert_int_equal(page.audio.server_muted.value, rows[i].server_muted);
        assert_int_equal(page.audio.direction, rows[i].direction);
    }
    participant_clear(&p);
}

/* ---- rows as they are written ---- */

/* One row as it is written; nulls: as answers do, who say what they do not know. */
static struct buf written(const struct participant *p, bool delta, bool nulls)
{
    const struct write_how how = {.nulls = nulls};
    struct participant_page page;
    struct buf out = {0};
    struct writer w;

    participant_fill(p, delta, &page);
    writer_init(&w, &out);
    fields_write(&w, NULL, &graph_participant_type, &page.row, &how);
    return out;
}

static void assert_written(const struct participant *p, bool delta, const char *expected)
{
    struct buf out = written(p, delta, false);

    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

/* clang-format off */
#define OF(type) "\"@odata.type\":\"#microsoft.graph." type "\""
#define JOHN "\"displayName\":\"John\",\"id\":\"112f7296-5fa4-42ca-bae8-6a692b15d4b8\"," \
             "\"tenantId\":\"aa67bd4c-8475-432d-bd41-39f255720e0a\""
#define IDENTITIES(kind, who) "{" OF("identitySet") ",\"" kind "\":{" OF("identity") "," who "}}"
#define INFO(kind, who) "{" OF("participantInfo") ",\"identity\":" IDENTITIES(kind, who) "}"
#define AUDIO(direction, server_muted) \
    "[{" OF("mediaStream") ",\"mediaType\":\"audio\",\"sourceId\":\"7\",\"label\":\"main-audio\"," \
    "\"direction\":\"" direction "\",\"serverMuted\":" server_muted "}]"
#define ROW(kind, who, stream, muted, lobby, more) \
    "{" OF("participant") ",\"info\":" INFO(kind, who) ",\"mediaStreams\":" stream "," \
    "\"isMuted\":" muted ",\"isInLobby\":" lobby more ",\"id\":\"4520000e-c48a-4b48-a5c5-0f8e1c4f5b6d\"" "}"
#define HEARD AUDIO("sendReceive", "false")
/* clang-format on */

static void a_row_has_the_shape_of_the_seeds_roster(void **state)
{
    struct participant p = new_participant(PARTY_USER, john);

    (void)state;
    p.state = S(IN);
    assert_written(&p, false, ROW("user", JOHN, HEARD, "false", "false", ""));
    p.muted_by_others = true;
    assert_written(&p, false, ROW("user", JOHN, AUDIO("receiveOnly", "true"), "true", "false", ""));
    participant_clear(&p);
}

static void a_row_of_the_lobby_says_so(void **state)
{
    struct participant p = new_participant(PARTY_GUEST, "g1");

    (void)state;
    p.state = S(LOBBY);
    assert_written(
        &p, false,
        ROW("guest", "\"displayName\":\"John\",\"id\":\"g1\"", HEARD, "false", "true", ""));
    participant_clear(&p);
}

static void each_kind_is_named_under_its_own_key(void **state)
{
    static const enum party_kind kinds[] = {PARTY_APPLICATION, PARTY_GUEST, PARTY_USER};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct participant p = new_participant(kinds[i], john);
        struct participant_page page;

        participant_fill(&p, false, &page);
        assert_true((page.set.application != NULL) == (kinds[i] == PARTY_APPLICATION));
        assert_true((page.set.guest != NULL) == (kinds[i] == PARTY_GUEST));
        assert_true((page.set.user != NULL) == (kinds[i] == PARTY_USER));
        participant_clear(&p);
    }
}

static void a_row_carries_metadata_and_who_records(void **state)
{
    struct participant p = new_participant(PARTY_USER, john);

    (void)state;
    p.state = S(IN);
    p.recording = GRAPH_RECORDING_STATUS_RECORDING;
    participant_set_metadata(&p, "{\"x\":1}");
    assert_written(&p, false,
                   ROW("user", JOHN, HEARD, "false", "false",
                       ",\"metadata\":\"{\\\"x\\\":1}\",\"recordingInfo\":{" OF(
                           "recordingInfo") ",\"recordingStatus\":\"recording\","
                                            "\"initiator\":" IDENTITIES(
                                                "user", JOHN) ",\"initiatedBy\""
                                                              ":" INFO("user", JOHN) "}"));
    participant_clear(&p);
}

static void a_screen_is_a_second_stream(void **state)
{
    static const struct {
        enum graph_screen_sharing_role role;
        const char *direction;
    } rows[] = {
        {GRAPH_SCREEN_SHARING_ROLE_SHARER, "\"direction\":\"sendOnly\""},
        {GRAPH_SCREEN_SHARING_ROLE_VIEWER, "\"direction\":\"receiveOnly\""},
    };
    struct participant p = new_participant(PARTY_APPLICATION, john);

    (void)state;
    p.state = S(IN);
    p.screen_id = 77;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct participant_page page;
        struct buf out;

        p.sharing = (int)rows[i].role;
        participant_fill(&p, false, &page);
        assert_int_equal(page.row.media_streams.count, 2);
        out = written(&p, false, false);
        assert_non_null(strstr(out.data, "\"mediaType\":\"videoBasedScreenSharing\""));
        assert_non_null(strstr(out.data, "\"sourceId\":\"77\""));
        assert_non_null(strstr(out.data, rows[i].direction));
        buf_clear(&out);
    }
    participant_clear(&p);
}

static void what_an_answer_does_not_know_is_null_but_for_what_deltas_say(void **state)
{
    struct participant p = new_participant(PARTY_USER, john);
    struct buf out;

    (void)state;
    p.state = S(IN);
    out = written(&p, false, true);
    assert_non_null(strstr(out.data, "\"metadata\":null"));
    assert_non_null(strstr(out.data, "\"recordingInfo\":null"));
    assert_null(strstr(out.data, "removedState"));
    assert_null(strstr(out.data, "rosterSequenceNumber"));
    buf_clear(&out);
    participant_clear(&p);
}

static void a_row_of_a_delta_has_its_number_and_who_is_gone_a_reason(void **state)
{
    struct participant p = new_participant(PARTY_USER, john);

    (void)state;
    p.changed = 12;
    p.state = S(IN);
    assert_written(&p, true,
                   ROW("user", JOHN, HEARD, "false", "false", ",\"rosterSequenceNumber\":12"));
    p.state = S(GONE);
    p.removed_why = "The participant was removed from the conversation";
    assert_written(
        &p, true,
        ROW("user", JOHN, HEARD, "false", "false",
            ",\"removedState\":{" OF(
                "removedState") ",\"reason\":\"The participant was "
                                "removed from the conversation\"},\"rosterSequenceNumber\":12"));
    assert_written(&p, false, ROW("user", JOHN, HEARD, "false", "false", ""));
    participant_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_gone_was_sent_off_or_left_by_itself),
        cmocka_unit_test(the_end_is_the_end),
        cmocka_unit_test(everybody_can_leave_be_removed_and_be_ended_wherever_it_is),
        cmocka_unit_test(a_wait_begins_with_holding_back_and_each_one_that_ends_is_stopped),
        cmocka_unit_test(nobody_is_seated_twice),
        cmocka_unit_test(from_the_lobby_only_somebody_else_lets_in_or_sends_away),
        cmocka_unit_test(the_roster_is_shown_exactly_when_that_of_others_changes),
        cmocka_unit_test(the_conversation_counts_exactly_when_the_count_changes),
        cmocka_unit_test(only_who_arrives_is_asked_invited_or_judged_first),
        cmocka_unit_test(every_state_can_be_reached_and_every_event_means_something),
        cmocka_unit_test(effects_come_in_the_order_of_deeds),
        cmocka_unit_test(the_machine_is_what_participants_live_by),
        cmocka_unit_test(a_refused_event_says_why_and_changes_nothing),
        cmocka_unit_test(a_participant_keeps_copies_of_what_it_is_told),
        cmocka_unit_test(a_new_participant_is_seen_by_nobody_and_heard_as_soon_as_it_is_in),
        cmocka_unit_test(the_roster_shows_who_is_in_or_in_the_lobby_and_not_hidden),
        cmocka_unit_test(only_users_are_people),
        cmocka_unit_test(mutes_and_holds_show_in_the_row),
        cmocka_unit_test(a_row_has_the_shape_of_the_seeds_roster),
        cmocka_unit_test(a_row_of_the_lobby_says_so),
        cmocka_unit_test(each_kind_is_named_under_its_own_key),
        cmocka_unit_test(a_row_carries_metadata_and_who_records),
        cmocka_unit_test(a_screen_is_a_second_stream),
        cmocka_unit_test(what_an_answer_does_not_know_is_null_but_for_what_deltas_say),
        cmocka_unit_test(a_row_of_a_delta_has_its_number_and_who_is_gone_a_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * model_meeting_show_test.c - what a client may say of a meeting, and how two eras see it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "model/meeting.h"

#define TENANT "aa67bd4c-8475-432d-bd41-39f255720e0a"
#define BOB "5810cede-f3cc-42eb-b2c1-e9bd5d53ec96"
#define NOW INT64_C(1774252800000) /* 2026-03-23T08:00:00Z */
#define DAY INT64_C(86400000)

static struct fail fail;

static struct meeting *bare(void)
{
    struct meeting *m = meeting_new();

    assert_true(id_read_text(&m->tenant, TENANT) && id_read_text(&m->organizer, BOB));
    assert_true(id_read_text(&m->id, "11111111-2222-4333-8444-555555555555"));
    m->organizer_name = "Bob";
    m->thread = "19:meeting_x@thread.v2";
    m->message = "0";
    m->join_id = "200000000001";
    m->vtc_id = "1000000001";
    m->created_ms = NOW;
    return m;
}

/* NULL when it is refused; fail says why. */
static struct meeting *asked_for(const char *body, int64_t now_ms)
{
    struct meeting *m = bare();
    struct graph_online_meeting *g = arena_new(&m->arena, sizeof(*g));
    struct json *j = json_parse(body, strlen(body), NULL);
    enum err e;

    assert_non_null(j);
    e = fields_read(j, &graph_online_meeting_type, g, &m->arena, &fail);
    json_free(j);
    if (e == ERR_OK)
        e = meeting_set_options(m, g, now_ms, &fail);
    if (e != ERR_OK)
        m = obj_unref(m);
    return m;
}

static void shown_as(const struct meeting *m, enum meeting_era era, const char *const *only,
                     const char *want)
{
    const struct meeting_view v = {
        .era = era, .public_url = "https://x", .scope = meeting_scope(m, "lobby")};
    struct arena a = {0};
    struct buf out = {0};
    struct writer w;

    writer_init(&w, &out);
    fields_write(&w, NULL, &graph_online_meeting_type, meeting_show(m, &v, &a),
                 &(struct write_how){.nulls = true, .only = only});
    if (strstr(out.data, want) == NULL)
        fail_msg("no %s in %s", want, out.data);
    buf_clear(&out);
    arena_clear(&a);
}

/* clang-format off */
static const struct {
    const char *body;
    int64_t start, end; /* from NOW; end 0: refused */
    const char *words;
} spans[] = {
    {"{}", 0, 3600000, NULL},
    {"{\"startDateTime\":\"2026-03-24T08:00:00Z\"}", DAY, DAY + 3600000, NULL},
    {"{\"startDateTime\":\"2026-03-24T08:00:00Z\",\"endDateTime\":\"2026-03-24T10:00:00+01:00\"}", DAY, DAY + 3600000, NULL},
    {"{\"startDateTime\":\"2020-03-24T08:00:00Z\",\"endDateTime\":\"2026-03-23T08:00:01Z\"}", INT64_C(1585036800000) - NOW, 1000, NULL},
    {"{\"endDateTime\":\"2026-03-24T08:00:00Z\"}", 0, 0, "'startDateTime' is missing"},
    {"{\"startDateTime\":\"2026-03-24T08:00:00Z\",\"endDateTime\":\"2026-03-24T08:00:00Z\"}", 0, 0, "'endDateTime' must be after"},
    {"{\"startDateTime\":\"2026-03-24T08:00:00Z\",\"endDateTime\":\"2026-03-24T08:00:00+01:00\"}", 0, 0, "'endDateTime' must be after"},
    {"{\"startDateTime\":\"2026-03-24T08:00:00\"}", 0, 0, "'startDateTime' must be a time"},
    {"{\"startDateTime\":\"2026-03-24T08:00:00Z\",\"endDateTime\":\"later\"}", 0, 0, "'endDateTime' must be a time"},
};
/* clang-format on */

static void a_meeting_has_a_beginning_and_an_end_after_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
        struct meeting *m = asked_for(spans[i].body, NOW);

        if ((m != NULL) != (spans[i].end != 0))
            fail_msg("%s: %s", spans[i].body, m != NULL ? "taken" : fail.text);
        if (m == NULL)
            assert_non_null(strstr(fail.text, spans[i].words));
        else if (m->start_ms != NOW + spans[i].start || m->end_ms != NOW + spans[i].end)
            fail_msg("%s: from %lld to %lld", spans[i].body, (long long)(m->start_ms - NOW),
                     (long long)(m->end_ms - NOW));
        (void)obj_unref(m);
    }
}

static void a_configured_meeting_is_at_any_time_and_for_ever(void **state)
{
    struct meeting *m = asked_for("{\"subject\":\"s\"}", 0);

    (void)state;
    m->created_ms = 0;
    assert_true(m->start_ms == 0 && m->end_ms == 0);
    assert_true(meeting_expires_ms(m) == 0);
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"startDateTime\":null,\"endDateTime\":null");
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"expiryDateTime\":null");
    (void)obj_unref(m);
}

static void a_meeting_is_kept_for_60_days(void **state)
{
    struct meeting *m = asked_for("{}", NOW);
    struct meeting *past = asked_for("{\"startDateTime\":\"2020-01-01T00:00:00Z\"}", NOW);

    (void)state;
    assert_true(meeting_expires_ms(m) == NOW + 3600000 + 60 * DAY);
    assert_true(meeting_expires_ms(past) == NOW + 60 * DAY);
    (void)obj_unref(m);
    (void)obj_unref(past);
}

static void what_is_not_built_is_not_promised(void **state)
{
    static const char *const names[] = {"recordAutomatically", "isEndToEndEncryptionEnabled",
                                        "isBroadcast"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *body = str_printf("{\"%s\":true}", names[i]);
        struct meeting *m = asked_for(body, NOW);

        assert_null(m);
        assert_int_equal(fail.err, ERR_NOT_BUILT);
        assert_non_null(strstr(fail.text, names[i]));
        (void)mem_free(body);
        body = str_printf("{\"%s\":false}", names[i]);
        m = asked_for(body, NOW);
        assert_non_null(m);
        (void)obj_unref(m);
        (void)mem_free(body);
    }
}

/* clang-format off */
static const struct {
    const char *body, *level, *scope;
} eras[] = {
    {"{}",                                                        "sameEnterprise",             "organization"},
    {"{\"accessLevel\":\"Everyone\"}",                            "everyone",                   "everyone"},
    {"{\"accessLevel\":\"invited\"}",                             "invited",                    "invited"},
    {"{\"accessLevel\":\"locked\"}",                              "locked",                     "organizer"},
    {"{\"accessLevel\":\"sameEnterprise\"}",                      "sameEnterprise",             "organization"},
    {"{\"accessLevel\":\"sameEnterpriseAndFederated\"}",          "sameEnterpriseAndFederated", "organizationAndFederated"},
    {"{\"lobbyBypassSettings\":{\"scope\":\"everyone\"}}",        "everyone",                   "everyone"},
    {"{\"lobbyBypassSettings\":{\"scope\":\"organizationExcludingGuests\"}}", "sameEnterprise", "organizationExcludingGuests"},
    {"{\"lobbyBypassSettings\":{\"isDialInBypassEnabled\":true},\"accessLevel\":\"everyone\"}", "everyone", "everyone"},
    {"{\"lobbyBypassSettings\":{\"scope\":\"organizer\"},\"accessLevel\":\"everyone\"}",        "locked",   "organizer"},
};
/* clang-format on */

static void who_passes_the_lobby_is_said_in_the_words_of_each_era(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(eras) / sizeof(eras[0]); i++) {
        struct meeting *m = asked_for(eras[i].body, NOW);
        char *level = str_printf("\"accessLevel\":\"%s\"", eras[i].level);
        char *scope = str_printf("\"scope\":\"%s\"", eras[i].scope);

        assert_non_null(m);
        shown_as(m, MEETING_SEED, graph_seed_meeting, level);
        shown_as(m, MEETING_TODAY, graph_today_meeting, scope);
        (void)mem_free(level);
        (void)mem_free(scope);
        (void)obj_unref(m);
    }
}

static void a_meeting_that_says_nothing_does_as_its_tenant(void **state)
{
    struct meeting *m = asked_for("{}", NOW);

    (void)state;
    assert_int_equal(meeting_scope(m, "join"), GRAPH_LOBBY_SCOPE_EVERYONE);
    assert_int_equal(meeting_scope(m, "lobby"), GRAPH_LOBBY_SCOPE_ORGANIZATION);
    assert_int_equal(meeting_scope(m, "refuse"), GRAPH_LOBBY_SCOPE_ORGANIZATION);
    m->lobby_scope = GRAPH_LOBBY_SCOPE_INVITED;
    assert_int_equal(meeting_scope(m, "join"), GRAPH_LOBBY_SCOPE_INVITED);
    (void)obj_unref(m);
}

static void announcing_who_comes_and_goes_is_one_thing_in_both_eras(void **state)
{
    static const char *const bodies[] = {
        "{\"entryExitAnnouncement\":true}", "{\"isEntryExitAnnounced\":true}",
        "{\"isEntryExitAnnounced\":true,\"entryExitAnnouncement\":false}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct meeting *m = asked_for(bodies[i], NOW);

        shown_as(m, MEETING_SEED, graph_seed_meeting, "\"entryExitAnnouncement\":true");
        shown_as(m, MEETING_TODAY, graph_today_meeting, "\"isEntryExitAnnounced\":true");
        (void)obj_unref(m);
    }
}

static void what_is_ours_to_say_is_not_the_clients(void **state)
{
    struct meeting *m =
        asked_for("{\"id\":\"x\",\"joinWebUrl\":\"http://evil\",\"videoTeleconferenceId\":\"7\","
                  "\"chatInfo\":{\"threadId\":\"19:y\"},\"meetingType\":\"recurring\","
                  "\"joinMeetingIdSettings\":{\"joinMeetingId\":\"7\",\"passcode\":\"p\","
                  "\"isPasscodeRequired\":true},"
                  "\"participants\":{\"organizer\":{\"identity\":{\"user\":{\"id\":\"z\"}}},"
                  "\"attendees\":[{\"upn\":\"a@b\",\"role\":\"attendee\"}]}}",
                  NOW);

    (void)state;
    shown_as(m, MEETING_TODAY, graph_today_meeting,
             "\"id\":\"11111111-2222-4333-8444-555555555555\"");
    shown_as(m, MEETING_TODAY, graph_today_meeting,
             "\"joinWebUrl\":\"https://x/l/meetup-join/19%3ameeting_x");
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"videoTeleconferenceId\":\"1000000001\"");
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"threadId\":\"19:meeting_x@thread.v2\"");
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"meetingType\":\"scheduled\"");
    shown_as(m, MEETING_TODAY, graph_today_meeting,
             "\"isPasscodeRequired\":false,\"joinMeetingId\":\"200000000001\",\"passcode\":null");
    shown_as(m, MEETING_TODAY, graph_today_meeting,
             "\"id\":\"" BOB "\",\"tenantId\":\"" TENANT "\"");
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"upn\":\"a@b\",\"role\":\"attendee\"");
    (void)obj_unref(m);
}

static void the_seed_era_knows_a_meeting_by_its_conference_id(void **state)
{
    struct meeting *m = asked_for("{}", NOW);

    (void)state;
    m->passcode = "ABCDEFGH";
    shown_as(m, MEETING_SEED, graph_seed_meeting, "\"id\":\"1000000001\"");
    shown_as(m, MEETING_SEED, graph_seed_meeting, "\"participantPasscode\":\"ABCDEFGH\"");
    shown_as(m, MEETING_SEED, graph_seed_meeting, "\"isCancelled\":false");
    shown_as(m, MEETING_SEED, graph_seed_meeting, "\"meetingType\":\"calendar\"");
    m->kind = MEETING_MEET_NOW;
    shown_as(m, MEETING_SEED, graph_seed_meeting, "\"meetingType\":\"meetNow\"");
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"meetingType\":\"meetnow\"");
    shown_as(m, MEETING_TODAY, graph_today_meeting, "\"conferenceId\":\"200000000001\"");
    m->vtc_id = NULL;
    m->join_id = NULL;
    shown_as(m, MEETING_SEED, graph_seed_meeting, "\"id\":\"11111111-");
    shown_as(m, MEETING_TODAY, graph_today_meeting,
             "\"joinMeetingIdSettings\":null,\"audioConferencing\":null");
    (void)obj_unref(m);
}

/* What the store keeps must be found right once more. */
static void options_are_read_again_as_they_were_written(void **state)
{
    struct meeting *m = asked_for(
        "{\"subject\":\"s\",\"startDateTime\":\"2026-03-24T08:00:00.5Z\",\"accessLevel\":"
        "\"everyone\","
        "\"entryExitAnnouncement\":true,\"externalId\":\"e\",\"allowMeetingChat\":\"limited\"}",
        NOW);
    struct buf text[2] = {{0}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct writer w;

        writer_init(&w, &text[i]);
        fields_write(&w, NULL, &graph_online_meeting_type, m->options, &(struct write_how){0});
        (void)obj_unref(m);
        m = asked_for(text[i].data, 0);
        assert_non_null(m);
    }
    assert_string_equal(text[0].data, text[1].data);
    assert_true(m->start_ms == NOW + DAY + 500);
    assert_int_equal(m->lobby_scope, GRAPH_LOBBY_SCOPE_EVERYONE);
    assert_string_equal(m->options->external_id, "e");
    buf_clear(&text[0]);
    buf_clear(&text[1]);
    (void)obj_unref(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_meeting_has_a_beginning_and_an_end_after_it),
        cmocka_unit_test(a_configured_meeting_is_at_any_time_and_for_ever),
        cmocka_unit_test(a_meeting_is_kept_for_60_days),
        cmocka_unit_test(what_is_not_built_is_not_promised),
        cmocka_unit_test(who_passes_the_lobby_is_said_in_the_words_of_each_era),
        cmocka_unit_test(a_meeting_that_says_nothing_does_as_its_tenant),
        cmocka_unit_test(announcing_who_comes_and_goes_is_one_thing_in_both_eras),
        cmocka_unit_test(what_is_ours_to_say_is_not_the_clients),
        cmocka_unit_test(the_seed_era_knows_a_meeting_by_its_conference_id),
        cmocka_unit_test(options_are_read_again_as_they_were_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

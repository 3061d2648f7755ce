/*
 * model_shape_test.c - which request is which call: every shape of Graph's table, as the JSON
 * that a client sends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "model/shape.h"

/* clang-format off */
#define T "\"@odata.type\":\"#microsoft.graph."
#define USER(id) "{" T "invitationParticipantInfo\",\"identity\":{\"user\":{\"id\":\"" id "\"}}}"
#define JOHN USER("112f7296-5fa4-42ca-bae8-6a692b15d4b8")
#define BOB USER("5810CEDEF3CC42EBB2C1E9BD5D53EC96")
#define PHONE "{\"identity\":{\"phone\":{\"id\":\"+12065551234\"}}}"
#define TARGETS(list) "\"targets\":[" list "],"
#define INSTANCE "\"source\":{\"identity\":{\"applicationInstance\":{\"id\":\"i\"}}},"
#define GUEST "\"source\":{\"identity\":{\"guest\":{\"id\":\"g\",\"displayName\":\"Guest\"}}},"
#define CHAT "\"chatInfo\":{\"threadId\":\"19:meeting_x@thread.v2\",\"messageId\":\"0\"},"
#define CHANNEL "\"chatInfo\":{\"threadId\":\"19:x@thread.skype\",\"messageId\":\"1533758867081\"},"
#define ORGANIZER "\"meetingInfo\":{" T "organizerMeetingInfo\",\"organizer\":{\"user\":{\"id\":\"o\"}}},"
#define TOKEN "\"meetingInfo\":{" T "tokenMeetingInfo\",\"token\":\"t\"},"
#define BY_ID "\"meetingInfo\":{" T "joinMeetingIdMeetingInfo\",\"joinMeetingId\":\"1234\",\"passcode\":null},"
#define SERVICE "\"mediaConfig\":{" T "serviceHostedMediaConfig\"},"
#define NO_MEDIA "\"requestedModalities\":[],"

static const struct {
    const char *what;
    const char *members;
    enum shape shape;
    const char *refusal; /* NULL: it has a shape */
} requests[] = {
    {"one target, no coordinates",        TARGETS(JOHN) SERVICE,                SHAPE_P2P,           NULL},
    {"an id without dashes",              TARGETS(BOB) SERVICE,                 SHAPE_P2P,           NULL},
    {"a bot may name itself as source",   TARGETS(JOHN) "\"source\":{\"identity\":{\"application\":{\"id\":\"a\"}}},", SHAPE_P2P, NULL},
    {"coordinates that are null",         TARGETS(JOHN) "\"chatInfo\":null,\"meetingInfo\":null,", SHAPE_P2P, NULL},
    {"a phone number by an instance",     TARGETS(PHONE) INSTANCE SERVICE,      SHAPE_PSTN,          NULL},
    {"several targets",                   TARGETS(JOHN "," BOB) SERVICE,        SHAPE_GROUP,         NULL},
    {"a user and a phone number",         TARGETS(JOHN "," PHONE) SERVICE,      SHAPE_GROUP,         NULL},
    {"a target and coordinates",          TARGETS(JOHN) CHAT ORGANIZER SERVICE, SHAPE_GROUP,         NULL},
    {"targets and coordinates",           TARGETS(JOHN "," BOB) CHAT ORGANIZER, SHAPE_GROUP,         NULL},
    {"a target and a chat",               TARGETS(JOHN) CHAT,                   SHAPE_GROUP,         NULL},
    {"a target and a token",              TARGETS(JOHN) TOKEN,                  SHAPE_GROUP,         NULL},
    {"a scheduled meeting",               CHAT ORGANIZER SERVICE,               SHAPE_JOIN,          NULL},
    {"a channel meeting",                 CHANNEL ORGANIZER SERVICE,            SHAPE_JOIN,          NULL},
    {"a list of targets that is empty",   TARGETS("") CHAT ORGANIZER,           SHAPE_JOIN,          NULL},
    {"a join without media (seed era)",   NO_MEDIA CHAT ORGANIZER,              SHAPE_JOIN,          NULL},
    {"a guest",                           GUEST CHAT ORGANIZER SERVICE,         SHAPE_JOIN_AS_GUEST, NULL},
    {"a guest with a token",              GUEST TOKEN SERVICE,                  SHAPE_JOIN_AS_GUEST, NULL},
    {"a guest with a meeting id",         GUEST BY_ID SERVICE,                  SHAPE_JOIN_AS_GUEST, NULL},
    {"a token",                           TOKEN SERVICE,                        SHAPE_JOIN_BY_TOKEN, NULL},
    {"a token beside a chat",             CHAT TOKEN,                           SHAPE_JOIN_BY_TOKEN, NULL},
    {"a meeting id",                      BY_ID "\"tenantId\":\"t\",",          SHAPE_JOIN_BY_ID,    NULL},
    {"a meeting id beside a chat",        CHAT BY_ID,                           SHAPE_JOIN_BY_ID,    NULL},

    {"nothing to call",                   SERVICE,                              SHAPE_COUNT, "'targets' is missing; a call needs a target or a meeting to join."},
    {"an empty list and nothing else",    TARGETS(""),                          SHAPE_COUNT, "'targets' is missing; a call needs a target or a meeting to join."},
    {"a chat alone",                      CHAT,                                 SHAPE_COUNT, "'meetingInfo' is missing; a join needs it beside 'chatInfo'."},
    {"an organizer alone",                ORGANIZER,                            SHAPE_COUNT, "'chatInfo' is missing; a join needs it beside 'meetingInfo'."},
    {"a guest that calls somebody",       GUEST TARGETS(JOHN) SERVICE,          SHAPE_COUNT, "'source.identity.guest' goes with a join; a guest rings nobody."},
    {"a guest that rings a group",        GUEST TARGETS(JOHN "," BOB) CHAT ORGANIZER, SHAPE_COUNT, "'source.identity.guest' goes with a join; a guest rings nobody."},
    {"a guest and an organizer alone",    GUEST ORGANIZER,                      SHAPE_COUNT, "'chatInfo' is missing; a join needs it beside 'meetingInfo'."},
    {"a target that is nobody",           TARGETS("{\"identity\":{}}"),         SHAPE_COUNT, "'targets[0].identity' must name a user or a phone."},
    {"a target that is an application",   TARGETS("{\"identity\":{\"application\":{\"id\":\"a\"}}}"), SHAPE_COUNT, "'targets[0].identity' must name a user or a phone."},
    {"a user without id",                 TARGETS("{\"identity\":{\"user\":{\"displayName\":\"John\"}}}"), SHAPE_COUNT, "'targets[0].identity.user.id' is missing."},
    {"a user whose id is a name",         TARGETS(USER("john")),                SHAPE_COUNT, "'targets[0].identity.user.id' must be a GUID."},
    {"a user whose id is empty",          TARGETS(USER("")),                    SHAPE_COUNT, "'targets[0].identity.user.id' must be a GUID."},
};
/* clang-format on */

static struct arena arena;

static int forget(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

static struct graph_call *read_call(const char *members)
{
    char *text = arena_printf(&arena, "{%s\"callbackUri\":\"https://bot.example/cb\"}", members);
    struct fail f = {0};
    struct json *j = json_parse(text, strlen(text), &f);
    struct graph_call *call = arena_new(&arena, sizeof(*call));

    if (j == NULL || fields_read(j, &graph_call_type, call, &arena, &f) != ERR_OK)
        fail_msg("%s: %s", text, f.text);
    json_free(j);
    return call;
}

static void every_request_has_its_shape_or_its_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        const struct graph_call *call = read_call(requests[i].members);
        struct fail f = {0};
        enum shape shape = SHAPE_COUNT;
        enum err e = shape_of(call, &shape, &f);

        if (shape != requests[i].shape)
            fail_msg("%s: %s", requests[i].what, e == ERR_OK ? shape_text(shape) : f.text);
        assert_int_equal(e, requests[i].refusal == NULL ? ERR_OK : ERR_BAD_REQUEST);
        assert_int_equal(f.err, e);
        assert_string_equal(f.text, requests[i].refusal != NULL ? requests[i].refusal : "");
    }
}

static void every_shape_is_asked_for_above(void **state)
{
    bool seen[SHAPE_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        if (requests[i].refusal == NULL)
            seen[requests[i].shape] = true;
    for (int s = 0; s < SHAPE_COUNT; s++)
        assert_true(seen[s]);
}

static void a_refusal_needs_no_reader(void **state)
{
    enum shape shape;

    (void)state;
    assert_int_equal(shape_of(read_call(""), &shape, NULL), ERR_BAD_REQUEST);
}

static void every_shape_has_a_word_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(shape_text(SHAPE_P2P), "a peer-to-peer call");
    assert_true(shape_is_built(SHAPE_P2P));
    for (int a = 0; a < SHAPE_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(shape_text((enum shape)a), shape_text((enum shape)b));
}

static void who_hosts_the_media_is_what_media_config_says(void **state)
{
    (void)state;
    assert_true(shape_is_app_hosted(
        read_call("\"mediaConfig\":{" T "appHostedMediaConfig\",\"blob\":\"{}\"},")));
    assert_false(shape_is_app_hosted(read_call(SERVICE)));
    assert_false(shape_is_app_hosted(read_call("")));
}

#define TEST(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_request_has_its_shape_or_its_sentence),
        TEST(every_shape_is_asked_for_above),
        TEST(a_refusal_needs_no_reader),
        TEST(every_shape_has_a_word_of_its_own),
        TEST(who_hosts_the_media_is_what_media_config_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * model_graph_test.c - the tables of the calls API against the examples of its page.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "model/graph_types.h"

static struct arena arena;
static struct fail fail;

static int forget(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

static struct json *golden(const char *name, bool *lenient)
{
    char path[512];
    char text[8192];
    size_t len;
    FILE *in;
    struct json *j;

    (void)snprintf(path, sizeof(path), "%s/%s", GOLDEN, name);
    in = fopen(path, "r");
    assert_non_null(in);
    len = fread(text, 1, sizeof(text), in);
    (void)fclose(in);
    j = json_parse_lenient(text, len, lenient, &fail);
    if (j == NULL)
        fail_msg("%s: %s", name, fail.text);
    return j;
}

static void *read_text(const char *text, const struct type *t)
{
    struct json *j = json_parse(text, strlen(text), &fail);
    void *out;

    assert_non_null(j);
    fail = (struct fail){0};
    out = fields_read_new(j, t, &arena, &fail);
    json_free(j);
    return out;
}

static struct json *written(const struct type *t, const void *in, struct write_how how)
{
    struct buf b = {0};
    struct writer w;
    struct json *j;

    writer_init(&w, &b);
    fields_write(&w, NULL, t, in, &how);
    j = json_parse(b.data, b.len, &fail);
    if (j == NULL)
        fail_msg("%s: %s", b.data, fail.text);
    buf_clear(&b);
    return j;
}

static bool same(const struct json *a, const struct json *b)
{
    void *at = NULL;
    const char *key;
    const struct json *v;

    if (json_kind(a) != json_kind(b) || json_count(a) != json_count(b))
        return false;
    if (json_kind(a) == JSON_LIST) {
        for (size_t i = 0; i < json_count(a); i++)
            if (!same(json_at(a, i), json_at(b, i)))
                return false;
    } else if (json_kind(a) == JSON_OBJECT) {
        while (json_each(a, &at, &key, &v))
            if (!same(v, json_get(b, key)))
                return false;
    }
    return str_eq(json_text(a), json_text(b)) && json_number(a) == json_number(b) &&
           json_bool(a) == json_bool(b);
}

/* What the server adds to the page's first request. */
static void fill_as_the_server_does(struct graph_call *call)
{
    static struct graph_identity bot = {
        .display_name = "Calling Bot",
        .id = "2891555a-92ff-42e6-80fa-6e1300c6b5c6",
    };
    static struct graph_identity_set identity = {.application = &bot};
    static struct graph_participant_info source = {.identity = &identity};

    call->state = GRAPH_CALL_STATE_ESTABLISHING;
    call->direction = GRAPH_CALL_DIRECTION_OUTGOING;
    call->source = &source;
    call->tenant_id = "aa67bd4c-8475-432d-bd41-39f255720e0a";
    call->my_participant_id = "499ff390-7a72-40e8-83a0-8fac6295ae7e";
    call->id = "2e1a0b00-2db4-4022-9570-243709c565ab";
    call->odata_context = "https://graph.microsoft.com/beta/$metadata#app/calls/$entity";
}

static struct graph_call read_first_request(void)
{
    bool lenient = false;
    struct json *j = golden("create_call_request.json", &lenient);
    struct graph_call call;

    assert_true(lenient); /* the page's example has a comma too many */
    if (fields_read(j, &graph_call_type, &call, &arena, &fail) != ERR_OK)
        fail_msg("%s", fail.text);
    json_free(j);
    return call;
}

static void the_pages_first_request_is_read(void **state)
{
    struct graph_call call = read_first_request();
    struct graph_invitation_participant_info *target = call.targets.items[0];

    (void)state;
    assert_string_equal(call.callback_uri, "https://bot.contoso.com/callback");
    assert_int_equal(call.targets.count, 1);
    assert_string_equal(target->info.identity->user->id, "112f7296-5fa4-42ca-bae8-6a692b15d4b8");
    assert_string_equal(target->info.odata.type->name, "participantInfo");
    assert_int_equal(call.requested_modalities.count, 1);
    assert_int_equal(call.requested_modalities.items[0], GRAPH_MODALITY_AUDIO);
    assert_ptr_equal(call.media_config->odata.type, &graph_service_hosted_media_config_type);
    assert_null(call.source);
}

/* The page's response lists media that its request never asked for (copied from another
 * example): mediaConfig is compared by its type alone. */
static void the_pages_first_response_is_written(void **state)
{
    bool lenient;
    struct json *expected = golden("create_call_response.json", &lenient);
    struct graph_call call = read_first_request();
    struct json *ours;
    void *at = NULL;
    const char *key;
    const struct json *v;

    (void)state;
    fill_as_the_server_does(&call);
    ours = written(&graph_call_type, &call, (struct write_how){.nulls = true});
    while (json_each(expected, &at, &key, &v)) {
        const struct json *mine = json_get(ours, key);

        if (strcmp(key, "mediaConfig") == 0) {
            v = json_get(v, "@odata.type");
            mine = json_get(mine, "@odata.type");
        }
        if (!same(v, mine))
            fail_msg("'%s' differs", key);
    }
    at = NULL;
    while (json_each(ours, &at, &key, &v))
        if (json_get(expected, key) == NULL && json_kind(v) != JSON_NULL)
            fail_msg("'%s' is not on the page", key);
    json_free(ours);
    json_free(expected);
}

static void members_come_in_the_pages_order(void **state)
{
    bool lenient;
    struct json *expected = golden("create_call_response.json", &lenient);
    struct graph_call call = read_first_request();
    struct json *ours;
    void *at = NULL;
    void *our_at = NULL;
    const char *key;
    const char *our_key;
    const struct json *v;

    (void)state;
    fill_as_the_server_does(&call);
    ours = written(&graph_call_type, &call, (struct write_how){.nulls = true});
    while (json_each(expected, &at, &key, &v) && json_kind(v) != JSON_NULL) {
        do
            assert_true(json_each(ours, &our_at, &our_key, &v));
        while (json_kind(v) == JSON_NULL);
        assert_string_equal(key, our_key);
    }
    json_free(ours);
    json_free(expected);
}

static void under_v1_what_only_beta_has_is_left_out(void **state)
{
    struct graph_call call = read_first_request();
    struct json *ours;

    (void)state;
    fill_as_the_server_does(&call);
    ours = written(&graph_call_type, &call, (struct write_how){.nulls = true, .v1 = true});
    assert_null(json_get(ours, "activeModalities"));
    assert_null(json_get(ours, "routingPolicies"));
    assert_null(json_get(ours, "terminationReason"));
    assert_null(json_get(ours, "answeredBy"));
    assert_non_null(json_get(ours, "callChainId"));
    json_free(ours);
}

static void a_target_keeps_the_name_that_it_was_sent_with(void **state)
{
    struct graph_call *call =
        read_text("{\"callbackUri\":\"https://b\",\"targets\":["
                  "{\"@odata.type\":\"#microsoft.graph.participantInfo\",\"identity\":{}},"
                  "{\"@odata.type\":\"#microsoft.graph.invitationParticipantInfo\",\"identity\":{},"
                  "\"hidden\":true},"
                  "{\"identity\":{},\"replacesCallId\":\"r\"}]}",
                  &graph_call_type);
    struct graph_invitation_participant_info **targets;
    struct json *j;
    const struct json *list;

    (void)state;
    assert_non_null(call);
    targets = (struct graph_invitation_participant_info **)call->targets.items;
    assert_false(targets[0]->hidden.set);
    assert_true(targets[1]->hidden.value);
    assert_string_equal(targets[2]->replaces_call_id, "r");
    j = written(&graph_call_type, call, (struct write_how){.nulls = true});
    list = json_get(j, "targets");
    assert_string_equal(json_text(json_get(json_at(list, 0), "@odata.type")),
                        "#microsoft.graph.participantInfo");
    assert_null(json_get(json_at(list, 0), "replacesCallId"));
    assert_string_equal(json_text(json_get(json_at(list, 1), "@odata.type")),
                        "#microsoft.graph.invitationParticipantInfo");
    assert_int_equal(json_kind(json_get(json_at(list, 1), "replacesCallId")), JSON_NULL);
    assert_int_equal(json_kind(json_get(json_at(list, 1), "region")), JSON_NULL);
    json_free(j);
}

static void an_identity_set_knows_all_keys(void **state)
{
    static const char *const keys[] = {
        "user",
        "application",
        "device",
        "phone",
        "guest",
        "encrypted",
        "onPremises",
        "applicationInstance",
        "azureCommunicationServicesUser",
        "assertedIdentity",
    };
    struct buf text = {0};
    struct graph_identity_set *set;
    struct json *j;

    (void)state;
    buf_char(&text, '{');
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        buf_printf(&text, "%s\"%s\":{\"id\":\"%zu\",\"tenantId\":\"t\",\"colour\":\"blue\"}",
                   i > 0 ? "," : "", keys[i], i);
    buf_char(&text, '}');
    set = read_text(text.data, &graph_identity_set_type);
    assert_string_equal(set->guest->id, "4");
    assert_string_equal(set->phone->tenant_id, "t");
    j = written(&graph_identity_set_type, set, (struct write_how){0});
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct json *one = json_get(j, keys[i]);

        assert_true(json_text(json_get(one, "id"))[0] == (char)('0' + i));
        assert_string_equal(json_text(json_get(one, "colour")), "blue");
    }
    json_free(j);
    buf_clear(&text);
}

static void refused(const char *text, const struct type *t, const char *sentence)
{
    assert_null(read_text(text, t));
    assert_int_equal(fail.err, ERR_BAD_REQUEST);
    assert_string_equal(fail.text, sentence);
}

static void requests_are_refused_by_name(void **state)
{
    (void)state;
    refused("{}", &graph_call_type, "'callbackUri' is missing");
    refused("{\"callbackUri\":\"u\",\"targets\":[{}]}", &graph_call_type,
            "'targets[0].identity' is missing");
    refused("{\"callbackUri\":\"u\",\"targets\":[{\"identity\":{\"user\":{\"id\":5}}}]}",
            &graph_call_type, "'targets[0].identity.user.id' must be a string");
    refused("{\"callbackUri\":\"u\",\"mediaConfig\":{}}", &graph_call_type,
            "'mediaConfig.@odata.type' is missing");
    refused("{\"callbackUri\":\"u\",\"requestedModalities\":[\"smell\"]}", &graph_call_type,
            "'requestedModalities[0]' must be one of audio, video, videoBasedScreenSharing, data");
    refused("{\"callbackUri\":\"u\",\"ringingTimeoutInSeconds\":116}", &graph_call_type,
            "'ringingTimeoutInSeconds' must be between 1 and 115");
    refused("{\"prompts\":[{\"@odata.type\":\"#microsoft.graph.mediaPrompt\",\"mediaInfo\":{}}]}",
            &graph_play_prompt_action_type, "'prompts[0].mediaInfo.uri' is missing");
    refused("{\"clientContext\":\"c\"}", &graph_play_prompt_action_type, "'prompts' is missing");
    refused("{\"participants\":[{},{},{},{},{},{}]}", &graph_invite_action_type,
            "'participants' must have at most 5 members");
    refused("{\"maxRecordDurationInSeconds\":121}", &graph_record_response_action_type,
            "'maxRecordDurationInSeconds' must be between 1 and 120");
    assert_non_null(read_text("{\"maxRecordDurationInSeconds\":300}", &graph_record_action_type));
}

static void a_client_context_has_256_characters_at_most(void **state)
{
    char text[300] = "{\"clientContext\":\"";
    size_t n = strlen(text);

    (void)state;
    (void)memset(text + n, 'c', 256);
    (void)str_copy(text + n + 256, 8, "\"}");
    assert_non_null(read_text(text, &graph_mute_action_type));
    (void)str_copy(text + n + 256, 8, "c\"}");
    refused(text, &graph_mute_action_type, "'clientContext' must have at most 256 characters");
}

static void a_client_cannot_say_what_the_server_says(void **state)
{
    struct graph_call *call =
        read_text("{\"callbackUri\":\"u\",\"id\":5,\"state\":\"none\",\"toneInfo\":[],"
                  "\"direction\":\"outgoing\",\"colour\":\"blue\"}",
                  &graph_call_type);

    (void)state;
    assert_non_null(call);
    assert_null(call->id);
    assert_int_equal(call->state, GRAPH_CALL_STATE_ABSENT);
    assert_int_equal(call->direction, GRAPH_CALL_DIRECTION_ABSENT);
    assert_null(call->odata.extras); /* a call's own unknown properties are not kept */
}

static void a_notice_carries_its_data_as_it_is(void **state)
{
    static struct graph_comms_notification notice = {
        .change_type = GRAPH_CHANGE_TYPE_UPDATED,
        .resource = "/app/calls/1",
        .resource_url = "/communications/calls/1",
        .resource_data =
            "{\"@odata.type\":\"#microsoft.graph.call\",\"state\":\"establishing\",\"id\":\"1\"}",
    };
    void *items[] = {&notice};
    struct graph_comms_notifications notices = {.value = {items, 1}};
    struct json *j = written(&graph_comms_notifications_type, &notices, (struct write_how){0});
    const struct json *one = json_at(json_get(j, "value"), 0);

    (void)state;
    assert_string_equal(json_text(json_get(j, "@odata.type")),
                        "#microsoft.graph.commsNotifications");
    assert_string_equal(json_text(json_get(one, "changeType")), "updated");
    assert_string_equal(json_text(json_get(one, "resource")), "/app/calls/1");
    assert_string_equal(json_text(json_get(json_get(one, "resourceData"), "state")),
                        "establishing");
    json_free(j);
}

static void an_operation_is_written_as_what_it_is(void **state)
{
    struct graph_play_prompt_operation op = {
        .operation = {.odata = {.type = &graph_play_prompt_operation_type},
                      .id = "o",
                      .status = GRAPH_OPERATION_STATUS_RUNNING,
                      .client_context = "c"},
    };
    struct json *j = written(&graph_comms_operation_type, &op, (struct write_how){0});

    (void)state;
    assert_string_equal(json_text(json_get(j, "@odata.type")),
                        "#microsoft.graph.playPromptOperation");
    assert_string_equal(json_text(json_get(j, "status")), "running");
    json_free(j);

    op.operation.odata.type = &graph_comms_operation_type; /* as the seed era calls it */
    op.completion_reason = GRAPH_PLAY_PROMPT_REASON_UNKNOWN;
    j = written(&graph_comms_operation_type, &op, (struct write_how){0});
    assert_string_equal(json_text(json_get(j, "@odata.type")), "#microsoft.graph.commsOperation");
    assert_null(json_get(j, "completionReason"));
    json_free(j);
}

static void digits_tokens_and_passcodes_are_hidden_from_the_log(void **state)
{
    struct graph_tone_info tone = {.tone = GRAPH_TONE_5};
    struct graph_token_meeting_info token = {.token = "t"};
    struct json *j = written(&graph_tone_info_type, &tone, (struct write_how){.hide = true});

    (void)state;
    assert_string_equal(json_text(json_get(j, "tone")), "***");
    json_free(j);
    j = written(&graph_token_meeting_info_type, &token, (struct write_how){.hide = true});
    assert_string_equal(json_text(json_get(j, "token")), "***");
    json_free(j);
}

/* A table whose member lies outside of its struct, or a derived type that its base does not
 * list, would be a silent error. */
static void the_tables_are_sound(void **state)
{
    (void)state;
    for (const struct type *const *t = graph_types; *t != NULL; t++) {
        for (const struct field *f = (*t)->fields; f->name != NULL; f++) {
            assert_true(f->at < (*t)->size);
            assert_true((f->kind == KIND_OBJECT || f->kind == KIND_OBJECTS) == (f->type != NULL));
            assert_true((f->kind == KIND_ENUM || f->kind == KIND_ENUMS) == (f->names != NULL));
        }
        if ((*t)->base != NULL) {
            const struct type *const *d = (*t)->base->derived;

            assert_true((*t)->size >= (*t)->base->size);
            while (d != NULL && *d != NULL && *d != *t)
                d++;
            if (*t != &graph_invitation_participant_info_type)
                assert_true(d != NULL && *d == *t);
        }
        for (const struct type *const *o = graph_types; o != t; o++)
            if (strcmp((*o)->name, (*t)->name) == 0)
                fail_msg("'%s' is listed twice", (*t)->name);
    }
}

static void the_dump_has_one_line_of_json_a_table(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    const struct type *const *t = graph_types;

    (void)state;
    fields_dump(graph_types, out);
    (void)fclose(out);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), t++) {
        struct json *j = json_parse(line, strlen(line), &fail);

        assert_non_null(j);
        assert_string_equal(json_text(json_get(j, "name")), (*t)->name);
        json_free(j);
    }
    assert_null(*t);
    free(text);
}

int main(void)
{
    /* clang-format off */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(the_pages_first_request_is_read, forget),
        cmocka_unit_test_teardown(the_pages_first_response_is_written, forget),
        cmocka_unit_test_teardown(members_come_in_the_pages_order, forget),
        cmocka_unit_test_teardown(under_v1_what_only_beta_has_is_left_out, forget),
        cmocka_unit_test_teardown(a_target_keeps_the_name_that_it_was_sent_with, forget),
        cmocka_unit_test_teardown(an_identity_set_knows_all_keys, forget),
        cmocka_unit_test_teardown(requests_are_refused_by_name, forget),
        cmocka_unit_test_teardown(a_client_context_has_256_characters_at_most, forget),
        cmocka_unit_test_teardown(a_client_cannot_say_what_the_server_says, forget),
        cmocka_unit_test_teardown(a_notice_carries_its_data_as_it_is, forget),
        cmocka_unit_test_teardown(an_operation_is_written_as_what_it_is, forget),
        cmocka_unit_test_teardown(digits_tokens_and_passcodes_are_hidden_from_the_log, forget),
        cmocka_unit_test(the_tables_are_sound),
        cmocka_unit_test(the_dump_has_one_line_of_json_a_table),
    };
    /* clang-format on */

    return cmocka_run_group_tests(tests, NULL, NULL);
}

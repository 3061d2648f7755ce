/*
 * model_graph_csdl_test.c - tables as OData's types, and as JSON schemas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/graph_csdl.h"
#include "model/graph_online_meeting.h"
#include "model/graph_schema.h"
#include "model/graph_types.h"
#include "json/json.h"

static struct buf text;

static int forget(void **state)
{
    (void)state;
    buf_clear(&text);
    return 0;
}

static const char *csdl(const struct type *t, bool v1)
{
    buf_clear(&text);
    graph_csdl_begin(&text, t, v1);
    graph_csdl_end(&text, t);
    return text.data;
}

static void a_complex_type_is_printed_row_by_row(void **state)
{
    (void)state;
    assert_string_equal(
        csdl(&graph_tone_info_type, true),
        "      <ComplexType Name=\"toneInfo\">\n"
        "        <Property Name=\"sequenceId\" Type=\"Edm.Int64\" Nullable=\"false\"/>\n"
        "        <Property Name=\"tone\" Type=\"microsoft.graph.tone\" "
        "Nullable=\"false\"/>\n"
        "      </ComplexType>\n");
}

static void an_entity_has_its_id_from_the_root_type(void **state)
{
    const char *call = csdl(&graph_call_type, true);

    (void)state;
    assert_non_null(strstr(call, "<EntityType Name=\"call\" BaseType=\"microsoft.graph.entity\">"));
    assert_null(strstr(call, "Name=\"id\""));
    assert_null(strstr(call, "@odata"));
    assert_non_null(strstr(call, "Name=\"callbackUri\" Type=\"Edm.String\" Nullable=\"false\"/>"));
    assert_non_null(strstr(call, "Type=\"Collection(microsoft.graph.modality)\""));
}

static void a_derived_entity_is_one_by_its_base(void **state)
{
    const char *o = csdl(&graph_play_prompt_operation_type, false);

    (void)state;
    assert_true(graph_csdl_is_entity(&graph_play_prompt_operation_type));
    assert_non_null(strstr(o, "<EntityType Name=\"playPromptOperation\" "
                              "BaseType=\"microsoft.graph.commsOperation\">"));
}

static void what_beta_alone_has_is_not_in_v1(void **state)
{
    (void)state;
    assert_non_null(strstr(csdl(&graph_call_type, false), "Name=\"answeredBy\""));
    assert_null(strstr(csdl(&graph_call_type, true), "Name=\"answeredBy\""));
    assert_non_null(strstr(csdl(&graph_online_meeting_type, false), "Name=\"accessLevel\""));
    assert_null(strstr(csdl(&graph_online_meeting_type, true), "Name=\"accessLevel\""));
    assert_false(graph_csdl_has_type(&graph_meeting_capability_type, true));
    assert_true(graph_csdl_has_type(&graph_meeting_capability_type, false));
    assert_false(graph_csdl_has_type(&graph_answer_action_type, false));
}

static void abstract_and_open_types_say_so(void **state)
{
    (void)state;
    assert_non_null(strstr(csdl(&graph_media_config_type, true), "Abstract=\"true\""));
    assert_non_null(strstr(csdl(&graph_identity_type, true), "OpenType=\"true\""));
    /* it has members that no published type has */
    assert_non_null(strstr(csdl(&graph_comms_notification_type, true), "OpenType=\"true\""));
    assert_null(strstr(csdl(&graph_call_type, true), "OpenType"));
}

static void dates_are_dates(void **state)
{
    (void)state;
    assert_non_null(strstr(csdl(&graph_online_meeting_type, true),
                           "Name=\"startDateTime\" Type=\"Edm.DateTimeOffset\"/>"));
}

static void an_entity_inside_a_type_is_navigated_to(void **state)
{
    (void)state;
    assert_non_null(strstr(csdl(&graph_delta_participants_type, false),
                           "<NavigationProperty Name=\"participants\" "
                           "Type=\"Collection(microsoft.graph.participant)\" "
                           "ContainsTarget=\"true\"/>"));
}

static void an_actions_rows_are_its_parameters(void **state)
{
    (void)state;
    graph_csdl_parameters(&text, &graph_play_prompt_action_type, true);
    assert_string_equal(text.data,
                        "        <Parameter Name=\"prompts\" "
                        "Type=\"Collection(microsoft.graph.prompt)\" Nullable=\"false\"/>\n"
                        "        <Parameter Name=\"clientContext\" Type=\"Edm.String\"/>\n");
    buf_clear(&text);
    graph_csdl_parameters(&text, &graph_play_prompt_action_type, false);
    assert_non_null(strstr(text.data, "Name=\"loop\" Type=\"Edm.Boolean\"/>"));
}

static void enumerations_are_printed_that_are_asked_for(void **state)
{
    const struct type *const none[] = {NULL};
    const struct type *const redirect[] = {&graph_redirect_action_type, NULL};

    (void)state;
    graph_csdl_enums(&text, graph_types, none, true);
    assert_non_null(strstr(text.data, "<EnumType Name=\"callState\">"));
    assert_null(strstr(text.data, "<EnumType Name=\"routingPolicy\">")); /* of beta alone */
    assert_null(strstr(text.data, "<EnumType Name=\"callDisposition\">"));
    buf_clear(&text);
    graph_csdl_enums(&text, none, redirect, false);
    assert_string_equal(text.data, "      <EnumType Name=\"callDisposition\">\n"
                                   "        <Member Name=\"default\" Value=\"0\"/>\n"
                                   "        <Member Name=\"simultaneousRing\" Value=\"1\"/>\n"
                                   "        <Member Name=\"forward\" Value=\"2\"/>\n"
                                   "      </EnumType>\n");
}

static void every_list_of_names_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (const struct type *const *t = graph_types; *t != NULL; t++)
        for (const struct field *f = (*t)->fields; f->name != NULL; f++)
            if (f->names != NULL && graph_enum_of(f->names) == NULL)
                fail_msg("%s.%s", (*t)->name, f->name);
    assert_null(graph_enum_of(NULL));
}

static void of_two_spellings_todays_is_shown(void **state)
{
    size_t i = GRAPH_MEETING_TYPE_MEET_NOW - 1;

    (void)state;
    assert_true(graph_enum_is_past(graph_meeting_type_names, i));
    assert_false(graph_enum_is_past(graph_meeting_type_names, GRAPH_MEETING_TYPE_MEETNOW - 1));
    assert_false(graph_enum_is_past(graph_tone_names, 0));
}

static struct json *schemas(const struct type *one)
{
    struct writer w;
    struct fail f;

    buf_clear(&text);
    writer_init(&w, &text);
    writer_object(&w, NULL);
    if (one != NULL)
        graph_schema_of(&w, "it", one);
    else
        graph_schemas(&w);
    writer_end(&w);
    return json_parse(text.data, text.len, &f);
}

static const char *text_at(const struct json *j, const char *a, const char *b)
{
    return json_text(json_get(json_get(j, a), b));
}

static void a_type_of_graph_is_referred_to_and_a_body_is_written_out(void **state)
{
    struct json *j = schemas(&graph_call_type);
    const struct json *it;

    (void)state;
    assert_string_equal(text_at(j, "it", "$ref"), "#/components/schemas/microsoft.graph.call");
    json_free(j);
    j = schemas(&graph_answer_action_type);
    it = json_get(j, "it");
    assert_string_equal(json_text(json_get(it, "type")), "object");
    assert_int_equal(json_count(json_get(it, "required")), 2);
    assert_null(json_get(json_get(it, "properties"), "@odata.type"));
    json_free(j);
    j = schemas(&graph_audio_routing_group_change_type); /* no type of Graph of its own */
    assert_null(json_get(json_get(j, "it"), "required"));
    assert_non_null(json_get(json_get(json_get(j, "it"), "properties"), "sources"));
    json_free(j);
}

static void schemas_say_what_the_rows_say(void **state)
{
    struct json *j = schemas(NULL);
    const struct json *call = json_get(json_get(j, "microsoft.graph.call"), "properties");
    const struct json *config = json_get(j, "microsoft.graph.mediaConfig");
    const struct json *tone = json_get(json_get(j, "microsoft.graph.toneInfo"), "properties");

    (void)state;
    assert_true(json_bool(json_get(json_get(call, "id"), "readOnly")));
    assert_true(json_bool(json_get(json_get(call, "subject"), "nullable")));
    assert_null(json_get(json_get(call, "callbackUri"), "nullable"));
    assert_int_equal(json_int(json_get(json_get(call, "targets"), "maxItems")), GRAPH_TARGETS_MAX);
    assert_int_equal(json_int(json_get(json_get(call, "ringingTimeoutInSeconds"), "maximum")),
                     GRAPH_RINGING_MAX_S);
    assert_int_equal(json_count(json_get(json_get(call, "state"), "anyOf")), 2); /* or null */
    assert_string_equal(text_at(tone, "sequenceId", "format"), "int64");
    assert_string_equal(text_at(tone, "tone", "$ref"), "#/components/schemas/microsoft.graph.tone");
    assert_string_equal(text_at(config, "discriminator", "propertyName"), "@odata.type");
    assert_int_equal(json_count(json_get(json_get(config, "discriminator"), "mapping")), 2);
    assert_int_equal(
        json_count(json_get(json_get(j, "microsoft.graph.appHostedMediaConfig"), "allOf")), 2);
    assert_int_equal(json_count(json_get(json_get(j, "microsoft.graph.changeType"), "enum")), 3);
    json_free(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_complex_type_is_printed_row_by_row, forget),
        cmocka_unit_test_teardown(an_entity_has_its_id_from_the_root_type, forget),
        cmocka_unit_test_teardown(a_derived_entity_is_one_by_its_base, forget),
        cmocka_unit_test_teardown(what_beta_alone_has_is_not_in_v1, forget),
        cmocka_unit_test_teardown(abstract_and_open_types_say_so, forget),
        cmocka_unit_test_teardown(dates_are_dates, forget),
        cmocka_unit_test_teardown(an_entity_inside_a_type_is_navigated_to, forget),
        cmocka_unit_test_teardown(an_actions_rows_are_its_parameters, forget),
        cmocka_unit_test_teardown(enumerations_are_printed_that_are_asked_for, forget),
        cmocka_unit_test(every_list_of_names_has_a_name_of_its_own),
        cmocka_unit_test(of_two_spellings_todays_is_shown),
        cmocka_unit_test_teardown(a_type_of_graph_is_referred_to_and_a_body_is_written_out, forget),
        cmocka_unit_test_teardown(schemas_say_what_the_rows_say, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

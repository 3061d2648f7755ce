/*
 * api_pages_test.c - every route is described, and nothing else is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "api/metadata.h"
#include "api/openapi.h"
#include "api/pages.h"
#include "base/str.h"
#include "model/graph_online_meeting.h"
#include "json/json.h"

static void each_route_has_a_page_and_they_stand_in_the_same_order(void **state)
{
    size_t routes, pages;
    const struct route *r = routes_all(&routes);
    const struct page *p = pages_all(&pages);

    (void)state;
    assert_int_equal(routes, pages);
    for (size_t i = 0; i < routes; i++) {
        assert_string_equal(r[i].path, p[i].path);
        assert_string_equal(r[i].method, p[i].method);
        assert_ptr_equal(page_of(&r[i]), &p[i]);
    }
}

static void a_page_says_what_it_must(void **state)
{
    size_t count;
    const struct page *p = pages_all(&count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(p[i].says);

        if (len < 8 || strchr(".?", p[i].says[len - 1]) == NULL)
            fail_msg("%s %s: '%s' is no sentence", p[i].method, p[i].path, p[i].says);
        if (p[i].status[0] < 200 || p[i].status[0] > 299)
            fail_msg("%s %s: %d is no success", p[i].method, p[i].path, p[i].status[0]);
        if (p[i].status[0] == 204 && p[i].gives.form != FORM_NOTHING)
            fail_msg("%s %s: 204 has no body", p[i].method, p[i].path);
        if (((p[i].takes.form == FORM_ONE) != (p[i].takes.type != NULL)) ||
            ((p[i].gives.form == FORM_ONE || p[i].gives.form == FORM_MANY) !=
             (p[i].gives.type != NULL)))
            fail_msg("%s %s: form and type do not fit", p[i].method, p[i].path);
        if (str_eq(p[i].method, "GET") && p[i].takes.form != FORM_NOTHING)
            fail_msg("GET %s takes no body", p[i].path);
    }
}

static void what_is_not_here_is_published_and_has_a_reason(void **state)
{
    size_t count;
    const struct absence *a = pages_absent(&count);

    (void)state;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_not_equal(a[i].eras, 0);
        assert_true(strlen(a[i].why) > 8);
    }
}

static const struct route *route_at(const char *method, const char *path)
{
    size_t count;
    const struct route *r = routes_all(&count);

    for (size_t i = 0; i < count; i++)
        if (str_eq(r[i].method, method) && str_eq(r[i].path, path))
            return &r[i];
    fail_msg("no route %s %s", method, path);
    return NULL;
}

static void errors_follow_from_who_may_come_and_what_is_taken(void **state)
{
    const struct route *mute = route_at("POST", "calls/*/mute");
    const struct route *live = route_at("GET", "livez");
    const struct route *hold = route_at("GET", "calls/*/contentSharingSessions");
    unsigned fails = page_fails(mute, page_of(mute));

    (void)state;
    assert_true((fails & (1u << ERR_UNAUTHENTICATED)) != 0);
    assert_true((fails & (1u << ERR_NOT_FOUND)) != 0);
    assert_true((fails & (1u << ERR_NOT_JSON)) != 0);
    assert_true((fails & (1u << ERR_CALL_KIND)) != 0);
    assert_true((fails & (1u << ERR_ROLE_MISSING)) == 0);
    assert_int_equal(page_fails(live, page_of(live)), 0);
    assert_int_equal(page_fails(hold, page_of(hold)),
                     (1u << ERR_UNAUTHENTICATED) | (1u << ERR_TOO_MANY) | (1u << ERR_NOT_BUILT));
}

static void actions_are_the_posts_that_make_no_member(void **state)
{
    (void)state;
    assert_true(page_is_action(route_at("POST", "calls/*/mute")));
    assert_true(page_is_action(route_at("POST", "onlineMeetings/createOrGet")));
    assert_true(page_is_action(route_at("POST", "calls/logTeleconferenceDeviceQuality")));
    assert_false(page_is_action(route_at("POST", "calls")));
    assert_false(page_is_action(route_at("POST", "calls/*/audioRoutingGroups")));
    assert_false(page_is_action(route_at("DELETE", "calls/*")));
    assert_false(page_is_action(route_at("POST", "_/clock")));
}

static void paths_lead_to_types(void **state)
{
    (void)state;
    assert_ptr_equal(page_type_at("calls/*", 7), &graph_call_type);
    assert_ptr_equal(page_type_at("calls/*/participants/*", 22), &graph_participant_type);
    assert_ptr_equal(page_type_at("calls/*/mute", 7), &graph_call_type);
    assert_ptr_equal(page_type_at("onlineMeetings/*", 16), &graph_online_meeting_type);
    assert_null(page_type_at("calls/*/participants", 20)); /* a list */
    assert_null(page_type_at("nothing/*", 9));
}

static void metadata_has_what_is_built_and_says_what_v1_does_not_publish(void **state)
{
    struct buf v1 = {0}, beta = {0};
    const char *mute_all;

    (void)state;
    metadata_write(&v1, true);
    metadata_write(&beta, false);
    assert_non_null(strstr(v1.data, "<Action Name=\"playPrompt\" IsBound=\"true\">"));
    assert_null(strstr(v1.data, "Name=\"contentSharingSessions\"")); /* 501 */
    assert_null(strstr(v1.data, "Singleton Name=\"app\""));
    assert_non_null(strstr(beta.data, "Singleton Name=\"app\""));
    assert_null(strstr(v1.data, "Name=\"terminationReason\""));
    assert_non_null(strstr(beta.data, "Name=\"terminationReason\""));
    mute_all = strstr(v1.data, "<Action Name=\"muteAll\"");
    assert_non_null(mute_all);
    assert_true(strstr(mute_all, "does not publish") < strstr(mute_all, "</Action>"));
    assert_null(strstr(beta.data, "does not publish"));
    buf_clear(&v1);
    buf_clear(&beta);
}

static void openapi_is_json_with_an_item_for_each_path(void **state)
{
    struct buf text = {0};
    struct json *j;
    struct fail f;
    const struct json *paths, *item;

    (void)state;
    openapi_write(&text);
    j = json_parse(text.data, text.len, &f);
    assert_non_null(j);
    paths = json_get(j, "paths");
    item = json_get(paths, "/communications/calls/{call-id}/participants/{participant-id}/mute");
    assert_non_null(json_get(item, "post"));
    assert_int_equal(json_count(json_get(item, "parameters")), 2);
    assert_string_equal(json_text(json_get(json_at(json_get(item, "servers"), 1), "url")),
                        "./beta");
    item = json_get(paths, "/communications/calls/{call-id}");
    assert_non_null(json_get(item, "get"));
    assert_non_null(json_get(item, "delete"));
    assert_non_null(json_get(json_get(paths, "/{tenant}/oauth2/v2.0/token"), "post"));
    json_free(j);
    buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_route_has_a_page_and_they_stand_in_the_same_order),
        cmocka_unit_test(a_page_says_what_it_must),
        cmocka_unit_test(what_is_not_here_is_published_and_has_a_reason),
        cmocka_unit_test(errors_follow_from_who_may_come_and_what_is_taken),
        cmocka_unit_test(actions_are_the_posts_that_make_no_member),
        cmocka_unit_test(paths_lead_to_types),
        cmocka_unit_test(metadata_has_what_is_built_and_says_what_v1_does_not_publish),
        cmocka_unit_test(openapi_is_json_with_an_item_for_each_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * model_states_test.c - docs/states.md is what the tables say, and it says all of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "model/call.h"
#include "model/conversation.h"
#include "model/leg.h"
#include "model/media_stream.h"
#include "model/operation.h"
#include "model/participant.h"
#include "model/states.h"

static const struct machine *const machines[] = {&call_machine,         &leg_machine,
                                                 &operation_machine,    &participant_machine,
                                                 &conversation_machine, &media_stream_machine};
enum { MACHINES = sizeof(machines) / sizeof(machines[0]) };

static void read_file(const char *path, struct buf *out)
{
    FILE *in = fopen(path, "r");
    char part[4096];
    size_t n;

    if (in == NULL)
        fail_msg("%s cannot be read", path);
    while ((n = fread(part, 1, sizeof(part), in)) > 0)
        buf_add(out, part, n);
    (void)fclose(in);
}

static void the_committed_page_is_what_the_tables_say(void **state)
{
    struct buf committed = {0};
    struct buf printed = {0};

    (void)state;
    read_file(SOURCE "/docs/states.md", &committed);
    states_print(&printed);
    if (!str_eq(committed.data, printed.data))
        fail_msg("docs/states.md is not what the tables say now; renew it: "
                 "build/carillon --dump-states > docs/states.md");
    buf_clear(&committed);
    buf_clear(&printed);
}

static size_t rows_of(const struct machine *m)
{
    size_t n = 0;

    for (int i = 0; i < m->state_count * m->event_count; i++)
        n += m->rules[i].allowed;
    return n;
}

static size_t rows_in(const char *text)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, "\n| ")) != NULL; at++)
        n++;
    return n;
}

static void every_rule_is_a_row(void **state)
{
    struct buf page = {0};
    size_t rows = 0;

    (void)state;
    states_print(&page);
    for (size_t i = 0; i < MACHINES; i++) {
        char heading[64];

        (void)snprintf(heading, sizeof(heading), "\n## %s\n", machines[i]->name);
        assert_non_null(strstr(page.data, heading));
        assert_non_null(strstr(page.data, machines[i]->about));
        rows += rows_of(machines[i]) + 1; /* and the head of the table */
    }
    assert_int_equal(rows_in(page.data), rows);
    buf_clear(&page);
}

static void a_row_says_state_event_next_and_deeds_in_order(void **state)
{
    struct buf page = {0};

    (void)state;
    states_print(&page);
    assert_non_null(strstr(page.data, "\n| ESTABLISHED | HANGUP | TERMINATING | "
                                      "END_OPERATIONS, STOP_MEDIA, HANG_UP, NOTIFY |\n"));
    assert_non_null(strstr(page.data, "\n| TRYING | ENDED | GONE | REMOVE, TELL, FREE |\n"));
    assert_non_null(strstr(page.data, "\n| PLAYING | TURN | FETCHING | FETCH |\n"));
    buf_clear(&page);
}

static void tables_point_only_to_what_exists(void **state)
{
    (void)state;
    for (size_t i = 0; i < MACHINES; i++) {
        const struct machine *m = machines[i];

        assert_in_range(m->effect_count, 1, 31);
        for (int r = 0; r < m->state_count * m->event_count; r++) {
            assert_true(m->rules[r].to < m->state_count);
            assert_int_equal(m->rules[r].fx >> m->effect_count, 0);
            if (!m->rules[r].allowed)
                assert_int_equal(m->rules[r].fx, 0);
        }
    }
}

static void printing_adds_to_what_is_there(void **state)
{
    struct buf page = {0};

    (void)state;
    buf_text(&page, "before\n");
    states_print(&page);
    assert_true(str_starts(page.data, "before\n# "));
    buf_clear(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_committed_page_is_what_the_tables_say),
        cmocka_unit_test(every_rule_is_a_row),
        cmocka_unit_test(a_row_says_state_event_next_and_deeds_in_order),
        cmocka_unit_test(tables_point_only_to_what_exists),
        cmocka_unit_test(printing_adds_to_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/count.h"
#include "base/id.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/rate.h"
#include "base/str.h"

static void an_id_is_read_in_every_spelling_and_kept_in_one(void **state)
{
    static const char *const same[] = {"2e1a0b00-2db4-4022-9570-243709c565ab",
                                       "2E1A0B00-2DB4-4022-9570-243709C565AB",
                                       "2e1a0b002db440229570243709c565ab"};
    static const char *const none[] = {"", "2e1a0b00", "2e1a0b00-2db4-4022-9570-243709c565a",
                                       "2e1a0b00-2db4-4022-9570-243709c565ag",
                                       "2e1a0b002-db4-4022-9570-243709c565ab"};
    struct id id;

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_true(id_read_text(&id, same[i]));
        assert_string_equal(id.text, same[0]);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_false(id_read_text(&id, none[i]));
    assert_false(id_read_text(&id, NULL));
}

static void a_call_id_says_its_place_and_nothing_repeats(void **state)
{
    struct id_place at = {.region = 63, .cell = 5, .node = 4095, .epoch = 200};
    struct map seen = {0};
    static struct id ids[2000];

    (void)state;
    for (size_t i = 0; i < 2000; i++) {
        struct id_place is;

        ids[i] = id_new_at(at, 1700000000000);
        is = id_place_of(&ids[i]);
        assert_int_equal(is.region, at.region);
        assert_int_equal(is.cell, at.cell);
        assert_int_equal(is.node, at.node);
        assert_int_equal(is.epoch, at.epoch);
        assert_int_equal(ids[i].text[14], '8'); /* version 8 */
        assert_null(map_put(&seen, ids[i].text + 9, &ids[i]));
    }
    map_clear(&seen);
}

static void ids_of_later_calls_sort_behind_earlier_ones(void **state)
{
    static const int64_t steps_ms[] = {1, 15, 255, 4096, 65536, 1 << 20, 200000000};
    struct id_place at = {.node = 1};
    int64_t now_ms = 1699733307392; /* a multiple of 2^28: here the milliseconds begin anew */
    struct id before = id_new_at(at, now_ms);

    (void)state;
    assert_int_equal(now_ms % (1 << 28), 0);
    for (size_t i = 0; i < sizeof(steps_ms) / sizeof(steps_ms[0]); i++) {
        struct id id = id_new_at(at, now_ms += steps_ms[i]);

        assert_true(strcmp(before.text, id.text) < 0);
        before = id;
    }
}

static void a_map_keeps_what_a_plain_array_keeps(void **state)
{
    static int values[500];
    struct map m = {0};
    size_t at = 0;
    size_t left = 0;
    uint32_t seed = 7;

    (void)state;
    memset(values, 0, sizeof(values));
    for (int i = 0; i < 20000; i++) {
        size_t k;

        seed = seed * 1664525 + 1013904223;
        k = (seed >> 8) % 500;
        if ((seed & 1) != 0) {
            void *was = map_put_num(&m, k, &values[k]);

            assert_int_equal(was != NULL, values[k]);
            values[k] = 1;
        } else {
            void *was = map_del_num(&m, k);

            assert_int_equal(was != NULL, values[k]);
            values[k] = 0;
        }
    }
    for (size_t k = 0; k < 500; k++) {
        assert_int_equal(map_find_num(&m, k) != NULL, values[k]);
        left += values[k] != 0 ? 1 : 0;
    }
    assert_int_equal(m.count, left);
    for (int *v; (v = map_next(&m, &at)) != NULL;) { /* deleting while walking */
        assert_ptr_equal(map_del_num(&m, (uint64_t)(v - values)), v);
        left--;
    }
    assert_int_equal(left, 0);
    assert_int_equal(m.count, 0);
    map_clear(&m);
}

static void a_list_gives_up_any_member(void **state)
{
    struct list l = {0};
    struct list_node n[3] = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        list_push(&l, &n[i]);
    list_remove(&n[1]);
    list_remove(&n[1]); /* twice is nothing */
    assert_int_equal(l.count, 2);
    assert_ptr_equal(list_pop(&l), &n[0]);
    assert_ptr_equal(list_pop(&l), &n[2]);
    assert_null(list_pop(&l));
    assert_true(list_empty(&l));
}

static void texts_in_an_arena_stay_when_it_grows(void **state)
{
    struct arena a = {0};
    char *first = arena_dup(&a, "first");
    char *big = arena_new(&a, 100000);

    (void)state;
    for (size_t i = 0; i < 100000; i++)
        assert_int_equal(big[i], 0);
    for (int i = 0; i < 1000; i++)
        assert_string_equal(arena_printf(&a, "%d", i) != NULL ? first : "", "first");
    assert_null(arena_dup(&a, NULL));
    arena_clear(&a);
    assert_int_equal(a.total, 0);
}

static void numbers_are_read_whole_or_not_at_all(void **state)
{
    int64_t v = 0;

    (void)state;
    assert_true(str_number("42", 0, 100, &v));
    assert_int_equal(v, 42);
    assert_true(str_number("-7", -10, 100, &v));
    assert_false(str_number("101", 0, 100, &v));
    assert_false(str_number(" 1", 0, 100, &v));
    assert_false(str_number("1x", 0, 100, &v));
    assert_false(str_number("", 0, 100, &v));
    assert_false(str_number("99999999999999999999", 0, INT64_MAX, &v));
    assert_false(str_number(NULL, 0, 1, &v));
}

static void a_buffer_grows_and_drops(void **state)
{
    struct buf b = {0};
    char *p;

    (void)state;
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%d,", i);
    buf_drop(&b, 2);
    assert_true(str_starts(b.data, "1,2,"));
    p = buf_take(&b);
    assert_int_equal(b.len, 0);
    assert_true(str_starts(p, "1,2,"));
    (void)mem_free(p);
    p = buf_take(&b);
    assert_string_equal(p, "");
    (void)mem_free(p);
}

static void addresses_are_classed_by_what_they_reach(void **state)
{
    static const struct {
        const char *text;
        enum addr_class is;
    } rows[] = {
        {"8.8.8.8:1", ADDR_PUBLIC},
        {"127.9.9.9:1", ADDR_LOOPBACK},
        {"10.1.2.3:1", ADDR_PRIVATE},
        {"172.31.255.255:1", ADDR_PRIVATE},
        {"172.32.0.1:1", ADDR_PUBLIC},
        {"192.168.0.1:1", ADDR_PRIVATE},
        {"100.64.0.1:1", ADDR_PRIVATE},
        {"169.254.169.254:1", ADDR_LINK_LOCAL},
        {"224.0.0.1:1", ADDR_MULTICAST},
        {"0.0.0.0:1", ADDR_UNUSABLE},
        {"255.255.255.255:1", ADDR_UNUSABLE},
        {"[::1]:1", ADDR_LOOPBACK},
        {"[::]:1", ADDR_UNUSABLE},
        {"[::ffff:127.0.0.1]:1", ADDR_LOOPBACK},
        {"[::ffff:10.0.0.1]:1", ADDR_PRIVATE},
        {"[64:ff9b::7f00:1]:1", ADDR_LOOPBACK},
        {"[2002:a9fe:a9fe::]:1", ADDR_LINK_LOCAL},
        {"[fe80::1]:1", ADDR_LINK_LOCAL},
        {"[fd00::1]:1", ADDR_PRIVATE},
        {"[ff02::1]:1", ADDR_MULTICAST},
        {"[2606:4700::1111]:1", ADDR_PUBLIC},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr a;

        assert_int_equal(addr_read(&a, rows[i].text, true, NULL), ERR_OK);
        if (addr_class(&a) != rows[i].is)
            fail_msg("%s is classed %d", rows[i].text, (int)addr_class(&a));
    }
}

static void an_address_is_printed_as_it_was_read(void **state)
{
    static const char *const same[] = {"127.0.0.1:8080", "[::1]:5060", "[2001:db8::1]:1"};
    static const char *const bad[] = {"127.0.0.1", "localhost:80", "1.2.3.4:65536",
                                      "[::1",      "::1:80x",      ""};
    char text[ADDR_TEXT_SIZE];
    struct addr a;
    struct fail f;

    (void)state;
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        assert_int_equal(addr_read(&a, same[i], true, NULL), ERR_OK);
        assert_string_equal(addr_text(&a, text), same[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(addr_read(&a, bad[i], true, &f), ERR_BAD_REQUEST);
    assert_int_equal(addr_read(&a, "::1", false, NULL), ERR_OK);
    assert_int_equal(addr_port(&a), 0);
}

static int freed;

static void on_free(void *p)
{
    (void)p;
    freed++;
}

static void an_object_goes_with_its_last_reference(void **state)
{
    void *p = obj_new("thing", 10, on_free);

    (void)state;
    freed = 0;
    assert_int_equal(obj_count(), 1);
    assert_ptr_equal(obj_ref(p), p);
    assert_null(obj_unref(p));
    assert_int_equal(freed, 0);
    (void)obj_unref(p);
    assert_int_equal(freed, 1);
    assert_int_equal(obj_report(stderr), 0);
}

static void the_moved_clock_is_ahead_by_what_it_was_moved(void **state)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t mono = clock_mono_ms();
    int64_t wall = clock_wall_ms();

    (void)state;
    clock_advance_ms(3600000);
    assert_true(clock_mono_ms() - mono >= 3600000);
    assert_true(clock_wall_ms() - wall >= 3600000);
    assert_string_equal(clock_text(951782400123, text), "2000-02-29T00:00:00.123Z");
}

static void ports_of_an_address_count_together_unless_told_otherwise(void **state)
{
    struct rate *together = rate_new(60, 1, 10);
    struct rate *apart = rate_new(60, 1, 10);
    struct addr one;
    struct addr two;

    (void)state;
    assert_int_equal(addr_read(&one, "192.0.2.1:5060", true, NULL), ERR_OK);
    assert_int_equal(addr_read(&two, "192.0.2.1:5062", true, NULL), ERR_OK);
    rate_by_port(apart);
    assert_true(rate_take(together, &one, 0));
    assert_false(rate_take(together, &two, 0));
    assert_true(rate_take(apart, &one, 0));
    assert_true(rate_take(apart, &two, 0));
    assert_false(rate_take(apart, &two, 0));
    rate_free(together);
    rate_free(apart);
}

/* clang-format off */
static const struct {
    const char *text;
    int64_t ms; /* -1: no time */
} times[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2000-02-29T00:00:00.123Z", 951782400123},
    {"2000-02-29t00:00:00.1239999z", 951782400123},
    {"2000-02-29T00:00:00.5Z", 951782400500},
    {"2000-02-29T01:00:00+01:00", 951782400000},
    {"2000-02-28T15:30:00-08:30", 951782400000},
    {"2016-12-31T23:59:60Z", 1483228799000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
    {"9999-12-31T23:59:59-00:01", -1},
    {"2000-02-30T00:00:00Z", -1},
    {"2100-02-29T00:00:00Z", -1},
    {"2000-13-01T00:00:00Z", -1},
    {"2000-00-01T00:00:00Z", -1},
    {"2000-01-00T00:00:00Z", -1},
    {"2000-01-01T24:00:00Z", -1},
    {"2000-01-01T00:60:00Z", -1},
    {"2000-01-01T00:00:61Z", -1},
    {"2000-01-01T00:00:00", -1},
    {"2000-01-01T00:00:00.Z", -1},
    {"2000-01-01T00:00:00Z ", -1},
    {"2000-01-01T00:00:00+0100", -1},
    {"2000-01-01T00:00:00+24:00", -1},
    {"2000-01-01 00:00:00Z", -1},
    {"2000-1-1T00:00:00Z", -1},
    {"1969-12-31T23:59:59Z", -1},
    {"1970-01-01T00:00:00+01:00", -1},
    {"tomorrow", -1},
    {"", -1},
};
/* clang-format on */

static void a_time_is_read_as_it_is_written_and_nothing_else_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        int64_t ms = -1;

        if (clock_read(times[i].text, &ms) != (times[i].ms >= 0))
            fail_msg("'%s' is %s", times[i].text, times[i].ms >= 0 ? "refused" : "taken");
        if (times[i].ms >= 0)
            assert_int_equal(ms, times[i].ms);
    }
}

static void an_address_has_its_burst_and_then_its_rate(void **state)
{
    struct rate *r = rate_new(60, 3, 100);
    struct addr one;
    struct addr two;

    (void)state;
    assert_true(addr_read_ip(&one, "192.0.2.1", 9, 5060));
    assert_true(addr_read_ip(&two, "192.0.2.2", 9, 5060));
    for (int i = 0; i < 3; i++)
        assert_true(rate_take(r, &one, 1000));
    assert_false(rate_has(r, &one, 1000));
    assert_false(rate_take(r, &one, 1999)); /* one a second */
    assert_int_equal(rate_retry_s(r, &one, 1000), 1);
    assert_true(rate_take(r, &one, 2000));
    assert_true(rate_take(r, &two, 2000)); /* another's is his own */
    for (int i = 0; i < 3; i++)            /* a year fills it to the brim, and no more */
        assert_true(rate_take(r, &one, INT64_C(366) * 86400000));
    assert_false(rate_take(r, &one, INT64_C(366) * 86400000));
    rate_free(r);
}

static void a_flood_of_addresses_costs_no_memory(void **state)
{
    struct rate *r = rate_new(1, 1, 10);
    struct addr a;
    char ip[32];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        int n = snprintf(ip, sizeof(ip), "10.0.%d.%d", i / 250, i % 250 + 1);

        assert_true(addr_read_ip(&a, ip, (size_t)n, 1));
        assert_true(rate_take(r, &a, 0));
    }
    assert_false(rate_take(r, &a, 0)); /* the last ones are remembered */
    assert_true(addr_read_ip(&a, "10.0.0.1", 8, 1));
    assert_true(rate_take(r, &a, 0)); /* the first was forgotten */
    rate_free(r);
}

static void a_network_of_ipv6_is_one_address(void **state)
{
    struct rate *r = rate_new(1, 1, 10);
    struct addr a;

    (void)state;
    assert_true(addr_read_ip(&a, "2001:470::1", 11, 1));
    assert_true(rate_take(r, &a, 0));
    assert_true(addr_read_ip(&a, "2001:470::2", 11, 1));
    assert_false(rate_take(r, &a, 0));
    rate_free(r);
}

static void every_error_has_a_status_a_code_and_a_sentence(void **state)
{
    (void)state;
    for (int e = 0; e <= ERR_BUSY; e++) {
        assert_in_range(err_http((enum err)e), 200, 599);
        assert_true(strlen(err_code((enum err)e)) > 0);
        assert_true(strlen(err_text((enum err)e)) > 0);
    }
    for (int c = 0; c < COUNT_COUNT; c++)
        assert_true(str_eq(count_kind((enum count)c), "gauge") ||
                    strstr(count_name((enum count)c), "_total") != NULL);
}

static void a_c1_control_is_two_bytes(void **state)
{
    (void)state;
    assert_true(str_is_c1("\xc2\x80"));
    assert_true(str_is_c1("\xc2\x9f"
                          "x"));
    assert_false(str_is_c1("\xc2\xa0"));
    assert_false(str_is_c1("\xc3\x9b"));
    assert_false(str_is_c1("\xc2"));
    assert_false(str_is_c1(""));
}

static void a_hexadecimal_digit_is_read_in_either_case_and_nothing_else_is(void **state)
{
    static const char digits[] = "0123456789abcdef";

    (void)state;
    for (int c = 0; c < 256; c++) {
        const char *at = c != 0 ? strchr(digits, tolower(c)) : NULL;

        assert_int_equal(str_hex_value((char)c), at != NULL ? at - digits : -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_is_read_in_every_spelling_and_kept_in_one),
        cmocka_unit_test(a_c1_control_is_two_bytes),
        cmocka_unit_test(a_hexadecimal_digit_is_read_in_either_case_and_nothing_else_is),
        cmocka_unit_test(a_call_id_says_its_place_and_nothing_repeats),
        cmocka_unit_test(ids_of_later_calls_sort_behind_earlier_ones),
        cmocka_unit_test(a_map_keeps_what_a_plain_array_keeps),
        cmocka_unit_test(a_list_gives_up_any_member),
        cmocka_unit_test(texts_in_an_arena_stay_when_it_grows),
        cmocka_unit_test(numbers_are_read_whole_or_not_at_all),
        cmocka_unit_test(a_buffer_grows_and_drops),
        cmocka_unit_test(addresses_are_classed_by_what_they_reach),
        cmocka_unit_test(an_address_is_printed_as_it_was_read),
        cmocka_unit_test(an_object_goes_with_its_last_reference),
        cmocka_unit_test(the_moved_clock_is_ahead_by_what_it_was_moved),
        cmocka_unit_test(a_time_is_read_as_it_is_written_and_nothing_else_is),
        cmocka_unit_test(an_address_has_its_burst_and_then_its_rate),
        cmocka_unit_test(ports_of_an_address_count_together_unless_told_otherwise),
        cmocka_unit_test(a_flood_of_addresses_costs_no_memory),
        cmocka_unit_test(a_network_of_ipv6_is_one_address),
        cmocka_unit_test(every_error_has_a_status_a_code_and_a_sentence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

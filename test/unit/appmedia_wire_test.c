/*
 * appmedia_wire_test.c - messages in frames, and what of them is not allowed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "appmedia/wire.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/tunnel.h"
#include "loop/loop.h"

static struct {
    struct loop *loop;
    struct wire *wire;
    struct buf in, out; /* of what is below */
    bool closed, stuck;
    struct buf texts, binaries;
    size_t messages, pongs, overs;
    char why[80];
    bool violation;
} w;

static ssize_t on_read(void *p, size_t n, void *arg)
{
    (void)arg;
    n = n < w.in.len ? n : w.in.len;
    if (n == 0)
        return w.closed ? TUNNEL_OVER : TUNNEL_AGAIN;
    memcpy(p, w.in.data, n);
    buf_drop(&w.in, n);
    return (ssize_t)n;
}

static ssize_t on_write(const void *p, size_t n, void *arg)
{
    (void)arg;
    if (w.stuck)
        return TUNNEL_AGAIN;
    buf_add(&w.out, p, n);
    return (ssize_t)n;
}

static void on_want(int events, void *arg)
{
    (void)events;
    (void)arg;
}

static void on_text(const char *p, size_t n, void *arg)
{
    (void)arg;
    buf_add(&w.texts, p, n);
    w.messages++;
}

static void on_binary(const uint8_t *p, size_t n, void *arg)
{
    (void)arg;
    buf_add(&w.binaries, p, n);
    w.messages++;
}

static void on_pong(void *arg)
{
    (void)arg;
    w.pongs++;
}

static void on_over(const char *why, bool violation, void *arg)
{
    (void)arg;
    w.overs++;
    w.violation = violation;
    (void)str_copy(w.why, sizeof(w.why), why);
}

static int setup(void **state)
{
    static const struct wire_under under = {.read = on_read, .write = on_write, .want = on_want};
    static const struct wire_hooks hooks = {
        .text = on_text, .binary = on_binary, .pong = on_pong, .over = on_over};

    (void)state;
    memset(&w, 0, sizeof(w));
    w.loop = loop_new("test");
    w.wire = wire_new(w.loop, &under, &hooks, NULL, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    wire_free(w.wire);
    loop_free(w.loop);
    buf_clear(&w.in);
    buf_clear(&w.out);
    buf_clear(&w.texts);
    buf_clear(&w.binaries);
    return 0;
}

/* A frame of the bot: first byte as it stands. */
static void frame(unsigned first, const void *p, size_t n)
{
    buf_char(&w.in, (char)first);
    if (n < 126) {
        buf_char(&w.in, (char)n);
    } else if (n < 65536) {
        buf_char(&w.in, 126);
        buf_char(&w.in, (char)(n >> 8));
        buf_char(&w.in, (char)n);
    } else {
        buf_char(&w.in, 127);
        for (int shift = 56; shift >= 0; shift -= 8)
            buf_char(&w.in, (char)((uint64_t)n >> shift));
    }
    buf_add(&w.in, p, n);
}

static void go(void)
{
    wire_ready(w.wire, LOOP_READ);
}

/* What we said is closed with this code, and it was a violation. */
static void is_refused(unsigned code)
{
    const uint8_t *p = (const uint8_t *)w.out.data;

    go();
    assert_int_equal(w.overs, 0); /* it may read that first */
    w.closed = true;
    go();
    assert_int_equal(w.overs, 1);
    assert_true(w.violation);
    assert_true(w.out.len >= 8);
    p = (const uint8_t *)w.out.data;
    assert_int_equal(p[0], 0x88);
    assert_int_equal(p[1] & 0x80, 0x80);
    assert_int_equal(((p[6] ^ p[2]) << 8) | (p[7] ^ p[3]), code);
}

static void messages_come_through_whole(void **state)
{
    (void)state;
    frame(0x81, "{\"cmd\":", 7);
    frame(0x82, "abc", 3);
    frame(0x01, "1", 1);
    frame(0x80, "2", 1);
    go();
    assert_int_equal(w.messages, 3);
    assert_memory_equal(w.texts.data, "{\"cmd\":12", 9);
    assert_memory_equal(w.binaries.data, "abc", 3);
    assert_int_equal(w.overs, 0);
}

static void what_we_say_is_masked_and_whole(void **state)
{
    const uint8_t *p;
    uint8_t sound[640];

    (void)state;
    for (size_t i = 0; i < sizeof(sound); i++)
        sound[i] = (uint8_t)i;
    wire_binary(w.wire, sound, sizeof(sound));
    assert_false(wire_is_idle(w.wire));
    wire_flush(w.wire);
    assert_true(wire_is_idle(w.wire));
    assert_int_equal(w.out.len, 8 + sizeof(sound));
    p = (const uint8_t *)w.out.data;
    assert_int_equal(p[0], 0x82);
    assert_int_equal(p[1], 0x80 | 126);
    for (size_t i = 0; i < sizeof(sound); i++)
        assert_int_equal(p[8 + i] ^ p[4 + i % 4], sound[i]);
}

static void a_ping_is_answered_and_a_pong_is_told(void **state)
{
    (void)state;
    frame(0x89, "hi", 2);
    frame(0x8a, "", 0);
    go();
    assert_int_equal((uint8_t)w.out.data[0], 0x8a);
    assert_int_equal(w.pongs, 1);
}

static void a_masked_frame_of_theirs_is_a_violation(void **state)
{
    (void)state;
    buf_add(&w.in, "\x82\x83\x01\x02\x03\x04\x05\x06\x07", 9);
    is_refused(1002);
    assert_int_equal(w.messages, 0);
}

static void text_of_more_than_16_KiB_is_too_big(void **state)
{
    char *text = mem_new(WIRE_TEXT_MAX + 1);

    (void)state;
    memset(text, 'x', WIRE_TEXT_MAX + 1);
    frame(0x81, text, WIRE_TEXT_MAX);
    go();
    assert_int_equal(w.overs, 0);
    assert_int_equal(w.texts.len, WIRE_TEXT_MAX);
    frame(0x81, text, WIRE_TEXT_MAX + 1);
    mem_free(text);
    is_refused(1009);
}

static void binary_of_more_than_64_KiB_is_too_big(void **state)
{
    char *data = mem_new(WIRE_BINARY_MAX + 1);

    (void)state;
    frame(0x82, data, WIRE_BINARY_MAX);
    go();
    assert_int_equal(w.binaries.len, WIRE_BINARY_MAX);
    frame(0x82, data, WIRE_BINARY_MAX + 1);
    mem_free(data);
    is_refused(1009);
}

static void a_length_of_2_to_the_63_is_too_big_before_it_is_there(void **state)
{
    (void)state;
    buf_add(&w.in,
            "\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"
            "x",
            11);
    is_refused(1009);
}

static void more_than_64_fragments_are_a_violation(void **state)
{
    (void)state;
    frame(0x02, "a", 1);
    for (int i = 1; i < WIRE_FRAGMENTS_MAX; i++)
        frame(0x00, "a", 1);
    go();
    assert_int_equal(w.overs, 0);
    frame(0x00, "a", 1);
    is_refused(1002);
}

static void text_that_is_not_UTF_8_is_a_violation(void **state)
{
    (void)state;
    frame(0x81, "\xff\xfe", 2);
    is_refused(1007);
}

static void frames_that_rfc_6455_does_not_know_are_violations(void **state)
{
    static const char *const rows[] = {"\x83", "\xf2", "\x80"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        frame((uint8_t)rows[i][0], "a", 1);
        is_refused(1002);
        (void)teardown(state);
        (void)setup(state);
    }
}

static void a_ping_in_pieces_is_a_violation(void **state)
{
    (void)state;
    frame(0x09, "a", 1);
    is_refused(1002);
}

static void a_close_is_answered_and_no_violation(void **state)
{
    (void)state;
    frame(0x88, "\x03\xe8", 2);
    go();
    assert_int_equal(w.overs, 1);
    assert_false(w.violation);
    assert_int_equal((uint8_t)w.out.data[0], 0x88);
}

static void who_broke_a_rule_and_does_not_close_is_closed(void **state)
{
    (void)state;
    frame(0x82 | 0x40, "x", 1);
    for (int i = 0; i < 100; i++)
        frame(0x82, "unread", 6);
    go();
    assert_int_equal(w.in.len, 0); /* thrown away: unread bytes would reset the connection */
    assert_int_equal(w.messages, 0);
    assert_int_equal(w.overs, 0);
    clock_advance_ms(1000);
    loop_clock_moved(w.loop);
    for (int i = 0; i < 10 && w.overs == 0; i++)
        loop_step(w.loop, 100);
    assert_int_equal(w.overs, 1);
    assert_true(w.violation);
}

static void a_broken_connection_is_told_once(void **state)
{
    (void)state;
    w.closed = true;
    go();
    go();
    assert_int_equal(w.overs, 1);
    assert_false(w.violation);
}

static void whoever_does_not_read_is_over_and_told_from_the_loop(void **state)
{
    char text[1024];

    (void)state;
    memset(text, 'x', sizeof(text));
    w.stuck = true;
    for (int i = 0; i < 200 && w.overs == 0; i++) {
        wire_text(w.wire, text, sizeof(text));
        wire_flush(w.wire);
    }
    assert_int_equal(w.overs, 0);
    loop_step(w.loop, 100);
    assert_int_equal(w.overs, 1);
    assert_non_null(strstr(w.why, "does not read"));
}

static void empty_pings_that_nobody_reads_the_answers_of_are_bounded(void **state)
{
    (void)state;
    w.stuck = true;
    for (int i = 0; i < 100000; i++)
        frame(0x89, "", 0);
    for (int i = 0; i < 10 && w.overs == 0; i++)
        go();
    assert_int_equal(w.overs, 1);
    assert_non_null(strstr(w.why, "does not read"));
}

static void small_messages_are_work_too(void **state)
{
    (void)state;
    for (int i = 0; i < 50000; i++)
        frame(0x81, "{}", 2);
    go();
    assert_true(w.messages <= 2500);
    for (int i = 0; i < 1000 && w.messages < 50000; i++)
        loop_step(w.loop, 100);
    assert_int_equal(w.messages, 50000);
}

static void nobody_holds_the_thread_by_sending(void **state)
{
    char *data = mem_new(60000);

    (void)state;
    for (int i = 0; i < 20; i++)
        frame(0x82, data, 60000);
    mem_free(data);
    go();
    assert_true(w.messages < 6);
    for (int i = 0; i < 10 && w.messages < 20; i++)
        loop_step(w.loop, 100); /* goes on by itself, though nothing is ready any more */
    assert_int_equal(w.messages, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(messages_come_through_whole),
        T(what_we_say_is_masked_and_whole),
        T(a_ping_is_answered_and_a_pong_is_told),
        T(a_masked_frame_of_theirs_is_a_violation),
        T(text_of_more_than_16_KiB_is_too_big),
        T(binary_of_more_than_64_KiB_is_too_big),
        T(a_length_of_2_to_the_63_is_too_big_before_it_is_there),
        T(more_than_64_fragments_are_a_violation),
        T(text_that_is_not_UTF_8_is_a_violation),
        T(frames_that_rfc_6455_does_not_know_are_violations),
        T(a_ping_in_pieces_is_a_violation),
        T(a_close_is_answered_and_no_violation),
        T(who_broke_a_rule_and_does_not_close_is_closed),
        T(a_broken_connection_is_told_once),
        T(whoever_does_not_read_is_over_and_told_from_the_loop),
        T(empty_pings_that_nobody_reads_the_answers_of_are_bounded),
        T(small_messages_are_work_too),
        T(nobody_holds_the_thread_by_sending),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_rtcp_test.c - RTCP against numbers made by hand, and round trips between two of us.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "media/rtcp.h"
#include "media/rtp.h"

#define SECOND ((uint64_t)1 << 32)

static struct rtcp party(uint32_t ssrc)
{
    struct rtcp r;

    rtcp_init(&r, ssrc, "name@carillon", 8000);
    return r;
}

static void losses_are_counted_over_the_wrap(void **state)
{
    struct rtcp r = party(1);
    uint8_t out[RTCP_PACKET_MAX];

    (void)state;
    rtcp_on_packet(&r, 9, 65534, 0, 0);
    rtcp_on_packet(&r, 9, 65535, 160, 160);
    rtcp_on_packet(&r, 9, 0, 320, 320);
    rtcp_on_packet(&r, 9, 2, 640, 640); /* 1 is lost */
    assert_int_equal(rtcp_expected(&r), 5);
    assert_int_equal(rtcp_lost(&r), 1);
    assert_int_equal(rtcp_write(&r, SECOND, 0, false, out), 8 + 24 + 24);
    assert_int_equal(out[1], 201); /* RR: nothing was sent */
    assert_int_equal(rtp_get32(out + 8), 9);
    assert_int_equal(out[12], 51); /* 1 of 5, in 256ths */
    assert_int_equal(rtp_get32(out + 12) & 0xffffff, 1);
    assert_int_equal(rtp_get32(out + 16), 0x10002);

    rtcp_on_packet(&r, 9, 3, 800, 800); /* the next report is of this one alone */
    (void)rtcp_write(&r, SECOND, 0, false, out);
    assert_int_equal(out[12], 0);
    assert_int_equal(rtp_get32(out + 12) & 0xffffff, 1);
}

static void a_late_packet_is_no_loss_and_no_wrap(void **state)
{
    struct rtcp r = party(1);

    (void)state;
    rtcp_on_packet(&r, 9, 10, 0, 0);
    rtcp_on_packet(&r, 9, 12, 320, 320);
    rtcp_on_packet(&r, 9, 11, 160, 330);
    assert_int_equal(rtcp_expected(&r), 3);
    assert_int_equal(rtcp_lost(&r), 0);
    rtcp_on_packet(&r, 9, 12, 320, 330); /* a duplicate: more came than was expected */
    assert_int_equal(rtcp_lost(&r), 0);
}

static void jitter_is_that_of_a_8(void **state)
{
    struct rtcp r = party(1);

    (void)state;
    rtcp_on_packet(&r, 9, 1, 0, 1000);
    rtcp_on_packet(&r, 9, 2, 160, 1240); /* transit 1080: D = 80, J = 5 */
    rtcp_on_packet(&r, 9, 3, 320, 1400); /* D = 0, J = 4.6875 */
    rtcp_on_packet(&r, 9, 4, 480, 1480); /* D = -80, J = 9.39453125 */
    assert_true(fabs(r.heard.jitter - 9.39453125) < 1e-9);
    assert_true(fabs(rtcp_jitter_ms(&r) - 9.39453125 / 8) < 1e-9);
}

static void a_jump_of_the_sequence_begins_a_new_count(void **state)
{
    struct rtcp r = party(1);

    (void)state;
    rtcp_on_packet(&r, 9, 10, 0, 0);
    rtcp_on_packet(&r, 9, 40000, 0, 0);
    rtcp_on_packet(&r, 9, 40001, 0, 0);
    assert_int_equal(rtcp_expected(&r), 2);
    rtcp_on_packet(&r, 10, 7, 0, 0); /* another SSRC too */
    assert_int_equal(rtcp_expected(&r), 1);
}

static void the_round_trip_is_that_of_6_4_1(void **state)
{
    struct rtcp a = party(1), b = party(2);
    uint8_t out[RTCP_PACKET_MAX];
    uint64_t t = 1000 * SECOND + SECOND / 3;
    size_t n;

    (void)state;
    a.sent_since = true;
    a.packets_sent = 7;
    a.octets_sent = 1120;
    n = rtcp_write(&a, t, 4711, false, out);
    assert_int_equal(out[1], 200);
    assert_int_equal(rtp_get32(out + 16), 4711);
    assert_int_equal(rtp_get32(out + 20), 7);
    assert_int_equal(rtp_get32(out + 24), 1120);
    assert_true(rtcp_read(&b, out, n, t + SECOND / 8)); /* 125 ms there */

    rtcp_on_packet(&b, 1, 1, 0, 0);
    n = rtcp_write(&b, t + SECOND / 8 + 2 * SECOND, 0, false, out);  /* answered after 2 s */
    assert_true(rtcp_read(&a, out, n, t + SECOND / 4 + 2 * SECOND)); /* 125 ms back */
    assert_true(fabs(a.round_trip_ms - 250) < 0.1);
    assert_true(fabs(a.their_loss) < 1e-9);
    assert_true(b.round_trip_ms < 0); /* nobody has reported on b */
}

static void a_report_on_somebody_else_is_not_ours(void **state)
{
    struct rtcp a = party(1), b = party(2);
    uint8_t out[RTCP_PACKET_MAX];

    (void)state;
    rtcp_on_packet(&b, 77, 1, 0, 0);
    assert_true(rtcp_read(&a, out, rtcp_write(&b, SECOND, 0, false, out), SECOND));
    assert_true(a.their_loss < 0);
    assert_true(a.round_trip_ms < 0);
}

static void when_all_is_lost_the_fraction_does_not_overflow(void **state)
{
    struct rtcp r = party(1);
    uint8_t out[RTCP_PACKET_MAX];

    (void)state;
    rtcp_on_packet(&r, 9, 1, 0, 0);
    (void)rtcp_write(&r, SECOND, 0, false, out);
    rtcp_on_packet(&r, 9, 2000, 0, 0);
    (void)rtcp_write(&r, SECOND, 0, false, out);
    assert_int_equal(out[12], 255);
}

static void a_bye_is_written_and_understood(void **state)
{
    struct rtcp a = party(1), b = party(2);
    uint8_t out[RTCP_PACKET_MAX];
    size_t n = rtcp_write(&a, SECOND, 0, true, out);

    (void)state;
    assert_int_equal(n % 4, 0);
    assert_true(rtcp_read(&b, out, n, SECOND));
    assert_true(b.bye);
    assert_int_equal(out[n - 7], 203);
    assert_int_equal(rtp_get32(out + n - 4), 1);
}

static void a_cname_is_in_every_packet(void **state)
{
    struct rtcp a = party(1);
    uint8_t out[RTCP_PACKET_MAX];
    size_t n = rtcp_write(&a, SECOND, 0, false, out);

    (void)state;
    assert_int_equal(out[9], 202);
    assert_int_equal(out[16], 1);
    assert_int_equal(out[17], strlen("name@carillon"));
    assert_memory_equal(out + 18, "name@carillon", 13);
    assert_int_equal(out[n - 1], 0);
}

static void what_is_cut_or_lies_is_refused(void **state)
{
    struct rtcp a = party(1), b = party(2);
    uint8_t out[RTCP_PACKET_MAX];
    size_t n;

    (void)state;
    a.sent_since = true;
    rtcp_on_packet(&a, 9, 1, 0, 0);
    n = rtcp_write(&a, SECOND, 0, true, out);
    for (size_t i = 0; i < n; i++) {
        /* Whole packets at the front are a compound packet of their own. */
        if (i != 52 && i != n - 8)
            assert_false(rtcp_read(&b, out, i, SECOND));
    }
    out[1] = 202; /* SDES must not be first */
    assert_false(rtcp_read(&b, out, n, SECOND));
    out[1] = 200;
    out[0] = 0x01;
    assert_false(rtcp_read(&b, out, n, SECOND));
}

static void more_blocks_said_than_sent_are_not_read(void **state)
{
    static const uint8_t lying[8] = {0x80 | 31, 201, 0, 1, 0, 0, 0, 5};
    static const uint8_t empty_sr[8] = {0x81, 200, 0, 1, 0, 0, 0, 5};
    struct rtcp r = party(1);

    (void)state;
    assert_true(rtcp_read(&r, lying, sizeof(lying), SECOND));
    assert_true(rtcp_read(&r, empty_sr, sizeof(empty_sr), SECOND));
    assert_true(r.their_loss < 0);
    assert_int_equal(r.their_sr, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_are_counted_over_the_wrap),
        cmocka_unit_test(a_late_packet_is_no_loss_and_no_wrap),
        cmocka_unit_test(jitter_is_that_of_a_8),
        cmocka_unit_test(a_jump_of_the_sequence_begins_a_new_count),
        cmocka_unit_test(the_round_trip_is_that_of_6_4_1),
        cmocka_unit_test(a_report_on_somebody_else_is_not_ours),
        cmocka_unit_test(when_all_is_lost_the_fraction_does_not_overflow),
        cmocka_unit_test(a_bye_is_written_and_understood),
        cmocka_unit_test(a_cname_is_in_every_packet),
        cmocka_unit_test(what_is_cut_or_lies_is_refused),
        cmocka_unit_test(more_blocks_said_than_sent_are_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

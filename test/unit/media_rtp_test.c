/*
 * media_rtp_test.c - RTP packets read, and the rules of whose packets are heard.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "media/rtp.h"
#include "media/source.h"

static void what_is_written_is_read_again(void **state)
{
    struct rtp_packet out = {.payload_type = 101,
                             .marker = true,
                             .sequence = 0xfffe,
                             .timestamp = 0x89abcdef,
                             .ssrc = 0x01020304};
    struct rtp_packet in;
    uint8_t bytes[RTP_HEADER + 3] = {[RTP_HEADER] = 'a', 'b', 'c'};

    (void)state;
    rtp_write_header(&out, bytes);
    assert_true(rtp_read(&in, bytes, sizeof(bytes)));
    assert_int_equal(in.payload_type, 101);
    assert_true(in.marker);
    assert_int_equal(in.sequence, 0xfffe);
    assert_int_equal(in.timestamp, 0x89abcdef);
    assert_int_equal(in.ssrc, 0x01020304);
    assert_int_equal(in.len, 3);
    assert_memory_equal(in.payload, "abc", 3);
}

static void sources_extension_and_padding_are_skipped(void **state)
{
    static const uint8_t bytes[] = {
        0xb2, 0,    0, 1, 0, 0, 0, 2, 0, 0, 0, 3, /* padding, extension, two sources */
        9,    9,    9, 9, 8, 8, 8, 8,             /* the sources */
        0xbe, 0xde, 0, 1, 7, 7, 7, 7,             /* one word of extension */
        'x',  'y',  0, 0, 3,                      /* payload, three bytes of padding */
    };
    struct rtp_packet p;

    (void)state;
    assert_true(rtp_read(&p, bytes, sizeof(bytes)));
    assert_int_equal(p.len, 2);
    assert_memory_equal(p.payload, "xy", 2);
}

/* A packet with this header extension, of n words. */
static uint8_t level_in(const uint8_t *extension, size_t words, int id)
{
    uint8_t bytes[RTP_HEADER + 32] = {0x90};
    struct rtp_packet p;

    memcpy(bytes + RTP_HEADER, extension, 4 + 4 * words);
    rtp_put16(bytes + RTP_HEADER + 2, (uint16_t)words);
    assert_true(rtp_read(&p, bytes, RTP_HEADER + 4 + 4 * words));
    assert_int_equal(p.level, RTP_NO_LEVEL);
    return rtp_level(&p, id);
}

static void a_packet_says_how_loud_it_is(void **state)
{
    /* another element, padding between, then number 3: voice, -33 dBov */
    static const uint8_t one[] = {0xbe, 0xde, 0, 0, 0x11, 'm', '1', 0, 0, 0x30, 0x80 | 33, 0};
    static const uint8_t two[] = {0x10, 0x07, 0, 0, 200, 1, 0x80 | 55, 3, 0, 0, 3, 1};
    static const uint8_t two_more[] = {0x10, 0x00, 0, 0, 1, 0, 0, 3, 1, 127, 0, 0};
    static const uint8_t stopped[] = {0xbe, 0xde, 0, 0, 0xf0, 0, 0x30, 33};
    static const uint8_t cut[] = {0xbe, 0xde, 0, 0, 0x20, 1, 0, 0x30};
    static const uint8_t other[] = {0xab, 0xcd, 0, 0, 0x30, 33, 0, 0};
    struct rtp_packet none = {.extension = NULL};

    (void)state;
    assert_int_equal(level_in(one, 2, 3), 33);
    assert_int_equal(level_in(one, 2, 2), RTP_NO_LEVEL);
    assert_int_equal(level_in(one, 2, 0), RTP_NO_LEVEL); /* not agreed; padding is no element */
    assert_int_equal(level_in(two, 2, 200), 55);
    assert_int_equal(level_in(two, 2, 3), RTP_NO_LEVEL); /* of no length; the other one is cut */
    assert_int_equal(level_in(two_more, 2, 3), 127);
    assert_int_equal(level_in(stopped, 1, 3), RTP_NO_LEVEL);
    assert_int_equal(level_in(stopped, 1, 15), RTP_NO_LEVEL);
    assert_int_equal(level_in(cut, 1, 3), RTP_NO_LEVEL);
    assert_int_equal(level_in(other, 1, 3), RTP_NO_LEVEL);
    assert_int_equal(rtp_level(&none, 3), RTP_NO_LEVEL);
}

static void what_is_cut_or_lies_is_refused(void **state)
{
    static const uint8_t whole[] = {0xb1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3,   9,
                                    9,    9, 9, 1, 1, 0, 1, 7, 7, 7, 7, 'x', 1};
    uint8_t bytes[sizeof(whole)];
    struct rtp_packet p;

    (void)state;
    assert_true(rtp_read(&p, whole, sizeof(whole)));
    for (size_t n = 0; n < sizeof(whole) - 2; n++)
        assert_false(rtp_read(&p, whole, n));
    memcpy(bytes, whole, sizeof(bytes));
    bytes[sizeof(bytes) - 1] = 3; /* more padding than there is payload */
    assert_false(rtp_read(&p, bytes, sizeof(bytes)));
    bytes[sizeof(bytes) - 1] = 0;
    assert_false(rtp_read(&p, bytes, sizeof(bytes)));
    memcpy(bytes, whole, sizeof(bytes));
    bytes[0] = 0x71; /* version 1 */
    assert_false(rtp_read(&p, bytes, sizeof(bytes)));
}

static void garbage_never_points_outside(void **state)
{
    uint32_t dice = 1;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint8_t bytes[40];
        struct rtp_packet p;
        size_t len;

        for (size_t k = 0; k < sizeof(bytes); k++) {
            dice = dice * 1664525u + 1013904223u;
            bytes[k] = (uint8_t)(dice >> 24);
        }
        bytes[0] = (uint8_t)(0x80 | (bytes[0] & 0x3f));
        len = dice % (sizeof(bytes) + 1);
        if (!rtp_read(&p, bytes, len))
            continue;
        assert_true(p.payload >= bytes + RTP_HEADER);
        assert_true(p.payload + p.len <= bytes + len);
    }
}

static void rtcp_on_the_same_port_is_told_apart(void **state)
{
    static const uint8_t sr[] = {0x80, 200}, rtp[] = {0x80, 0x80 | 8}, key[] = {0x80, 101};

    (void)state;
    assert_true(rtp_is_rtcp(sr, 2));
    assert_false(rtp_is_rtcp(rtp, 2));
    assert_false(rtp_is_rtcp(key, 2));
    assert_false(rtp_is_rtcp(sr, 1));
}

/* Sources. */

static struct addr at(const char *ip, uint16_t port)
{
    struct addr a;

    assert_true(addr_read_ip(&a, ip, strlen(ip), port));
    return a;
}

static struct source agreed(void)
{
    struct source s = {.payload_type = 8, .telephone_event = 101};
    struct addr sdp = at("10.0.0.1", 4000), signalling = at("192.168.1.7", 5060);

    source_agree(&s, &sdp, true, &signalling, true);
    return s;
}

static enum source_verdict say(struct source *s, struct addr from, uint32_t ssrc, uint16_t sequence,
                               int64_t now_ms)
{
    struct rtp_packet p = {.payload_type = 8, .ssrc = ssrc, .sequence = sequence};

    return source_judge(s, &from, &p, now_ms);
}

static void lock(struct source *s, struct addr from, uint32_t ssrc, int64_t now_ms)
{
    for (int i = 0; i < SOURCE_LOCK_PACKETS; i++)
        assert_int_not_equal(say(s, from, ssrc, (uint16_t)(65535 + i), now_ms), SOURCE_REFUSED);
    assert_true(s->locked);
}

static void the_sdp_address_and_the_signalling_ip_are_heard(void **state)
{
    struct source s = agreed();

    (void)state;
    assert_int_equal(say(&s, at("10.0.0.1", 4001), 1, 1, 0), SOURCE_REFUSED); /* another port */
    assert_int_equal(say(&s, at("10.0.0.2", 4000), 1, 1, 0), SOURCE_REFUSED);
    assert_int_equal(say(&s, at("192.168.1.8", 4000), 1, 1, 0), SOURCE_REFUSED);
    assert_int_equal(say(&s, at("10.0.0.1", 4000), 1, 1, 0), SOURCE_NEW);
    assert_int_equal(say(&s, at("10.0.0.1", 4000), 1, 2, 0), SOURCE_HEARD);
    assert_int_equal(say(&s, at("192.168.1.7", 999), 2, 1, 0), SOURCE_NEW);
}

static void an_unfit_sdp_address_is_not_heard(void **state)
{
    struct source s = {.payload_type = 8, .telephone_event = -1};
    struct addr sdp = at("169.254.169.254", 4000), signalling = at("192.168.1.7", 5060);

    (void)state;
    source_agree(&s, &sdp, false, &signalling, true);
    assert_int_equal(say(&s, sdp, 1, 1, 0), SOURCE_REFUSED);
    assert_null(source_destination(&s));
    assert_false(source_ip_is_right(&s, &sdp));
    lock(&s, at("192.168.1.7", 7000), 1, 0);
    assert_int_equal(addr_port(source_destination(&s)), 7000);
}

static void three_packets_in_sequence_lock(void **state)
{
    struct source s = agreed();
    struct addr a = at("10.0.0.1", 4000);

    (void)state;
    (void)say(&s, a, 1, 10, 0);
    (void)say(&s, a, 1, 12, 0);
    (void)say(&s, a, 1, 13, 0);
    assert_false(s.locked);
    (void)say(&s, a, 1, 14, 0);
    assert_true(s.locked);
}

static void others_are_refused_once_it_is_locked(void **state)
{
    struct source s = agreed();
    struct addr a = at("10.0.0.1", 4000);
    struct rtp_packet wrong = {.payload_type = 0, .ssrc = 1, .sequence = 4};
    struct rtp_packet key = {.payload_type = 101, .ssrc = 1, .sequence = 4};

    (void)state;
    lock(&s, a, 1, 0);
    assert_int_equal(say(&s, a, 2, 1, 100), SOURCE_REFUSED);                       /* SSRC */
    assert_int_equal(say(&s, at("192.168.1.7", 4000), 1, 3, 100), SOURCE_REFUSED); /* address */
    assert_int_equal(source_judge(&s, &a, &wrong, 100), SOURCE_REFUSED);           /* type */
    assert_int_equal(source_judge(&s, &a, &key, 100), SOURCE_HEARD);
}

static void a_wrong_type_is_refused_before_the_lock_too(void **state)
{
    struct source s = agreed();
    struct addr a = at("10.0.0.1", 4000);
    struct rtp_packet wrong = {.payload_type = 13, .ssrc = 1};

    (void)state;
    assert_int_equal(source_judge(&s, &a, &wrong, 0), SOURCE_REFUSED);
    assert_false(s.known);
}

static void after_two_seconds_of_silence_the_same_ip_may_change(void **state)
{
    struct source s = agreed();
    struct addr a = at("10.0.0.1", 4000);

    (void)state;
    lock(&s, a, 1, 0);
    assert_int_equal(say(&s, a, 2, 1, 1999), SOURCE_REFUSED);
    assert_int_equal(say(&s, at("192.168.1.7", 4000), 2, 1, 2000), SOURCE_REFUSED); /* another IP */
    assert_int_equal(say(&s, a, 2, 1, 2000), SOURCE_NEW);
    assert_int_equal(say(&s, a, 2, 2, 2020), SOURCE_HEARD);
    assert_int_equal(say(&s, a, 2, 3, 2040), SOURCE_HEARD);
    assert_true(s.locked);
    assert_int_equal(s.ssrc, 2);
}

static void a_reinvite_forgets_the_lock(void **state)
{
    struct source s = agreed();
    struct addr a = at("10.0.0.1", 4000), b = at("10.0.0.9", 4444), sig = at("192.168.1.7", 0);

    (void)state;
    lock(&s, a, 1, 0);
    source_agree(&s, &b, true, &sig, false); /* a refresh changes nothing for the lock */
    assert_true(s.locked);
    source_agree(&s, &b, true, &sig, true);
    assert_int_equal(say(&s, a, 1, 9, 10), SOURCE_REFUSED);
    assert_int_equal(say(&s, b, 5, 9, 10), SOURCE_NEW);
}

static void ours_goes_to_the_sdp_until_the_signalling_ip_is_locked(void **state)
{
    struct source s = agreed();

    (void)state;
    assert_int_equal(addr_port(source_destination(&s)), 4000);
    lock(&s, at("10.0.0.1", 4000), 1, 0);
    assert_int_equal(addr_port(source_destination(&s)), 4000);

    s = agreed();
    (void)say(&s, at("192.168.1.7", 31000), 1, 1, 0);
    assert_int_equal(addr_port(source_destination(&s)), 4000);
    lock(&s, at("192.168.1.7", 31000), 1, 0);
    assert_int_equal(addr_port(source_destination(&s)), 31000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(sources_extension_and_padding_are_skipped),
        cmocka_unit_test(a_packet_says_how_loud_it_is),
        cmocka_unit_test(what_is_cut_or_lies_is_refused),
        cmocka_unit_test(garbage_never_points_outside),
        cmocka_unit_test(rtcp_on_the_same_port_is_told_apart),
        cmocka_unit_test(the_sdp_address_and_the_signalling_ip_are_heard),
        cmocka_unit_test(an_unfit_sdp_address_is_not_heard),
        cmocka_unit_test(three_packets_in_sequence_lock),
        cmocka_unit_test(others_are_refused_once_it_is_locked),
        cmocka_unit_test(a_wrong_type_is_refused_before_the_lock_too),
        cmocka_unit_test(after_two_seconds_of_silence_the_same_ip_may_change),
        cmocka_unit_test(a_reinvite_forgets_the_lock),
        cmocka_unit_test(ours_goes_to_the_sdp_until_the_signalling_ip_is_locked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_dtmf_test.c - keys as events and as tones, heard and sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "media/dtmf.h"
#include "tone.h"

static const char all_keys[] = "0123456789*#ABCD";

static char event(struct dtmf_events *d, uint8_t code, uint32_t timestamp, uint16_t duration,
                  bool end)
{
    uint8_t payload[4] = {code, end ? 0x8a : 0x0a};
    struct rtp_packet p = {.timestamp = timestamp, .payload = payload, .len = 4};

    rtp_put16(payload + 2, duration);
    return dtmf_event_read(d, &p);
}

static void one_press_is_one_key(void **state)
{
    struct dtmf_events d = {0};

    (void)state;
    assert_int_equal(event(&d, 5, 1000, 160, false), '5');
    assert_int_equal(event(&d, 5, 1000, 320, false), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(event(&d, 5, 1000, 480, true), 0);
    assert_int_equal(event(&d, 5, 3000, 160, false), '5'); /* pressed again */
}

static void lost_starts_and_ends_are_borne(void **state)
{
    struct dtmf_events d = {0};

    (void)state;
    assert_int_equal(event(&d, 1, 1000, 800, true), '1'); /* only an end came */
    assert_int_equal(event(&d, 1, 1000, 800, true), 0);
    assert_int_equal(event(&d, 2, 5000, 160, false), '2'); /* its end is lost */
    assert_int_equal(event(&d, 3, 9000, 160, false), '3');
    assert_int_equal(event(&d, 2, 5000, 800, true), 0); /* late */
}

static void a_long_press_is_one_key_though_it_is_several_events(void **state)
{
    struct dtmf_events d = {0};

    (void)state;
    assert_int_equal(event(&d, 9, 1000, 160, false), '9');
    assert_int_equal(event(&d, 9, 1000, 0xffff, false), 0);
    assert_int_equal(event(&d, 9, 1000 + 0xffff, 160, false), 0); /* RFC 4733, 2.5.1.3 */
    assert_int_equal(event(&d, 9, 1000 + 0xffff, 800, true), 0);
    assert_int_equal(event(&d, 9, 200000, 160, false), '9');
}

static void every_key_has_its_code(void **state)
{
    struct dtmf_events d = {0};

    (void)state;
    for (uint8_t i = 0; i < 16; i++) {
        assert_int_equal(event(&d, i, 1000u * (i + 1u), 160, true), all_keys[i]);
        assert_int_equal(dtmf_code(all_keys[i]), i);
    }
    assert_int_equal(dtmf_code('b'), dtmf_code('B'));
    assert_int_equal(dtmf_code('x'), -1);
    assert_int_equal(dtmf_code(0), -1);
}

static void other_events_and_short_packets_are_no_keys(void **state)
{
    struct dtmf_events d = {0};
    uint8_t payload[4] = {1};
    struct rtp_packet p = {.timestamp = 5, .payload = payload, .len = 3};

    (void)state;
    assert_int_equal(event(&d, 16, 1000, 160, false), 0); /* flash */
    assert_int_equal(event(&d, 255, 1000, 160, false), 0);
    assert_int_equal(dtmf_event_read(&d, &p), 0);
    assert_false(d.any);
}

static size_t hear_tones(const char *keys, int key_ms, char *heard)
{
    struct dtmf_ear *ear = dtmf_ear_new();
    struct dtmf_send send;
    size_t n = 0;

    for (size_t i = 0; keys[i] != 0; i++) {
        char key[2] = {keys[i], 0};
        bool first;

        assert_true(dtmf_send_begin(&send, key, 100));
        (void)dtmf_send_step(&send, &first);
        for (int ms = 0; ms < key_ms + 100; ms += 10) {
            int16_t pcm[80] = {0};

            if (ms < key_ms)
                dtmf_send_tone(&send, pcm, 80, 8000);
            n += dtmf_ear_hear(ear, pcm, 80, heard + n, 32 - n);
        }
    }
    dtmf_ear_free(ear);
    heard[n] = 0;
    return n;
}

static void every_tone_is_heard_once_from_40_ms_on(void **state)
{
    char heard[33];

    (void)state;
    (void)hear_tones(all_keys, 100, heard);
    assert_string_equal(heard, all_keys);
    (void)hear_tones(all_keys, 40, heard);
    assert_string_equal(heard, all_keys);
    (void)hear_tones("5", 2000, heard);
    assert_string_equal(heard, "5");
    assert_int_equal(hear_tones("5", 10, heard), 0);
}

static void a_pure_tone_is_no_key(void **state)
{
    struct dtmf_ear *ear = dtmf_ear_new();
    double phase = 0;
    char keys[32];

    (void)state;
    for (int i = 0; i < 100; i++) {
        int16_t pcm[160];

        tone_make(pcm, 160, 8000, i < 50 ? 697 : 1000, 8000, &phase);
        assert_int_equal(dtmf_ear_hear(ear, pcm, 160, keys, 32), 0);
    }
    dtmf_ear_free(ear);
}

static void events_are_sent_with_three_ends_and_growing_durations(void **state)
{
    struct dtmf_send d;
    uint32_t timestamp, began = 5000;
    uint8_t payload[4];
    bool first;

    (void)state;
    assert_true(dtmf_send_begin(&d, "7#", 100));
    for (int key = 0; key < 2; key++) {
        for (uint32_t tick = 0; tick < 10; tick++) {
            uint32_t now = began + tick * 160;
            enum dtmf_step step = dtmf_send_step(&d, &first);

            assert_int_equal(step, tick < 5 ? DTMF_KEY : DTMF_PAUSE);
            assert_int_equal(first, tick == 0);
            assert_int_equal(dtmf_send_event(&d, now, 160, payload, &timestamp), tick < 7);
            if (tick >= 7)
                continue;
            assert_int_equal(timestamp, began);
            assert_int_equal(payload[0], key == 0 ? 7 : 11);
            assert_int_equal(payload[1] & 0x80, tick < 4 ? 0 : 0x80);
            assert_int_equal(rtp_get16(payload + 2), tick < 4 ? (tick + 1) * 160 : 800);
        }
        began += 1600;
    }
    assert_int_equal(dtmf_send_step(&d, &first), DTMF_DONE);
    assert_false(dtmf_send_active(&d));
}

static void what_we_send_we_understand(void **state)
{
    struct dtmf_events in = {0};
    struct dtmf_send d;
    char heard[40];
    size_t n = 0;
    bool first;

    (void)state;
    assert_true(dtmf_send_begin(&d, "1159d", 60));
    for (uint32_t now = 0; dtmf_send_step(&d, &first) != DTMF_DONE; now += 160) {
        uint8_t payload[4];
        struct rtp_packet p = {.payload = payload, .len = 4};
        char key;

        if (!dtmf_send_event(&d, now, 160, payload, &p.timestamp))
            continue;
        key = dtmf_event_read(&in, &p);
        if (key != 0)
            heard[n++] = key;
    }
    heard[n] = 0;
    assert_string_equal(heard, "1159D");
}

static void keys_that_do_not_exist_are_refused(void **state)
{
    struct dtmf_send d = {0};

    (void)state;
    assert_false(dtmf_send_begin(&d, "", 100));
    assert_false(dtmf_send_begin(&d, "12x", 100));
    assert_false(dtmf_send_begin(&d, "1", -1));
    assert_false(dtmf_send_begin(&d, "123456789012345678901234567890123", 100));
    assert_false(dtmf_send_active(&d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_press_is_one_key),
        cmocka_unit_test(lost_starts_and_ends_are_borne),
        cmocka_unit_test(a_long_press_is_one_key_though_it_is_several_events),
        cmocka_unit_test(every_key_has_its_code),
        cmocka_unit_test(other_events_and_short_packets_are_no_keys),
        cmocka_unit_test(every_tone_is_heard_once_from_40_ms_on),
        cmocka_unit_test(a_pure_tone_is_no_key),
        cmocka_unit_test(events_are_sent_with_three_ends_and_growing_durations),
        cmocka_unit_test(what_we_send_we_understand),
        cmocka_unit_test(keys_that_do_not_exist_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_rtp_leg_test.c - what was agreed and what it means for a leg, in fake time, without
 * sockets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "media/pieces.h"
#include "media/rtp_leg.h"

enum { FRAME = 160, START_MS = 1000 };

struct world {
    struct rtp_leg *leg;
    struct pieces *pool;
    struct media_peer peer;
    struct addr phone;
    uint16_t sequence;
    uint32_t ssrc;
    size_t silent, heard, keys;
};

static void on_event(const struct media_event *e, void *arg)
{
    struct world *w = arg;

    w->silent += e->kind == MEDIA_EV_SILENT ? 1 : 0;
    w->heard += e->kind == MEDIA_EV_HEARD ? 1 : 0;
    w->keys += e->kind == MEDIA_EV_KEY ? 1 : 0;
}

static int setup(void **state)
{
    struct world *w = mem_new(sizeof(*w));
    struct rtp_leg_setup s = {
        .port = 1, .rtp_fd = -1, .rtcp_fd = -1, .silence_ms = 5000, .cname = "a@b"};

    w->leg = rtp_leg_new(&s);
    w->pool = pieces_new(64);
    jitter_use(w->leg->jitter, w->pool);
    w->leg->tell = on_event;
    w->leg->tell_arg = w;
    w->ssrc = 9;
    assert_true(addr_read_ip(&w->phone, "10.0.0.1", 8, 4000));
    w->peer.agreed.rtp = w->peer.agreed.rtcp = w->peer.signalling = w->phone;
    w->peer.agreed.codec = SDP_PCMA;
    w->peer.agreed.payload_type = 8;
    w->peer.agreed.telephone_event = -1;
    w->peer.agreed.direction = SDP_SENDRECV;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    rtp_leg_free(w->leg);
    pieces_free(w->pool);
    mem_free(w);
    return 0;
}

static bool agree(struct world *w, int64_t now_ms)
{
    struct kit *none = NULL;

    return rtp_leg_agree(w->leg, &w->peer, &none, now_ms);
}

static void say(struct world *w, int64_t now_ms)
{
    uint8_t bytes[RTP_HEADER + FRAME];
    struct rtp_packet p = {.payload_type = 8, .sequence = w->sequence, .ssrc = w->ssrc};

    p.timestamp = (uint32_t)w->sequence++ * FRAME;
    rtp_write_header(&p, bytes);
    memset(bytes + RTP_HEADER, 0x80, FRAME);
    rtp_leg_on_datagram(w->leg, bytes, sizeof(bytes), &w->phone, now_ms * 1000);
}

static void nothing_is_heard_or_said_before_it_is_agreed(void **state)
{
    struct world *w = *state;

    say(w, START_MS);
    assert_int_equal(w->heard, 0);
    assert_int_equal(w->leg->packets_received, 0);
    assert_false(rtp_leg_may_send(w->leg, START_MS));
    assert_true(agree(w, START_MS));
    say(w, START_MS);
    say(w, START_MS + 20);
    assert_int_equal(w->heard, 1);
    assert_true(rtp_leg_may_send(w->leg, START_MS));
}

static void a_codec_without_its_memory_changes_nothing(void **state)
{
    struct world *w = *state;

    w->peer.agreed.codec = SDP_OPUS;
    assert_false(agree(w, START_MS));
    assert_false(w->leg->agreed);
}

static void who_says_nothing_for_30_s_gets_nothing(void **state)
{
    struct world *w = *state;

    assert_true(agree(w, START_MS));
    assert_true(rtp_leg_may_send(w->leg, START_MS + 29999));
    assert_false(rtp_leg_may_send(w->leg, START_MS + 30000));
    say(w, START_MS + 40000);
    assert_true(rtp_leg_may_send(w->leg, START_MS + 40000));
}

static void silence_is_told_once_until_something_comes(void **state)
{
    struct world *w = *state;

    assert_true(agree(w, START_MS));
    rtp_leg_tick(w->leg, START_MS + 4999);
    assert_int_equal(w->silent, 0);
    rtp_leg_tick(w->leg, START_MS + 5000);
    rtp_leg_tick(w->leg, START_MS + 9000);
    assert_int_equal(w->silent, 1);
    say(w, START_MS + 9000);
    rtp_leg_tick(w->leg, START_MS + 14000);
    assert_int_equal(w->silent, 2);
}

static void hold_is_not_silence(void **state)
{
    struct world *w = *state;

    assert_true(agree(w, START_MS));
    w->peer.agreed.direction = SDP_INACTIVE;
    assert_true(agree(w, START_MS + 100));
    assert_false(rtp_leg_may_send(w->leg, START_MS + 100));
    rtp_leg_tick(w->leg, START_MS + 60000);
    assert_int_equal(w->silent, 0);
    w->peer.agreed.direction = SDP_SENDRECV;
    assert_true(agree(w, START_MS + 60000));
    rtp_leg_tick(w->leg, START_MS + 60020);
    assert_int_equal(w->silent, 0);
    assert_true(rtp_leg_may_send(w->leg, START_MS + 60020));
}

static void a_loopback_address_is_for_developers(void **state)
{
    struct world *w = *state;

    assert_true(addr_read_ip(&w->peer.agreed.rtp, "127.0.0.1", 9, 4000));
    assert_true(agree(w, START_MS));
    assert_false(rtp_leg_may_send(w->leg, START_MS));
    w->leg->loopback = true;
    assert_true(agree(w, START_MS));
    assert_true(rtp_leg_may_send(w->leg, START_MS));
}

static void a_refresh_does_not_touch_the_sound(void **state)
{
    struct world *w = *state;
    struct media_stats s = {0};

    assert_true(agree(w, START_MS));
    for (int i = 0; i < 10; i++)
        say(w, START_MS + i * 20);
    assert_true(agree(w, START_MS + 200));
    say(w, START_MS + 200);
    rtp_leg_fill_stats(w->leg, &s);
    assert_int_equal(s.expected, 11);
    assert_string_equal(s.heard_from, "10.0.0.1:4000");
    w->peer.relock = true;
    assert_true(agree(w, START_MS + 220));
    say(w, START_MS + 220);
    rtp_leg_fill_stats(w->leg, &s);
    assert_int_equal(s.expected, 1);
    assert_int_equal(s.ssrc_changes, 0);
}

static void another_ssrc_is_counted_when_it_is_heard(void **state)
{
    struct world *w = *state;

    assert_true(agree(w, START_MS));
    for (int i = 0; i < 5; i++)
        say(w, START_MS);
    w->ssrc = 10;
    say(w, START_MS + 100);
    assert_int_equal(w->leg->dropped_source, 1);
    assert_int_equal(w->leg->ssrc_changes, 0);
    say(w, START_MS + 3000);
    assert_int_equal(w->leg->ssrc_changes, 1);
}

/* One packet of a key that has been pressed for so long. */
static void hold_key(struct world *w, uint32_t pressed_at, uint16_t units, int64_t now_ms)
{
    uint8_t bytes[RTP_HEADER + 4] = {0};
    struct rtp_packet p = {.payload_type = 101, .sequence = w->sequence++, .ssrc = w->ssrc};

    p.timestamp = pressed_at;
    rtp_write_header(&p, bytes);
    bytes[RTP_HEADER] = 5;
    rtp_put16(bytes + RTP_HEADER + 2, units);
    rtp_leg_on_datagram(w->leg, bytes, sizeof(bytes), &w->phone, now_ms * 1000);
}

static void a_long_key_is_no_jitter_and_no_loss(void **state)
{
    struct world *w = *state;
    struct media_stats s = {0};
    int64_t now_ms = START_MS;
    uint32_t pressed_at;

    w->peer.agreed.telephone_event = 101;
    assert_true(agree(w, START_MS));
    for (int i = 0; i < 10; i++, now_ms += 20)
        say(w, now_ms);
    pressed_at = (uint32_t)w->sequence * FRAME;
    for (uint16_t i = 1; i <= 50; i++, now_ms += 20)
        hold_key(w, pressed_at, (uint16_t)(i * FRAME), now_ms);
    for (int i = 0; i < 10; i++, now_ms += 20)
        say(w, now_ms);
    assert_int_equal(w->keys, 1);
    rtp_leg_fill_stats(w->leg, &s);
    assert_true(s.jitter_ms < 0.01);
    assert_int_equal(s.expected, 70);
    assert_int_equal(s.lost, 0);
}

static void a_report_keeps_a_phone_that_says_nothing(void **state)
{
    static const uint8_t report[] = {0x80, 201, 0, 1, 0, 0, 0, 9};
    struct world *w = *state;
    struct addr stranger;

    w->peer.agreed.rtcp_mux = true;
    assert_true(addr_read_ip(&stranger, "10.0.0.2", 8, 4000));
    assert_true(agree(w, START_MS));
    rtp_leg_on_datagram(w->leg, report, sizeof(report), &stranger, (START_MS + 20000) * 1000);
    assert_false(rtp_leg_may_send(w->leg, START_MS + 30000));
    assert_int_equal(w->leg->dropped_source, 1);
    rtp_leg_on_datagram(w->leg, report, sizeof(report), &w->phone, (START_MS + 20000) * 1000);
    assert_true(rtp_leg_may_send(w->leg, START_MS + 49999));
    assert_false(rtp_leg_may_send(w->leg, START_MS + 50000));
}

static void strangers_do_not_keep_a_leg_alive(void **state)
{
    struct world *w = *state;

    assert_true(agree(w, START_MS));
    assert_true(addr_read_ip(&w->phone, "10.0.0.2", 8, 4000));
    for (int i = 0; i < 40; i++)
        say(w, START_MS + i * 1000);
    assert_int_equal(w->leg->dropped_source, 40);
    assert_int_equal(w->leg->packets_received, 0);
    assert_int_equal(w->heard, 0);
    assert_false(rtp_leg_may_send(w->leg, START_MS + 40000));
    rtp_leg_tick(w->leg, START_MS + 40000);
    assert_int_equal(w->silent, 1);
}

static void who_never_speaks_in_order_is_heard_and_not_followed(void **state)
{
    struct world *w = *state;

    assert_true(agree(w, START_MS));
    addr_set_port(&w->phone, 5000); /* the signalling's IP, another port than the SDP's */
    for (int i = 0; i < 20; i++) {
        say(w, START_MS + i * 20);
        w->sequence++;
    }
    assert_int_equal(w->leg->packets_received, 20);
    assert_false(w->leg->source.locked);
    assert_int_equal(addr_port(source_destination(&w->leg->source)), 4000);
    for (int i = 0; i < SOURCE_LOCK_PACKETS; i++)
        say(w, START_MS + 500);
    assert_true(w->leg->source.locked);
    assert_int_equal(addr_port(source_destination(&w->leg->source)), 5000);
}

static void info_ends_the_listening_for_tones(void **state)
{
    struct world *w = *state;

    assert_true(agree(w, START_MS));
    assert_true(w->leg->inband);
    rtp_leg_keys_by_info(w->leg);
    assert_false(w->leg->inband);
    assert_true(agree(w, START_MS)); /* and a refresh does not bring it back */
    assert_false(w->leg->inband);
}

static void events_agreed_mean_no_listening_for_tones(void **state)
{
    struct world *w = *state;

    w->peer.agreed.telephone_event = 101;
    assert_true(agree(w, START_MS));
    assert_false(w->leg->inband);
}

static void the_memory_of_a_codec_comes_with_it_and_stays(void **state)
{
    struct world *w = *state;
    struct kit *opus = kit_new(codec_find(SDP_OPUS)), *kept = opus, *g722, *given;

    w->peer.agreed.codec = SDP_OPUS;
    assert_true(rtp_leg_agree(w->leg, &w->peer, &opus, START_MS));
    assert_null(opus);
    assert_ptr_equal(w->leg->kit, kept);
    assert_int_equal(w->leg->rtcp.clock, 48000);

    w->peer.agreed.codec = SDP_PCMA; /* needs none, and keeps what there is */
    assert_true(agree(w, START_MS));
    assert_null(w->leg->encoder.state);
    assert_int_equal(w->leg->rtcp.clock, 8000);
    w->peer.agreed.codec = SDP_OPUS;
    assert_true(agree(w, START_MS));
    assert_ptr_equal(w->leg->encoder.state, kept->encoder);

    opus = kit_new(codec_find(SDP_OPUS)); /* one too many comes back */
    given = opus;
    assert_true(rtp_leg_agree(w->leg, &w->peer, &opus, START_MS));
    assert_ptr_equal(opus, given);
    kit_free(opus);

    w->peer.agreed.codec = SDP_G722;
    assert_false(agree(w, START_MS));
    assert_int_equal(w->leg->codec->id, SDP_OPUS);
    g722 = kit_new(codec_find(SDP_G722));
    assert_true(rtp_leg_agree(w->leg, &w->peer, &g722, START_MS));
    assert_ptr_equal(g722, kept); /* the one before comes back */
    kit_free(g722);
}

static void a_wide_leg_is_heard_at_16_khz_and_its_tones_are_keys(void **state)
{
    struct world *w = *state;
    const struct codec *c = codec_find(SDP_OPUS);
    struct kit *kit = kit_new(c), *phone = kit_new(c);
    struct dtmf_send key;
    uint32_t timestamp = 0;
    int64_t now_us = START_MS * 1000;
    int loud = 0;

    c->encoder_init(phone->encoder);
    w->peer.agreed.codec = SDP_OPUS;
    assert_true(rtp_leg_agree(w->leg, &w->peer, &kit, START_MS));
    assert_true(dtmf_send_begin(&key, "7", 100));
    for (int i = 0; i < 30; i++, now_us += 20000, timestamp += 960) {
        struct rtp_packet p = {
            .payload_type = 8, .sequence = w->sequence++, .ssrc = 9, .timestamp = timestamp};
        uint8_t bytes[RTP_HEADER + CODEC_PAYLOAD_MAX];
        int16_t pcm[MIX_FRAME] = {0};
        double power;
        bool first;
        size_t len;

        if (i >= 10 && dtmf_send_step(&key, &first) == DTMF_KEY)
            dtmf_send_tone(&key, pcm, MIX_FRAME, MIX_RATE);
        len = c->encode(phone->encoder, pcm, MIX_FRAME, bytes + RTP_HEADER);
        rtp_write_header(&p, bytes);
        rtp_leg_on_datagram(w->leg, bytes, RTP_HEADER + len, &w->phone, now_us);
        (void)rtp_leg_pull(w->leg, now_us, pcm, &power);
        loud += power > 1e6 ? 1 : 0;
    }
    assert_in_range(loud, 4, 7);
    assert_int_equal(w->keys, 1);
    kit_free(phone);
}

static void events_of_another_clock_last_as_long(void **state)
{
    struct world *w = *state;
    struct kit *kit = kit_new(codec_find(SDP_OPUS));

    w->peer.agreed.codec = SDP_OPUS;
    w->peer.agreed.telephone_event = 101;
    w->peer.agreed.event_clock = 8000;
    assert_true(rtp_leg_agree(w->leg, &w->peer, &kit, START_MS));
    assert_int_equal(w->leg->event_clock, 8000);
    w->peer.agreed.event_clock = 48000;
    assert_true(agree(w, START_MS));
    assert_int_equal(w->leg->event_clock, 48000);
}

int main(void)
{
#define LEG(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        LEG(nothing_is_heard_or_said_before_it_is_agreed),
        LEG(a_codec_without_its_memory_changes_nothing),
        LEG(who_says_nothing_for_30_s_gets_nothing),
        LEG(silence_is_told_once_until_something_comes),
        LEG(hold_is_not_silence),
        LEG(a_loopback_address_is_for_developers),
        LEG(a_refresh_does_not_touch_the_sound),
        LEG(another_ssrc_is_counted_when_it_is_heard),
        LEG(a_long_key_is_no_jitter_and_no_loss),
        LEG(a_report_keeps_a_phone_that_says_nothing),
        LEG(strangers_do_not_keep_a_leg_alive),
        LEG(who_never_speaks_in_order_is_heard_and_not_followed),
        LEG(info_ends_the_listening_for_tones),
        LEG(the_memory_of_a_codec_comes_with_it_and_stays),
        LEG(a_wide_leg_is_heard_at_16_khz_and_its_tones_are_keys),
        LEG(events_of_another_clock_last_as_long),
        LEG(events_agreed_mean_no_listening_for_tones),
    };
#undef LEG

    return cmocka_run_group_tests(tests, NULL, NULL);
}

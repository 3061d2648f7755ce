/*
 * media_wide_test.c - the jitter buffer with G.722 and Opus, in fake time: packets of all lengths,
 * bad networks, drifting clocks, streams that begin anew, packets that say they are silent.
 *
 * A sender says a tone; its packets are delayed and lost by a seeded dice; every 20 ms a frame is
 * pulled, and the tone is measured in windows of 100 ms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "media/jitter.h"
#include "media/kit.h"
#include "media/pieces.h"
#include "tone.h"

enum { RATE = 16000, FRAME = 320, WINDOW = 1600, FLYING = 64, PIECES = 512, BYTES = 600 };

struct flying {
    bool used;
    int64_t at_us;
    struct rtp_packet packet;
    uint8_t payload[BYTES];
};

struct world {
    const struct codec *codec;
    struct kit *sender, *receiver;
    struct pieces *pool;
    struct jitter *j;
    /* the network */
    int ptime_ms;
    double loss, ppm;
    int jitter_ms;
    uint32_t dice;
    struct flying air[FLYING];
    /* the sender */
    double hz, phase, next_send_us;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    uint8_t level; /* what packets say */
    /* the receiver */
    int64_t now_us;
    bool sound; /* of the last frame */
    int16_t pcm[FRAME];
    int16_t window[WINDOW];
    size_t filled;
    int windows, good, fair; /* all, with 12 dB, with 6 dB */
};

static void world_open(struct world *w, enum sdp_codec id, bool fec)
{
    struct codec_tuning t = {.bitrate = 24000, .fec = fec};

    memset(w, 0, sizeof(*w));
    w->codec = codec_find(id);
    w->sender = kit_new(w->codec);
    w->receiver = kit_new(w->codec);
    w->codec->encoder_init(w->sender->encoder);
    if (w->codec->encoder_tune != NULL)
        w->codec->encoder_tune(w->sender->encoder, &t);
    w->pool = pieces_new(PIECES);
    w->j = jitter_new(codec_find(SDP_PCMU));
    jitter_use(w->j, w->pool);
    jitter_reset(w->j, w->codec, w->receiver);
    w->ptime_ms = 20;
    w->dice = 7;
    w->hz = 440;
    w->timestamp = 0xffffff00u; /* wraps soon, and so does the sequence */
    w->sequence = 65500;
    w->ssrc = 5;
    w->level = RTP_NO_LEVEL;
    w->now_us = 1000000;
    w->next_send_us = 1000000;
}

static void world_close(struct world *w)
{
    jitter_close(w->j);
    jitter_free(w->j);
    pieces_free(w->pool);
    kit_free(w->sender);
    kit_free(w->receiver);
}

static double roll(struct world *w)
{
    w->dice = w->dice * 1664525u + 1013904223u;
    return (double)(w->dice >> 8) / (double)(1 << 24);
}

/* Something like a vowel that is sung up and down: six harmonics. *at: seconds. */
static void voice_make(int16_t *pcm, size_t n, double *at)
{
    for (size_t i = 0; i < n; i++, *at += 1.0 / RATE) {
        double turns = 140 * *at - 6 * cos(2 * M_PI * 1.5 * *at); /* 140 Hz, give or take 57 */
        double v = 0;

        for (int k = 1; k <= 6; k++)
            v += sin(2 * M_PI * k * turns) / k;
        pcm[i] = (int16_t)lrint(4000 * v);
    }
}

static void send_one(struct world *w)
{
    size_t n = (size_t)w->ptime_ms * RATE / 1000;
    int16_t pcm[960];
    struct flying f = {.used = true};

    if (w->hz > 0)
        tone_make(pcm, n, RATE, w->hz, 8000, &w->phase);
    else
        voice_make(pcm, n, &w->phase);
    f.packet = (struct rtp_packet){
        .sequence = w->sequence++, .timestamp = w->timestamp, .ssrc = w->ssrc, .level = w->level};
    f.packet.len = w->codec->encode(w->sender->encoder, pcm, n, f.payload);
    assert_in_range(f.packet.len, 1, BYTES);
    w->timestamp += (uint32_t)w->ptime_ms * w->codec->clock / 1000;
    f.at_us = (int64_t)(w->next_send_us + roll(w) * w->jitter_ms * 1000);
    w->next_send_us += w->ptime_ms * 1000.0 / (1 + w->ppm / 1e6);
    if (roll(w) < w->loss)
        return;
    for (size_t i = 0; i < FLYING; i++) {
        if (!w->air[i].used) {
            w->air[i] = f;
            return;
        }
    }
    fail_msg("too many packets in the air");
}

static void land(struct world *w)
{
    for (;;) {
        struct flying *first = NULL;

        for (size_t i = 0; i < FLYING; i++) {
            struct flying *f = &w->air[i];

            if (f->used && f->at_us <= w->now_us && (first == NULL || f->at_us < first->at_us))
                first = f;
        }
        if (first == NULL)
            return;
        first->used = false;
        first->packet.payload = first->payload;
        jitter_put(w->j, &first->packet, first->at_us);
    }
}

static void measure(struct world *w)
{
    double snr;

    memcpy(w->window + w->filled, w->pcm, sizeof(w->pcm));
    w->filled += FRAME;
    if (w->filled < WINDOW)
        return;
    w->filled = 0;
    snr = tone_snr_db(w->window, WINDOW, RATE, w->hz);
    w->windows++;
    w->good += snr > 12 ? 1 : 0;
    w->fair += snr > 6 ? 1 : 0;
}

static void tick(struct world *w, bool speak)
{
    w->now_us += 20000;
    while (speak && w->next_send_us <= (double)w->now_us)
        send_one(w);
    if (!speak)
        w->next_send_us = (double)w->now_us;
    land(w);
    w->sound = jitter_pull(w->j, w->now_us, w->pcm);
    if (!w->sound)
        memset(w->pcm, 0, sizeof(w->pcm));
}

static void run(struct world *w, int ticks)
{
    for (int i = 0; i < ticks; i++) {
        tick(w, true);
        measure(w);
    }
}

/* After two seconds of settling. */
static void run_measured(struct world *w, int ticks)
{
    run(w, 100);
    w->windows = w->good = w->fair = 0;
    w->filled = 0;
    run(w, ticks);
    print_message("%s, %d ms: %d of %d windows over 12 dB, %d over 6\n", w->codec->name,
                  w->ptime_ms, w->good, w->windows, w->fair);
}

static const enum sdp_codec both[] = {SDP_G722, SDP_OPUS};

static void packets_of_10_to_60_ms_are_played_without_a_gap(void **state)
{
    static const int ptimes[] = {10, 20, 40, 60};

    (void)state;
    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < 4; i++) {
            struct world w;

            world_open(&w, both[c], false);
            w.ptime_ms = ptimes[i];
            run_measured(&w, 250);
            assert_int_equal(w.good, w.windows);
            assert_int_equal(jitter_count(w.j)->concealed, 0);
            assert_int_equal(jitter_count(w.j)->late, 0);
            world_close(&w);
        }
    }
}

static void jitter_and_drift_are_followed(void **state)
{
    static const double ppm[] = {500, -500};

    (void)state;
    for (size_t c = 0; c < 2; c++) {
        for (size_t i = 0; i < 2; i++) {
            struct world w;

            world_open(&w, both[c], false);
            w.jitter_ms = 40;
            w.ppm = ppm[i];
            run_measured(&w, 3000); /* a minute: 30 ms of drift */
            assert_true(w.good > w.windows * 95 / 100);
            assert_true(jitter_depth_ms(w.j) < 100);
            world_close(&w);
        }
    }
}

/* What is heard with losses against what is heard without, over the frames in which they differ;
 * dB. */
static double concealed_db(bool fec)
{
    struct world whole, lossy;
    double signal = 0, noise = 0;

    world_open(&whole, SDP_OPUS, fec);
    world_open(&lossy, SDP_OPUS, fec);
    whole.hz = lossy.hz = 0; /* a voice */
    for (int i = 0; i < 2000; i++) {
        lossy.loss = i > 100 && i % 20 == 0 ? 1 : 0;
        tick(&whole, true);
        tick(&lossy, true);
        if (memcmp(whole.pcm, lossy.pcm, sizeof(whole.pcm)) == 0)
            continue;
        for (size_t k = 0; k < FRAME; k++) {
            double d = whole.pcm[k] - lossy.pcm[k];

            signal += (double)whole.pcm[k] * whole.pcm[k];
            noise += d * d;
        }
    }
    assert_int_equal(jitter_count(whole.j)->concealed, 0);
    assert_in_range(jitter_count(lossy.j)->concealed, 90, 100);
    world_close(&whole);
    world_close(&lossy);
    return 10 * log10(signal / noise);
}

static void what_is_lost_is_concealed_and_better_where_the_next_packet_helps(void **state)
{
    double with = concealed_db(true), without = concealed_db(false);

    (void)state;
    print_message("opus, a packet of 20 lost: %.1f dB by the next packet, %.1f dB by guess\n", with,
                  without);
    assert_true(without > 0);
    assert_true(with > without + 3);
}

static void lost_g722_is_concealed(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, SDP_G722, false);
    w.loss = 0.03;
    run_measured(&w, 1000);
    assert_true(w.fair > w.windows * 7 / 10);
    world_close(&w);
}

static void a_stream_that_jumps_or_stops_begins_anew(void **state)
{
    (void)state;
    for (size_t c = 0; c < 2; c++) {
        struct world w;

        world_open(&w, both[c], false);
        run(&w, 50);
        w.timestamp += 10 * w.codec->clock; /* and the sequence goes on */
        run_measured(&w, 50);
        assert_int_equal(w.good, w.windows);
        w.ssrc++;
        w.sequence += 20000;
        run_measured(&w, 50);
        assert_int_equal(w.good, w.windows);
        for (int i = 0; i < 10; i++)
            tick(&w, false);
        assert_false(w.sound);
        for (int i = 0; i < 200; i++)
            tick(&w, false);
        run_measured(&w, 50);
        assert_int_equal(w.good, w.windows);
        world_close(&w);
    }
}

/* As an Opus sender does with DTX: the time stamps go on, the packets stop. */
static void a_pause_without_packets_is_silence_and_its_end_is_heard(void **state)
{
    struct world w;
    int loud = 0;

    (void)state;
    world_open(&w, SDP_OPUS, false);
    run(&w, 100);
    for (int i = 0; i < 40; i++) {
        tick(&w, false);
        w.timestamp += 960;
        loud += w.sound ? 1 : 0;
    }
    assert_false(w.sound);
    assert_true(loud <= 8); /* what was there, and five frames that are concealed */
    w.windows = w.good = 0;
    w.filled = 0;
    run(&w, 5);
    run(&w, 50);
    assert_true(w.good >= w.windows - 1);
    world_close(&w);
}

static void a_row_of_packets_that_say_silence_is_not_decoded(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, SDP_OPUS, false);
    w.level = 30;
    run(&w, 100);
    assert_true(w.sound);
    w.level = 127; /* a lie: so one can see that they are not decoded */
    run(&w, 20);
    for (int i = 0; i < 100; i++) {
        tick(&w, true);
        assert_false(w.sound);
    }
    assert_int_equal(jitter_count(w.j)->concealed, 0);
    w.level = 69;
    w.windows = w.good = 0;
    w.filled = 0;
    run(&w, 5); /* what is in the buffer */
    run(&w, 100);
    assert_true(w.sound);
    assert_true(w.good >= w.windows - 1);
    assert_int_equal(jitter_count(w.j)->late, 0);
    world_close(&w);
}

static void a_few_silent_packets_among_others_are_decoded(void **state)
{
    struct world w;

    (void)state;
    world_open(&w, SDP_OPUS, false);
    run(&w, 100);
    w.windows = w.good = 0;
    for (int i = 0; i < 200; i++) {
        w.level = i % 7 < 5 ? 127 : 20;
        run(&w, 1);
    }
    assert_true(w.sound);
    assert_int_equal(w.good, w.windows);
    world_close(&w);
}

static void packets_that_are_no_packets_are_passed_over(void **state)
{
    static const uint8_t long_one[] = {0x7b, 0x04}; /* four of 20 ms */
    struct world w;
    struct rtp_packet p = {.ssrc = 5, .level = RTP_NO_LEVEL};
    uint8_t big[CODEC_PACKET_MAX + 1] = {0x48};

    (void)state;
    world_open(&w, SDP_OPUS, false);
    run(&w, 50);
    for (int i = 0; i < 100; i++) {
        p.sequence = w.sequence;
        p.timestamp = w.timestamp;
        p.payload = i % 2 == 0 ? big : long_one;
        p.len = i % 2 == 0 ? sizeof(big) : sizeof(long_one);
        jitter_put(w.j, &p, w.now_us);
        tick(&w, true);
    }
    run_measured(&w, 100);
    assert_int_equal(w.good, w.windows);
    world_close(&w);
}

static void one_leg_cannot_take_the_pool_from_the_others(void **state)
{
    struct world w;
    struct jitter *other = jitter_new(codec_find(SDP_PCMU));
    uint8_t big[1400] = {0x48}, frame[160] = {0};
    struct rtp_packet p = {
        .ssrc = 5, .level = RTP_NO_LEVEL, .payload = big, .len = sizeof(big), .timestamp = 1000};
    struct rtp_packet q = {.ssrc = 6, .level = RTP_NO_LEVEL, .payload = frame, .len = 160};

    (void)state;
    world_open(&w, SDP_OPUS, false);
    jitter_use(other, w.pool);
    for (int i = 0; i < 60; i++) { /* 18 pieces each: far more than the pool has */
        p.sequence++;
        p.timestamp += 480;
        jitter_put(w.j, &p, w.now_us);
    }
    assert_true(jitter_count(w.j)->late > 20);
    for (int i = 0; i < 20; i++) {
        q.sequence++;
        q.timestamp += 160;
        jitter_put(other, &q, w.now_us);
    }
    assert_int_equal(jitter_count(other)->late, 0);
    jitter_close(other);
    jitter_free(other);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_of_10_to_60_ms_are_played_without_a_gap),
        cmocka_unit_test(jitter_and_drift_are_followed),
        cmocka_unit_test(what_is_lost_is_concealed_and_better_where_the_next_packet_helps),
        cmocka_unit_test(lost_g722_is_concealed),
        cmocka_unit_test(a_stream_that_jumps_or_stops_begins_anew),
        cmocka_unit_test(a_pause_without_packets_is_silence_and_its_end_is_heard),
        cmocka_unit_test(a_row_of_packets_that_say_silence_is_not_decoded),
        cmocka_unit_test(a_few_silent_packets_among_others_are_decoded),
        cmocka_unit_test(packets_that_are_no_packets_are_passed_over),
        cmocka_unit_test(one_leg_cannot_take_the_pool_from_the_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

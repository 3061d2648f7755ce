/*
 * media_jitter_test.c - the jitter buffer against bad networks, in fake time.
 *
 * A sender says a tone; its packets are delayed, lost, doubled and swapped by a
 * seeded dice; every 20 ms a frame is pulled and the tone in it is measured.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/jitter.c" /* its play time is looked at */
#include "tone.h"

enum { RATE = 8000, FRAME = 160, FLYING = 64, WINDOW_SAMPLES = 1600 };

struct network {
    int ptime_ms;
    double loss, doubled; /* parts of 1 */
    int jitter_ms;        /* delays are spread evenly over so much */
    double ppm;           /* how much faster the sender's clock is */
    double hz;
    bool alaw;
};

struct flying {
    bool used;
    int64_t at_us;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    uint8_t payload[480];
};

struct world {
    struct network net;
    uint32_t dice;
    struct jitter *j;
    struct pieces *pool;
    const struct codec *codec;
    struct flying air[FLYING];
    int64_t now_us;
    double next_send_us;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    double phase;
    int64_t sent;     /* samples */
    int64_t delay_us; /* of the last frame: from being sent to being played */
    int64_t delay_max_us;
    int windows, good, fair; /* windows in all, with 20 dB, with 12 dB */
    int64_t settled_us;      /* measured from here on */
    double signal, noise;
    size_t filled;
    int16_t window[WINDOW_SAMPLES];
    uint32_t first_timestamp;
};

/* One packet's. */
static size_t samples_of(const struct network *net)
{
    return (size_t)net->ptime_ms * (RATE / 1000);
}

static double roll(struct world *w)
{
    w->dice = w->dice * 1664525u + 1013904223u;
    return (double)(w->dice >> 8) / (double)(1 << 24);
}

static void world_open(struct world *w, const struct network *net, uint32_t seed)
{
    memset(w, 0, sizeof(*w));
    w->net = *net;
    w->dice = seed;
    w->codec = codec_find(net->alaw ? SDP_PCMA : SDP_PCMU);
    w->j = jitter_new(w->codec);
    w->pool = pieces_new(SLOTS);
    jitter_use(w->j, w->pool);
    w->sequence = 65500; /* wraps soon */
    w->timestamp = w->first_timestamp = 0xffffff00u;
    w->ssrc = 77;
    w->now_us = 1000000;
    w->next_send_us = 1000000;
    w->settled_us = 4000000;
}

static int free_pieces(const struct pieces *p)
{
    int n = (int)(p->count - p->fresh);

    for (uint32_t at = p->free; at != 0; at = p->all[at].next)
        n++;
    return n;
}

static void world_close(struct world *w)
{
    jitter_reset(w->j, w->codec, NULL);
    assert_int_equal(free_pieces(w->pool), SLOTS);
    jitter_free(w->j);
    pieces_free(w->pool);
}

static void launch(struct world *w, const struct flying *packet, double sent_us)
{
    for (int i = 0; i < FLYING; i++) {
        struct flying *f = &w->air[i];

        if (f->used)
            continue;
        *f = *packet;
        f->used = true;
        f->at_us = (int64_t)(sent_us + roll(w) * w->net.jitter_ms * 1000);
        return;
    }
    fail_msg("too many packets in the air");
}

static void send_one(struct world *w)
{
    size_t n = samples_of(&w->net);
    struct flying f = {.sequence = w->sequence++, .timestamp = w->timestamp, .ssrc = w->ssrc};
    int16_t pcm[480];

    tone_make(pcm, n, RATE, w->net.hz, 8000, &w->phase);
    (void)w->codec->encode(NULL, pcm, n, f.payload);
    w->timestamp += (uint32_t)n;
    w->sent += (int64_t)n;
    if (roll(w) >= w->net.loss)
        launch(w, &f, w->next_send_us);
    if (roll(w) < w->net.doubled)
        launch(w, &f, w->next_send_us);
    w->next_send_us += w->net.ptime_ms * 1000.0 / (1 + w->net.ppm / 1e6);
}

/* The packets that have arrived, in the order of their arrival. */
static void deliver(struct world *w)
{
    for (;;) {
        struct flying *first = NULL;
        struct rtp_packet p = {0};

        for (int i = 0; i < FLYING; i++) {
            struct flying *f = &w->air[i];

            if (f->used && f->at_us <= w->now_us && (first == NULL || f->at_us < first->at_us))
                first = f;
        }
        if (first == NULL)
            return;
        p.sequence = first->sequence;
        p.timestamp = first->timestamp;
        p.ssrc = first->ssrc;
        p.payload = first->payload;
        p.len = samples_of(&w->net);
        jitter_put(w->j, &p, first->at_us);
        first->used = false;
    }
}

static void measure(struct world *w, const int16_t *pcm)
{
    double share;

    memcpy(w->window + w->filled, pcm, FRAME * sizeof(*pcm));
    w->filled += FRAME;
    if (w->filled < WINDOW_SAMPLES)
        return;
    w->filled = 0;
    if (w->now_us < w->settled_us)
        return;
    share = tone_share(w->window, WINDOW_SAMPLES, RATE, w->net.hz);
    w->windows++;
    w->good += share > 0.990099 ? 1 : 0;
    w->fair += share > 0.940648 ? 1 : 0;
    w->signal += share;
    w->noise += 1 - share;
}

/* From the moment when the sender had the sample that is played next to now. */
static int64_t delay_of(struct world *w)
{
    int32_t sample = (int32_t)((uint32_t)playing(w->j) - w->first_timestamp);
    double sent_us = 1000000 + (double)sample * 125.0 / (1 + w->net.ppm / 1e6);

    return w->now_us - (int64_t)sent_us;
}

static bool tick(struct world *w)
{
    int16_t pcm[FRAME];
    bool sound;

    while (w->next_send_us <= (double)w->now_us)
        send_one(w);
    deliver(w);
    if (w->j->running && w->now_us >= w->settled_us) {
        w->delay_us = delay_of(w);
        w->delay_max_us = w->delay_us > w->delay_max_us ? w->delay_us : w->delay_max_us;
    }
    sound = jitter_pull(w->j, w->now_us, pcm);
    if (!sound)
        memset(pcm, 0, sizeof(pcm));
    measure(w, pcm);
    w->now_us += 20000;
    return sound;
}

static void run_seconds(struct world *w, int seconds)
{
    for (int i = 0; i < seconds * 50; i++)
        (void)tick(w);
}

static double snr_db(const struct world *w)
{
    return 10 * log10(w->signal / w->noise);
}

static void say(const char *what, const struct world *w)
{
    const struct jitter_counts *c = &w->j->counts;

    print_message("%s: %.1f dB, %d of %d windows over 20 dB, delay %d ms (max %d), late %d, "
                  "concealed %d, jumps %d, resets %d\n",
                  what, snr_db(w), w->good, w->windows, (int)(w->delay_us / 1000),
                  (int)(w->delay_max_us / 1000), (int)c->late, (int)c->concealed, (int)c->jumps,
                  (int)c->resets);
}

static void a_clean_stream_is_played_as_it_is(void **state)
{
    static const int ptimes[] = {10, 20, 30, 40, 60};

    (void)state;
    for (size_t i = 0; i < sizeof(ptimes) / sizeof(ptimes[0]); i++) {
        struct network net = {.ptime_ms = ptimes[i], .hz = 440, .alaw = i % 2 == 1};
        struct world w;

        world_open(&w, &net, 1);
        run_seconds(&w, 30);
        say("clean", &w);
        assert_int_equal(w.good, w.windows);
        assert_int_equal(w.j->counts.late, 0);
        assert_int_equal(w.j->counts.concealed, 0);
        assert_true(w.delay_max_us <= 60000);
        world_close(&w);
    }
}

static void jitter_is_taken_out(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 5; seed++) {
        struct network net = {.ptime_ms = 20, .hz = 523.25, .jitter_ms = 60, .doubled = 0.02};
        struct world w;

        world_open(&w, &net, seed);
        run_seconds(&w, 60);
        say("jitter", &w);
        assert_true(snr_db(&w) >= 20);
        assert_true(w.good * 100 >= w.windows * 95);
        assert_true(w.delay_max_us <= 120000);
        assert_true(w.j->counts.duplicates > 0);
        assert_true(w.j->counts.reordered > 0);
        world_close(&w);
    }
}

static void losses_are_concealed(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 5; seed++) {
        struct network net = {
            .ptime_ms = 20, .hz = 440, .jitter_ms = 60, .loss = 0.05, .doubled = 0.01};
        struct world w;

        world_open(&w, &net, seed);
        run_seconds(&w, 60);
        say("loss", &w);
        assert_true(snr_db(&w) >= 12);
        assert_true(w.fair * 100 >= w.windows * 80);
        assert_true(w.delay_max_us <= 120000);
        assert_true(w.j->counts.concealed > 50);
        world_close(&w);
    }
}

static void drifting_clocks_do_not_make_the_delay_grow(void **state)
{
    static const double ppm[] = {500, -500, 100, -100};

    (void)state;
    for (size_t i = 0; i < sizeof(ppm) / sizeof(ppm[0]); i++) {
        struct network net = {.ptime_ms = 20, .hz = 600, .jitter_ms = 10, .ppm = ppm[i]};
        struct world w;
        int64_t early;

        world_open(&w, &net, 9);
        run_seconds(&w, 30);
        early = w.delay_us;
        run_seconds(&w, 300);
        say("drift", &w);
        assert_true(w.delay_us <= early + 25000 && w.delay_us >= early - 25000);
        assert_true(w.delay_max_us <= 120000);
        assert_true(snr_db(&w) >= 20);
        assert_true(w.good * 100 >= w.windows * 95);
        world_close(&w);
    }
}

static void everything_at_once_for_five_minutes(void **state)
{
    struct network net = {
        .ptime_ms = 20, .hz = 440, .jitter_ms = 60, .loss = 0.05, .doubled = 0.02, .ppm = 500};
    struct world w;
    int64_t early;

    (void)state;
    world_open(&w, &net, 4711);
    run_seconds(&w, 30);
    early = w.delay_max_us;
    run_seconds(&w, 300);
    say("all", &w);
    assert_true(snr_db(&w) >= 12);
    assert_true(w.delay_max_us <= 120000);
    assert_true(w.delay_max_us <= early + 25000);
    world_close(&w);
}

static void run_until_sound(struct world *w, int at_most_ticks)
{
    int16_t pcm[FRAME];

    for (int i = 0; i < at_most_ticks; i++) {
        while (w->next_send_us <= (double)w->now_us)
            send_one(w);
        deliver(w);
        if (jitter_pull(w->j, w->now_us, pcm) && tone_share(pcm, FRAME, RATE, w->net.hz) > 0.99) {
            w->now_us += 20000;
            return;
        }
        w->now_us += 20000;
    }
    fail_msg("no sound after %d ticks", at_most_ticks);
}

static void a_new_ssrc_begins_anew_at_once(void **state)
{
    struct network net = {.ptime_ms = 20, .hz = 440};
    struct world w;

    (void)state;
    world_open(&w, &net, 1);
    run_seconds(&w, 5);
    w.ssrc = 99;
    w.sequence = 3;
    w.timestamp = 0x55555555;
    w.net.hz = 700;
    run_until_sound(&w, 6);
    assert_int_equal(w.j->counts.resets, 2);
    world_close(&w);
}

static void a_jump_of_the_timestamp_begins_anew(void **state)
{
    struct network net = {.ptime_ms = 20, .hz = 440};
    struct world w;

    (void)state;
    world_open(&w, &net, 1);
    run_seconds(&w, 5);
    w.timestamp += 1000000;
    w.net.hz = 700;
    run_until_sound(&w, 8);
    assert_int_equal(w.j->counts.resets, 2);
    world_close(&w);
}

static void a_jump_of_the_sequence_alone_is_not_heard(void **state)
{
    struct network net = {.ptime_ms = 20, .hz = 440};
    struct world w;

    (void)state;
    world_open(&w, &net, 1);
    run_seconds(&w, 5);
    w.sequence += 10000;
    run_seconds(&w, 5);
    w.sequence -= 20000;
    run_seconds(&w, 5);
    assert_int_equal(w.good, w.windows);
    assert_int_equal(w.j->counts.resets, 1);
    world_close(&w);
}

static void one_stray_timestamp_is_an_accident(void **state)
{
    struct network net = {.ptime_ms = 20, .hz = 440};
    struct rtp_packet stray = {.ssrc = 77, .timestamp = 0x12345678, .len = FRAME};
    static const uint8_t payload[FRAME];
    struct world w;

    (void)state;
    world_open(&w, &net, 1);
    run_seconds(&w, 5);
    stray.sequence = w.sequence;
    stray.payload = payload;
    jitter_put(w.j, &stray, w.now_us);
    run_seconds(&w, 2);
    assert_int_equal(w.j->counts.resets, 1);
    assert_int_equal(w.good, w.windows);
    world_close(&w);
}

static void a_lasting_step_of_the_delay_is_followed(void **state)
{
    struct network net = {.ptime_ms = 20, .hz = 440};
    struct world w;

    (void)state;
    world_open(&w, &net, 1);
    run_seconds(&w, 5);
    w.next_send_us += 200000; /* a way that is 200 ms longer, from now on */
    w.settled_us = w.now_us + 8000000;
    run_seconds(&w, 20);
    say("step", &w);
    assert_int_equal(w.good, w.windows);
    assert_true(w.windows > 20);
    assert_true(w.delay_max_us <= 200000 + 60000);
    world_close(&w);
}

static void a_pause_is_silence_and_the_sound_comes_back(void **state)
{
    struct network net = {.ptime_ms = 20, .hz = 440};
    struct world w;

    (void)state;
    world_open(&w, &net, 1);
    run_seconds(&w, 5);
    w.net.loss = 1;
    for (int i = 0; i < 12; i++)
        (void)tick(&w);
    assert_false(tick(&w));
    run_seconds(&w, 3);
    assert_false(tick(&w));
    assert_true(w.j->counts.concealed <= 6);
    w.net.loss = 0;
    run_until_sound(&w, 8);
    world_close(&w);
}

static void empty_and_giant_packets_are_refused(void **state)
{
    static const uint8_t payload[1400];
    struct rtp_packet p = {.ssrc = 1, .payload = payload};
    struct jitter *j = jitter_new(codec_find(SDP_PCMU));
    int16_t pcm[FRAME];

    (void)state;
    jitter_put(j, &p, 0);
    p.len = 481;
    jitter_put(j, &p, 0);
    assert_false(j->running);
    assert_false(jitter_pull(j, 20000, pcm));
    jitter_free(j);
}

static void a_flood_of_one_timestamp_does_no_harm(void **state)
{
    static const uint8_t payload[FRAME];
    struct rtp_packet p = {.ssrc = 1, .payload = payload, .len = FRAME};
    struct jitter *j = jitter_new(codec_find(SDP_PCMU));
    struct pieces *pool = pieces_new(SLOTS);
    int16_t pcm[FRAME];

    (void)state;
    jitter_use(j, pool);
    for (int i = 0; i < 2000; i++) {
        p.sequence = (uint16_t)i;
        p.timestamp = (uint32_t)(i % 7 * 80);
        jitter_put(j, &p, (int64_t)i * 100);
        if (i % 50 == 0)
            (void)jitter_pull(j, (int64_t)i * 100, pcm);
    }
    jitter_reset(j, codec_find(SDP_PCMU), NULL);
    assert_int_equal(free_pieces(pool), SLOTS);
    jitter_free(j);
    pieces_free(pool);
}

/* Two legs, a pool for one packet of 20 ms: the second leg's is lost until the first has played. */
static void where_the_pool_is_empty_a_packet_is_late(void **state)
{
    static const uint8_t payload[FRAME];
    struct rtp_packet p = {.ssrc = 1, .payload = payload, .len = FRAME};
    struct pieces *pool = pieces_new(2);
    struct jitter *first = jitter_new(codec_find(SDP_PCMU));
    struct jitter *second = jitter_new(codec_find(SDP_PCMU));

    (void)state;
    jitter_use(first, pool);
    jitter_use(second, pool);
    jitter_put(first, &p, 0);
    jitter_put(second, &p, 0);
    assert_int_equal(first->counts.late, 0);
    assert_int_equal(second->counts.late, 2);
    assert_true(second->used == 0);
    jitter_reset(first, first->codec, NULL);
    p.sequence++;
    jitter_put(second, &p, 20000);
    assert_int_equal(second->counts.late, 2);
    assert_true(second->used != 0);
    jitter_close(second);
    assert_int_equal(free_pieces(pool), 2);
    jitter_free(first);
    jitter_free(second);
    pieces_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_stream_is_played_as_it_is),
        cmocka_unit_test(jitter_is_taken_out),
        cmocka_unit_test(losses_are_concealed),
        cmocka_unit_test(drifting_clocks_do_not_make_the_delay_grow),
        cmocka_unit_test(everything_at_once_for_five_minutes),
        cmocka_unit_test(a_new_ssrc_begins_anew_at_once),
        cmocka_unit_test(a_jump_of_the_timestamp_begins_anew),
        cmocka_unit_test(a_jump_of_the_sequence_alone_is_not_heard),
        cmocka_unit_test(one_stray_timestamp_is_an_accident),
        cmocka_unit_test(a_lasting_step_of_the_delay_is_followed),
        cmocka_unit_test(a_pause_is_silence_and_the_sound_comes_back),
        cmocka_unit_test(empty_and_giant_packets_are_refused),
        cmocka_unit_test(a_flood_of_one_timestamp_does_no_harm),
        cmocka_unit_test(where_the_pool_is_empty_a_packet_is_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_codec_test.c - the table of codecs: G.711 against its known values, and its noise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "media/codec.h"
#include "media/kit.h"
#include "media/level.h"
#include "tone.h"

struct vector {
    enum sdp_codec codec;
    uint8_t byte;
    int16_t sample;
};

/* ITU-T G.711, tables 1a to 2b, at 16 bits. */
/* clang-format off */
static const struct vector vectors[] = {
    {SDP_PCMU, 0xff,      0}, {SDP_PCMU, 0x7f,     0}, {SDP_PCMU, 0x80, 32124}, {SDP_PCMU, 0x00, -32124},
    {SDP_PCMU, 0xfe,      8}, {SDP_PCMU, 0x7e,    -8}, {SDP_PCMU, 0xf0,   120}, {SDP_PCMU, 0x8f,  16764},
    {SDP_PCMA, 0xd5,      8}, {SDP_PCMA, 0x55,    -8}, {SDP_PCMA, 0xaa, 32256}, {SDP_PCMA, 0x2a, -32256},
    {SDP_PCMA, 0xd4,     24}, {SDP_PCMA, 0x80,  5504}, {SDP_PCMA, 0x00, -5504}, {SDP_PCMA, 0xc5,    264},
};
/* clang-format on */

static void bytes_become_the_samples_of_the_standard(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        int16_t got = 1;

        assert_int_equal(codec_find(vectors[i].codec)->decode(NULL, &vectors[i].byte, 1, &got, 1),
                         1);
        if (got != vectors[i].sample)
            fail_msg("row %zu: %d", i, got);
    }
}

static void every_byte_survives_the_way_there_and_back(void **state)
{
    static const enum sdp_codec ids[] = {SDP_PCMU, SDP_PCMA};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const struct codec *c = codec_find(ids[k]);

        for (int b = 0; b < 256; b++) {
            uint8_t byte = (uint8_t)b, back;
            int16_t pcm, again;

            (void)c->decode(NULL, &byte, 1, &pcm, 1);
            (void)c->encode(NULL, &pcm, 1, &back);
            (void)c->decode(NULL, &back, 1, &again, 1);
            assert_int_equal(pcm, again); /* mu-law has two zeros, so not the byte itself */
        }
    }
}

static void a_tone_keeps_its_quality(void **state)
{
    static const enum sdp_codec ids[] = {SDP_PCMU, SDP_PCMA};
    static const double amplitudes[] = {300, 1000, 8000, 30000};

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        const struct codec *c = codec_find(ids[i % 2]);
        int16_t pcm[1600];
        uint8_t bytes[1600];
        double phase = 0;

        tone_make(pcm, 1600, 8000, 1013, amplitudes[i / 2], &phase);
        assert_int_equal(c->encode(NULL, pcm, 1600, bytes), 1600);
        assert_int_equal(c->decode(NULL, bytes, 1600, pcm, 1600), 1600);
        assert_true(tone_snr_db(pcm, 1600, 8000, 1013) > (amplitudes[i / 2] < 500 ? 27 : 36));
    }
}

static void decoding_stops_where_the_room_ends(void **state)
{
    static const uint8_t bytes[10];
    int16_t pcm[5] = {1, 1, 1, 1, 77};

    (void)state;
    assert_int_equal(codec_find(SDP_PCMU)->decode(NULL, bytes, 10, pcm, 4), 4);
    assert_int_equal(pcm[4], 77);
}

static void a_frame_is_twenty_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(codec_frame(codec_find(SDP_PCMA)), 160);
    assert_int_equal(codec_step(codec_find(SDP_PCMA)), 160);
    assert_int_equal(codec_frame(codec_find(SDP_G722)), 320);
    assert_int_equal(codec_step(codec_find(SDP_G722)), 160);
    assert_int_equal(codec_frame(codec_find(SDP_OPUS)), 320);
    assert_int_equal(codec_step(codec_find(SDP_OPUS)), 960);
    assert_null(codec_find(SDP_CODEC_COUNT));
}

/* A codec and its memory, made new; a tone that goes through it. */
struct way {
    const struct codec *c;
    struct kit *kit;
    double phase;
};

static struct way way_open(enum sdp_codec id, const struct codec_tuning *t)
{
    struct way w = {.c = codec_find(id)};

    w.kit = kit_new(w.c);
    assert_non_null(w.kit);
    w.c->encoder_init(w.kit->encoder);
    w.c->decoder_init(w.kit->decoder);
    if (w.c->encoder_tune != NULL)
        w.c->encoder_tune(w.kit->encoder, t);
    return w;
}

static size_t way_encode(struct way *w, double hz, uint8_t *out)
{
    int16_t pcm[CODEC_FRAME_MAX];

    tone_make(pcm, CODEC_FRAME_MAX, 16000, hz, 8000, &w->phase);
    return w->c->encode(w->kit->encoder, pcm, CODEC_FRAME_MAX, out);
}

static const enum sdp_codec wide[] = {SDP_G722, SDP_OPUS};
static const struct codec_tuning plain = {.bitrate = 24000},
                                 with_fec = {.bitrate = 24000, .fec = true};

static void a_wide_codec_carries_what_a_phone_line_does_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct way w = way_open(wide[i], &plain);
        int16_t pcm[CODEC_FRAME_MAX];
        uint8_t payload[CODEC_PAYLOAD_MAX];

        for (int frame = 0; frame < 30; frame++) {
            size_t len = way_encode(&w, 5200, payload);

            assert_in_range(len, 1, CODEC_PAYLOAD_MAX);
            assert_int_equal(w.c->span(payload, len), codec_step(w.c));
            assert_int_equal(w.c->decode(w.kit->decoder, payload, len, pcm, CODEC_FRAME_MAX),
                             CODEC_FRAME_MAX);
        }
        assert_true(tone_share(pcm, CODEC_FRAME_MAX, 16000, 5200) > 0.9);
        kit_free(w.kit);
    }
}

static void a_copy_of_an_encoder_goes_on_as_the_first_would(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct way w = way_open(wide[i], &with_fec);
        struct kit *copy = kit_new(w.c);
        uint8_t one[CODEC_PAYLOAD_MAX], other[CODEC_PAYLOAD_MAX];

        for (int frame = 0; frame < 40; frame++)
            (void)way_encode(&w, 440, one);
        memcpy(copy->encoder, w.kit->encoder, w.c->encoder_size());
        for (int frame = 0; frame < 40; frame++) {
            double phase = w.phase;
            size_t len = way_encode(&w, 440, one);
            int16_t pcm[CODEC_FRAME_MAX];

            tone_make(pcm, CODEC_FRAME_MAX, 16000, 440, 8000, &phase);
            assert_int_equal(w.c->encode(copy->encoder, pcm, CODEC_FRAME_MAX, other), len);
            assert_memory_equal(one, other, len);
        }
        kit_free(copy);
        kit_free(w.kit);
    }
}

/* Ten packets, the fifth is lost; how much of the tone is in what takes its place. */
static double concealed_share(const struct codec_tuning *t)
{
    struct way w = way_open(SDP_OPUS, t);
    int16_t pcm[CODEC_FRAME_MAX];
    uint8_t payload[CODEC_PAYLOAD_MAX];
    double share = 0;

    for (int frame = 0; frame < 60; frame++) {
        /* the tone changes in the packet that is lost: nobody can guess that */
        size_t len = way_encode(&w, frame < 50 ? 400 : 1000, payload);

        if (frame == 50)
            continue;
        if (frame == 51) {
            assert_true(w.c->conceal(w.kit->decoder, payload, len, pcm, CODEC_FRAME_MAX));
            share = tone_share(pcm + 160, 160, 16000, 1000);
        }
        (void)w.c->decode(w.kit->decoder, payload, len, pcm, CODEC_FRAME_MAX);
    }
    kit_free(w.kit);
    return share;
}

static void a_lost_packet_comes_back_from_the_next_one(void **state)
{
    (void)state;
    assert_true(concealed_share(&with_fec) > 0.8);
    assert_true(concealed_share(&plain) < 0.5);
}

static void a_gap_that_is_no_whole_step_is_left_to_others(void **state)
{
    struct way w = way_open(SDP_OPUS, &plain);
    int16_t pcm[CODEC_FRAME_MAX];

    (void)state;
    assert_false(w.c->conceal(w.kit->decoder, NULL, 0, pcm, 7));
    assert_true(w.c->conceal(w.kit->decoder, NULL, 0, pcm, 40));
    assert_null(codec_find(SDP_G722)->conceal);
    kit_free(w.kit);
}

static void broken_payloads_are_refused_and_never_overrun(void **state)
{
    uint32_t dice = 1;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct way w = way_open(wide[i], &plain);
        int16_t pcm[CODEC_PACKET_SAMPLES + 1];

        pcm[CODEC_PACKET_SAMPLES] = 77;
        for (int k = 0; k < 3000; k++) {
            uint8_t bytes[300];
            size_t len;

            for (size_t b = 0; b < sizeof(bytes); b++) {
                dice = dice * 1664525u + 1013904223u;
                bytes[b] = (uint8_t)(dice >> 24);
            }
            len = 1 + (dice >> 8) % sizeof(bytes);
            (void)w.c->decode(w.kit->decoder, bytes, len, pcm, CODEC_PACKET_SAMPLES);
            assert_int_equal(pcm[CODEC_PACKET_SAMPLES], 77);
            assert_true(w.c->span(bytes, len) <= w.c->clock * CODEC_PACKET_MS / 1000);
        }
        assert_int_equal(w.c->span(NULL, 0), 0);
        kit_free(w.kit);
    }
    assert_int_equal(codec_find(SDP_PCMU)->span(NULL, 481), 0);
    assert_int_equal(codec_find(SDP_G722)->span(NULL, 481), 0);
    assert_int_equal(codec_find(SDP_OPUS)->span((const uint8_t *)"\x7b\x04", 2), 0); /* 80 ms */
}

static void wishes_become_few_steps(void **state)
{
    struct sdp_agreed a = {.codec = SDP_OPUS, .opus = {.fec = true, .max_bitrate = 20000}};
    struct codec_tuning t = codec_tune(&a), none = {0};

    (void)state;
    assert_int_equal(t.bitrate, 16000);
    assert_true(t.fec && !t.cbr);
    a.opus.max_bitrate = 0;
    assert_int_equal(codec_tune(&a).bitrate, 24000);
    a.opus.max_bitrate = 510000;
    assert_int_equal(codec_tune(&a).bitrate, 24000);
    a.opus.max_bitrate = 1;
    assert_int_equal(codec_tune(&a).bitrate, 6000);
    a.opus.fec = false;
    assert_false(codec_same_tuning(&t, &(struct codec_tuning){.bitrate = 16000}));
    a.codec = SDP_PCMA;
    t = codec_tune(&a);
    assert_true(codec_same_tuning(&t, &none));
    assert_null(kit_new(codec_find(SDP_PCMA)));
}

static void fewer_bits_are_fewer_bytes(void **state)
{
    struct way low = way_open(SDP_OPUS, &(struct codec_tuning){.bitrate = 8000});
    struct way high = way_open(SDP_OPUS, &(struct codec_tuning){.bitrate = 24000, .cbr = true});
    size_t sum_low = 0, len = 0;

    (void)state;
    for (int i = 0; i < 50; i++) {
        uint8_t payload[CODEC_PAYLOAD_MAX];
        size_t before = len;

        sum_low += way_encode(&low, 300, payload);
        len = way_encode(&high, 300, payload);
        assert_true(i == 0 || len == before); /* constant */
    }
    assert_int_equal(len, 60); /* 24 kbit/s, 20 ms */
    assert_in_range(sum_low / 50, 5, 25);
    kit_free(low.kit);
    kit_free(high.kit);
}

static void a_level_is_that_of_the_last_second(void **state)
{
    struct level l;
    int16_t pcm[320];
    double phase = 0;

    (void)state;
    level_init(&l);
    assert_true(l.db < -126);
    for (int i = 0; i < 50; i++) {
        tone_make(pcm, 320, 16000, 1000, 3276.8, &phase); /* -20 dB, a sine 3 dB less */
        assert_true(l.db < -126);
        level_add(&l, level_power(pcm, 320));
    }
    assert_true(fabs(l.db + 23.01) < 0.05);
    for (int i = 0; i < 50; i++)
        level_add(&l, 0);
    assert_true(l.db < -126);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_become_the_samples_of_the_standard),
        cmocka_unit_test(every_byte_survives_the_way_there_and_back),
        cmocka_unit_test(a_tone_keeps_its_quality),
        cmocka_unit_test(decoding_stops_where_the_room_ends),
        cmocka_unit_test(a_frame_is_twenty_milliseconds),
        cmocka_unit_test(a_wide_codec_carries_what_a_phone_line_does_not),
        cmocka_unit_test(a_copy_of_an_encoder_goes_on_as_the_first_would),
        cmocka_unit_test(a_lost_packet_comes_back_from_the_next_one),
        cmocka_unit_test(a_gap_that_is_no_whole_step_is_left_to_others),
        cmocka_unit_test(broken_payloads_are_refused_and_never_overrun),
        cmocka_unit_test(wishes_become_few_steps),
        cmocka_unit_test(fewer_bits_are_fewer_bytes),
        cmocka_unit_test(a_level_is_that_of_the_last_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

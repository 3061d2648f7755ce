/*
 * media_codec_test.c - the table of codecs: G.711 against its known values, and its noise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/codec.h"
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

        assert_int_equal(codec_find(vectors[i].codec)->decode(&vectors[i].byte, 1, &got, 1), 1);
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

            (void)c->decode(&byte, 1, &pcm, 1);
            (void)c->encode(&pcm, 1, &back);
            (void)c->decode(&back, 1, &again, 1);
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
        assert_int_equal(c->encode(pcm, 1600, bytes), 1600);
        assert_int_equal(c->decode(bytes, 1600, pcm, 1600), 1600);
        assert_true(tone_snr_db(pcm, 1600, 8000, 1013) > (amplitudes[i / 2] < 500 ? 27 : 36));
    }
}

static void decoding_stops_where_the_room_ends(void **state)
{
    static const uint8_t bytes[10];
    int16_t pcm[5] = {1, 1, 1, 1, 77};

    (void)state;
    assert_int_equal(codec_find(SDP_PCMU)->decode(bytes, 10, pcm, 4), 4);
    assert_int_equal(pcm[4], 77);
}

static void a_frame_is_twenty_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(codec_frame(codec_find(SDP_PCMA)), 160);
    assert_int_equal(codec_step(codec_find(SDP_PCMA)), 160);
    assert_null(codec_find(SDP_OPUS));
}

static void the_silence_of_a_codec_is_silent(void **state)
{
    static const enum sdp_codec ids[] = {SDP_PCMU, SDP_PCMA};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int16_t pcm = 99;

        (void)codec_find(ids[i])->decode(&codec_find(ids[i])->silence, 1, &pcm, 1);
        assert_in_range(pcm, 0, 8);
    }
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
        cmocka_unit_test(the_silence_of_a_codec_is_silent),
        cmocka_unit_test(a_level_is_that_of_the_last_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * media_encoder_test.c - encoders of legs: pauses, copies, the payload of silence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "media/encoder.h"
#include "media/level.h"
#include "tone.h"

enum { CODECS = SDP_CODEC_COUNT };

/* A leg that speaks, and the phone that hears it. */
struct leg {
    struct hush hush;
    struct kit *mine, *phones;
    struct encoder encoder;
    uint8_t bytes[CODEC_PAYLOAD_MAX];
    const uint8_t *payload;
    size_t len;
    int16_t pcm[CODEC_FRAME_MAX]; /* what the phone hears, at the codec's rate */
    double phase;
};

static void leg_open(struct leg *l, enum sdp_codec id)
{
    const struct codec *c = codec_find(id);
    struct codec_tuning t = {.bitrate = id == SDP_OPUS ? 24000 : 0};

    memset(l, 0, sizeof(*l));
    hush_init(&l->hush, c);
    l->mine = kit_new(c);
    l->phones = kit_new(c);
    if (l->phones != NULL)
        c->decoder_init(l->phones->decoder);
    encoder_init(&l->encoder, c, l->mine);
    encoder_tune(&l->encoder, &t);
}

static void leg_close(struct leg *l)
{
    hush_clear(&l->hush);
    kit_free(l->mine);
    kit_free(l->phones);
}

/* One tick; hz 0: silence. Returns how loud the phone heard it. */
static double step(struct leg *l, double hz)
{
    const struct codec *c = l->encoder.codec;
    int16_t pcm[MIX_FRAME];

    hush_tick(&l->hush);
    tone_make(pcm, MIX_FRAME, MIX_RATE, hz, 8000, &l->phase);
    l->payload = encoder_next(&l->encoder, &l->hush, hz > 0 ? pcm : NULL, l->bytes, &l->len);
    assert_int_equal(c->decode(l->phones != NULL ? l->phones->decoder : NULL, l->payload, l->len,
                               l->pcm, CODEC_FRAME_MAX),
                     codec_frame(c));
    return level_power(l->pcm, codec_frame(c));
}

static void silence_is_heard_as_silence_and_not_encoded(void **state)
{
    (void)state;
    for (int id = 0; id < CODECS; id++) {
        struct leg l;
        size_t frames;

        leg_open(&l, (enum sdp_codec)id);
        assert_true(encoder_rests(&l.encoder));
        assert_true(step(&l, 0) < 100); /* also at the very first */
        for (int i = 0; i < 25; i++)
            (void)step(&l, 440);
        assert_false(encoder_rests(&l.encoder));
        for (int i = 0; i < 10; i++)
            (void)step(&l, 0);
        assert_true(encoder_rests(&l.encoder));
        frames = l.hush.frames;
        for (int i = 0; i < 100; i++) {
            assert_true(step(&l, 0) < 150); /* -69 dBFS */
            assert_ptr_equal(l.payload, l.hush.payload);
        }
        /* one encoder works on for all legs where the payload never rests, none elsewhere */
        assert_int_equal(l.hush.frames - frames, codec_find((enum sdp_codec)id)->rests ? 0 : 100);
        leg_close(&l);
    }
}

/* The quality of the first frames after a pause, against those of a leg that never paused. */
static void sound_after_a_pause_is_whole_from_its_first_frame(void **state)
{
    (void)state;
    for (int id = 0; id < CODECS; id++) {
        struct leg l;
        double rate = codec_find((enum sdp_codec)id)->rate;

        leg_open(&l, (enum sdp_codec)id);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 40; i++)
                (void)step(&l, 0);
            (void)step(&l, 440);
            for (int i = 0; i < 25; i++) {
                (void)step(&l, 440);
                assert_true(tone_snr_db(l.pcm, codec_frame(l.encoder.codec), rate, 440) > 13);
            }
        }
        leg_close(&l);
    }
}

static void legs_that_share_a_hush_wake_in_step_with_their_phones(void **state)
{
    struct leg l, other;

    (void)state;
    leg_open(&l, SDP_G722);
    leg_open(&other, SDP_G722);
    for (int i = 0; i < 60; i++)
        (void)step(&l, 0);
    /* another leg of the same thread has taken this tick's silence before this one wakes */
    for (int i = 0; i < 25; i++) {
        size_t len;
        int16_t pcm[MIX_FRAME];

        hush_tick(&l.hush);
        (void)hush_payload(&l.hush, &len);
        tone_make(pcm, MIX_FRAME, MIX_RATE, 440, 8000, &l.phase);
        l.payload = encoder_next(&l.encoder, &l.hush, pcm, l.bytes, &l.len);
        (void)l.encoder.codec->decode(l.phones->decoder, l.payload, l.len, l.pcm, CODEC_FRAME_MAX);
        if (i > 0)
            assert_true(tone_snr_db(l.pcm, MIX_FRAME, MIX_RATE, 440) > 25);
    }
    leg_close(&l);
    leg_close(&other);
}

static void a_copy_makes_the_same_bytes(void **state)
{
    (void)state;
    for (int id = 0; id < CODECS; id++) {
        struct leg one, two;

        leg_open(&one, (enum sdp_codec)id);
        leg_open(&two, (enum sdp_codec)id);
        for (int i = 0; i < 33; i++) {
            (void)step(&one, 300);
            (void)step(&two, 1200); /* has another past */
        }
        assert_true(encoder_same(&one.encoder, &two.encoder));
        encoder_copy(&two.encoder, &one.encoder);
        two.phase = one.phase;
        for (int i = 0; i < 40; i++) {
            double hz = i < 20 || i > 35 ? 300 : 0;

            (void)step(&one, hz);
            (void)step(&two, hz);
            assert_int_equal(one.len, two.len);
            assert_memory_equal(one.payload, two.payload, one.len);
        }
        leg_close(&one);
        leg_close(&two);
    }
}

static void only_equals_may_share(void **state)
{
    struct leg u, a, opus, fec;
    struct codec_tuning t = {.bitrate = 24000, .fec = true};

    (void)state;
    leg_open(&u, SDP_PCMU);
    leg_open(&a, SDP_PCMA);
    leg_open(&opus, SDP_OPUS);
    leg_open(&fec, SDP_OPUS);
    assert_false(encoder_same(&u.encoder, &a.encoder));
    assert_true(encoder_same(&opus.encoder, &fec.encoder));
    encoder_tune(&fec.encoder, &t);
    assert_false(encoder_same(&opus.encoder, &fec.encoder));
    for (int i = 0; i < 20; i++) { /* and the tuning is in force */
        (void)step(&opus, 440);
        (void)step(&fec, 440);
    }
    assert_true(opus.len != fec.len || memcmp(opus.bytes, fec.bytes, fec.len) != 0);
    leg_close(&u);
    leg_close(&a);
    leg_close(&opus);
    leg_close(&fec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_is_heard_as_silence_and_not_encoded),
        cmocka_unit_test(sound_after_a_pause_is_whole_from_its_first_frame),
        cmocka_unit_test(legs_that_share_a_hush_wake_in_step_with_their_phones),
        cmocka_unit_test(a_copy_makes_the_same_bytes),
        cmocka_unit_test(only_equals_may_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

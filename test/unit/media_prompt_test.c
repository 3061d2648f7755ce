/*
 * media_prompt_test.c - tones survive every conversion; what is no good file is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <spandsp.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "media/prompt.h"
#include "media/wav.h"

#define PI 3.14159265358979323846

enum form { U8, S16, S24, S32, F32, FORMS };

static const struct {
    const char *name;
    unsigned tag, bits;
} forms[] = {
    [U8] = {"8 bit", 1, 8},    [S16] = {"16 bit", 1, 16}, [S24] = {"24 bit", 1, 24},
    [S32] = {"32 bit", 1, 32}, [F32] = {"float", 3, 32},
};

struct shape {
    enum form form;
    unsigned channels, rate_hz;
    bool extensible;
};

static void put16(struct buf *b, unsigned v)
{
    buf_char(b, (char)(v & 0xff));
    buf_char(b, (char)(v >> 8 & 0xff));
}

static void put32(struct buf *b, uint32_t v)
{
    put16(b, v & 0xffff);
    put16(b, v >> 16);
}

static void put_sample(struct buf *b, enum form form, double v)
{
    int32_t whole = (int32_t)lrint(v * 2147483647.0);
    uint32_t bits = (uint32_t)whole;
    float f = (float)v;

    switch (form) {
    case U8:
        buf_char(b, (char)(128 + (int)lrint(v * 127.0)));
        break;
    case S16:
        put16(b, bits >> 16);
        break;
    case S24:
        buf_char(b, (char)(bits >> 8 & 0xff));
        put16(b, bits >> 16);
        break;
    case S32:
        put32(b, bits);
        break;
    case F32:
        (void)memcpy(&bits, &f, 4);
        put32(b, bits);
        break;
    case FORMS:
        break;
    }
}

static void put_header(struct buf *b, const struct shape *s, uint32_t data)
{
    static const unsigned char tail[] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                         0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};
    unsigned align = s->channels * forms[s->form].bits / 8;

    buf_text(b, "RIFF");
    put32(b, data + 4 + 8 + (s->extensible ? 40 : 16) + 8);
    buf_text(b, "WAVEfmt ");
    put32(b, s->extensible ? 40 : 16);
    put16(b, s->extensible ? 0xfffe : forms[s->form].tag);
    put16(b, s->channels);
    put32(b, s->rate_hz);
    put32(b, s->rate_hz * align);
    put16(b, align);
    put16(b, forms[s->form].bits);
    if (s->extensible) {
        put16(b, 22);
        put16(b, forms[s->form].bits);
        put32(b, 3);
        put16(b, forms[s->form].tag);
        buf_add(b, tail, sizeof(tail));
    }
    buf_text(b, "data");
    put32(b, data);
}

/* A file with a sine in every channel. */
static struct buf tone_file(const struct shape *s, double hz, double level, int ms)
{
    struct buf b = {0};
    size_t frames = (size_t)s->rate_hz * (size_t)ms / 1000;

    put_header(&b, s, (uint32_t)(frames * s->channels * forms[s->form].bits / 8));
    for (size_t i = 0; i < frames; i++)
        for (unsigned c = 0; c < s->channels; c++)
            put_sample(&b, s->form, level * sin(2.0 * PI * hz * (double)i / s->rate_hz));
    return b;
}

/* The amplitude of one frequency, full scale being 1 (Goertzel). */
static double amplitude(const int16_t *pcm, size_t n, double hz, double rate_hz)
{
    double k = 2.0 * cos(2.0 * PI * hz / rate_hz);
    double a = 0.0;
    double b = 0.0;

    for (size_t i = 0; i < n; i++) {
        double c = pcm[i] / 32768.0 + k * a - b;

        b = a;
        a = c;
    }
    return 2.0 * sqrt(fabs(a * a + b * b - k * a * b)) / (double)n;
}

static struct prompt *decode(const struct buf *b)
{
    struct prompt *p = NULL;
    struct fail f = {0};

    if (prompt_decode(b->data, b->len, 10000, &p, &f) != ERR_OK)
        fail_msg("%s", f.text);
    return p;
}

/* 800 ms from the middle, so that whole periods of 50 Hz multiples fit. */
static void assert_tone(const struct prompt *p, double hz, double level)
{
    const int16_t *pcm = prompt_pcm(p, 5);
    size_t n = 40 * (size_t)PROMPT_FRAME;
    double got = amplitude(pcm, n, hz, PROMPT_RATE);

    if (fabs(20.0 * log10(got / level)) > 0.5)
        fail_msg("%g Hz: amplitude %g, want %g", hz, got, level);
    assert_true(amplitude(pcm, n, hz * 2.0, PROMPT_RATE) < level / 30.0);
    assert_true(amplitude(pcm, n, hz / 2.0, PROMPT_RATE) < level / 30.0);
}

static void tones_survive_every_rate_width_and_channel_count(void **state)
{
    static const unsigned rates[] = {8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000};

    (void)state;
    for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++)
        for (int form = 0; form < FORMS; form++)
            for (unsigned channels = 1; channels <= 2; channels++) {
                struct shape s = {(enum form)form, channels, rates[r], channels == 2};
                struct buf b = tone_file(&s, 1000.0, 0.5, 1000);
                struct prompt *p = decode(&b);

                assert_int_equal(prompt_ms(p), 1000);
                assert_int_equal(prompt_frames(p), 50);
                assert_tone(p, 1000.0, 0.5);
                prompt_free(p);
                buf_clear(&b);
            }
}

static void low_and_high_tones_keep_their_level(void **state)
{
    static const double tones[] = {100.0, 400.0, 3000.0, 6000.0};
    struct shape s = {S16, 1, 48000, false};

    (void)state;
    for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
        struct buf b = tone_file(&s, tones[i], 0.25, 1000);
        struct prompt *p = decode(&b);

        assert_tone(p, tones[i], 0.25);
        prompt_free(p);
        buf_clear(&b);
    }
}

static void what_is_above_eight_kilohertz_is_gone(void **state)
{
    struct shape s = {S16, 1, 48000, false};
    struct buf b = tone_file(&s, 11000.0, 0.5, 1000); /* would come back as 5 kHz */
    struct prompt *p = decode(&b);

    (void)state;
    assert_true(amplitude(prompt_pcm(p, 5), 40 * (size_t)PROMPT_FRAME, 5000.0, PROMPT_RATE) <
                0.005);
    prompt_free(p);
    buf_clear(&b);
}

static void the_right_rate_is_taken_bit_by_bit(void **state)
{
    struct shape s = {S16, 1, 16000, false};
    struct buf b = tone_file(&s, 440.0, 0.9, 100);
    struct prompt *p = decode(&b);

    (void)state;
    assert_memory_equal(prompt_pcm(p, 0), b.data + WAV_HEADER, 5 * PROMPT_FRAME * 2);
    prompt_free(p);
    buf_clear(&b);
}

/* The place of the loudest sample. */
static size_t peak(const int16_t *pcm, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++)
        if (pcm[i] > pcm[at])
            at = i;
    return at;
}

static void conversion_moves_no_sound(void **state)
{
    static const unsigned rates[] = {8000, 22050, 44100, 48000};

    (void)state;
    for (size_t r = 0; r < sizeof(rates) / sizeof(rates[0]); r++) {
        struct shape s = {S16, 1, rates[r], false};
        struct buf b = {0};
        struct prompt *p;
        double at;

        put_header(&b, &s, rates[r] * 2);
        for (unsigned i = 0; i < rates[r]; i++) /* a bump of 2 ms, half a second in */
            put_sample(&b, S16, 0.8 * exp(-pow(((double)i / rates[r] - 0.5) / 0.001, 2.0)));
        p = decode(&b);
        at = (double)peak(prompt_pcm(p, 0), prompt_frames(p) * PROMPT_FRAME) / PROMPT_RATE;
        assert_true(fabs(at - 0.5) < 0.0003);
        prompt_free(p);
        buf_clear(&b);
    }
}

static void two_channels_become_their_mean(void **state)
{
    struct shape s = {S16, 2, 16000, false};
    struct buf b = {0};
    struct prompt *p;

    (void)state;
    put_header(&b, &s, 640 * 4);
    for (int i = 0; i < 640; i++) {
        put16(&b, 1000);
        put16(&b, (unsigned)-3000 & 0xffff);
    }
    p = decode(&b);
    for (int i = 0; i < 640; i++)
        assert_int_equal(prompt_pcm(p, 0)[i], -1000);
    prompt_free(p);
    buf_clear(&b);
}

static void what_is_no_number_becomes_silence(void **state)
{
    struct shape s = {F32, 1, 8000, false};
    struct buf b = {0};
    struct prompt *p;

    (void)state;
    put_header(&b, &s, 1600 * 4);
    for (int i = 0; i < 1600; i++)
        put_sample(&b, F32, i == 100 ? (double)NAN : i == 200 ? (double)INFINITY : 0.0);
    p = decode(&b);
    for (size_t i = 0; i < prompt_frames(p) * PROMPT_FRAME; i++)
        assert_int_equal(prompt_pcm(p, 0)[i], 0);
    prompt_free(p);
    buf_clear(&b);
}

static void payloads_are_the_same_sound_in_g711(void **state)
{
    /* 1010 Hz, so that the noise of quantisation is not a harmonic */
    struct prompt *p = prompt_tone(1010.0, -6.0, 1000);
    int16_t ulaw[40 * 160];
    int16_t alaw[40 * 160];
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(ulaw) / sizeof(ulaw[0]); i++) {
        ulaw[i] = ulaw_to_linear(prompt_payload(p, SDP_PCMU, 5 + i / 160, &len)[i % 160]);
        assert_int_equal(len, 160);
        alaw[i] = alaw_to_linear(prompt_payload(p, SDP_PCMA, 5 + i / 160, &len)[i % 160]);
        assert_int_equal(len, 160);
    }
    assert_true(fabs(20.0 * log10(amplitude(ulaw, 6400, 1010.0, 8000.0)) + 6.0) < 0.3);
    assert_true(fabs(20.0 * log10(amplitude(alaw, 6400, 1010.0, 8000.0)) + 6.0) < 0.3);
    assert_true(amplitude(ulaw, 6400, 2500.0, 8000.0) < 0.003);
    assert_null(prompt_payload(p, SDP_G722, 0, &len));
    assert_null(prompt_payload(p, SDP_OPUS, 0, &len));
    prompt_free(p);
}

static void the_last_frame_is_filled_with_silence(void **state)
{
    struct prompt *p = prompt_tone(1000.0, -6.0, 25);

    (void)state;
    assert_int_equal(prompt_frames(p), 2);
    assert_int_equal(prompt_ms(p), 25);
    for (size_t i = 80; i < PROMPT_FRAME; i++)
        assert_int_equal(prompt_pcm(p, 1)[i], 0);
    assert_true(prompt_bytes(p) >= 2 * (640 + 320));
    prompt_free(p);
}

static void built_in_sounds_have_names(void **state)
{
    struct prompt *beep = prompt_builtin("beep");
    struct prompt *cool = prompt_builtin("cool");

    (void)state;
    assert_non_null(beep);
    assert_int_equal(prompt_ms(beep), 400);
    assert_true(amplitude(prompt_pcm(beep, 5), 10 * (size_t)PROMPT_FRAME, 1000.0, PROMPT_RATE) >
                0.25);
    assert_non_null(cool);
    assert_int_equal(prompt_ms(cool), 2000);
    assert_null(prompt_builtin("loud"));
    prompt_free(beep);
    prompt_free(cool);
    prompt_free(NULL);
}

static void a_sound_that_is_too_long_is_refused(void **state)
{
    struct shape s = {S16, 1, 16000, false};
    struct buf b = tone_file(&s, 440.0, 0.5, 1000);
    struct prompt *p = NULL;
    struct fail f = {0};

    (void)state;
    assert_int_equal(prompt_decode(b.data, b.len, 999, &p, &f), ERR_TOO_LARGE);
    assert_string_equal(f.text, "the sound is longer than 999 ms");
    assert_null(p);
    assert_int_equal(prompt_decode(b.data, b.len, 1000, &p, &f), ERR_OK);
    prompt_free(p);
    buf_clear(&b);
}

/* One change to a good file of one second, 8 kHz, 16 bit mono. */
struct damage {
    size_t at;
    const char *bytes;
    size_t n;
    size_t len; /* 0: as it is */
    const char *why;
};

#define BYTES(s) s, sizeof(s) - 1

static const struct damage damages[] = {
    {0, BYTES("ID3\x04"), 0, "the file is not RIFF/WAVE"},
    {0, BYTES("\xff\xfb\x90\x00"), 0, "the file is not RIFF/WAVE"},
    {0, BYTES("RIFX"), 0, "the file is not RIFF/WAVE"},
    {8, BYTES("AVI "), 0, "the file is not RIFF/WAVE"},
    {0, BYTES("RIFF"), 11, "the file is not RIFF/WAVE"},
    {0, BYTES("RIFF"), 12, "the file has no data chunk"},
    {0, BYTES("RIFF"), 30, "a chunk of 16 bytes is cut off at 10"},
    {0, BYTES("RIFF"), 44, "a chunk of 16000 bytes is cut off at 0"},
    {0, BYTES("RIFF"), 16043, "a chunk of 16000 bytes is cut off at 15999"},
    {40, BYTES("\xff\xff\xff\xff"), 0, "a chunk of 4294967295 bytes is cut off at 16000"},
    {40, BYTES("\xff\xff\xff\x7f"), 0, "a chunk of 2147483647 bytes is cut off at 16000"},
    {40, BYTES("\x00\x00\x00\x00"), 0, "there is no sound in the file"},
    {40, BYTES("\x01\x00\x00\x00"), 0, "there is no sound in the file"},
    {16, BYTES("\xf0\xff\xff\xff"), 0, "a chunk of 4294967280 bytes is cut off at 16024"},
    {16, BYTES("\x0e\x00\x00\x00"), 0, "the fmt chunk is too short"},
    {12, BYTES("fmX "), 0, "the samples come before their format"},
    {36, BYTES("dat "), 0, "the file has no data chunk"},
    {20, BYTES("\x55\x00"), 0, "WAVE format 85 with 16 bits is not PCM that we read"},
    {20, BYTES("\x07\x00"), 0, "WAVE format 7 with 16 bits is not PCM that we read"},
    {20, BYTES("\x03\x00"), 0, "WAVE format 3 with 16 bits is not PCM that we read"},
    {20, BYTES("\xfe\xff"), 0, "the extensible format is not PCM or float"},
    {22, BYTES("\x00\x00"), 0, "0 channels (want 1 or 2)"},
    {22, BYTES("\x03\x00"), 0, "3 channels (want 1 or 2)"},
    {22, BYTES("\xff\xff"), 0, "65535 channels (want 1 or 2)"},
    {24, BYTES("\x00\x00\x00\x00"), 0, "0 Hz (want 8000 to 96000)"},
    {24, BYTES("\x3f\x1f\x00\x00"), 0, "7999 Hz (want 8000 to 96000)"},
    {24, BYTES("\x00\x00\x00\x80"), 0, "2147483648 Hz (want 8000 to 96000)"},
    {32, BYTES("\x00\x00"), 0, "a frame of 0 bytes does not fit its format"},
    {32, BYTES("\x04\x00"), 0, "a frame of 4 bytes does not fit its format"},
    {34, BYTES("\x0c\x00"), 0, "a frame of 2 bytes does not fit its format"},
};

static void bad_files_are_refused_and_say_why(void **state)
{
    struct shape s = {S16, 1, 8000, false};

    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        struct buf b = tone_file(&s, 440.0, 0.5, 1000);
        size_t len = damages[i].len != 0 ? damages[i].len : b.len;
        char *copy; /* of the exact size, so that a read too far is seen */
        struct prompt *p = NULL;
        struct fail f = {0};

        (void)memcpy(b.data + damages[i].at, damages[i].bytes, damages[i].n);
        copy = mem_dup(b.data, len);
        assert_int_equal(prompt_decode(copy, len, 10000, &p, &f), ERR_MEDIA_KIND);
        assert_string_equal(f.text, damages[i].why);
        assert_null(p);
        (void)mem_free(copy);
        buf_clear(&b);
    }
    assert_int_equal(prompt_decode("", 0, 10000, &(struct prompt *){NULL}, NULL), ERR_MEDIA_KIND);
}

static void chunks_that_we_do_not_know_are_stepped_over(void **state)
{
    struct shape s = {S16, 1, 16000, false};
    struct buf whole = tone_file(&s, 440.0, 0.5, 100);
    struct buf b = {0};
    struct prompt *p;

    (void)state;
    buf_add(&b, whole.data, 12);
    buf_text(&b, "LIST");
    put32(&b, 3); /* an odd chunk is followed by a pad byte */
    buf_add(&b, "abc", 4);
    buf_add(&b, whole.data + 12, whole.len - 12);
    buf_text(&b, "junk behind the data");
    p = decode(&b);
    assert_int_equal(prompt_ms(p), 100);
    assert_memory_equal(prompt_pcm(p, 0), whole.data + WAV_HEADER, 3200);
    prompt_free(p);
    buf_clear(&b);
    buf_clear(&whole);
}

static void a_header_that_we_write_is_one_that_we_read(void **state)
{
    uint8_t file[WAV_HEADER + 640] = {0};
    struct wav w;

    (void)state;
    wav_write_header(file, 16000, 640);
    assert_int_equal(wav_check(file, sizeof(file), &w, NULL), ERR_OK);
    assert_int_equal(w.sample, WAV_S16);
    assert_int_equal(w.channels, 1);
    assert_int_equal(w.rate_hz, 16000);
    assert_int_equal(w.data, WAV_HEADER);
    assert_int_equal(w.frames, 320);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tones_survive_every_rate_width_and_channel_count),
        cmocka_unit_test(low_and_high_tones_keep_their_level),
        cmocka_unit_test(what_is_above_eight_kilohertz_is_gone),
        cmocka_unit_test(the_right_rate_is_taken_bit_by_bit),
        cmocka_unit_test(conversion_moves_no_sound),
        cmocka_unit_test(two_channels_become_their_mean),
        cmocka_unit_test(what_is_no_number_becomes_silence),
        cmocka_unit_test(payloads_are_the_same_sound_in_g711),
        cmocka_unit_test(the_last_frame_is_filled_with_silence),
        cmocka_unit_test(built_in_sounds_have_names),
        cmocka_unit_test(a_sound_that_is_too_long_is_refused),
        cmocka_unit_test(bad_files_are_refused_and_say_why),
        cmocka_unit_test(chunks_that_we_do_not_know_are_stepped_over),
        cmocka_unit_test(a_header_that_we_write_is_one_that_we_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

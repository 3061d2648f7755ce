/*
 * prompt.c - makes prompts: any PCM that we read, to 16 kHz mono, to the payloads of G.711.
 *
 * The file thread (or a test); what it makes never changes and may be read anywhere. The header
 * of a file never reaches libsndfile: it is given the samples alone, and what wav.c found out.
 */
#include "media/prompt.h"

#include <limits.h>
#include <math.h>
#include <sndfile.h>
#include <spandsp.h>
#include <speex/speex_resampler.h>
#include <string.h>

#include "base/mem.h"
#include "media/sounds.h"
#include "media/wav.h"

enum { QUALITY = 5, BLOCK = 1024, G711_RATE = 8000, G711_FRAME = 160 };

struct prompt {
    size_t frames;
    int ms;
    int16_t *pcm;
    uint8_t *ulaw;
    uint8_t *alaw;
};

/* Where converted samples go; full when count is room. */
struct sink {
    int16_t *pcm;
    size_t count, room;
};

/* The samples of a file in memory, as libsndfile wants to read them. */
struct source {
    const uint8_t *p;
    sf_count_t len, at;
};

static sf_count_t source_len(void *arg)
{
    const struct source *s = arg;

    return s->len;
}

static sf_count_t source_seek(sf_count_t offset, int whence, void *arg)
{
    struct source *s = arg;
    sf_count_t base = whence == SEEK_CUR ? s->at : whence == SEEK_END ? s->len : 0;

    if (base + offset < 0 || base + offset > s->len)
        return -1;
    s->at = base + offset;
    return s->at;
}

static sf_count_t source_read(void *to, sf_count_t n, void *arg)
{
    struct source *s = arg;

    if (n > s->len - s->at)
        n = s->len - s->at;
    if (n > 0)
        (void)memcpy(to, s->p + s->at, (size_t)n);
    s->at += n;
    return n;
}

static sf_count_t source_write(const void *from, sf_count_t n, void *arg)
{
    (void)from;
    (void)n;
    (void)arg;
    return 0; /* never opened for writing */
}

static sf_count_t source_tell(void *arg)
{
    const struct source *s = arg;

    return s->at;
}

static SNDFILE *open_samples(struct source *s, const struct wav *w)
{
    static const int formats[] = {
        [WAV_U8] = SF_FORMAT_PCM_U8,  [WAV_S16] = SF_FORMAT_PCM_16, [WAV_S24] = SF_FORMAT_PCM_24,
        [WAV_S32] = SF_FORMAT_PCM_32, [WAV_F32] = SF_FORMAT_FLOAT,
    };
    SF_VIRTUAL_IO io = {source_len, source_seek, source_read, source_write, source_tell};
    SF_INFO info = {
        .samplerate = (int)w->rate_hz,
        .channels = (int)w->channels,
        .format = SF_FORMAT_RAW | formats[w->sample] | SF_ENDIAN_LITTLE,
    };

    return sf_open_virtual(&io, SFM_READ, &info, s);
}

static int16_t clip(float v)
{
    if (!(v > -32768.0F)) /* also when it is no number */
        return isnan(v) ? 0 : -32768;
    if (v >= 32767.0F)
        return 32767;
    return (int16_t)lrintf(v);
}

static void append(struct sink *to, const float *in, size_t n)
{
    for (size_t i = 0; i < n && to->count < to->room; i++)
        to->pcm[to->count++] = clip(in[i]);
}

/* Samples in the scale of 16 bit; rs NULL: the rate is right already. */
static void feed(SpeexResamplerState *rs, const float *in, size_t n, struct sink *to)
{
    float out[BLOCK];

    if (rs == NULL) {
        append(to, in, n);
        return;
    }
    while (n > 0 && to->count < to->room) {
        spx_uint32_t taken = (spx_uint32_t)n;
        spx_uint32_t made = BLOCK;

        (void)speex_resampler_process_float(rs, 0, in, &taken, out, &made);
        if (taken == 0 && made == 0)
            break;
        append(to, out, made);
        in += taken;
        n -= taken;
    }
}

/* NULL when nothing has to be done. The filter's delay is cut off, so that no sound moves. */
static SpeexResamplerState *resampler(unsigned from_hz, unsigned to_hz)
{
    SpeexResamplerState *rs;
    int why = 0;

    if (from_hz == to_hz)
        return NULL;
    rs = speex_resampler_init(1, from_hz, to_hz, QUALITY, &why);
    if (rs != NULL)
        (void)speex_resampler_skip_zeros(rs);
    return rs;
}

/* Silence behind the last sample pushes out what the filter still holds. */
static void flush(SpeexResamplerState *rs, struct sink *to)
{
    static const float silence[BLOCK];

    if (rs != NULL) {
        for (int i = 0; i < 4; i++) /* the longest filter, 96 to 16 kHz, holds 480 samples */
            feed(rs, silence, BLOCK, to);
        speex_resampler_destroy(rs);
    }
    to->count = to->room; /* the rest of the last frame is zero already */
}

/* To mono, in the scale of 16 bit, in place. What is no number becomes silence here, so that it
 * cannot spread through the filter. */
static void mix_down(float *block, size_t frames, unsigned channels)
{
    for (size_t i = 0; i < frames; i++) {
        float sum = 0.0F;

        for (unsigned c = 0; c < channels; c++) {
            float v = block[i * channels + c];

            sum += isfinite(v) ? fminf(1.0F, fmaxf(-1.0F, v)) : 0.0F;
        }
        block[i] = sum * 32768.0F / (float)channels;
    }
}

static void read_samples(SNDFILE *file, const struct wav *w, struct sink *to)
{
    float block[BLOCK * WAV_CHANNELS_MAX];
    SpeexResamplerState *rs = resampler(w->rate_hz, PROMPT_RATE);
    size_t left = w->frames;

    while (left > 0) {
        sf_count_t want = (sf_count_t)(left < BLOCK ? left : BLOCK);
        sf_count_t got = sf_readf_float(file, block, want);

        if (got <= 0)
            break;
        mix_down(block, (size_t)got, w->channels);
        feed(rs, block, (size_t)got, to);
        left -= (size_t)got;
    }
    flush(rs, to);
}

/* The same sound at 8 kHz, as both laws. */
static void encode(struct prompt *p)
{
    SpeexResamplerState *rs = resampler(PROMPT_RATE, G711_RATE);
    struct sink to = {.room = p->frames * G711_FRAME};
    float block[PROMPT_FRAME];

    to.pcm = mem_array(to.room, sizeof(*to.pcm));
    for (size_t frame = 0; frame < p->frames; frame++) {
        for (size_t i = 0; i < PROMPT_FRAME; i++)
            block[i] = (float)p->pcm[frame * PROMPT_FRAME + i];
        feed(rs, block, PROMPT_FRAME, &to);
    }
    flush(rs, &to);
    for (size_t i = 0; i < to.room; i++) {
        p->ulaw[i] = linear_to_ulaw(to.pcm[i]);
        p->alaw[i] = linear_to_alaw(to.pcm[i]);
    }
    (void)mem_free(to.pcm);
}

/* Room for so many samples of 16 kHz; silence so far. */
static struct prompt *make(size_t samples)
{
    struct prompt *p = mem_new(sizeof(*p));

    p->frames = (samples + PROMPT_FRAME - 1) / PROMPT_FRAME;
    p->ms = (int)((samples * 1000 + PROMPT_RATE - 1) / PROMPT_RATE);
    p->pcm = mem_array(p->frames * PROMPT_FRAME, sizeof(*p->pcm));
    p->ulaw = mem_array(p->frames, G711_FRAME);
    p->alaw = mem_array(p->frames, G711_FRAME);
    return p;
}

enum err prompt_decode(const void *wav, size_t len, int max_ms, struct prompt **out, struct fail *f)
{
    struct wav w;
    struct source source = {0};
    struct sink to;
    SNDFILE *file;
    enum err e = wav_check(wav, len, &w, f);

    *out = NULL;
    if (e != ERR_OK)
        return e;
    if ((uint64_t)w.frames * 1000 > (uint64_t)(max_ms > 0 ? max_ms : 0) * w.rate_hz)
        return err_set(f, ERR_TOO_LARGE, "the sound is longer than %d ms", max_ms);
    source.p = (const uint8_t *)wav + w.data;
    source.len = (sf_count_t)w.bytes;
    file = open_samples(&source, &w);
    if (file == NULL)
        return err_set(f, ERR_MEDIA_KIND, "the samples cannot be read: %s", sf_strerror(NULL));
    *out = make(((uint64_t)w.frames * PROMPT_RATE + w.rate_hz - 1) / w.rate_hz);
    to = (struct sink){.pcm = (*out)->pcm, .room = (*out)->frames * PROMPT_FRAME};
    read_samples(file, &w, &to);
    (void)sf_close(file);
    encode(*out);
    return ERR_OK;
}

/* pcm is a gift. */
static struct prompt *from_pcm(int16_t *pcm, size_t samples)
{
    struct prompt *p = make(samples);

    (void)memcpy(p->pcm, pcm, samples * sizeof(*pcm));
    (void)mem_free(pcm);
    encode(p);
    return p;
}

struct prompt *prompt_builtin(const char *name)
{
    size_t samples;
    int16_t *pcm = sounds_builtin(name, &samples);

    return pcm != NULL ? from_pcm(pcm, samples) : NULL;
}

struct prompt *prompt_tone(double hz, double dbfs, int ms)
{
    size_t samples;
    int16_t *pcm = sounds_tone(hz, dbfs, ms, &samples);

    return from_pcm(pcm, samples);
}

void prompt_free(struct prompt *p)
{
    if (p == NULL)
        return;
    (void)mem_free(p->pcm);
    (void)mem_free(p->ulaw);
    (void)mem_free(p->alaw);
    (void)mem_free(p);
}

int prompt_ms(const struct prompt *p)
{
    return p->ms;
}

size_t prompt_bytes(const struct prompt *p)
{
    return sizeof(*p) + p->frames * (PROMPT_FRAME * sizeof(*p->pcm) + 2 * (size_t)G711_FRAME);
}

size_t prompt_frames(const struct prompt *p)
{
    return p->frames;
}

const int16_t *prompt_pcm(const struct prompt *p, size_t frame)
{
    return p->pcm + frame * PROMPT_FRAME;
}

const uint8_t *prompt_payload(const struct prompt *p, enum sdp_codec c, size_t frame, size_t *len)
{
    const uint8_t *law = c == SDP_PCMU ? p->ulaw : c == SDP_PCMA ? p->alaw : NULL;

    if (law == NULL)
        return NULL;
    *len = G711_FRAME;
    return law + frame * G711_FRAME;
}

/*
 * wav.c - reads and writes the header of RIFF/WAVE files.
 *
 * A file from outside is believed nothing: every size is compared with what is there. Any thread.
 * It does not touch the samples.
 */
#include "media/wav.h"

#include <stdbool.h>
#include <string.h>

enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_EXTENSIBLE = 0xfffe, FMT_MIN = 16, FMT_EXTENSIBLE = 40 };

/* clang-format off */
static const struct {
    unsigned tag;
    unsigned bits;
    enum wav_sample sample;
} samples[] = {
    {TAG_PCM,    8, WAV_U8},
    {TAG_PCM,   16, WAV_S16},
    {TAG_PCM,   24, WAV_S24},
    {TAG_PCM,   32, WAV_S32},
    {TAG_FLOAT, 32, WAV_F32},
};
/* clang-format on */

/* What follows the tag in the GUID of WAVE_FORMAT_EXTENSIBLE. */
static const uint8_t guid_tail[14] = {0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80,
                                      0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71};

static unsigned le16(const uint8_t *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
    put16(p, v & 0xffff);
    put16(p + 2, v >> 16);
}

static enum err find_sample(unsigned tag, unsigned bits, enum wav_sample *out, struct fail *f)
{
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++)
        if (samples[i].tag == tag && samples[i].bits == bits) {
            *out = samples[i].sample;
            return ERR_OK;
        }
    return err_set(f, ERR_MEDIA_KIND, "WAVE format %u with %u bits is not PCM that we read", tag,
                   bits);
}

static enum err read_fmt(const uint8_t *p, size_t n, struct wav *w, size_t *align, struct fail *f)
{
    unsigned tag;
    unsigned bits;

    if (n < FMT_MIN)
        return err_set(f, ERR_MEDIA_KIND, "the fmt chunk is too short");
    tag = le16(p);
    w->channels = le16(p + 2);
    w->rate_hz = le32(p + 4);
    *align = le16(p + 12);
    bits = le16(p + 14);
    if (tag == TAG_EXTENSIBLE) {
        if (n < FMT_EXTENSIBLE || memcmp(p + 26, guid_tail, sizeof(guid_tail)) != 0)
            return err_set(f, ERR_MEDIA_KIND, "the extensible format is not PCM or float");
        tag = le16(p + 24);
    }
    if (w->channels == 0 || w->channels > WAV_CHANNELS_MAX)
        return err_set(f, ERR_MEDIA_KIND, "%u channels (want 1 or 2)", w->channels);
    if (w->rate_hz < WAV_RATE_MIN || w->rate_hz > WAV_RATE_MAX)
        return err_set(f, ERR_MEDIA_KIND, "%u Hz (want 8000 to 96000)", w->rate_hz);
    if (*align != (size_t)w->channels * bits / 8)
        return err_set(f, ERR_MEDIA_KIND, "a frame of %u bytes does not fit its format",
                       (unsigned)*align);
    return find_sample(tag, bits, &w->sample, f);
}

static enum err take_data(size_t at, size_t n, size_t align, struct wav *w, struct fail *f)
{
    if (align == 0)
        return err_set(f, ERR_MEDIA_KIND, "the samples come before their format");
    w->data = at;
    w->frames = n / align;
    w->bytes = w->frames * align;
    return w->frames > 0 ? ERR_OK : err_set(f, ERR_MEDIA_KIND, "there is no sound in the file");
}

enum err wav_check(const void *file, size_t len, struct wav *out, struct fail *f)
{
    const uint8_t *p = file;
    size_t align = 0; /* bytes of a frame; 0: no fmt chunk yet */
    size_t at = 12;

    *out = (struct wav){0};
    if (len < 12 || memcmp(p, "RIFF", 4) != 0 || memcmp(p + 8, "WAVE", 4) != 0)
        return err_set(f, ERR_MEDIA_KIND, "the file is not RIFF/WAVE");
    while (len - at >= 8) {
        const uint8_t *chunk = p + at;
        size_t n = le32(chunk + 4);
        enum err e = ERR_OK;

        at += 8;
        if (n > len - at)
            return err_set(f, ERR_MEDIA_KIND, "a chunk of %zu bytes is cut off at %zu", n,
                           len - at);
        if (memcmp(chunk, "data", 4) == 0)
            return take_data(at, n, align, out, f);
        if (memcmp(chunk, "fmt ", 4) == 0)
            e = read_fmt(chunk + 8, n, out, &align, f);
        if (e != ERR_OK)
            return e;
        n += n & 1; /* chunks begin at even places */
        at = n > len - at ? len : at + n;
    }
    return err_set(f, ERR_MEDIA_KIND, "the file has no data chunk");
}

void wav_write_header(uint8_t out[WAV_HEADER], unsigned rate_hz, uint32_t bytes)
{
    static const uint8_t head[] = {'R', 'I', 'F', 'F', 0,   0,   0,   0,
                                   'W', 'A', 'V', 'E', 'f', 'm', 't', ' '};
    static const uint8_t data[] = {'d', 'a', 't', 'a'};

    (void)memcpy(out, head, sizeof(head));
    put32(out + 4, bytes + WAV_HEADER - 8);
    put32(out + 16, FMT_MIN);
    put16(out + 20, TAG_PCM);
    put16(out + 22, 1);
    put32(out + 24, rate_hz);
    put32(out + 28, rate_hz * 2);
    put16(out + 32, 2);
    put16(out + 34, 16);
    (void)memcpy(out + 36, data, sizeof(data));
    put32(out + 40, bytes);
}

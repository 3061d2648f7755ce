/*
 * wav.h - what stands in the header of a RIFF/WAVE file, checked before anything decodes it.
 *
 * Private to this room. Pure: bytes in, numbers out. Any thread.
 */
#ifndef MEDIA_WAV_H
#define MEDIA_WAV_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { WAV_HEADER = 44, WAV_RATE_MIN = 8000, WAV_RATE_MAX = 96000, WAV_CHANNELS_MAX = 2 };

enum wav_sample { WAV_U8, WAV_S16, WAV_S24, WAV_S32, WAV_F32 };

struct wav {
    enum wav_sample sample;
    unsigned channels;
    unsigned rate_hz;
    size_t data;   /* where the samples begin */
    size_t bytes;  /* whole frames of them */
    size_t frames; /* of all channels together */
};

/* Checks a whole file. ERR_MEDIA_KIND, with the reason, when it is not such a file, or is not
 * all there. */
NODISCARD enum err wav_check(const void *file, size_t len, struct wav *out, struct fail *f);

/* Writes the header of a mono 16 bit file with so many bytes of samples. */
void wav_write_header(uint8_t out[WAV_HEADER], unsigned rate_hz, uint32_t bytes);

#endif

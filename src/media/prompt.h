/*
 * prompt.h - sounds to play: decoded once, encoded once per codec, shared read-only.
 *
 * A prompt is made on the file thread and never changes afterwards; every media
 * thread may read it. Who counts its users is core/. WAV headers are checked by
 * us before libsndfile sees the file.
 */
#ifndef MEDIA_PROMPT_H
#define MEDIA_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "sdp/sdp.h"

enum { PROMPT_RATE = 16000, PROMPT_FRAME = 320 };

struct prompt;

/* Decodes a RIFF/WAVE PCM file (8, 16, 24, 32 bit or float; mono or stereo; 8 to 96 kHz) to
 * 16 kHz mono, at most max_ms long, and encodes it in PCMU and PCMA. ERR_MEDIA_KIND: not such a
 * file; ERR_TOO_LARGE: too long. Blocking: the file thread, or a test. */
NODISCARD enum err prompt_decode(const void *wav, size_t len, int max_ms, struct prompt **out,
                                 struct fail *f);

/* A built-in sound: "beep" (one short 1 kHz tone of 400 ms) or "cool" (a little tune of about
 * 2 s made of tones); NULL when there is none of that name. */
struct prompt *prompt_builtin(const char *name);

/* A pure tone, for tests and virtual phones. */
struct prompt *prompt_tone(double hz, double dbfs, int ms);

void prompt_free(struct prompt *p); /* NULL is fine; when no port plays it any more */

int prompt_ms(const struct prompt *p);
size_t prompt_bytes(const struct prompt *p); /* memory, for the cache's bound */
/* Whole frames; the last is filled up with silence. */
size_t prompt_frames(const struct prompt *p);
const int16_t *prompt_pcm(const struct prompt *p, size_t frame); /* PROMPT_FRAME samples */
/* The same 20 ms as payload of a codec; NULL when it is not pre-encoded in that codec. */
const uint8_t *prompt_payload(const struct prompt *p, enum sdp_codec c, size_t frame, size_t *len);

#endif

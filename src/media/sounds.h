/*
 * sounds.h - sounds that are computed: tones and the built-in prompts.
 *
 * Private to this room. 16 kHz mono. Any thread but a media thread (it allocates).
 */
#ifndef MEDIA_SOUNDS_H
#define MEDIA_SOUNDS_H

#include <stddef.h>
#include <stdint.h>

/* A sine; 0 dBFS is one that just does not clip. mem_free() it. */
int16_t *sounds_tone(double hz, double dbfs, int ms, size_t *count);

/* A built-in sound by name; NULL when there is none. mem_free() it. */
int16_t *sounds_builtin(const char *name, size_t *count);

#endif

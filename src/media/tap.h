/*
 * tap.h - every port's sound in and out as WAV files, for developers and tests.
 *
 * Private to this room. A port pushes its frames into a ring and never waits; one thread for all
 * taps writes <folder>/<label>-<port>-in.wav and -out.wav, 16 kHz 16 bit mono. The header is made
 * true at every flush, so that a file can be read while its call lives.
 */
#ifndef MEDIA_TAP_H
#define MEDIA_TAP_H

#include <stdbool.h>
#include <stdint.h>

#include "media/prompt.h"

struct tap;

/* The folder is made when it is not there. What cannot be written is said in the log once.
 * Control thread. */
struct tap *tap_open(const char *folder, const char *label, uint32_t port);

/* in: what the port hears from its peer; else what it says. Never blocks; when the ring is full
 * the frame becomes silence in the file. One media thread. NULL is fine. */
void tap_frame(struct tap *t, bool in, const int16_t pcm[PROMPT_FRAME]);

/* Writes the rest; the last one to close waits for that, so that the files are whole. Control
 * thread, after the port is gone. NULL is fine. */
void tap_close(struct tap *t);

#endif

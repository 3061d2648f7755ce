/*
 * recorder.h - what a port hears, kept: until somebody stops it, silence is too long or it is full.
 *
 * Made by the control thread with all the memory that it can need; one media thread fills it and
 * gives it back. 16 kHz mono, 16 bit. Pure.
 */
#ifndef MEDIA_RECORDER_H
#define MEDIA_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/media.h"
#include "media/mix.h"

struct recorder {
    uint32_t number;
    int16_t *pcm;
    size_t count, room;              /* samples */
    int initial_ticks, silent_ticks; /* of silence at first, and after sound, that end it */
    int quiet;                       /* ticks of silence, so far */
    int loud;                        /* ticks of sound on end */
    bool heard;                      /* there was sound */
};

struct recorder *recorder_new(uint32_t number, const struct media_record *wish);
/* NULL is fine. */
void recorder_free(struct recorder *r);

/* A tick: pcm NULL is silence. True: it is over, and *why says why. */
bool recorder_take(struct recorder *r, const int16_t *pcm, double power,
                   enum media_record_end *why);

#endif

/*
 * speech.h - what a bot says, until a room has heard it: bytes become frames of 20 ms at 16 kHz,
 * and marks stand between them.
 *
 * A bot may send 20 s at once and is paced here. What is over that is dropped, the newest first,
 * and counted. One thread at a time; time is an argument. Pure.
 */
#ifndef APPMEDIA_SPEECH_H
#define APPMEDIA_SPEECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "media/mix.h"
#include "model/media_blob.h"

struct rerate;

enum {
    SPEECH_MAX_MS = 20000,  /* more is dropped */
    SPEECH_HIGH_MS = 18000, /* the bot is asked to wait, */
    SPEECH_LOW_MS = 16000,  /* and to go on */
    SPEECH_PAD_MS = 60,     /* after so long without a byte a frame is filled up with silence */
    SPEECH_MARKS_MAX = 256, /* that stand in the queue at one time */
    SPEECH_FRAME_MS = 20,
};

struct speech_item {
    bool is_mark;
    bool cleared; /* a mark whose sound was cleared */
    uint32_t mark;
    int16_t pcm[MIX_FRAME];
};

struct speech { /* speech_init() */
    enum media_format format;
    struct rerate *rate; /* of Pcm44KStereo */
    uint8_t bytes[4];    /* of a sample that is not whole yet */
    size_t byte_count;
    int16_t part[MIX_FRAME]; /* a frame that is not full yet, */
    size_t part_count;
    int64_t part_ms;                       /* when it last grew, */
    uint32_t part_marks[SPEECH_MARKS_MAX]; /* and what stands behind it */
    size_t part_mark_count;
    struct list chunks; /* of items; the first is read, the last is written */
    size_t first;       /* of the first chunk's items: the next one out */
    size_t frames, marks;
    uint64_t dropped; /* frames, all */
};

void speech_init(struct speech *s, enum media_format format);
void speech_free(struct speech *s);

/* Sound of the bot, of any length. */
void speech_add(struct speech *s, const uint8_t *p, size_t n, int64_t now_ms);

/* A mark behind all sound so far. False: there are too many. */
bool speech_mark(struct speech *s, uint32_t mark);

/* What is not a whole frame becomes one. */
void speech_flush(struct speech *s);

/* The same, when nothing has come for a while. */
void speech_tick(struct speech *s, int64_t now_ms);

/* Drops all sound; its marks stay, as cleared. Returns how many ms that were. */
size_t speech_clear(struct speech *s);

/* The next one; stays where it is until speech_pop(). NULL: there is none. */
const struct speech_item *speech_peek(const struct speech *s);
void speech_pop(struct speech *s);

size_t speech_ms(const struct speech *s);

#endif

/*
 * dtmf.h - keys: heard as RFC 4733 events or as tones, sent as either.
 *
 * Pure but for memory of the tone receiver, which is made once. Which way counts
 * in a call (docs/api.md, Phones) is decided by rtp_leg.c. Times in events are
 * timestamp units.
 */
#ifndef MEDIA_DTMF_H
#define MEDIA_DTMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/rtp.h"

enum { DTMF_KEYS_MAX = 32, DTMF_EVENT_SIZE = 4, DTMF_KEY_MS = 100 };

/* '0'-'9', '*', '#', 'A'-'D' (and 'a'-'d'); the event code (RFC 4733 section 3.2), or -1. */
int dtmf_code(char key);

/* Named events that come. */
struct dtmf_events {
    bool any;
    uint32_t timestamp; /* of the last key */
    uint8_t event;
    uint16_t duration;
    bool ended;
};

/* One packet of telephone-event: the key that has been pressed, or 0. */
char dtmf_event_read(struct dtmf_events *d, const struct rtp_packet *p);

/* Tones that come. */
struct dtmf_ear;
struct dtmf_ear *dtmf_ear_new(void);
void dtmf_ear_free(struct dtmf_ear *e); /* NULL is fine */
/* Listens to n samples of 8 kHz, or to a frame of 320 of 16 kHz; keys gets what was pressed.
 * Returns how many, at most max. */
size_t dtmf_ear_hear(struct dtmf_ear *e, const int16_t *pcm, size_t n, char *keys, size_t max);

/* Keys to be sent, one after the other. Each step is a tick of 20 ms. */
struct dtmf_send {
    char keys[DTMF_KEYS_MAX + 1];
    size_t at;
    int tick;      /* of the present key: 1 is its first */
    int gap_ticks; /* after each key */
    double phase_low, phase_high;
    uint32_t timestamp; /* of the present event */
};

/* What a step wants: nothing (the keys are done), the pause after a key, or a key. */
enum dtmf_step { DTMF_DONE, DTMF_PAUSE, DTMF_KEY };

/* Begins; false: a key that does not exist, or too many. Keys still running are forgotten. */
bool dtmf_send_begin(struct dtmf_send *d, const char *keys, int gap_ms);
bool dtmf_send_active(const struct dtmf_send *d);
/* Goes one tick on. *first: a key begins now. */
enum dtmf_step dtmf_send_step(struct dtmf_send *d, bool *first);
char dtmf_send_key(const struct dtmf_send *d);
/* The present key as tone: n samples at rate, added to out with saturation. */
void dtmf_send_tone(struct dtmf_send *d, int16_t *out, size_t n, unsigned rate);
/* The present step as event payload; now is the RTP time of this tick, step one tick in
 * timestamp units. False: nothing is to be sent in this tick. *timestamp: the packet's. */
bool dtmf_send_event(struct dtmf_send *d, uint32_t now, uint32_t step,
                     uint8_t payload[DTMF_EVENT_SIZE], uint32_t *timestamp);

#endif

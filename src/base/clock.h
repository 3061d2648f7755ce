/*
 * clock.h - what time it is, for people and for timers.
 *
 * Everything that waits (rings, retries, expiry, tokens) asks this clock, and
 * the dev profile can move it: hours of waiting become milliseconds of test.
 * Media does not ask it: sound is never moved. Any thread; the offset is one of
 * the two values that threads share (the other: base/count.h).
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_TEXT_SIZE = 32 };

/* Milliseconds since 1970 UTC, moved by the offset. */
int64_t clock_wall_ms(void);

/* Milliseconds since some start, never backwards, moved by the offset. For timers. */
int64_t clock_mono_ms(void);

/* Microseconds since some start, never moved. For measuring and for media. */
int64_t clock_real_us(void);

/* Moves both clocks forward (dev's POST /_/clock). Timers must then be looked at
 * again: loop_clock_moved(). */
void clock_advance_ms(int64_t ms);

/* "2026-11-23T07:31:08.123Z" of a wall time; returns out. */
char *clock_text(int64_t wall_ms, char out[CLOCK_TEXT_SIZE]);

/* Reads a wall time as RFC 3339 and OData have it: "2026-11-23T07:31:08Z", with any fraction of a
 * second (cut to milliseconds) and any offset ("+01:00"); the offset must be there. Years 1970 to
 * 9999. False when it is none. */
bool clock_read(const char *text, int64_t *wall_ms);

#endif

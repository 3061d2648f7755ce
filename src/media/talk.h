/*
 * talk.h - does somebody talk? Told calmly: what a roster can show.
 *
 * On after 60 ms above -50 dBFS, off after 500 ms below, and never two changes within 200 ms. Pure;
 * one struct per port, of its media thread.
 */
#ifndef MEDIA_TALK_H
#define MEDIA_TALK_H

#include <stdbool.h>

struct talk {
    int loud;  /* ticks that were loud, up to what it takes; quiet ones take away */
    int quiet; /* ticks in a row that were not */
    int since; /* ticks since the last change, up to what it takes */
    bool on;
};

/* One tick, with the mean square of what was said in it. True: `on` has changed. */
bool talk_step(struct talk *t, double power);

#endif

/*
 * talk.c - does somebody talk? Pure.
 */
#include "media/talk.h"

enum { LOUD_TICKS = 3, QUIET_TICKS = 25, CALM_TICKS = 10 };

static const double talking_power =
    10737; /* -50 dBFS: between the noise of a line and low voices */

bool talk_step(struct talk *t, double power)
{
    bool on = t->on;

    if (power > talking_power) {
        t->quiet = 0;
        t->loud += t->loud < LOUD_TICKS ? 1 : 0;
    } else {
        t->quiet += t->quiet < QUIET_TICKS ? 1 : 0;
        t->loud -= t->loud > 0 ? 1 : 0;
    }
    if (t->loud == LOUD_TICKS)
        on = true;
    else if (t->quiet == QUIET_TICKS)
        on = false;
    t->since += t->since < CALM_TICKS ? 1 : 0;
    if (on == t->on || t->since < CALM_TICKS)
        return false;
    t->on = on;
    t->since = 0;
    return true;
}

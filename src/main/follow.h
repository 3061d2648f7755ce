/*
 * follow.h - a command hears of notices as the running server makes and delivers them.
 *
 * One thread.
 */
#ifndef MAIN_FOLLOW_H
#define MAIN_FOLLOW_H

#include <stdint.h>

#include "main/ask.h"

struct follower {
    struct asked *q;
    const char *call;   /* id; NULL: of all calls */
    int64_t after;      /* the number of the last fact that was heard */
    int64_t missed;     /* facts of any call that came since the last time and are lost */
    struct json *facts; /* the last ones; json_get(facts, "value") */
};

/* What is said from now on is heard. Of a call that is not made yet too: set call afterwards. */
NODISCARD enum err follow_begin(struct follower *l, struct asked *q);

/* Waits for facts, at most so long; there may be none. The ones before are freed. */
NODISCARD enum err follow_more(struct follower *l, int seconds);

void follow_end(struct follower *l);

/* Is it the first of a notice? The others are of its delivery. */
bool follow_is_made(const struct json *fact);

#endif

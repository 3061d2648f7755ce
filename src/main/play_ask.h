/*
 * play_ask.h - plays a sound into a call and waits until it was heard. One thread.
 */
#ifndef MAIN_PLAY_ASK_H
#define MAIN_PLAY_ASK_H

#include "main/ask.h"

/* Is it there, as far as that can be known before there is a call? ERR_BAD_REQUEST. */
NODISCARD enum err play_check(const char *what, struct fail *f);

/* Plays as the application of ask_as() and prints how it ended. what: a URI, or the path of a WAV
 * file, which is lent to the server meanwhile. again: for ever. An interrupt stops what plays and
 * waits in the call. An error unless it was played to its end, or was stopped so. */
NODISCARD enum err play_ask(struct asked *q, const char *call, const char *what, bool again);

#endif

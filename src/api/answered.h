/*
 * answered.h - what a bot hears of a call waits until the answer to its own request is out.
 *
 * The control thread.
 */
#ifndef API_ANSWERED_H
#define API_ANSWERED_H

#include "api/api.h"

struct answered;

/* For the call of that id. */
struct answered *answered_new(struct control *ctl, const char *call);

/* An http_sent_h, to be told once: the answer is out, or its client is gone. arg: the struct
 * answered, freed here. */
void answered_sent(bool sent, void *arg);

/* 202 once everything that was decided so far is on disk; the call's notices after it. */
void answered_accept(struct ask *a, const char *call);

#endif

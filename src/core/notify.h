/*
 * notify.h - what the bot is told, and when.
 *
 * owed.h keeps it until it was delivered. The control thread.
 */
#ifndef CORE_NOTIFY_H
#define CORE_NOTIFY_H

#include "core/live.h"

/* The call's present state. The first one of a call: establishing. */
void notify_state(struct live_call *lc);

/* A key was pressed (only told when subscribed): '0'-'9', '*', '#', 'A'-'D'. */
void notify_tone(struct live_call *lc, char key);

/* An operation has ended. */
void notify_operation(struct live_call *lc, const struct operation *o);

/* Opens the call's queue; held: until the 201 is out. */
void notify_open(struct live_call *lc, bool held);

/* Fills the resource of an operation; its texts live as long as the operation. */
void notify_fill_operation(const struct operation *o, struct graph_play_prompt_operation *out,
                           struct graph_result_info *result);

#endif

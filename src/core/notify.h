/*
 * notify.h - what the bot is told: built, made safe on disk, and only then sent.
 *
 * webhook/ delivers; here is decided what is said and that it stays owed until it
 * was. The control thread.
 */
#ifndef CORE_NOTIFY_H
#define CORE_NOTIFY_H

#include "core/live.h"

struct notice_made; /* what was said to one bot about one call, for dumps */

/* The call's present state. The first one of a call: establishing. */
void notify_state(struct live_call *lc);

/* A key was pressed (only told when subscribed): '0'-'9', '*', '#', 'A'-'D'. */
void notify_tone(struct live_call *lc, char key);

/* An operation has ended. */
void notify_operation(struct live_call *lc, const struct operation *o);

/* Opens the call's queue; held: until the 201 is out. */
void notify_open(struct live_call *lc, bool held);

/* A notice of before a restart, as the store had it. */
struct notice_row;
void notify_restore(struct live_call *lc, const struct notice_row *r);

/* Writes "notices": [...] of a call's life. */
struct writer;
void notify_look(const struct live_call *lc, struct writer *w);

/* Frees what was kept for dumps. */
void notify_clear(struct live_call *lc);

/* Fills an operation's resource; its texts live as long as the operation and *a. */
struct graph_record_operation;
void notify_fill_operation(const struct live_call *lc, const struct operation *o,
                           struct graph_play_prompt_operation *out,
                           struct graph_result_info *result);

#endif

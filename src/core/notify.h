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

/* The envelope of one notice, up to its resourceData; below: what follows the call's path. The
 * caller writes that, ends the object and hands *out to owed_add(). */
void notify_begin(const struct live_call *lc, enum graph_change_type change, const char *below,
                  struct writer *w, struct buf *out);

/* Opens the call's queue; held: until the 201 is out. */
void notify_open(struct live_call *lc, bool held);

/* From now on notices go to the call's callbackUri, which has changed; held: until the answer to
 * the request that said so is out. Once in a call's life, while all its notices are safe. */
void notify_turn(struct live_call *lc);

/* The resource of an operation, whichever it is: all begin with a commsOperation. */
union operation_page {
    struct graph_comms_operation operation;
    struct graph_play_prompt_operation play_prompt;
    struct graph_record_operation record;
    struct graph_send_dtmf_tones_operation tones;
    struct graph_invite_participants_operation invite;
    struct graph_mute_participants_operation mute;
};

/* Fills a page; its texts live as long as the operation. */
void notify_fill_operation(const struct operation *o, union operation_page *out,
                           struct graph_result_info *result);

#endif

/*
 * gathering.h - what happens to a conversation as a whole: counted, escalated, ended.
 *
 * model/conversation.h decides. The control thread.
 */
#ifndef CORE_GATHERING_H
#define CORE_GATHERING_H

#include "core/live.h"

/* Tells it what happened and carries out what follows. ERR_CONFLICT: refused. */
enum err gathering_tell(struct conversation *c, enum conversation_event ev, struct fail *f);

/* Somebody came or left: it is counted in the next turn of the loop. */
void gathering_count(struct conversation *c);

/* Somebody was seated: whose calls waited for the first one are in it now too. */
void gathering_seated(struct party *p);

/* Of two who talk alone, the other one is gone or lost. */
void gathering_partner(struct conversation *c, enum call_event ev, const struct ending *why);

/* Ends every leg of a conversation. */
void gathering_hang_up(struct conversation *c);

/* An application's call ends: whom it rings is rung no more, and it leaves. */
void gathering_leave(struct live_call *lc);

#endif

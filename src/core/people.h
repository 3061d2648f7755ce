/*
 * people.h - people who call people: two phones in a conversation, and no application in it.
 *
 * Also what is left when an application has handed a caller on. The control thread.
 */
#ifndef CORE_PEOPLE_H
#define CORE_PEOPLE_H

#include "core/live.h"

struct sip_event;

/* A phone of that user has dialled the other one. */
void people_call(struct control *ctl, const struct sip_event *e, const struct user *user,
                 const struct user *callee);

/* A phone of the callee rings: so hears the caller's, if it still waits. */
void people_rings(struct conversation *c);

/* The callee cannot be had: who waits for it is refused with what that means. */
void people_unreached(struct conversation *c, const struct ending *why);

/* One of the two has gone: whom it rang is rung no more, the other is hung up. */
void people_part(struct conversation *c, const struct ending *why);

#endif

/*
 * look.h - what an operator may see: calls, conversations, legs, as JSON.
 *
 * The control thread.
 */
#ifndef CORE_LOOK_H
#define CORE_LOOK_H

#include "core/live.h"
#include "json/writer.h"

/* One call with its whole life as an object. media: the numbers of its legs' ports now (see
 * look_ask()), or NULL: the last ones known. */
struct look_media;
void look_call(const struct live_call *lc, struct writer *w, const struct look_media *media);

/* {"value":[...]} of all calls, one short object each. */
void look_calls(const struct control *ctl, struct writer *w);

/* One conversation with its participants; all of them. */
void look_conversation(const struct conversation *c, struct writer *w);
void look_conversations(const struct control *ctl, struct writer *w);

/* Asks the media thread for the numbers of the call's legs, then writes the call; h gets the
 * JSON text (valid during the call). The call may have ended meanwhile: it is shown all the same.
 */
typedef void look_h(const char *json, size_t len, void *arg);
void look_ask(struct live_call *lc, look_h *h, void *arg);

/* The life of a call that has ended within the last hour and is no more in memory; h gets NULL
 * when there is none. */
void look_ended(struct control *ctl, const char *id, look_h *h, void *arg);

#endif

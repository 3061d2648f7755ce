/*
 * tones.h - sendDtmfTones: keys that the bot presses, for all whom it is in a conversation with.
 *
 * A phone gets them as it agreed: as events (RFC 4733) or as tones in the line. The control
 * thread.
 */
#ifndef CORE_TONES_H
#define CORE_TONES_H

#include "core/live.h"

struct graph_send_dtmf_tones_action;

/* Presses them; the operation in *a, which it takes over, ends when the last one has sounded. NULL:
 * ERR_BAD_REQUEST, ERR_BUSY, ERR_TOO_MANY. */
struct operation *tones_send(struct live_call *lc, const struct graph_send_dtmf_tones_action *wish,
                             struct arena *a, struct fail *f);

/* The call is over: nothing is waited for any more. Its operations are ended by errand.h. */
void tones_end_all(struct live_call *lc);

#endif

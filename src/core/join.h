/*
 * join.h - coming into a meeting: checked before the call is made, judged once it is on disk.
 *
 * The control thread.
 */
#ifndef CORE_JOIN_H
#define CORE_JOIN_H

#include "core/coordinates.h"
#include "model/entry.h"
#include "model/shape.h"

/* May this application come? Fills *out with where to. Guests: name, tenant's word, only once. */
NODISCARD enum err join_check(struct control *ctl, const struct create_request *r, enum shape shape,
                              struct place *out, struct fail *f);

/* What a tenant does with those who are not its own. */
enum entry_guests join_guests(const struct control *ctl, const char *tenant);

/* The call is written down: its application comes in, or waits in the lobby. */
void join_begin(struct live_call *lc);

/* Lets a party in, lets it wait, or says ERR_MEETING_LOCKED and does nothing. The question's scope
 * and guests are filled in here. */
NODISCARD enum err join_judge(struct party *p, struct entry_question *q, struct fail *f);

/* Somebody lets a party in from the lobby, or sends it away. ERR_CONFLICT: it does not wait. */
NODISCARD enum err join_admit(struct party *p, struct fail *f);
NODISCARD enum err join_deny(struct party *p, struct fail *f);

/* A meeting is no more: who is in it is put out. */
void join_on_meeting_ended(struct control *ctl, struct meeting *m);

#endif

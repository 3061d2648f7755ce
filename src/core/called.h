/*
 * called.h - calls that come to an application: its webhook is told, and it answers or does not.
 *
 * The caller's phone rings (180) meanwhile, at most 15 s. The control thread.
 */
#ifndef CORE_CALLED_H
#define CORE_CALLED_H

#include "core/live.h"

struct participant;
struct sip_event;

/* A phone of that user has dialled the application. */
void called_bot(struct control *ctl, const struct sip_event *e, const struct user *user,
                const struct application *app);

/* What an application wants of a call that came to it; texts are in *arena. */
struct called_request {
    struct arena *arena; /* taken over on success */
    const struct graph_answer_action *answer;
    unsigned roles;
    const char *scenario_id; /* or NULL */
};

/* The application takes it: the phone gets its 200, and is in. On OK the notices that follow wait
 * for create_answered(). ERR_CALL_KIND, ERR_CONFLICT, ERR_ENDING as call_needs_answer();
 * ERR_BAD_REQUEST, ERR_ROLE_MISSING, ERR_NOT_BUILT. */
NODISCARD enum err called_answer(struct live_call *lc, const struct called_request *r,
                                 struct fail *f);

/* The application does not want it, for that reason (enum graph_reject_reason; absent: none). Its
 * notices go to callback_uri from now on, unless it is NULL, and wait as above. */
NODISCARD enum err called_reject(struct live_call *lc, int reason, const char *callback_uri,
                                 struct fail *f);

/* Can the application do something about it now? As call_needs_answer(), and ERR_CONFLICT while it
 * is being written down. */
NODISCARD enum err called_check(const struct live_call *lc, struct fail *f);

/* Its notices go there from now on; NULL: where they went before. They wait for
 * create_answered(). */
void called_turn(struct live_call *lc, const char *callback_uri);

/* Why the application cannot be called, as a SIP status; 0: it can. */
int called_why_not(struct control *ctl, const struct application *app, struct fail *f);

/* The caller of that call comes to another application instead. The call is to be ended by who sent
 * it on. masked: the other one does not hear who calls. */
void called_send_on(struct live_call *lc, const struct application *app, bool masked);

/* A participant as a resource, with its texts, in the arena. */
struct graph_participant_info *called_info(struct arena *a, const struct participant *who);

/* The leg of who called; NULL: it is gone. */
struct live_leg *called_leg(const struct live_call *lc);

#endif

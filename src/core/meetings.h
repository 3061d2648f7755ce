/*
 * meetings.h - the meetings there are, and every way to find one.
 *
 * Those of the directory, which a reload may change, and those that the API made, which are on
 * disk. A meeting found is good for this turn of the loop; who keeps it takes a reference
 * (obj_ref()) and looks again before he lets anybody in, since a change puts another one in its
 * place. The control thread.
 */
#ifndef CORE_MEETINGS_H
#define CORE_MEETINGS_H

#include <stdbool.h>

#include "model/meeting.h"

struct control;
struct meeting_row;
struct meetings;

/* Empty; meetings_configure() fills it. */
struct meetings *meetings_new(void);
void meetings_free(struct meetings *r); /* NULL is fine */

/* Takes the directory's meetings as they are now: at the start, and after a reload, when those
 * that are no longer in it end. */
void meetings_configure(struct control *ctl);

/* Told when a meeting is no more: nobody can find it now, and who is in it is to be put out
 * (200/5001). h is called with the meeting as it last was. One handler; NULL: nobody. */
typedef void meetings_ended_h(struct control *ctl, struct meeting *m);
void meetings_on_ended(struct control *ctl, meetings_ended_h *h);

/* What a client wants of a meeting. */
struct meeting_request {
    const char *tenant;                 /* id in the form of base/id.h, as are all here */
    const char *organizer;              /* a user; or NULL: graph->participants says who */
    bool meet_now_only;                 /* of the seed era: no other kind can be made */
    struct graph_online_meeting *graph; /* in *arena */
    struct arena *arena;                /* taken over, also when the request is refused */
};

/* Told once it is on disk, in the order of asking; m is NULL when the disk refused, and nothing
 * has changed then. is_new: the meeting was made for this request. */
typedef void meetings_done_h(struct meeting *m, bool is_new, void *arg);

/* Makes a meeting. Its numbers and its thread cannot be guessed. ERR_BAD_REQUEST and
 * ERR_NOT_BUILT name the field, ERR_TOO_MANY: the organizer has 2,000, ERR_CONFLICT:
 * another of his has the external id, ERR_BUSY: nothing new is taken; h is not told then. */
NODISCARD enum err meetings_create(struct control *ctl, const struct meeting_request *r,
                                   meetings_done_h *h, void *arg, struct fail *f);

/* The organizer's meeting with graph->external_id, or else a new one. h may be told at once. */
NODISCARD enum err meetings_create_or_get(struct control *ctl, const struct meeting_request *r,
                                          meetings_done_h *h, void *arg, struct fail *f);

/* Lays r->graph over the meeting: what it does not say stays. r->organizer is the meeting's.
 * ERR_CONFLICT: it is configured, or another request is changing it. */
NODISCARD enum err meetings_change(struct control *ctl, struct meeting *m,
                                   const struct meeting_request *r, meetings_done_h *h, void *arg,
                                   struct fail *f);

/* Ends and forgets it; who is in it is told first (meetings_on_ended()), then h, with the meeting
 * as it was. */
NODISCARD enum err meetings_delete(struct control *ctl, struct meeting *m, meetings_done_h *h,
                                   void *arg, struct fail *f);

/* Ends those that are over for good (meeting_expires_ms()); called every few seconds. */
void meetings_forget_old(struct control *ctl);

/* One of before the restart. */
void meetings_restore(struct control *ctl, const struct meeting_row *row);

/* All of these give NULL when there is none. Ids: without regard to case and dashes. Thread and
 * message: exactly; message NULL is "0". Numbers: digits, blanks and dashes between them do not
 * count. Only meetings_find_thread() and meetings_find_url() know tenants; whether the caller may
 * know of the meeting's tenant is his to see. */
struct meeting *meetings_find(const struct control *ctl, const char *id);
struct meeting *meetings_find_thread(const struct control *ctl, const char *tenant,
                                     const char *thread, const char *message);
struct meeting *meetings_find_join_id(const struct control *ctl, const char *join_id);
struct meeting *meetings_find_vtc(const struct control *ctl, const char *vtc_id);

/* By what its link says (meeting_url_read()); a link without a tenant means `tenant`. */
struct meeting *meetings_find_url(const struct control *ctl, const char *tenant, const char *url);

/* What a phone dials: the user part of a SIP address, escaped or not: a join meeting id, or a
 * thread id if only one meeting has it. */
struct meeting *meetings_find_sip_name(const struct control *ctl, const char *user);

#endif

/*
 * meetings.h - the meetings there are, and every way to find one.
 *
 * Those of the directory, which a reload may change. A meeting found is good for this turn of
 * the loop; who keeps it takes a reference (obj_ref()) and looks again before he lets anybody
 * in, since a change puts another one in its place. The control thread.
 */
#ifndef CORE_MEETINGS_H
#define CORE_MEETINGS_H

#include "model/meeting.h"

struct control;
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

/*
 * session.h - session timers (RFC 4028): the phone refreshes where it can.
 *
 * No answer to a refresh ends the call; any answer shows that the phone is alive. A
 * refresh never touches the media. The sip thread only.
 */
#ifndef SIP_SESSION_H
#define SIP_SESSION_H

#include "sip/dialog.h"

enum { SESSION_TEXT_SIZE = 48 };

/* What a 2xx to our INVITE or UPDATE agreed on; starts the timer. */
void session_from_answer(struct dialog *d, const sip_t *sip);

/* What a request of theirs asks for; says nothing and starts nothing yet. */
void session_from_request(struct dialog *d, const sip_t *sip);

/* Does the request ask for less than Min-SE? Then it has been answered with 422. */
bool session_refuse_small(nta_incoming_t *irq, const sip_t *sip);

/* The Session-Expires of our 2xx, or NULL when there is no timer; out is used. */
const char *session_header(const struct dialog *d, char out[SESSION_TEXT_SIZE]);

/* (Re)starts the timer from now. */
void session_start(struct dialog *d);

/* Stops it; fine when it is not running. */
void session_stop(struct dialog *d);

#endif

/*
 * saved.h - a dialog written down, so that its phone can be freed after a crash.
 */
#ifndef SIP_SAVED_H
#define SIP_SAVED_H

#include "sip/dialog.h"

/* Everything a BYE needs, as JSON; to be freed with mem_free(). */
char *saved_write(struct dialog *d);

/* Sends a BYE from what saved_write() wrote, in an earlier life; what cannot be read is logged.
 * The sip thread only. */
void saved_free(struct stack *s, const char *text);

#endif

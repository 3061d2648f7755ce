/*
 * stray.h - answers to requests that nobody here knows of: what a crash leaves behind.
 *
 * A phone that was rung before a crash may answer after it. It says 200 again and again
 * until it hears an ACK (RFC 3261 section 13.3.1.4): it gets that, and a BYE. Only the
 * From tag shows that the INVITE was ours (own_tag.h); anything else is dropped, because who
 * could make us send BYEs would choose where to. The sip thread only.
 */
#ifndef SIP_STRAY_H
#define SIP_STRAY_H

#include "sip/stack.h"

/* A response without a transaction or a dialog; source as in struct sip_binding.received. */
void stray_on_response(struct stack *s, const sip_t *sip, const char *source);

#endif

/*
 * info.h - keys pressed on a phone that says so by INFO (RFC 6086).
 */
#ifndef SIP_INFO_H
#define SIP_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "sip/dialog.h"

/* Reads "Signal=5\r\nDuration=160" (relay) or "5"; false when there is no key in it. Pure. */
bool info_read(bool relay, const char *body, size_t len, char *key, int *key_ms);

/* Answers an INFO and tells of its key. The sip thread only. */
int info_on_request(struct dialog *d, nta_incoming_t *irq, const sip_t *sip);

#endif

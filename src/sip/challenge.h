/*
 * challenge.h - who sends this request? The sip thread only.
 */
#ifndef SIP_CHALLENGE_H
#define SIP_CHALLENGE_H

#include <stdbool.h>

#include "sip/stack.h"

/* The account that a request proves to be from, by its Proxy-Authorization (`proxy`: INVITE) or
 * Authorization (REGISTER); else NULL, and *stale says whether only the nonce was at fault. A
 * nonce count is used up: once a request. */
const struct sip_account *challenge_check(struct stack *s, const sip_t *sip, bool proxy,
                                          bool *stale);

/* Answers 407 or 401 without keeping anything; takes msg. */
void challenge_reply(struct stack *s, msg_t *msg, bool proxy, bool stale);

#endif

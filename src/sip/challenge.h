/*
 * challenge.h - who sends this request? The sip thread only.
 */
#ifndef SIP_CHALLENGE_H
#define SIP_CHALLENGE_H

#include <stdbool.h>

#include "sip/stack.h"

enum challenge {
    CHALLENGE_GOOD,
    CHALLENGE_STALE,    /* only the nonce is at fault; the password was not looked at */
    CHALLENGE_WRONG,    /* or there was none */
    CHALLENGE_TOO_MANY, /* of wrong ones: not looked at */
};

/* The account that a request proves to be from, by its Proxy-Authorization (INVITE) or
 * Authorization (REGISTER): *account, when it is GOOD; the one that was tried, or NULL, when there
 * were TOO_MANY. A nonce count is used up: once a request. */
enum challenge challenge_check(struct stack *s, const sip_t *sip, const struct visitor *v,
                               const struct sip_account **account);

/* Answers 407 or 401 without keeping anything; takes msg. */
void challenge_reply(struct stack *s, msg_t *msg, const struct visitor *v, bool stale);

#endif

/*
 * limit.h - how often one address may ask for something outside of calls.
 *
 * REGISTER, INVITE, everything else, and wrong passwords are counted, each by itself
 * and for each address (base/rate.h). A phone that is registered from the very address
 * and port of a request is counted alone, so that it goes on while others behind the
 * same NAT flood or guess; who is not, shares what its address has. No account is ever
 * locked: else whoever knows a name could lock its owner out.
 *
 * Over a limit, the first few in a minute are told 503 with Retry-After and are one
 * line each of the security log; the others are dropped in silence. So a forged source
 * gets no more answers from us than the limits have tokens. The sip thread only.
 */
#ifndef SIP_LIMIT_H
#define SIP_LIMIT_H

#include <stdbool.h>

#include "base/addr.h"
#include "sip/sip.h"
#include "sip/sofia.h"

struct rate;
struct stack;

enum limit_kind { LIMIT_REGISTERS, LIMIT_INVITES, LIMIT_OTHERS, LIMIT_FAILURES, LIMIT_KINDS };

enum { LIMIT_ANSWERS = 10 }; /* a minute, for one address that is over any limit */

struct limits { /* zeroed: none yet */
    int per_minute[LIMIT_KINDS];
    struct rate *strangers[LIMIT_KINDS]; /* by address */
    struct rate *phones[LIMIT_KINDS];    /* by address and port */
    struct rate *answers;
};

/* Who sent a request outside of calls. */
struct visitor {
    struct addr at;
    char source[80]; /* as in struct sip_binding */
    bool certain;    /* by a connection: a source cannot be forged there */
};

/* Other limits from now on; what was counted under one that changes is forgotten. */
void limit_set(struct limits *l, const struct sip_limits *per_minute);

/* Forgets everything. */
void limit_clear(struct limits *l);

/* May this request be looked at? If not it has been refused or dropped, and msg is taken. */
bool limit_admit(struct stack *s, const struct visitor *v, msg_t *msg);

/* May it try the password of this account (NULL: of nobody)? */
bool limit_may_try(struct stack *s, const struct visitor *v, const struct sip_account *account);

/* It has tried a wrong one. */
void limit_failed(struct stack *s, const struct visitor *v, const struct sip_account *account,
                  const sip_t *sip);

/* It may not: 503, or nothing; takes msg. */
void limit_refuse_try(struct stack *s, const struct visitor *v, msg_t *msg,
                      const struct sip_account *account);

#endif

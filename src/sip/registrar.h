/*
 * registrar.h - where phones are: bindings of users (RFC 3261 section 10). The sip thread only.
 */
#ifndef SIP_REGISTRAR_H
#define SIP_REGISTRAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "sip/sofia.h"

struct sip_account;
struct sip_binding;
struct stack;

struct registrar {
    struct map users; /* struct phones by directory id */
};

/* Answers a REGISTER that `account` has proved to have sent; returns a status. */
int registrar_on_register(struct stack *s, nta_incoming_t *irq, const sip_t *sip,
                          const struct sip_account *account);

/* A binding of before the restart; copied. Tells nobody. */
void registrar_restore(struct stack *s, const struct sip_binding *b);

/* Ends what has expired; now_ms: clock_mono_ms(). */
void registrar_expire(struct stack *s, int64_t now_ms);

/* Ends bindings of users who have no account any more. */
void registrar_prune(struct stack *s);

/* Is a phone of this user (directory id) registered from this very source? */
bool registrar_is_at(const struct stack *s, const char *user, const char *source);

/* Calls h for each binding; h changes none. */
typedef void registrar_phone_h(struct stack *s, const struct sip_binding *b, void *arg);
void registrar_each(struct stack *s, registrar_phone_h *h, void *arg);

/* Forgets everything, telling nobody. */
void registrar_clear(struct stack *s);

#endif

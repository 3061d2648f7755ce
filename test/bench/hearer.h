/*
 * hearer.h - the callback receiver: answers 202 at once, or when it may, and notes what was told.
 *
 * It reads only what it needs: of each notice the call and the state. A state
 * that comes twice or after a later one is counted.
 */
#ifndef BENCH_HEARER_H
#define BENCH_HEARER_H

#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"

typedef void hearer_h(struct entry *e, enum heard state);

/* Listens at a free port of the loopback address and returns it. */
uint16_t hearer_open(hearer_h *h);

/* Takes nothing for now, or again: what has come is then answered first. */
void hearer_hold(bool hold);

/* POSTs answered, notices in them, and states out of order or told again. */
long hearer_posts(void);
long hearer_notices(void);
long hearer_disorder(void);

#endif

/*
 * phones.h - which phones people have: what the registrar tells, kept and remembered.
 *
 * The control thread.
 */
#ifndef CORE_PHONES_H
#define CORE_PHONES_H

#include "core/live.h"

/* A phone has registered, or refreshed. */
void phones_bound(struct control *ctl, const struct sip_binding *b);

/* It is gone. */
void phones_unbound(struct control *ctl, const struct sip_binding *b);

/* A phone of before the restart, from the store. */
void phones_restore(struct control *ctl, const struct sip_binding *b);

/* Gives the registrar the accounts of the directory. */
void phones_accounts(struct control *ctl);

#endif

/*
 * account.h - the phones' accounts, by SIP name. The sip thread only.
 */
#ifndef SIP_ACCOUNT_H
#define SIP_ACCOUNT_H

#include <stdbool.h>

#include "base/map.h"
#include "sip/command.h"

struct account_table {
    struct map by_name;
    struct map by_user;
    struct command_accounts *all; /* owns the texts */
};

/* Replaces all accounts; takes the gift. */
void account_replace(struct account_table *t, struct command_accounts *all);

/* Forgets all. */
void account_clear(struct account_table *t);

/* By SIP name; NULL when there is none. */
const struct sip_account *account_find(const struct account_table *t, const char *name);

/* Has the user with this directory id an account? */
bool account_has_user(const struct account_table *t, const char *user);

/* One piece of memory with copies of all texts. */
struct command_accounts *account_copy(const struct sip_account *list, size_t count);

#endif

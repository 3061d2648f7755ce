/*
 * backup.h - a copy of the database, of a running or a stopped server. The caller's thread.
 */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "base/err.h"

/* Copies the database of a data folder, as it is at one moment, to a new file (0600); what is
 * there already is not overwritten. */
NODISCARD enum err store_backup(const char *folder, const char *to, struct fail *f);

#endif

/*
 * cert.h - the local CA of the dev profile and the server certificates it signs.
 *
 * EC P-256, made on the first start, PEM files of mode 0600 in the data folder:
 * ca.pem, ca.key, server.pem (leaf and CA), server.key, and agent.pem (server.key
 * and server.pem in one file: what sofia-sip wants; beside it cafile.pem). Any
 * thread, at start.
 */
#ifndef CRYPTO_CERT_H
#define CRYPTO_CERT_H

#include "base/err.h"

/* Makes what is missing or runs out within 30 days. names: DNS names and IP addresses
 * for the subjectAltName, ended by NULL. Wall time by base/clock.h. */
NODISCARD enum err cert_make(const char *folder, const char *const *names, struct fail *f);

/* Days until the first certificate of a PEM file ends, negative when it has ended. ERR_INTERNAL
 * when there is none in it; ERR_CONFLICT when it has not begun: a wrong clock. */
NODISCARD enum err cert_days_left(const char *pem_file, int *days, struct fail *f);

#endif

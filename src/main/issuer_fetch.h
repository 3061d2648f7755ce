/*
 * issuer_fetch.h - how identity/ gets the documents of outside issuers: through client/.
 *
 * The two rooms do not know each other. The control thread.
 */
#ifndef MAIN_ISSUER_FETCH_H
#define MAIN_ISSUER_FETCH_H

#include "identity/trust.h"

/* A fetch_h; arg is the struct client. */
void issuer_fetch(const char *url, fetched_h *h, void *h_arg, void *arg);

#endif

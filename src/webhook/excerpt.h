/*
 * excerpt.h - what an endpoint answered, short and without secrets, for a person.
 *
 * Pure. Any thread.
 */
#ifndef WEBHOOK_EXCERPT_H
#define WEBHOOK_EXCERPT_H

#include <stddef.h>

enum { EXCERPT_BYTES = 200 };

/* The first bytes of an answer as printable ASCII; what looks like a token, a webhook secret or
 * a password is masked, as an endpoint may answer with what it was sent. */
void excerpt_of(const char *body, size_t len, char out[EXCERPT_BYTES + 1]);

#endif

/*
 * sign.h - the signature of Standard Webhooks. Pure. Any thread.
 */
#ifndef WEBHOOK_SIGN_H
#define WEBHOOK_SIGN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Appends "v1,<base64 of HMAC-SHA256>" over n bytes, which are "<id>.<timestamp>.<body>".
 * secret is "whsec_" and base64; false when it is not, and nothing is appended. */
bool sign_webhook(const char *secret, const void *p, size_t n, struct buf *out);

#endif

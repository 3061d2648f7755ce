/*
 * reply.h - answers in Graph's form; the only place that knows status codes and headers.
 *
 * The control thread. Every function here answers the request: a is gone then.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/api.h"

/* What a client sent to find its request again, if it is of sane form (ASCII, at most 200
 * characters): it comes back, in headers and notices. NULL otherwise. */
const char *reply_echo(const struct http_request *r, const char *name);

/* A JSON body; location may be NULL. */
void reply_json(struct ask *a, int status, const char *json, size_t len, const char *location);

/* A 201; h is told when it has been written, or never will be. */
void reply_created(struct ask *a, const struct buf *json, const char *location, http_sent_h *h,
                   void *arg);

/* A 202 without a body; h as above. */
void reply_accepted(struct ask *a, http_sent_h *h, void *arg);

/* A JSON body of what a buffer holds, which is cleared. */
void reply_buf(struct ask *a, int status, struct buf *json, const char *location);

/* The 201 of a request that was answered before (idempotency). */
void reply_replayed(struct ask *a, const char *json, const char *location);

/* No body; location may be NULL. */
void reply_empty(struct ask *a, int status, const char *location);

/* Plain text. */
void reply_text(struct ask *a, int status, const char *type, const char *text, size_t len);

/* 200: what describes the API itself, of another media type than its answers. */
void reply_description(struct ask *a, const char *type, const char *text, size_t len);

/* The error body of Graph: {"error":{"code","message","innerError"}}. */
void reply_fail(struct ask *a, const struct fail *f);
void reply_error(struct ask *a, enum err e);

/* The path is known, the method is not. */
void reply_method(struct ask *a, const char *allow);

#endif

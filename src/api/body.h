/*
 * body.h - a request's body as a struct, by the field tables.
 */
#ifndef API_BODY_H
#define API_BODY_H

#include "api/api.h"

/* What we are called in answers to this request: the https address for who comes by TLS,
 * unless the operator has given us one name for all. */
const char *body_our_url(const struct ask *a);

/* Is the body of this media type, whatever its parameters? */
bool body_is(const struct http_request *r, const char *type);

/* Reads the body as a struct of type t in the arena. An empty body is an empty object when
 * may_be_empty. ERR_MEDIA_TYPE, ERR_NOT_JSON, ERR_BAD_REQUEST. */
NODISCARD enum err body_read(struct ask *a, const struct type *t, void *out, struct arena *arena,
                             bool may_be_empty, struct fail *f);

/* "<our URL>/<version>/<root>/calls/<id>", for Location. In the request's arena. */
const char *body_call_url(const struct ask *a, const char *id);

/* The same with onlineMeetings; below a user: .../users/<user>/onlineMeetings/<id>. */
const char *body_meeting_url(const struct ask *a, const char *id);

/* "<our URL>/<version>/$metadata#<root>/<what>/$entity". */
const char *body_context(const struct ask *a, const char *what);

/* The same without "/$entity": of a collection. */
const char *body_collection(const struct ask *a, const char *what);

#endif

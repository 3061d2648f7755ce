/*
 * openapi.h - openapi.json: every route of the server, as OpenAPI 3.0.3 describes it. Pure; any
 * thread.
 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "base/str.h"

/* Writes the whole document. Graph's paths stand below `communications` and have servers of their
 * own: v1.0 and beta, beside the document. */
void openapi_write(struct buf *out);

#endif

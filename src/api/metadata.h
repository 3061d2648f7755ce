/*
 * metadata.h - $metadata: what is served, as OData describes it. Pure; any thread.
 */
#ifndef API_METADATA_H
#define API_METADATA_H

#include <stdbool.h>

#include "base/str.h"

/* Writes the whole document (OData CSDL XML 4.0), of v1.0 or of beta: the types of the field
 * tables, and of the routes that are built what can be navigated to and which actions are bound to
 * what. An action that Graph does not publish under v1.0 says so. */
void metadata_write(struct buf *out, bool v1);

#endif

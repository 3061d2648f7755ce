/*
 * graph_schema.h - the tables of the calls API as JSON schemas, in the dialect of OpenAPI 3.0.3.
 *
 * What is described is what is on the wire: @odata.type and what is OURS too. Any thread.
 */
#ifndef MODEL_GRAPH_SCHEMA_H
#define MODEL_GRAPH_SCHEMA_H

#include "json/field.h"

/* Writes every type of Graph and every enumeration as members "microsoft.graph.<name>" of the
 * object that is open: components/schemas. Bodies of actions are not among them. */
void graph_schemas(struct writer *w);

/* Writes what a body of this type looks like under key: a reference to the schema above, or the
 * schema itself when t is a body of its own. */
void graph_schema_of(struct writer *w, const char *key, const struct type *t);

#endif

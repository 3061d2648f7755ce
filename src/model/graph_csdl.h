/*
 * graph_csdl.h - the tables of the calls API as OData describes types: CSDL, as XML.
 *
 * Printed is what is inside a Schema of namespace microsoft.graph (OData CSDL XML 4.0): types
 * and enumerations, and an action's parameters. Which paths there are is api/metadata.h's. What
 * is OURS is on the wire, but in no published type: the types that have such members are open.
 * Any thread.
 */
#ifndef MODEL_GRAPH_CSDL_H
#define MODEL_GRAPH_CSDL_H

#include "base/str.h"
#include "model/graph_enum.h"
#include "json/field.h"

/* Is the type described for this version? Bodies of actions are no types. */
bool graph_csdl_has_type(const struct type *t, bool v1);

/* Is the row described for this version? */
bool graph_csdl_has_field(const struct field *f, bool v1);

/* Is it an entity type, itself or by its base? */
bool graph_csdl_is_entity(const struct type *t);

/* Its tag and its properties. What can be reached by paths below it may be added before the end. */
void graph_csdl_begin(struct buf *out, const struct type *t, bool v1);
void graph_csdl_end(struct buf *out, const struct type *t);

/* The parameters of an action, one for each row of the table of its body. */
void graph_csdl_parameters(struct buf *out, const struct type *action, bool v1);

/* The enumerations that described types, or these actions, ask for. actions ends with NULL. */
void graph_csdl_enums(struct buf *out, const struct type *const *types,
                      const struct type *const *actions, bool v1);

#endif

/*
 * states.h - the tables of the model as a page for people: docs/states.md.
 *
 * A test prints it again and fails when the committed page differs, so the
 * drawing cannot lie. Pure; any thread.
 */
#ifndef MODEL_STATES_H
#define MODEL_STATES_H

#include "base/str.h"

/* Appends the whole page (Markdown). */
void states_print(struct buf *out);

#endif

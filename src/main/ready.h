/*
 * ready.h - what a running server has written down about itself, for the other commands.
 */
#ifndef MAIN_READY_H
#define MAIN_READY_H

#include "base/arena.h"
#include "json/json.h"

/* What the server on this data folder has written down, if it runs; else NULL, and f, if given,
 * says why. json_free(). */
struct json *ready_read(const char *data, struct arena *a, struct fail *f);

/* The public URL of the server that runs, or ran last, on this data folder; NULL: it has not said.
 */
const char *ready_public_url(const char *data, struct arena *a);

#endif

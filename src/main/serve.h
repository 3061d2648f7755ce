/*
 * serve.h - the whole server: everything opened in order, run, closed in reverse.
 */
#ifndef MAIN_SERVE_H
#define MAIN_SERVE_H

#include "main/config.h"

struct reload_source; /* main/reload.h */

/* Runs until SIGTERM or SIGINT; the exit code. SIGHUP reads source again. */
int serve_run(const struct config *c, const struct reload_source *source);

/* The file in the data folder that says where the running server listens. */
#define SERVE_READY_FILE "ready.json"

#endif

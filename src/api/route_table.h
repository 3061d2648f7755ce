/*
 * route_table.h - a row of the table of paths, for whoever searches or describes it.
 * Private to api/.
 */
#ifndef API_ROUTE_TABLE_H
#define API_ROUTE_TABLE_H

#include <stddef.h>

#include "api/api.h"

/* Where a path begins: GRAPH ones under every version and root, all others at "/". ADMIN ones
 * are our own verbs: they leave the API's port for one of their own when there is one, where
 * nothing else is but HEALTH ones, which are on both. */
enum place { GRAPH, TOP, ADMIN, HEALTH };

/* Who may come: anybody; a token; loopback only (our own verbs), which dev alone has or all. */
enum who { OPEN, TOKEN, OWN, OWN_DEV };

struct route {
    enum place place;
    enum who who;
    const char *method;
    const char *path; /* a star stands for one segment */
    ask_h *handler;   /* NULL: 501, listed in docs/api.md */
};

/* The table, in routes.c; *count rows. Any thread. */
const struct route *routes_all(size_t *count);

/* Who may come, in the words of docs/api.md. */
const char *route_who(enum who w);

#endif

/*
 * routes.h - the table of paths, for docs and tests; the handlers' door is api.h.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include <stdio.h>

/* One line a route: method, path, who may, built or not. Any thread. */
void routes_dump(FILE *out);

/* The table of docs/api.md: each path, who publishes it, what is served. Any thread. */
void coverage_dump(FILE *out);

#endif

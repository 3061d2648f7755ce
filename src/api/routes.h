/*
 * routes.h - the table of paths, for docs and tests; the handlers' door is api.h.
 */
#ifndef API_ROUTES_H
#define API_ROUTES_H

#include <stdio.h>

/* One line a route: method, path, who may, built or not. Any thread. */
void routes_dump(FILE *out);

#endif

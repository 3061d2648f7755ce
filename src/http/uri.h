/*
 * uri.h - %-escapes resolved, once, and name=value pairs found. Pure.
 */
#ifndef HTTP_URI_H
#define HTTP_URI_H

#include <stddef.h>

#include "base/arena.h"

/* The n bytes of a path without their escapes, in the arena. NULL when an escape is bad
 * or stands for a control character: none of our paths has one, and the log would. */
char *uri_path(struct arena *a, const char *p, size_t n);

/* The value of a name in "a=1&b=2" (WHATWG urlencoded: '+' is a space), in the arena;
 * of several, the first. NULL when absent, badly escaped or holding %00. */
char *uri_value(struct arena *a, const char *pairs, size_t n, const char *name);

#endif

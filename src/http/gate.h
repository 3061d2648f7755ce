/*
 * gate.h - may this line of a request pass? Form only, before any parser sees it.
 *
 * Parsers differ in what they forgive, and that difference is how requests are
 * smuggled (RFC 9112, 11.2). So each line is held to the letter here first. Pure.
 */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include <stdbool.h>
#include <stddef.h>

#include "http/refusal.h"

/* Is c a letter of a token (RFC 9110, 5.6.2)? */
bool gate_is_token(char c);

/* A request line of n bytes, which end with LF. */
enum refusal gate_request_line(const char *p, size_t n);

/* A header or trailer line of n bytes, which end with LF; the empty line passes. */
enum refusal gate_header_line(const char *p, size_t n);

#endif

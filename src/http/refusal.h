/*
 * refusal.h - every reason to refuse a request before a handler sees it, once.
 *
 * Whoever reads a request returns one of these; the connection turns it into an
 * answer and closes. Constants only.
 */
#ifndef HTTP_REFUSAL_H
#define HTTP_REFUSAL_H

#include "base/err.h"

/* X(NAME, HTTP status, ERR_ of base/err.h, sentence) */
/* clang-format off */
#define REFUSALS(X)                                                                               \
    X(NOTHING,       200, OK,          "")                                                        \
    X(NUL,           400, BAD_REQUEST, "The request holds a NUL.")                                \
    X(BARE_CR,       400, BAD_REQUEST, "A CR stands without its LF.")                             \
    X(BARE_LF,       400, BAD_REQUEST, "A LF stands without its CR.")                             \
    X(FOLDED,        400, BAD_REQUEST, "A header is folded over several lines.")                  \
    X(REQUEST_LINE,  400, BAD_REQUEST, "The request line is malformed.")                          \
    X(METHOD,        501, NOT_BUILT,   "The method is unknown.")                                  \
    X(VERSION,       505, BAD_REQUEST, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")             \
    X(NAME,          400, BAD_REQUEST, "A header has a malformed name, or a space before its colon.") \
    X(VALUE,         400, BAD_REQUEST, "A header holds a control character.")                     \
    X(HEADER,        400, BAD_REQUEST, "A header is malformed.")                                  \
    X(HEAD_SIZE,     431, HEADERS,     "The headers are too large.")                              \
    X(BODY_SIZE,     413, TOO_LARGE,   "The body is too large.")                                  \
    X(ENCODING,      400, BAD_REQUEST, "Transfer-Encoding must be exactly 'chunked', once, and in HTTP/1.1.") \
    X(TWO_FRAMINGS,  400, BAD_REQUEST, "Transfer-Encoding and Content-Length stand together.")    \
    X(TWO_LENGTHS,   400, BAD_REQUEST, "Content-Length stands there twice.")                      \
    X(LENGTH,        400, BAD_REQUEST, "Content-Length is not a number.")                         \
    X(NO_HOST,       400, BAD_REQUEST, "The Host header is missing.")                             \
    X(TWO_HOSTS,     400, BAD_REQUEST, "The Host header stands there twice.")                     \
    X(HOST,          400, BAD_REQUEST, "The Host header is malformed.")                           \
    X(AUTHORITY,     400, BAD_REQUEST, "The target names another host than the Host header.")     \
    X(TWO_TOKENS,    400, BAD_REQUEST, "The Authorization header stands there twice.")            \
    X(TARGET,        400, BAD_REQUEST, "The target is malformed.")                                \
    X(ESCAPE,        400, BAD_REQUEST, "The path has a bad %-escape, or an escaped control character.") \
    X(EXPECT,        417, BAD_REQUEST, "Of expectations only '100-continue' can be met.")         \
    X(CONTENT_ENCODING, 415, MEDIA_TYPE, "The body must not be compressed.")                      \
    X(CHUNK,         400, BAD_REQUEST, "The chunks of the body are malformed.")                   \
    X(TIME,          408, BAD_REQUEST, "The request took too long to arrive.")
/* clang-format on */

enum refusal {
#define X(name, status, err, text) REFUSAL_##name,
    REFUSALS(X)
#undef X
};

int refusal_status(enum refusal r);
enum err refusal_err(enum refusal r);
const char *refusal_text(enum refusal r);

#endif

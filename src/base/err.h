/*
 * err.h - every way an operation can fail, once.
 *
 * The code travels as the return value; the sentence, when someone will read
 * it, travels in a struct fail owned by whoever started the work. Only api/
 * turns the two into an HTTP status and a JSON body. Any thread.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define NODISCARD __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* X(NAME, http status, code in the body, default sentence). The codes that are
 * numbers are Graph's own sub-codes; docs/api.md lists when each is said. */
#define ERRORS(X)                                                                            \
    X(OK, 200, "ok", "Done.")                                                                \
    X(BAD_REQUEST, 400, "8523", "The request is malformed.")                                 \
    X(NOT_JSON, 400, "BadRequest", "The body is not JSON.")                                  \
    X(TOO_EARLY, 400, "8501", "The call is not established.")                                \
    X(ENDING, 400, "8528", "The call is ending.")                                            \
    X(MEDIA_KIND, 400, "8500", "Not possible with this kind of media.")                      \
    X(CALL_KIND, 400, "8548", "Not possible with this kind of call.")                        \
    X(JOIN_TOKEN, 400, "8526", "The join token is not valid.")                               \
    X(JOIN_PLACE, 400, "8527", "The coordinates lead to no meeting.")                        \
    X(JOIN_ID, 400, "8561", "The join meeting id leads to no meeting.")                      \
    X(UNAUTHENTICATED, 401, "InvalidAuthenticationToken", "A valid access token is needed.") \
    X(ROLE_MISSING, 403, "7504", "An application role is missing.")                          \
    X(TENANT_MISMATCH, 403, "7505", "The token is of another tenant than the call.")         \
    X(SOURCE_INVALID, 403, "7507", "The source is not the application of the token.")        \
    X(MEETING_LOCKED, 403, "8560", "The meeting lets nobody in.")                            \
    X(FORBIDDEN, 403, "Forbidden", "Not allowed from here.")                                 \
    X(NOT_FOUND, 404, "8522", "No such resource.")                                           \
    X(NO_PATH, 404, "ResourceNotFound", "No such path.")                                     \
    X(METHOD, 405, "MethodNotAllowed", "This path has no such method.")                      \
    X(CONFLICT, 409, "8519", "Not possible in the current state.")                           \
    X(TOO_LARGE, 413, "RequestEntityTooLarge", "The body is too large.")                     \
    X(MEDIA_TYPE, 415, "UnsupportedMediaType", "The body must be application/json.")         \
    X(TOO_MANY, 429, "8530", "A limit is reached.")                                          \
    X(HEADERS, 431, "RequestHeaderFieldsTooLarge", "The headers are too large.")             \
    X(INTERNAL, 500, "9999", "The server failed.")                                           \
    X(NOT_BUILT, 501, "8520", "This is not built yet; docs/api.md lists what is.")           \
    X(BUSY, 503, "serviceUnavailable", "The server cannot take this now.")

enum err {
#define X(name, http, code, text) ERR_##name,
    ERRORS(X)
#undef X
};

struct fail {
    enum err err;
    char text[240]; /* for a person; never parsed, never a secret */
};

/* The HTTP status that an error becomes. */
int err_http(enum err e);

/* The `code` of the error body. */
const char *err_code(enum err e);

/* The default sentence. */
const char *err_text(enum err e);

/* Records why, and returns e, so that a caller can write `return err_set(...)`.
 * f may be NULL: nobody will read the sentence. */
enum err err_set(struct fail *f, enum err e, const char *fmt, ...) PRINTF(3, 4);

#endif

/*
 * digest.h - SIP digest authentication (RFC 8760, RFC 7616): the arithmetic. Pure.
 */
#ifndef SIP_DIGEST_H
#define SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum digest_algorithm { DIGEST_MD5, DIGEST_SHA256 };

/* What an Authorization header says, unquoted. */
struct digest_answer {
    enum digest_algorithm algorithm;
    char username[128];
    char realm[128];
    char nonce[128];
    char uri[512];
    char cnonce[128];
    char nc_text[9];
    uint32_t nc;
    char response[65];
};

/* Reads parameters of the form name=value, ended by NULL. False when one is missing, cut,
 * twice there, or when it is not qop=auth with an algorithm we know. */
bool digest_read(struct digest_answer *a, const char *const *params);

/* The expected response as hex; ha1 is hex. Returns out. */
char *digest_response(const struct digest_answer *a, const char *ha1, const char *method,
                      char out[65]);

/* Is a->response right? Takes the same time whether it is or not. */
bool digest_matches(const struct digest_answer *a, const char *ha1, const char *method);

/* Takes the quotes and backslashes off a quoted string, or copies a token; false when it does
 * not fit or the quotes are not closed. */
bool digest_unquote(char *out, size_t size, const char *text);

/* The value of a challenge header: Digest realm=..., one algorithm. Returns out. */
char *digest_challenge(char *out, size_t size, const char *realm, const char *nonce,
                       enum digest_algorithm algorithm, bool stale);

#endif

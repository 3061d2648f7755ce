/*
 * hash.h - digests, MACs, base64 and random bytes, over OpenSSL's EVP.
 *
 * Never fails: an OpenSSL that cannot hash stops the process. Any thread.
 */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { SHA1_BYTES = 20, SHA256_BYTES = 32, MD5_HEX_SIZE = 33, SHA256_HEX_SIZE = 65 };

void hash_sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES]);
/* Only where a protocol names it: the WebSocket handshake (RFC 6455 section 4.2.2). */
void hash_sha1(const void *p, size_t n, uint8_t out[SHA1_BYTES]);
void hash_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
                      uint8_t out[SHA256_BYTES]);

/* Lower-case hex of a digest, for SIP and HTTP digest (RFC 7616); returns out. */
char *hash_md5_hex(const void *p, size_t n, char out[MD5_HEX_SIZE]);
char *hash_sha256_hex(const void *p, size_t n, char out[SHA256_HEX_SIZE]);

/* Equal, in a time that does not tell where they differ. */
bool hash_same(const void *a, const void *b, size_t n);

void hash_random(void *p, size_t n);

/* Base64 (RFC 4648 section 4, padded) appended to out. */
void hash_base64(const void *p, size_t n, struct buf *out);
/* Base64url (section 5) without padding. */
void hash_base64url(const void *p, size_t n, struct buf *out);
/* Strict readers; false on any character, padding or bit that does not belong. */
bool hash_from_base64(const char *s, size_t n, struct buf *out);
bool hash_from_base64url(const char *s, size_t n, struct buf *out);

#endif

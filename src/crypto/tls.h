/*
 * tls.h - TLS between two byte streams, without sockets: feed, take, write.
 *
 * OpenSSL with memory BIOs, TLS 1.2 and later, server side. The caller moves the
 * bytes. One thread per session; a context may be shared.
 */
#ifndef CRYPTO_TLS_H
#define CRYPTO_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct tls_context;
struct tls;

/* A server's context from PEM files; ALPN offers http/1.1. */
NODISCARD enum err tls_context_open(const char *cert_pem_file, const char *key_pem_file,
                                    struct tls_context **out, struct fail *f);

/* Reads the files again for new sessions; on failure the old certificate stays. */
NODISCARD enum err tls_context_reload(struct tls_context *c, struct fail *f);

void tls_context_free(struct tls_context *c); /* NULL is fine */

struct tls *tls_new(struct tls_context *c);
void tls_free(struct tls *t); /* NULL is fine */

/* Bytes from the network in; what is decrypted is appended to plain, what must go back
 * to the network to wire. False: the session is broken or closed; send wire and close. */
bool tls_feed(struct tls *t, const char *p, size_t n, struct buf *plain, struct buf *wire);

/* Plain bytes to send, after the handshake; the records are appended to wire. */
bool tls_write(struct tls *t, const char *p, size_t n, struct buf *wire);

/* Appends close_notify to wire. */
void tls_end(struct tls *t, struct buf *wire);

#endif

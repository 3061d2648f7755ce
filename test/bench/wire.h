/*
 * wire.h - a connection to the server: TCP, or TLS over it.
 *
 * One thread. The handshake is waited for; then nothing is.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct ssl_st;

struct wire {
    int fd;
    struct ssl_st *ssl; /* NULL: no TLS */
};

/* Connects; ends the program when it cannot. The certificate is not looked at. */
void wire_open(struct wire *w, const struct sockaddr_in *at, bool with_tls);

/* Forgets TLS; the descriptor is the caller's to close. */
void wire_clear(struct wire *w);

/* Sends all of it: a request is a few KB and goes into an empty socket. */
void wire_send(struct wire *w, const char *p, size_t n);

/* As recv() of a descriptor that does not block. */
ssize_t wire_receive(struct wire *w, void *p, size_t n);

#endif

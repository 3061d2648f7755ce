/*
 * addr.h - an IP address with a port: read, printed, classified. No I/O, no DNS.
 * Any thread.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

enum { ADDR_TEXT_SIZE = 64 };

struct addr {
    union {
        struct sockaddr sa;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    };
};

/* What an address is good for; the guards of client/ and media/ decide by it. */
enum addr_class {
    ADDR_PUBLIC,
    ADDR_LOOPBACK,
    ADDR_PRIVATE,    /* RFC 1918, RFC 6598, RFC 4193 */
    ADDR_LINK_LOCAL, /* 169.254/16 and fe80::/10; cloud metadata lives there */
    ADDR_MULTICAST,
    ADDR_UNUSABLE, /* unspecified, broadcast, reserved, documentation */
};

/* Reads "127.0.0.1:8080", "[::1]:8080"; or without port when need_port is false (port 0). */
NODISCARD enum err addr_read(struct addr *a, const char *text, bool need_port, struct fail *f);

/* Reads a bare IP address of len bytes and sets the port; false when it is none. */
bool addr_read_ip(struct addr *a, const char *ip, size_t len, uint16_t port);

/* "127.0.0.1:8080" or "[::1]:8080"; returns out. */
char *addr_text(const struct addr *a, char out[ADDR_TEXT_SIZE]);

/* The IP alone, without brackets; returns out. */
char *addr_ip_text(const struct addr *a, char out[ADDR_TEXT_SIZE]);

/* Whom to count as one: the IP, of IPv6 its /64, since who has one address there has them all.
 * Returns out. */
char *addr_net_text(const struct addr *a, char out[ADDR_TEXT_SIZE]);

uint16_t addr_port(const struct addr *a);
void addr_set_port(struct addr *a, uint16_t port);
socklen_t addr_len(const struct addr *a);
bool addr_is_v6(const struct addr *a);

/* Same family and IP; ports are not compared. */
bool addr_same_ip(const struct addr *a, const struct addr *b);

/* Same IP and port. */
bool addr_same(const struct addr *a, const struct addr *b);

/* IPv4 inside IPv6 (mapped, NAT64, 6to4) is judged by the IPv4 address inside. */
enum addr_class addr_class(const struct addr *a);

#endif

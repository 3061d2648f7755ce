/*
 * inlet.h - datagrams out of a socket, several with one call, with the time of their arrival.
 *
 * One per media thread; what was read is valid until the next read. The kernel's
 * time of arrival is used, since sockets are only looked at once in 20 ms.
 */
#ifndef MEDIA_INLET_H
#define MEDIA_INLET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/addr.h"
#include "media/rtp.h"

enum { INLET_PACKETS = 8, INLET_CONTROL = 64 };

struct inlet {
    struct mmsghdr heads[INLET_PACKETS];
    struct iovec parts[INLET_PACKETS];
    struct addr from[INLET_PACKETS];
    uint8_t bytes[INLET_PACKETS][RTP_PACKET_MAX];
    _Alignas(struct cmsghdr) uint8_t control[INLET_PACKETS][INLET_CONTROL];
    int64_t now_us;  /* of this tick: clock_real_us() */
    int64_t wall_us; /* the same moment, of the wall clock */
};

void inlet_init(struct inlet *in);

/* A tick begins: takes the time. */
void inlet_begin(struct inlet *in);

/* Reads what is there, at most INLET_PACKETS; never waits. Returns how many. */
size_t inlet_read(struct inlet *in, int fd);

size_t inlet_len(const struct inlet *in, size_t i);
/* When packet i arrived, on the clock of now_us. */
int64_t inlet_arrival_us(struct inlet *in, size_t i);

#endif

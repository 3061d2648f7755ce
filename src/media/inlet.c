/*
 * inlet.c - recvmmsg(2) with time stamps. A media thread's.
 */
#include "media/inlet.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

void inlet_init(struct inlet *in)
{
    memset(in, 0, sizeof(*in));
    for (size_t i = 0; i < INLET_PACKETS; i++) {
        in->parts[i].iov_base = in->bytes[i];
        in->parts[i].iov_len = RTP_PACKET_MAX;
    }
}

void inlet_begin(struct inlet *in)
{
    struct timespec t;

    in->now_us = clock_real_us();
    (void)clock_gettime(CLOCK_REALTIME, &t);
    in->wall_us = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

size_t inlet_read(struct inlet *in, int fd)
{
    int n;

    for (size_t i = 0; i < INLET_PACKETS; i++) {
        struct msghdr *h = &in->heads[i].msg_hdr;

        h->msg_name = &in->from[i];
        h->msg_namelen = sizeof(in->from[i]);
        h->msg_iov = &in->parts[i];
        h->msg_iovlen = 1;
        h->msg_control = in->control[i];
        h->msg_controllen = INLET_CONTROL;
    }
    n = recvmmsg(fd, in->heads, INLET_PACKETS, MSG_DONTWAIT, NULL);
    return n > 0 ? (size_t)n : 0;
}

size_t inlet_len(const struct inlet *in, size_t i)
{
    return in->heads[i].msg_len;
}

int64_t inlet_arrival_us(struct inlet *in, size_t i)
{
    struct msghdr *h = &in->heads[i].msg_hdr;
    int64_t ago = 0;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
        struct timespec t;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
            continue;
        memcpy(&t, CMSG_DATA(c), sizeof(t));
        ago = in->wall_us - ((int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000);
    }
    /* The wall clock may have been set meanwhile; then now is good enough. */
    return ago < 0 || ago > 1000000 ? in->now_us : in->now_us - ago;
}

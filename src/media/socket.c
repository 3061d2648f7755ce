/*
 * socket.c - UDP ports for legs. The control thread.
 */
#include "media/socket.h"

#include <errno.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

enum { TRIES = 64, EXPEDITED = 0xb8 /* DSCP EF (RFC 3246), as voice should have */ };

struct pair {
    uint16_t rtp;
    int64_t free_ms; /* not to be used before */
};

/* The pairs that are free, in a ring: taken at the front, put back at the end. */
struct socket_pool {
    struct addr listen;
    struct pair *pairs; /* NULL: the system chooses */
    size_t size, first, count;
};

static void shuffle(struct socket_pool *sp)
{
    for (size_t i = sp->size; i > 1; i--) {
        uint32_t dice = 0;
        size_t with;
        struct pair p = sp->pairs[i - 1];

        (void)getrandom(&dice, sizeof(dice), 0);
        with = dice % i;
        sp->pairs[i - 1] = sp->pairs[with];
        sp->pairs[with] = p;
    }
}

enum err socket_pool_new(const struct addr *listen, uint16_t low, uint16_t high,
                         struct socket_pool **out, struct fail *f)
{
    struct socket_pool *sp;
    unsigned even = low + (low & 1u);

    if ((low == 0) != (high == 0) || (low != 0 && even + 1 > high))
        return err_set(f, ERR_BAD_REQUEST, "the RTP ports %u to %u hold no pair", low, high);

    sp = mem_new(sizeof(*sp));
    sp->listen = *listen;
    if (low != 0) {
        sp->size = (high - even + 1u) / 2;
        sp->count = sp->size;
        sp->pairs = mem_array(sp->size, sizeof(*sp->pairs));
        for (size_t i = 0; i < sp->size; i++)
            sp->pairs[i].rtp = (uint16_t)(even + 2 * i);
        shuffle(sp);
    }
    *out = sp;
    return ERR_OK;
}

void socket_pool_free(struct socket_pool *sp)
{
    if (sp == NULL)
        return;
    mem_free(sp->pairs);
    mem_free(sp);
}

/* A bound socket, or -1; at gets its address. */
static int open_one(struct addr *at, uint16_t port)
{
    int fd = socket(at->sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int on = 1, class = EXPEDITED;
    socklen_t len = sizeof(*at);

    if (fd < 0)
        return -1;
    addr_set_port(at, port);
    if (bind(fd, &at->sa, addr_len(at)) != 0 || getsockname(fd, &at->sa, &len) != 0) {
        (void)close(fd);
        return -1;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    if (addr_is_v6(at))
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof(class));
    else
        (void)setsockopt(fd, IPPROTO_IP, IP_TOS, &class, sizeof(class));
    return fd;
}

/* RTP at port (0: any even one) and RTCP above it. An odd one that the system chose becomes RTCP's,
 * and RTP's is the one below. */
static bool open_pair(const struct socket_pool *sp, uint16_t port, struct media_socket *out)
{
    struct addr first = sp->listen, second = sp->listen;
    int first_fd = open_one(&first, port), second_fd;
    bool odd = addr_port(&first) % 2 != 0;

    if (first_fd < 0)
        return false;
    second_fd = open_one(&second, addr_port(&first) ^ 1);
    if (second_fd < 0) {
        int why = errno;

        (void)close(first_fd);
        errno = why;
        return false;
    }
    out->rtp = odd ? second : first;
    out->rtp_fd = odd ? second_fd : first_fd;
    out->rtcp_fd = odd ? first_fd : second_fd;
    out->rtcp_port = addr_port(odd ? &first : &second);
    return true;
}

static void put_back(struct socket_pool *sp, uint16_t rtp, int64_t free_ms)
{
    struct pair *p = &sp->pairs[(sp->first + sp->count) % sp->size];

    p->rtp = rtp;
    p->free_ms = free_ms;
    sp->count++;
}

enum err socket_open(struct socket_pool *sp, int64_t now_ms, struct media_socket *out,
                     struct fail *f)
{
    size_t tries = sp->pairs == NULL ? TRIES : sp->count;

    memset(out, 0, sizeof(*out));
    for (size_t i = 0; i < tries; i++) {
        uint16_t port = 0;

        if (sp->pairs != NULL) {
            struct pair p = sp->pairs[sp->first];

            if (p.free_ms > now_ms)
                break; /* those behind it were put back even later */
            port = p.rtp;
            sp->first = (sp->first + 1) % sp->size;
            sp->count--;
        }
        if (open_pair(sp, port, out))
            return ERR_OK;
        if (errno == EMFILE || errno == ENFILE) {
            if (sp->pairs != NULL)
                put_back(sp, port, now_ms);
            return err_set(f, ERR_BUSY, "no more sockets: %s", strerror(errno));
        }
        if (sp->pairs != NULL) /* somebody else's port */
            put_back(sp, port, now_ms + SOCKET_REST_MS);
    }
    out->rtp_fd = out->rtcp_fd = -1;
    return err_set(f, ERR_BUSY, "no free RTP ports");
}

void socket_close(struct socket_pool *sp, int64_t now_ms, const struct media_socket *s)
{
    if (s->rtp_fd >= 0)
        (void)close(s->rtp_fd);
    if (s->rtcp_fd >= 0)
        (void)close(s->rtcp_fd);
    if (sp->pairs != NULL && s->rtp_fd >= 0)
        put_back(sp, addr_port(&s->rtp), now_ms + SOCKET_REST_MS);
}

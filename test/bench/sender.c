#include "sender.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "watch.h"

/* A tick of 20 ms is sent in SLICES parts, so that the server is not hit by a burst. */
enum {
    LEGS = 1 << 20,
    SOCKETS = 8,
    SLICES = 10,
    SLICE_NS = 20 * 1000000 / SLICES,
    PACKET = 12 + 160,
    BATCH = 64,
    SOCKET_BYTES = 4 << 20,
};

struct leg {
    atomic_ushort to; /* 0: silent */
    struct entry *owner;
};

static struct leg legs[LEGS];
static atomic_int count;
static int sockets[SOCKETS];
static uint16_t ports[SOCKETS];
static atomic_ullong sent;
static atomic_ullong heard;

int sender_add(uint16_t to_port)
{
    int leg = atomic_load(&count);

    if (leg == LEGS)
        watch_die("more legs than this program has numbers");
    atomic_store(&legs[leg].to, to_port);
    atomic_store(&count, leg + 1);
    return leg;
}

uint16_t sender_port(int leg)
{
    return ports[leg % SOCKETS];
}

void sender_own(int leg, struct entry *e)
{
    legs[leg].owner = e;
}

struct entry *sender_owner(int leg)
{
    return leg >= 0 && leg < atomic_load(&count) ? legs[leg].owner : NULL;
}

void sender_remove(int leg)
{
    if (leg >= 0)
        atomic_store(&legs[leg].to, 0);
}

uint64_t sender_sent(void)
{
    return atomic_load(&sent);
}

uint64_t sender_heard(void)
{
    return atomic_load(&heard);
}

/* Packets that wait to go out of one socket together. */
struct batch {
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in to[BATCH];
    uint8_t packets[BATCH][PACKET];
    unsigned n;
};

static void flush(struct batch *b, int fd)
{
    unsigned done = 0;

    while (done < b->n) {
        int n = sendmmsg(fd, b->messages + done, b->n - done, 0);

        done += n > 0 ? (unsigned)n : 1; /* one that cannot be sent is left */
    }
    atomic_fetch_add(&sent, b->n);
    b->n = 0;
}

static void put(struct batch *b, int leg, uint16_t to, uint32_t tick)
{
    uint8_t *p = b->packets[b->n];
    uint32_t time = htonl(tick * 160);
    uint32_t source = htonl((uint32_t)leg + 1);
    uint16_t number = htons((uint16_t)tick);

    p[0] = 0x80; /* RTP version 2 */
    p[1] = 0;    /* PCMU */
    memcpy(p + 2, &number, 2);
    memcpy(p + 4, &time, 4);
    memcpy(p + 8, &source, 4);
    for (int i = 12; i < PACKET; i++)
        p[i] = (uint8_t)(0x80 | ((i * 7 + (int)tick) & 0x7f));
    b->to[b->n] = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(to), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    b->parts[b->n] = (struct iovec){p, PACKET};
    b->messages[b->n].msg_hdr = (struct msghdr){.msg_name = &b->to[b->n],
                                                .msg_namelen = sizeof(b->to[b->n]),
                                                .msg_iov = &b->parts[b->n],
                                                .msg_iovlen = 1};
    b->n++;
}

static void send_slice(struct batch *b, int socket_number, uint32_t slice, uint32_t tick)
{
    int n = atomic_load(&count);

    for (int leg = socket_number; leg < n; leg += SOCKETS) {
        uint16_t to = atomic_load(&legs[leg].to);

        if (to == 0 || (uint32_t)(leg / SOCKETS) % SLICES != slice)
            continue;
        put(b, leg, to, tick);
        if (b->n == BATCH)
            flush(b, sockets[socket_number]);
    }
    flush(b, sockets[socket_number]);
}

static void hear(int fd)
{
    static uint8_t in[BATCH][PACKET];
    static struct mmsghdr messages[BATCH];
    static struct iovec parts[BATCH];
    int n;

    do {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){in[i], PACKET};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
        }
        n = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
        if (n > 0)
            atomic_fetch_add(&heard, (unsigned)n);
    } while (n == BATCH);
}

static void *run(void *arg)
{
    static struct batch batch;
    uint64_t due = watch_now();

    (void)arg;
    for (uint32_t step = 0;; step++) {
        struct timespec t = {.tv_sec = (time_t)(due / 1000000000u),
                             .tv_nsec = (long)(due % 1000000000u)};

        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
        for (int i = 0; i < SOCKETS; i++) {
            send_slice(&batch, i, step % SLICES, step / SLICES);
            hear(sockets[i]);
        }
        due += SLICE_NS;
    }
    return NULL;
}

void sender_open(bool with_sound)
{
    int bytes = SOCKET_BYTES;
    pthread_t thread;

    for (int i = 0; i < SOCKETS; i++) {
        struct sockaddr_in at = {.sin_family = AF_INET,
                                 .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
        socklen_t len = sizeof(at);

        sockets[i] = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (bind(sockets[i], (const struct sockaddr *)&at, sizeof(at)) != 0 ||
            getsockname(sockets[i], (struct sockaddr *)&at, &len) != 0)
            watch_die("the sockets of the sound");
        if (setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
            (void)setsockopt(sockets[i], SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
        ports[i] = ntohs(at.sin_port);
    }
    if (with_sound && pthread_create(&thread, NULL, run, NULL) != 0)
        watch_die("a thread");
}

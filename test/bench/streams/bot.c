/*
 * bot.c - the bot of the bench of streams: a WebSocket server that says what it hears.
 *
 * One thread, any number of streams. Prints its port, then serves until its standard input ends.
 * Frames come one by one or several at once; a connection that does anything but callmedia.v1 is
 * closed, for nobody but the server under test is to be here.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS = 256,
    ROOM = 16384,
    TEXT = 1,
    BINARY = 2,
    CLOSE = 8,
    PING = 9,
    PONG = 10,
    GUID = 36
};

struct stream {
    int fd;
    bool upgraded;
    size_t len;
    uint8_t bytes[ROOM];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void give(struct stream *s, const void *p, size_t n)
{
    if (send(s->fd, p, n, MSG_NOSIGNAL) != (ssize_t)n)
        (void)shutdown(s->fd, SHUT_RDWR); /* it does not read: that is no bench */
}

/* Takes up the connection once the request is whole. */
static void upgrade(struct stream *s)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const char *end = memmem(s->bytes, s->len, "\r\n\r\n", 4);
    const char *key = memmem(s->bytes, s->len, "Sec-WebSocket-Key: ", 19);
    unsigned char digest[SHA_DIGEST_LENGTH];
    char text[24 + GUID], accept[32], answer[256];
    int n;

    if (end == NULL || key == NULL)
        return;
    memcpy(text, key + 19, 24);
    memcpy(text + 24, guid, GUID);
    (void)SHA1((const unsigned char *)text, sizeof(text), digest);
    (void)EVP_EncodeBlock((unsigned char *)accept, digest, sizeof(digest));
    n = snprintf(answer, sizeof(answer),
                 "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Protocol: callmedia.v1\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                 accept);
    give(s, answer, (size_t)n);
    s->upgraded = true;
    s->len = 0; /* nothing is said before the answer */
}

/* A message that is whole: unmasked in its place, with room for a head before it. */
static void handle(struct stream *s, int kind, uint8_t *data, size_t n)
{
    uint8_t *head = data - 4;

    if (kind != BINARY && kind != PING && kind != CLOSE)
        return;
    head[0] = (uint8_t)(128 | (kind == PING ? PONG : kind));
    head[1] = 126;
    head[2] = (uint8_t)(n >> 8);
    head[3] = (uint8_t)n;
    if (n >= 126) {
        give(s, head, n + 4);
        return;
    }
    head[2] = head[0];
    head[3] = (uint8_t)n;
    give(s, head + 2, n + 2);
}

/* All messages that are whole; what is left moves to the front. */
static void take_messages(struct stream *s)
{
    size_t at = 0;

    while (s->len - at >= 6) {
        uint8_t *p = s->bytes + at;
        size_t n = p[1] & 127, head = n == 126 ? 8 : 6;

        if (n == 126)
            n = (size_t)(p[2] << 8 | p[3]);
        if (s->len - at < head + n)
            break;
        for (size_t i = 0; i < n; i++)
            p[head + i] ^= p[head - 4 + i % 4];
        handle(s, p[0] & 15, p + head, n);
        at += head + n;
    }
    memmove(s->bytes, s->bytes + at, s->len - at);
    s->len -= at;
}

static bool on_readable(struct stream *s)
{
    ssize_t n = recv(s->fd, s->bytes + s->len, ROOM - s->len, MSG_DONTWAIT);

    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    s->len += (size_t)n;
    if (!s->upgraded)
        upgrade(s);
    else
        take_messages(s);
    return s->len < ROOM;
}

static void take_stream(int epoll, int listener)
{
    struct stream *s = calloc(1, sizeof(*s));
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = s};
    int one = 1;

    if (s == NULL)
        die("memory");
    s->fd = accept(listener, NULL, NULL);
    if (s->fd < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &e) != 0)
        die("accept");
    (void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    struct epoll_event ready[EVENTS], e = {.events = EPOLLIN};
    int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);

    if (listener < 0 || epoll < 0 || bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(listener, 1024) != 0 || getsockname(listener, (struct sockaddr *)&at, &len) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e) != 0)
        die("listen");
    e.data.fd = STDIN_FILENO;
    e.data.u64 = 1;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &e) != 0)
        die("standard input");
    (void)printf("%d\n", ntohs(at.sin_port));
    (void)fflush(stdout);
    for (;;) {
        int n = epoll_wait(epoll, ready, EVENTS, -1);

        for (int i = 0; i < n; i++) {
            struct stream *s = ready[i].data.ptr;

            if (ready[i].data.u64 == 1)
                return 0;
            if (ready[i].data.u64 == 0) {
                take_stream(epoll, listener);
            } else if (!on_readable(s)) {
                (void)close(s->fd);
                free(s);
            }
        }
    }
}

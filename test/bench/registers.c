#include "registers.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "watch.h"

enum { DATAGRAM = 4096, SOCKET_BYTES = 8 << 20, AGAIN_NS = 500 * 1000000, HEX = 33 };

#define REALM "carillon"
#define SECRET "bench-secret"

struct phone {
    char name[16];
    char ha1[HEX];
    unsigned cseq;
    uint64_t began_ns, said_ns;
    bool is_waiting;
    char said[DATAGRAM];
    size_t said_len;
};

static struct watch door;
static struct sockaddr_in server;
static uint16_t port;
static struct phone *phones;
static int count;
static bool is_over;
static long done, again, refused;
static struct samples took;

static void md5(const char *text, char out[HEX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];

    if (EVP_Digest(text, strlen(text), digest, NULL, EVP_md5(), NULL) != 1)
        watch_die("MD5");
    for (int i = 0; i < 16; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void say(struct phone *p, uint64_t now)
{
    p->said_ns = now;
    while (sendto(door.fd, p->said, p->said_len, 0, (const struct sockaddr *)&server,
                  sizeof(server)) < 0)
        if (errno != EINTR && errno != EAGAIN)
            watch_die("a phone cannot send");
}

/* authorization: the header that answers a challenge, or "". */
static void write_register(struct phone *p, const char *authorization)
{
    int i = (int)(p - phones);
    int run = getpid(); /* what an earlier run said is still known to the server */

    p->cseq++;
    p->said_len = (size_t)snprintf(
        p->said, sizeof(p->said),
        "REGISTER sip:" REALM " SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK%d-%u-%d;rport\r\nMax-Forwards: 70\r\n"
        "From: <sip:%s@" REALM ">;tag=%d\r\nTo: <sip:%s@" REALM ">\r\n"
        "Call-ID: bench-%d-%d\r\nCSeq: %u REGISTER\r\n"
        "Contact: <sip:%s@127.0.0.1:%u>;expires=3600\r\n%sContent-Length: 0\r\n\r\n",
        port, i, p->cseq, run, p->name, run, p->name, i, run, p->cseq, p->name, port,
        authorization);
}

static void begin(struct phone *p)
{
    p->is_waiting = true;
    p->began_ns = watch_now();
    write_register(p, "");
    say(p, p->began_ns);
}

static void answer(struct phone *p, const char *nonce, size_t len)
{
    char text[256];
    char ha2[HEX];
    char response[HEX];
    char header[512];

    md5("REGISTER:sip:" REALM, ha2);
    (void)snprintf(text, sizeof(text), "%s:%.*s:00000001:bench:auth:%s", p->ha1, (int)len, nonce,
                   ha2);
    md5(text, response);
    (void)snprintf(
        header, sizeof(header),
        "Authorization: Digest username=\"%s\", realm=\"" REALM
        "\", nonce=\"%.*s\", uri=\"sip:" REALM
        "\", response=\"%s\", algorithm=MD5, qop=auth, nc=00000001, cnonce=\"bench\"\r\n",
        p->name, (int)len, nonce, response);
    write_register(p, header);
    say(p, watch_now());
}

/* The phone of an answer to its newest request, or NULL. */
static struct phone *phone_of(const char *m)
{
    const char *branch = strstr(m, ";branch=z9hG4bK");
    char *end = NULL;
    long i;

    if (branch == NULL)
        return NULL;
    i = strtol(branch + strlen(";branch=z9hG4bK"), &end, 10);
    if (i < 0 || i >= count || *end != '-' || strtoul(end + 1, NULL, 10) != phones[i].cseq)
        return NULL;
    return phones[i].is_waiting ? &phones[i] : NULL;
}

static void on_datagram(const char *m)
{
    static const char nonce[] = "nonce=\"";
    struct phone *p = phone_of(m);
    const char *at;

    if (p == NULL)
        return;
    if (strncmp(m, "SIP/2.0 401", 11) == 0 && (at = strstr(m, nonce)) != NULL) {
        at += strlen(nonce);
        answer(p, at, strcspn(at, "\""));
        return;
    }
    p->is_waiting = false;
    if (strncmp(m, "SIP/2.0 200", 11) == 0) {
        done++;
        samples_add(&took, p->began_ns, watch_now());
    } else {
        refused++;
    }
    if (!is_over)
        begin(p);
}

static void on_door(struct watch *w, uint32_t events)
{
    char in[DATAGRAM + 1];
    ssize_t n;

    (void)events;
    while ((n = recv(w->fd, in, DATAGRAM, MSG_DONTWAIT)) >= 0) {
        in[n] = '\0';
        on_datagram(in);
    }
}

void registers_open(const struct sockaddr_in *at, int wanted)
{
    struct sockaddr_in own = {.sin_family = AF_INET,
                              .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(own);
    int bytes = SOCKET_BYTES;

    server = *at;
    count = wanted;
    phones = watch_memory((size_t)count * sizeof(*phones));
    door = (struct watch){.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), .h = on_door};
    if (bind(door.fd, (const struct sockaddr *)&own, sizeof(own)) != 0 ||
        getsockname(door.fd, (struct sockaddr *)&own, &len) != 0)
        watch_die("the phones' socket");
    if (setsockopt(door.fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
        (void)setsockopt(door.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    port = ntohs(own.sin_port);
    watch_add(&door);
    for (int i = 0; i < count; i++) {
        char text[64];

        (void)snprintf(phones[i].name, sizeof(phones[i].name), "u%d", i);
        (void)snprintf(text, sizeof(text), "%s:" REALM ":" SECRET, phones[i].name);
        md5(text, phones[i].ha1);
        begin(&phones[i]);
    }
}

void registers_stop(void)
{
    is_over = true;
}

void registers_repeat(uint64_t now_ns)
{
    for (int i = 0; i < count; i++) {
        if (!phones[i].is_waiting || now_ns - phones[i].said_ns < AGAIN_NS)
            continue;
        again++;
        say(&phones[i], now_ns);
    }
}

long registers_done(void)
{
    return done;
}

long registers_again(void)
{
    return again;
}

long registers_refused(void)
{
    return refused;
}

long registers_waiting(void)
{
    long n = 0;

    for (int i = 0; i < count; i++)
        n += phones[i].is_waiting;
    return n;
}

struct samples *registers_took(void)
{
    return &took;
}

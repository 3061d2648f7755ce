#include "softphone.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "sender.h"
#include "watch.h"

enum { DATAGRAM = 8192, SOCKET_BYTES = 8 << 20, AGAIN_NS = 500 * 1000000 };

static struct watch phone;
static struct sockaddr_in server;
static uint16_t port;
static const char *user;
static softphone_h *on_invite;
static long invites_again;
static long said_again;
static long byes;

/* A header's line without its line end; after: where to look from, or NULL for the beginning. */
static const char *header(const char *m, const char *after, const char *name, size_t *len)
{
    const char *at = after != NULL ? after : m;
    size_t n = strlen(name);

    while ((at = strstr(at, "\r\n")) != NULL) {
        at += 2;
        if (at[0] == '\r')
            return NULL;
        if (strncasecmp(at, name, n) == 0 && at[n] == ':') {
            *len = strcspn(at, "\r");
            return at;
        }
    }
    return NULL;
}

static size_t copy_header(char *out, size_t size, const char *m, const char *name)
{
    size_t len = 0;
    const char *h = header(m, NULL, name, &len);

    return h != NULL ? (size_t)snprintf(out, size, "%.*s\r\n", (int)len, h) : 0;
}

/* 200 with what a response repeats; sdp may be NULL. */
static size_t write_ok(char *out, const char *m, const char *tag, const char *sdp)
{
    size_t n = (size_t)snprintf(out, DATAGRAM, "SIP/2.0 200 OK\r\n");
    size_t len = 0;
    const char *h = NULL;

    while ((h = header(m, h, "Via", &len)) != NULL)
        n += (size_t)snprintf(out + n, DATAGRAM - n, "%.*s\r\n", (int)len, h);
    n += copy_header(out + n, DATAGRAM - n, m, "From");
    h = header(m, NULL, "To", &len);
    if (h != NULL)
        n += (size_t)snprintf(out + n, DATAGRAM - n, "%.*s%s\r\n", (int)len, h, tag);
    n += copy_header(out + n, DATAGRAM - n, m, "Call-ID");
    n += copy_header(out + n, DATAGRAM - n, m, "CSeq");
    if (sdp == NULL)
        return n + (size_t)snprintf(out + n, DATAGRAM - n, "Content-Length: 0\r\n\r\n");
    return n +
           (size_t)snprintf(out + n, DATAGRAM - n,
                            "Contact: <sip:%s@127.0.0.1:%u>\r\nContent-Type: application/sdp\r\n"
                            "Content-Length: %zu\r\n\r\n%s",
                            user, port, strlen(sdp), sdp);
}

static void say(const char *text, size_t len)
{
    while (sendto(phone.fd, text, len, 0, (const struct sockaddr *)&server, sizeof(server)) < 0)
        if (errno != EINTR && errno != EAGAIN)
            watch_die("the phone cannot send");
}

static void pick_up(struct entry *e, const char *m)
{
    const char *audio = strstr(m, "\r\nm=audio ");
    char out[DATAGRAM];
    char sdp[256];
    char tag[32];

    if (audio == NULL)
        watch_die("an INVITE without sound");
    e->leg = sender_add((uint16_t)strtoul(audio + strlen("\r\nm=audio "), NULL, 10));
    (void)snprintf(
        sdp, sizeof(sdp),
        "v=0\r\no=- %d 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio %u RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
        e->leg, sender_port(e->leg));
    (void)snprintf(tag, sizeof(tag), ";tag=b%d", e->leg);
    e->said_len = write_ok(out, m, tag, sdp);
    e->said = watch_memory(e->said_len + 1);
    memcpy(e->said, out, e->said_len);
    e->picked_up_ns = watch_now();
    say(out, e->said_len);
}

static struct entry *call_of(const char *m)
{
    size_t len = 0;
    const char *h = header(m, NULL, "X-Carillon-Call", &len);

    if (h == NULL || len < strlen("X-Carillon-Call: ") + LEDGER_ID)
        watch_die("an INVITE without X-Carillon-Call");
    return ledger_get(h + strlen("X-Carillon-Call: "));
}

/* ACK and BYE name our call by the tag that we gave it. */
static struct entry *call_of_tag(const char *m)
{
    size_t len = 0;
    const char *h = header(m, NULL, "To", &len);
    const char *tag = h != NULL ? strstr(h, ";tag=b") : NULL;

    return tag != NULL && tag < h + len
               ? sender_owner((int)strtol(tag + strlen(";tag=b"), NULL, 10))
               : NULL;
}

static void on_datagram(const char *m)
{
    char out[DATAGRAM];
    struct entry *e;

    if (strncmp(m, "INVITE ", 7) == 0) {
        e = call_of(m);
        if (e->said != NULL) {
            invites_again++;
            say(e->said, e->said_len);
        } else if (e->invited_ns == 0) {
            e->invited_ns = watch_now();
            pick_up(e, m);
            sender_own(e->leg, e);
            on_invite(e);
        }
        return;
    }
    e = call_of_tag(m);
    if (strncmp(m, "ACK ", 4) == 0) {
        if (e != NULL && !e->is_acked) {
            e->is_acked = true;
            free(e->said);
            e->said = NULL;
        }
        return;
    }
    if (strncmp(m, "SIP/2.0", 7) == 0)
        return;
    if (strncmp(m, "BYE ", 4) == 0 && e != NULL) {
        byes++;
        sender_remove(e->leg);
    }
    say(out, write_ok(out, m, "", NULL));
}

static void on_phone(struct watch *w, uint32_t events)
{
    char in[DATAGRAM + 1];

    (void)events;
    for (;;) {
        ssize_t n = recv(w->fd, in, DATAGRAM, MSG_DONTWAIT);

        if (n < 0)
            return;
        in[n] = '\0';
        if (n > 8)
            on_datagram(in);
    }
}

void softphone_open(int fd, const struct sockaddr_in *at, const char *name, softphone_h *h)
{
    struct sockaddr_in own;
    socklen_t len = sizeof(own);
    int bytes = SOCKET_BYTES;

    if (getsockname(fd, (struct sockaddr *)&own, &len) != 0)
        watch_die("the phone's socket");
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
    phone = (struct watch){.fd = fd, .h = on_phone};
    server = *at;
    port = ntohs(own.sin_port);
    user = name;
    on_invite = h;
    watch_add(&phone);
}

void softphone_repeat(uint64_t now_ns)
{
    if (phone.h == NULL)
        return;
    for (struct entry *e = ledger_newest(); e != NULL; e = e->older) {
        if (e->said == NULL || now_ns - e->picked_up_ns < AGAIN_NS)
            continue;
        said_again++;
        say(e->said, e->said_len);
    }
}

long softphone_invites_again(void)
{
    return invites_again;
}

long softphone_said_again(void)
{
    return said_again;
}

long softphone_byes(void)
{
    return byes;
}

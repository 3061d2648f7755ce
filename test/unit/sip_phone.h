/*
 * sip_phone.h - a phone made of one UDP socket, for the tests of the sip room.
 *
 * start() starts the room on a port of loopback; the rest plays alice's phone: it sends
 * and answers SIP as small templates and looks at what the control thread is told.
 * Waits have a limit and no test depends on how long one takes.
 */
#ifndef SIP_PHONE_H
#define SIP_PHONE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "loop/loop.h"
#include "sip/sip.h"

enum { WAIT_MS = 20000, EVENTS = 64, MESSAGE = 8192 };

#define OUR_SDP "v=0\r\no=- 7 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define PHONE_SDP "v=0\r\no=phone 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define PHONE_HOLD "v=0\r\no=phone 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#define SDP_TYPE "Content-Type: application/sdp\r\n"

struct world {
    struct loop *l;
    struct sip *s;
    int fd;
    struct addr us; /* the room */
    uint16_t port;  /* the phone's */
    struct sip_event events[EVENTS];
    size_t told;
    size_t seen;
    char got[MESSAGE];  /* the message that came last */
    char last[MESSAGE]; /* and the one before, to know a repetition */
    char nonce[80];
    int cseq;
    int branch;
    int call;     /* in the phone's Call-ID */
    char to[160]; /* To of the phone's dialog, with its tag once known */
};

static inline void on_event(const struct sip_event *e, void *arg)
{
    struct world *w = arg;

    assert_true(w->told < EVENTS);
    w->events[w->told++] = *e;
}

/* The same for all: what one has begun, another knows again after a crash. */
static const uint8_t tag_key[OWN_TAG_KEY_BYTES] = {1, 2, 3};

static inline void start(struct world *w, const char *digest)
{
    struct sip_settings set = {.listen = "127.0.0.1:0",
                               .realm = "carillon",
                               .digest = digest,
                               .min_expires_s = 60,
                               .max_expires_s = 3600,
                               .contacts_per_user = 3,
                               .session_expires_s = 1800,
                               .nonce_life_s = 300,
                               .limits = {1000, 1000, 1000, 1000},
                               .tag_key = tag_key};
    char md5[MD5_HEX_SIZE];
    char sha256[SHA256_HEX_SIZE];
    static const char secret[] = "alice:carillon:secret";
    struct sip_account alice = {.user = "alice-id", .name = "alice", .display = "Alice"};
    struct fail f;
    socklen_t len;
    struct addr a;

    *w = (struct world){.cseq = 1};
    w->l = loop_new("test");
    assert_int_equal(sip_start(w->l, &set, on_event, w, &w->s, &f), ERR_OK);
    alice.ha1_md5 = hash_md5_hex(secret, strlen(secret), md5);
    alice.ha1_sha256 = hash_sha256_hex(secret, strlen(secret), sha256);
    sip_accounts(w->s, &alice, 1);
    assert_int_equal(addr_read(&w->us, sip_address(w->s), true, &f), ERR_OK);
    assert_int_equal(addr_read(&a, "127.0.0.1:0", true, &f), ERR_OK);
    w->fd = socket(AF_INET, SOCK_DGRAM, 0);
    len = addr_len(&a);
    assert_int_equal(bind(w->fd, &a.sa, len), 0);
    assert_int_equal(getsockname(w->fd, &a.sa, &len), 0);
    w->port = addr_port(&a);
}

static inline void stop(struct world *w)
{
    sip_stop(w->s, 0);
    for (size_t i = 0; i < w->told; i++) {
        (void)mem_free(w->events[i].sdp);
        (void)mem_free(w->events[i].dialog);
        (void)mem_free(w->events[i].binding);
        sip_incoming_free(w->events[i].incoming);
    }
    (void)close(w->fd);
    loop_free(w->l);
}

/* The next event, which must be of this kind. */
static inline const struct sip_event *event(struct world *w, enum sip_event_kind kind)
{
    int64_t until_us = clock_real_us() + WAIT_MS * 1000LL;

    while (w->seen == w->told && clock_real_us() < until_us)
        loop_step(w->l, 50);
    assert_true(w->seen < w->told);
    assert_int_equal(w->events[w->seen].kind, kind);
    return &w->events[w->seen++];
}

static inline void send_text(struct world *w, const char *text)
{
    size_t n = strlen(text);

    assert_int_equal(sendto(w->fd, text, n, 0, &w->us.sa, addr_len(&w->us)), (ssize_t)n);
}

/* The next message that is no repetition and no 100; it must begin so. */
static inline void message(struct world *w, const char *begin)
{
    struct pollfd p = {.fd = w->fd, .events = POLLIN};
    ssize_t n;

    do {
        assert_int_equal(poll(&p, 1, WAIT_MS), 1);
        n = recv(w->fd, w->got, sizeof(w->got) - 1, 0);
        assert_true(n > 0);
        w->got[n] = '\0';
    } while (str_eq(w->got, w->last) || str_starts(w->got, "SIP/2.0 100"));
    (void)str_copy(w->last, sizeof(w->last), w->got);
    if (!str_starts(w->got, begin))
        fail_msg("wanted '%s', got '%.300s'", begin, w->got);
}

/* The value of a header of the last message; "" when it is not there. */
static inline const char *header(const struct world *w, const char *name)
{
    static char value[1024];
    char key[64];
    const char *at;
    size_t n;

    (void)snprintf(key, sizeof(key), "\r\n%s: ", name);
    at = strstr(w->got, key);
    if (at == NULL)
        return "";
    at += strlen(key);
    n = strcspn(at, "\r");
    assert_true(n < sizeof(value));
    memcpy(value, at, n);
    value[n] = '\0';
    return value;
}

/* Answers the request in w->got. */
static inline void answer(struct world *w, const char *status, const char *more, const char *body)
{
    struct buf out = {0};

    buf_printf(&out, "SIP/2.0 %s\r\nVia: %s\r\n", status, header(w, "Via"));
    buf_printf(&out, "From: %s\r\n", header(w, "From"));
    buf_printf(&out, "To: %s%s\r\n", header(w, "To"),
               strstr(header(w, "To"), "tag=") == NULL ? ";tag=phone" : "");
    buf_printf(&out, "Call-ID: %s\r\n", header(w, "Call-ID"));
    buf_printf(&out, "CSeq: %s\r\n", header(w, "CSeq"));
    buf_printf(&out, "Contact: <sip:alice@127.0.0.1:%u>\r\n%sContent-Length: %zu\r\n\r\n%s",
               (unsigned)w->port, more, strlen(body), body);
    send_text(w, out.data);
    buf_clear(&out);
}

/* A request of the phone in its own dialog or outside any. */
static inline void ask(struct world *w, const char *method, const char *uri, const char *more,
                       const char *body)
{
    struct buf out = {0};

    if (!str_eq(method, "ACK") && !str_eq(method, "CANCEL")) {
        w->cseq++;
        w->branch++;
    }
    buf_printf(&out, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%u;branch=z9hG4bK-%d;rport\r\n",
               method, uri, (unsigned)w->port, w->branch);
    buf_printf(&out, "Max-Forwards: 70\r\nFrom: \"Alice A.\" <sip:alice@carillon>;tag=mine\r\n");
    buf_printf(&out, "To: %s\r\nCall-ID: call-%u-%d\r\nCSeq: %d %s\r\n", w->to, (unsigned)w->port,
               w->call, w->cseq, method);
    buf_printf(&out, "%sContent-Length: %zu\r\n\r\n%s", more, strlen(body), body);
    send_text(w, out.data);
    buf_clear(&out);
}

static inline void take_nonce(struct world *w)
{
    const char *challenge = header(w, strstr(w->got, "SIP/2.0 407") != NULL ? "Proxy-Authenticate"
                                                                            : "WWW-Authenticate");
    const char *at = strstr(challenge, "nonce=\"");

    assert_non_null(at);
    (void)snprintf(w->nonce, sizeof(w->nonce), "%.*s", (int)strcspn(at + 7, "\""), at + 7);
}

/* An Authorization value for what w->nonce challenged. */
static inline char *credentials(const struct world *w, const char *user, const char *secret,
                                const char *method, const char *uri)
{
    char *text = str_printf("%s:carillon:%s", user, secret);
    char a1[MD5_HEX_SIZE];
    char a2[MD5_HEX_SIZE];
    char response[MD5_HEX_SIZE];

    (void)hash_md5_hex(text, strlen(text), a1);
    (void)mem_free(text);
    text = str_printf("%s:%s", method, uri);
    (void)hash_md5_hex(text, strlen(text), a2);
    (void)mem_free(text);
    text = str_printf("%s:%s:00000001:c:auth:%s", a1, w->nonce, a2);
    (void)hash_md5_hex(text, strlen(text), response);
    (void)mem_free(text);
    return str_printf("Digest username=\"%s\", realm=\"carillon\", nonce=\"%s\", uri=\"%s\", "
                      "qop=auth, nc=00000001, cnonce=\"c\", response=\"%s\", algorithm=MD5",
                      user, w->nonce, uri, response);
}

/* REGISTER with these headers after a challenge; the answer is in w->got. */
static inline void enrol(struct world *w, const char *user, const char *secret, const char *more)
{
    char *auth;
    char *all;

    (void)snprintf(w->to, sizeof(w->to), "<sip:%s@carillon>", user);
    ask(w, "REGISTER", "sip:carillon", "", "");
    message(w, "SIP/2.0 401");
    take_nonce(w);
    auth = credentials(w, user, secret, "REGISTER", "sip:carillon");
    all = str_printf("Authorization: %s\r\n%s", auth, more);
    ask(w, "REGISTER", "sip:carillon", all, "");
    (void)mem_free(all);
    (void)mem_free(auth);
}

static inline struct sip_binding enrolled(struct world *w)
{
    char contact[96];

    (void)snprintf(contact, sizeof(contact), "Contact: <sip:alice@127.0.0.1:%u>\r\n",
                   (unsigned)w->port);
    enrol(w, "alice", "secret", contact);
    message(w, "SIP/2.0 200");
    return *event(w, SIP_EV_BOUND)->binding;
}

/* Rings the phone; the INVITE is in w->got. */
static inline uint64_t ring(struct world *w)
{
    struct sip_invite i = {.from_user = "bot", .from_display = "The \"Bot\"", .call_id = "c-1"};
    uint64_t leg = sip_leg_new(w->s);

    i.to = enrolled(w);
    i.sdp = str_dup(OUR_SDP);
    sip_invite(w->s, leg, &i);
    message(w, "INVITE");
    return leg;
}

/* A call from us that the phone has answered; the ACK is in w->got. */
static inline uint64_t talk(struct world *w)
{
    uint64_t leg = ring(w);

    answer(w, "200 OK", SDP_TYPE, PHONE_SDP);
    assert_string_equal(event(w, SIP_EV_ANSWERED)->sdp, PHONE_SDP);
    sip_confirm(w->s, leg);
    message(w, "ACK");
    return leg;
}

static inline void ended(struct world *w, uint64_t leg, enum sip_cause cause, int status)
{
    const struct sip_event *e = event(w, SIP_EV_ENDED);

    assert_int_equal(e->leg, leg);
    assert_string_equal(sip_cause_name(e->cause), sip_cause_name(cause));
    assert_int_equal(e->status, status);
}

/* INVITE with a right answer to the challenge. */
static inline void invite(struct world *w, const char *uri, const char *more, const char *body)
{
    char *auth;
    char *all;

    w->call++;
    (void)snprintf(w->to, sizeof(w->to), "<%s>", uri);
    all = str_printf("Contact: <sip:alice@127.0.0.1:%u>\r\n%s", (unsigned)w->port, more);
    ask(w, "INVITE", uri, all, body);
    message(w, "SIP/2.0 407");
    assert_true(str_copy(w->to, sizeof(w->to), header(w, "To")));
    ask(w, "ACK", uri, "", "");
    (void)snprintf(w->to, sizeof(w->to), "<%s>", uri);
    take_nonce(w);
    auth = credentials(w, "alice", "secret", "INVITE", uri);
    (void)mem_free(all);
    all = str_printf("Proxy-Authorization: %s\r\nContact: <sip:alice@127.0.0.1:%u>\r\n%s", auth,
                     (unsigned)w->port, more);
    ask(w, "INVITE", uri, all, body);
    (void)mem_free(all);
    (void)mem_free(auth);
}

/* The phone calls `uri` and has proved who it is; nothing has been answered yet. */
static inline uint64_t dial(struct world *w, const char *uri, const char *more, const char *body)
{
    invite(w, uri, more, body);
    return event(w, SIP_EV_INCOMING)->leg;
}

static inline void follow_tag(struct world *w)
{
    assert_true(str_copy(w->to, sizeof(w->to), header(w, "To")));
}

/* A call of the phone that has been answered and acknowledged. */
static inline uint64_t dialled(struct world *w)
{
    uint64_t leg = dial(w, "sip:bot@carillon", SDP_TYPE, PHONE_SDP);

    sip_answer(w->s, leg, OUR_SDP);
    sip_confirm(w->s, leg);
    message(w, "SIP/2.0 200");
    follow_tag(w);
    ask(w, "ACK", "sip:bot@carillon", "", "");
    assert_int_equal(event(w, SIP_EV_CONFIRMED)->leg, leg);
    return leg;
}

#endif

#include "client/tunnel.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "client/exchange.h"
#include "client/keep.h"
#include "client/transfer.h"
#include "loop/loop.h"
#include "loop/timer.h"

enum { NEVER_BYTES = 1 }; /* an exchange wants a bound for a body; here comes none */

struct tunnels {
    struct loop *loop;
    struct arena arena;
    struct client_settings settings;
    struct transfers *transfers;
};

/* Once it stands, the connection is ours by a descriptor of our own, and libcurl gives up a plain
 * one: it would take it for an idle one and close it when another is dialled (after 118 s, or when
 * its peer has closed), and each of its calls looks through all connections of the multi for the
 * one of a handle. TLS needs libcurl until the end. */
struct tunnel {
    struct tunnels *all;
    struct timer begin;
    struct exchange *dialling; /* not connected yet; */
    struct exchange *tls;      /* connected, with TLS; not idle from the first write on */
    bool is_tls;
    int fd; /* connected; -1 */
    struct loop_fd *watch;
    int wanted; /* what is watched for */
    struct tunnel_hooks hooks;
    void *arg;
    bool is_closed; /* by its owner, while it was dialled */
};

static void on_ready(int events, void *arg)
{
    struct tunnel *t = arg;

    t->hooks.ready(events, t->arg);
}

/* libcurl closes its own descriptor; the connection lives as long as one of the two. */
static enum client_fail take_over(struct tunnel *t, struct exchange *x)
{
    curl_socket_t fd = CURL_SOCKET_BAD;

    (void)curl_easy_getinfo(x->easy, CURLINFO_ACTIVESOCKET, &fd);
    t->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (t->is_tls && t->fd >= 0)
        t->tls = x;
    else
        transfer_release(x);
    if (t->fd < 0)
        return CLIENT_BROKEN; /* no descriptor is left: the log of whoever was told says so */
    t->wanted = LOOP_READ;
    t->watch = loop_fd_open(t->all->loop, t->fd, t->wanted, on_ready, t);
    return CLIENT_NONE;
}

static void on_done(struct exchange *x, void *arg)
{
    struct tunnel *t = x->arg;
    enum client_fail fail = x->fail;

    (void)arg;
    t->dialling = NULL;
    if (fail == CLIENT_NONE)
        fail = take_over(t, x);
    else
        exchange_free(x);
    if (t->is_closed)
        tunnel_close(t);
    else
        t->hooks.up(fail, t->arg);
}

enum err tunnels_open(struct loop *l, const struct client_settings *s, struct tunnels **out,
                      struct fail *f)
{
    struct tunnels *t = mem_new(sizeof(*t));
    enum err e;

    t->loop = l;
    keep_settings(&t->settings, s, &t->arena);
    e = transfer_open(l, &t->settings, on_done, t, &t->transfers, f);
    if (e != ERR_OK) {
        arena_clear(&t->arena);
        (void)mem_free(t);
        return e;
    }
    *out = t;
    return ERR_OK;
}

void tunnels_close(struct tunnels *t)
{
    if (t == NULL)
        return;
    transfer_stop(t->transfers); /* who was closed while it was dialled */
    transfer_close(t->transfers);
    arena_clear(&t->arena);
    (void)mem_free(t);
}

static void on_begin(void *arg)
{
    struct tunnel *t = arg;

    transfer_add(t->all->transfers, t->dialling);
}

struct tunnel *tunnel_dial(struct tunnels *all, const char *url, int timeout_ms,
                           const struct tunnel_hooks *h, void *arg)
{
    struct tunnel *t = mem_new(sizeof(*t));

    assert(loop_is_mine(all->loop));
    t->all = all;
    t->is_tls = strncasecmp(url, "https:", strlen("https:")) == 0;
    t->fd = -1;
    t->hooks = *h;
    t->arg = arg;
    t->dialling = exchange_new(
        &(struct client_request){
            .method = "GET", .url = url, .timeout_ms = timeout_ms, .max_bytes = NEVER_BYTES},
        NULL, t);
    t->dialling->is_tunnel = true;
    timer_start(&t->begin, all->loop, 0, on_begin, t);
    return t;
}

static ssize_t plain_result(ssize_t n)
{
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return TUNNEL_AGAIN;
    return n > 0 ? n : TUNNEL_OVER;
}

static ssize_t result(CURLcode code, size_t n)
{
    if (code == CURLE_AGAIN)
        return TUNNEL_AGAIN;
    return code == CURLE_OK && n > 0 ? (ssize_t)n : TUNNEL_OVER;
}

ssize_t tunnel_read(struct tunnel *t, void *p, size_t n)
{
    size_t got = 0;
    CURLcode code;

    if (t->tls == NULL)
        return plain_result(recv(t->fd, p, n, 0));
    code = curl_easy_recv(t->tls->easy, p, n, &got);
    return result(code, got);
}

ssize_t tunnel_write(struct tunnel *t, const void *p, size_t n)
{
    size_t sent = 0;
    CURLcode code;

    if (t->tls == NULL)
        return plain_result(send(t->fd, p, n, MSG_NOSIGNAL));
    code = curl_easy_send(t->tls->easy, p, n, &sent);
    return result(code, sent);
}

void tunnel_want(struct tunnel *t, int events)
{
    if (t->wanted == events)
        return;
    t->wanted = events;
    loop_fd_set(t->watch, events);
}

void tunnel_bound(struct tunnel *t, int unsent_bytes)
{
    (void)setsockopt(t->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes, sizeof(unsent_bytes));
}

void tunnel_close(struct tunnel *t)
{
    if (t == NULL)
        return;
    if (t->dialling != NULL && !timer_running(&t->begin)) {
        t->is_closed = true; /* it comes here once more, when it is given back */
        transfer_cancel(t->dialling);
        return;
    }
    timer_stop(&t->begin);
    if (t->dialling != NULL)
        exchange_free(t->dialling);
    loop_fd_close(t->watch);
    if (t->tls != NULL)
        transfer_release(t->tls);
    if (t->fd >= 0)
        (void)close(t->fd);
    (void)mem_free(t);
}

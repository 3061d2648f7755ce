#include "hearer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "watch.h"

enum { IN_SIZE = 256 * 1024, BACKLOG = 1024 };

struct line_in {
    struct watch watch;
    struct line_in *next; /* of all that were ever there */
    char *in;
    size_t have;
};

static struct watch door;
static hearer_h *on_heard;
static struct line_in *lines;
static bool is_holding;
static long posts;
static long notices;
static long disorder;

static const char ok[] = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

static enum heard state_of(const char *name)
{
    static const char *const names[] = {
        [HEARD_ESTABLISHING] = "establishing\"",
        [HEARD_ESTABLISHED] = "established\"",
        [HEARD_TERMINATING] = "terminating\"",
        [HEARD_TERMINATED] = "terminated\"",
    };

    for (int i = HEARD_ESTABLISHING; i <= HEARD_TERMINATED; i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return (enum heard)i;
    return HEARD_NOTHING;
}

static void hear(const char *id, const char *state)
{
    struct entry *e = ledger_get(id);
    enum heard s = state_of(state);

    notices++;
    if (s == HEARD_NOTHING)
        return;
    if (s <= e->heard) {
        disorder++;
        return;
    }
    e->heard = s;
    on_heard(e, s);
}

/* Each notice says "resource":"/app/calls/ID" and then, in resourceData, "state":"...". A
 * notice of an operation has a longer resource and is passed over. */
static void read_body(const char *body)
{
    static const char resource[] = "\"resource\":\"/app/calls/";
    static const char state[] = "\"state\":\"";
    const char *at = body;

    while ((at = strstr(at, resource)) != NULL) {
        const char *id = at + strlen(resource);
        const char *told = strstr(id, state);

        at = id;
        if (strnlen(id, LEDGER_ID + 1) > LEDGER_ID && id[LEDGER_ID] == '"' && told != NULL)
            hear(id, told + strlen(state));
    }
}

static void close_line(struct line_in *c)
{
    watch_close(&c->watch);
    free(c->in);
    c->in = NULL; /* c itself may still be named by an event of this round: it is left */
}

/* Takes one whole request from the front; false when there is none. */
static bool take(struct line_in *c)
{
    const char *end;
    const char *length;
    size_t size;
    char after;

    c->in[c->have] = '\0';
    end = strstr(c->in, "\r\n\r\n");
    length = end != NULL ? strcasestr(c->in, "\r\nContent-Length:") : NULL;
    if (length == NULL || length > end)
        return false;
    size = (size_t)(end - c->in) + 4 + strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    if (size > IN_SIZE)
        watch_die("a callback larger than 256 KiB");
    if (c->have < size)
        return false;
    after = c->in[size];
    c->in[size] = '\0';
    posts++;
    (void)send(c->watch.fd, ok, sizeof(ok) - 1, MSG_NOSIGNAL);
    read_body(end + 4);
    c->in[size] = after;
    c->have -= size;
    memmove(c->in, c->in + size, c->have);
    return true;
}

static void on_line(struct watch *w, uint32_t events)
{
    struct line_in *c = (struct line_in *)w;

    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) == 0)
        return;
    for (;;) {
        ssize_t n = recv(w->fd, c->in + c->have, IN_SIZE - c->have, 0);

        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            close_line(c);
            return;
        }
        c->have += (size_t)n;
        while (!is_holding && take(c))
            continue;
    }
}

static void on_door(struct watch *w, uint32_t events)
{
    int one = 1;
    int fd;

    (void)events;
    while ((fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct line_in *c = watch_memory(sizeof(*c));

        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        c->in = watch_memory(IN_SIZE + 1);
        c->watch = (struct watch){.fd = fd, .h = on_line};
        c->next = lines;
        lines = c;
        watch_add(&c->watch);
    }
}

uint16_t hearer_open(hearer_h *h)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);

    on_heard = h;
    door = (struct watch){.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
                          .h = on_door};
    if (bind(door.fd, (const struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(door.fd, BACKLOG) != 0 || getsockname(door.fd, (struct sockaddr *)&at, &len) != 0)
        watch_die("the callback receiver");
    watch_add(&door);
    return ntohs(at.sin_port);
}

void hearer_hold(bool hold)
{
    is_holding = hold;
    for (struct line_in *c = lines; c != NULL && !hold; c = c->next)
        while (c->in != NULL && take(c))
            continue;
}

long hearer_notices(void)
{
    return notices;
}

long hearer_posts(void)
{
    return posts;
}

long hearer_disorder(void)
{
    return disorder;
}

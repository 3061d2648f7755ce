#include "sip/link.h"

#include <sys/socket.h>

#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"

struct host {
    char key[ADDR_TEXT_SIZE];
    struct list strangers; /* the oldest first */
};

struct link {
    struct list_node node; /* in strangers or known */
    struct list_node sibling;
    struct host *host; /* of a stranger */
    struct addr addr;
    int fd;
    uint64_t cookie; /* the kernel's name of the socket: numbers are used again */
    int64_t at_ms;   /* when it was made or last used */
    char source[LINK_SOURCE_SIZE];
};

static uint64_t cookie_of(int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof(cookie);

    return getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len) == 0 ? cookie : 0;
}

static bool is_open(const struct link *c)
{
    return c->cookie != 0 && cookie_of(c->fd) == c->cookie;
}

static void enter(struct link_table *t, struct link *c, int64_t now_ms)
{
    char key[ADDR_TEXT_SIZE];
    struct host *h = map_find(&t->hosts, addr_net_text(&c->addr, key));

    if (h == NULL) {
        h = mem_new(sizeof(*h));
        (void)str_copy(h->key, sizeof(h->key), key);
        (void)map_put(&t->hosts, h->key, h);
    }
    c->host = h;
    c->at_ms = now_ms;
    list_push(&h->strangers, &c->sibling);
    list_push(&t->strangers, &c->node);
}

static void leave(struct link_table *t, struct link *c)
{
    struct host *h = c->host;

    list_remove(&c->node);
    list_remove(&c->sibling);
    c->host = NULL;
    if (h == NULL || !list_empty(&h->strangers))
        return;
    (void)map_del(&t->hosts, h->key);
    (void)mem_free(h);
}

static void forget(struct link_table *t, struct link *c)
{
    if (c == NULL)
        return;
    leave(t, c);
    (void)map_del(&t->by_source, c->source);
    (void)map_del_num(&t->by_fd, (uint64_t)c->fd);
    (void)mem_free(c);
}

static void end(struct link_table *t, struct link *c)
{
    if (is_open(c)) {
        count_add(COUNT_SIP_STRANGERS_ENDED, 1); /* first: whoever sees the end may look */
        (void)shutdown(c->fd, SHUT_RDWR);
    }
    forget(t, c);
}

void link_init(struct link_table *t, size_t most, size_t most_of_one)
{
    *t = (struct link_table){.most = most, .most_of_one = most_of_one};
}

bool link_add(struct link_table *t, int fd, const char *source, const struct addr *a,
              int64_t now_ms)
{
    struct link *c = mem_new(sizeof(*c));
    bool room = true;

    forget(t, map_find_num(&t->by_fd, (uint64_t)fd)); /* closed, or there would be no new one */
    forget(t, map_find(&t->by_source, source));
    c->addr = *a;
    c->fd = fd;
    c->cookie = cookie_of(fd);
    (void)str_copy(c->source, sizeof(c->source), source);
    (void)map_put(&t->by_source, c->source, c);
    (void)map_put_num(&t->by_fd, (uint64_t)fd, c);
    enter(t, c, now_ms);
    if (c->host->strangers.count > t->most_of_one) {
        room = false;
        end(t, LIST_OF(c->host->strangers.first, struct link, sibling));
    }
    if (t->strangers.count > t->most)
        end(t, LIST_OF(t->strangers.first, struct link, node));
    return room;
}

void link_use(struct link_table *t, const char *source, int64_t now_ms)
{
    struct link *c = map_find(&t->by_source, source);

    if (c == NULL)
        return;
    leave(t, c);
    c->at_ms = now_ms;
    list_push(&t->known, &c->node);
}

void link_sweep(struct link_table *t, int64_t now_ms)
{
    LIST_EACH(n, &t->known)
    {
        struct link *c = LIST_OF(n, struct link, node);

        if (c->at_ms >= now_ms)
            break;
        list_remove(&c->node);
        enter(t, c, now_ms);
    }
    LIST_EACH(m, &t->strangers)
    {
        struct link *c = LIST_OF(m, struct link, node);

        if (!is_open(c))
            forget(t, c);
        else if (c->at_ms + LINK_STRANGER_MS <= now_ms)
            end(t, c);
    }
}

void link_make_room(struct link_table *t)
{
    if (!list_empty(&t->strangers))
        end(t, LIST_OF(t->strangers.first, struct link, node));
}

void link_clear(struct link_table *t)
{
    size_t at = 0;
    struct link *c;

    while ((c = map_next(&t->by_fd, &at)) != NULL)
        forget(t, c);
    map_clear(&t->by_fd);
    map_clear(&t->by_source);
    map_clear(&t->hosts);
}

/*
 * turns.c - one line per host, and the hosts that may go in a line of their own.
 *
 * Thread: its owner's. It knows neither sockets nor requests.
 */
#include "client/turns.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { KEY_SIZE = 320 }; /* scheme, a host of 253 and a port */

struct turn_host {
    struct list_node ready;
    struct list waiting; /* struct turn */
    size_t taken;
    char *key;
};

void turns_init(struct turns *t, size_t per_host, size_t total)
{
    *t = (struct turns){.per_host = per_host, .total = total};
}

static void forget(struct turns *t, struct turn_host *h)
{
    list_remove(&h->ready);
    (void)map_del(&t->hosts, h->key);
    h->key = mem_free(h->key);
    (void)mem_free(h);
}

void turns_clear(struct turns *t)
{
    struct turn_host *h;
    size_t at = 0;

    while ((h = map_next(&t->hosts, &at)) != NULL)
        forget(t, h);
    map_clear(&t->hosts);
    *t = (struct turns){0};
}

/* "https://host:port" in lower case; two spellings of a port are two hosts. */
static void key_of(const char *url, char out[KEY_SIZE])
{
    const char *from = strstr(url, "://");
    size_t len = from != NULL ? (size_t)(from - url) + 3 : 0;

    len += strcspn(url + len, "/?#");
    if (len >= KEY_SIZE)
        len = KEY_SIZE - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)url[i]);
    out[len] = '\0';
}

static struct turn_host *host_of(struct turns *t, const char *url)
{
    char key[KEY_SIZE];
    struct turn_host *h;

    key_of(url, key);
    h = map_find(&t->hosts, key);
    if (h == NULL) {
        h = mem_new(sizeof(*h));
        h->key = str_dup(key);
        (void)map_put(&t->hosts, h->key, h);
    }
    return h;
}

/* Brings the host into the line of those who want to go, or out of it. */
static void sort_in(struct turns *t, struct turn_host *h)
{
    if (list_empty(&h->waiting))
        list_remove(&h->ready);
    else if (h->ready.in == NULL)
        list_push(&t->ready, &h->ready);
    if (list_empty(&h->waiting) && h->taken == 0)
        forget(t, h);
}

void turns_wait(struct turns *t, struct turn *u, const char *url)
{
    assert(u->host == NULL);
    u->host = host_of(t, url);
    list_push(&u->host->waiting, &u->node);
    sort_in(t, u->host);
}

/* The share is such that a host alone comes to per_host: taken / free < per_host / (total -
 * per_host). With n greedy hosts about total * per_host / (total + (n - 1) * per_host) each. */
static bool may_have_more(const struct turns *t, const struct turn_host *h)
{
    if (h->taken == 0 || t->per_host >= t->total)
        return true;
    return h->taken * (t->total - t->per_host) < (t->total - t->taken) * t->per_host;
}

/* Those who may not now have something taken: there are at most as many as turns. */
static struct turn_host *next_host(const struct turns *t)
{
    LIST_EACH(n, &t->ready)
    {
        struct turn_host *h = LIST_OF(n, struct turn_host, ready);

        if (may_have_more(t, h))
            return h;
    }
    return NULL;
}

struct turn *turns_next(struct turns *t)
{
    struct turn_host *h = t->taken < t->total ? next_host(t) : NULL;
    struct turn *u;

    if (h == NULL)
        return NULL;
    list_remove(&h->ready);
    u = LIST_OF(list_pop(&h->waiting), struct turn, node);
    h->taken++;
    t->taken++;
    sort_in(t, h);
    return u;
}

void turns_done(struct turns *t, struct turn *u)
{
    struct turn_host *h = u->host;

    if (h == NULL)
        return;
    u->host = NULL;
    if (u->node.in != NULL) {
        list_remove(&u->node);
    } else {
        h->taken--;
        t->taken--;
    }
    sort_in(t, h);
}

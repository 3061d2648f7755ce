/*
 * inbox.c - callback URIs inside the server: for the first try, before there is a bot.
 *
 * What is posted to a name is kept in memory, the oldest leaving first: 1 000
 * items, 4 MiB, 100 names. A reader may wait for the next one.
 */
#include <ctype.h>
#include <string.h>

#include "api/reply.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/timer.h"
#include "json/json.h"

enum { ITEMS = 1000, NAMES = 100, NAME_BYTES = 64, WAIT_MOST_S = 60 };
static const size_t most_bytes = (size_t)4 << 20;

struct item {
    struct list_node in_name;
    struct list_node in_all; /* over all names, oldest first */
    struct name *name;
    int64_t id;
    char *json; /* the whole item */
    size_t len;
};

struct name {
    char text[NAME_BYTES];
    struct list items;
    struct list waiting; /* struct reader */
};

struct reader {
    struct list_node node;
    struct timer timer;
    struct ask *ask;
    struct name *name;
    int64_t after;
};

struct inbox {
    struct loop *loop;
    struct map names;
    struct list all;
    size_t bytes;
    int64_t last_id;
};

struct inbox *inbox_new(struct loop *l)
{
    struct inbox *b = mem_new(sizeof(*b));

    b->loop = l;
    return b;
}

static void drop_item(struct inbox *b, struct item *i)
{
    list_remove(&i->in_name);
    list_remove(&i->in_all);
    b->bytes -= i->len;
    (void)mem_free(i->json);
    (void)mem_free(i);
}

static struct name *find_or_make(struct inbox *b, const char *text)
{
    struct name *n = map_find(&b->names, text);

    if (n != NULL || b->names.count >= NAMES || strlen(text) >= NAME_BYTES)
        return n;
    n = mem_new(sizeof(*n));
    (void)str_copy(n->text, sizeof(n->text), text);
    (void)map_put(&b->names, n->text, n);
    return n;
}

/* Header names mean the same in any case; a reader wants one. */
static void lower(const char *from, char *to, size_t size)
{
    size_t k = 0;

    for (; *from != '\0' && k + 1 < size; from++)
        to[k++] = (char)tolower((unsigned char)*from);
    to[k] = '\0';
}

static void write_headers(const struct http_request *r, struct writer *w)
{
    char name[128];

    writer_object(w, "headers");
    for (size_t i = 0; i < r->header_count; i++) {
        lower(r->headers[i].name, name, sizeof(name));
        writer_text(w, name, r->headers[i].value);
    }
    writer_end(w);
}

static struct item *new_item(struct inbox *b, const struct http_request *r)
{
    struct item *i = mem_new(sizeof(*i));
    struct json *j = json_parse(r->body, r->body_len, NULL);
    struct buf text = {0};
    char at[CLOCK_TEXT_SIZE];
    char id[24];
    struct writer w;

    i->id = ++b->last_id;
    (void)snprintf(id, sizeof(id), "%lld", (long long)i->id);
    writer_init(&w, &text);
    writer_object(&w, NULL);
    writer_text(&w, "id", id);
    writer_text(&w, "receivedDateTime", clock_text(clock_wall_ms(), at));
    write_headers(r, &w);
    if (j != NULL)
        writer_raw(&w, "body", r->body, r->body_len);
    else
        writer_text(&w, "body", r->body); /* not JSON: as text */
    writer_end(&w);
    json_free(j);
    i->len = text.len;
    i->json = buf_take(&text);
    return i;
}

static void answer(struct ask *a, const struct name *n, int64_t after)
{
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_list(&w, "value");
    if (n != NULL)
        LIST_EACH(node, &n->items)
        {
            const struct item *i = LIST_OF(node, struct item, in_name);

            if (i->id > after)
                writer_raw(&w, NULL, i->json, i->len);
        }
    writer_end(&w);
    writer_end(&w);
    reply_buf(a, 200, &body, NULL);
}

static void end_wait(struct reader *r)
{
    timer_stop(&r->timer);
    list_remove(&r->node);
    answer(r->ask, r->name, r->after);
    (void)mem_free(r);
}

static void on_waited(void *arg)
{
    end_wait(arg);
}

void inbox_post(struct ask *a)
{
    struct inbox *b = a->api->inbox;
    struct name *n = find_or_make(b, a->ids[0]);
    struct item *i;
    struct fail f;

    if (n == NULL) {
        (void)err_set(&f, ERR_TOO_MANY, "There are %d inboxes already, or the name is too long.",
                      NAMES);
        reply_fail(a, &f);
        return;
    }
    i = new_item(b, a->http);
    i->name = n;
    list_push(&n->items, &i->in_name);
    list_push(&b->all, &i->in_all);
    b->bytes += i->len;
    while (b->all.first != NULL && (b->all.count > ITEMS || b->bytes > most_bytes))
        drop_item(b, LIST_OF(b->all.first, struct item, in_all));
    LIST_EACH(node, &n->waiting)
    end_wait(LIST_OF(node, struct reader, node));
    reply_empty(a, 202, NULL);
}

void inbox_get(struct ask *a)
{
    struct inbox *b = a->api->inbox;
    const char *wait = http_query(a->http, "wait");
    const char *since = http_query(a->http, "after");
    int64_t seconds = 0;
    int64_t after = 0;
    struct reader *r;
    struct name *n;
    struct fail f;

    if ((wait != NULL && !str_number(wait, 0, WAIT_MOST_S, &seconds)) ||
        (since != NULL && !str_number(since, 0, INT64_MAX, &after))) {
        (void)err_set(&f, ERR_BAD_REQUEST,
                      "'wait' is a number of seconds up to %d, 'after' an item's id.", WAIT_MOST_S);
        reply_fail(a, &f);
        return;
    }
    n = seconds != 0 ? find_or_make(b, a->ids[0]) : map_find(&b->names, a->ids[0]);
    if (n == NULL || seconds == 0 ||
        (n->items.last != NULL && LIST_OF(n->items.last, struct item, in_name)->id > after)) {
        answer(a, n, after);
        return;
    }
    r = mem_new(sizeof(*r));
    r->ask = a;
    r->name = n;
    r->after = after;
    list_push(&n->waiting, &r->node);
    timer_start(&r->timer, b->loop, seconds * 1000, on_waited, r);
}

/* Who waits is answered with what there is: nothing. */
static void empty_name(struct inbox *b, struct name *n)
{
    struct list_node *node;

    while ((node = n->items.first) != NULL)
        drop_item(b, LIST_OF(node, struct item, in_name));
    while ((node = n->waiting.first) != NULL)
        end_wait(LIST_OF(node, struct reader, node));
    (void)map_del(&b->names, n->text);
    (void)mem_free(n);
}

void inbox_delete(struct ask *a)
{
    struct name *n = map_find(&a->api->inbox->names, a->ids[0]);

    if (n != NULL)
        empty_name(a->api->inbox, n);
    reply_empty(a, 204, NULL);
}

void inbox_empty(struct inbox *b)
{
    size_t at = 0;

    for (struct name *n; (n = map_next(&b->names, &at)) != NULL;)
        empty_name(b, n);
}

void inbox_free(struct inbox *b)
{
    if (b == NULL)
        return;
    inbox_empty(b);
    map_clear(&b->names);
    (void)mem_free(b);
}

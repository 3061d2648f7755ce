/*
 * backlog.c - a list of notices and the rule by which they share a POST.
 *
 * The control thread. It neither sends nor stores.
 */
#include "webhook/backlog.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

struct item {
    struct list_node node;
    int64_t number;
    char *webhook_id;
    bool is_restored;
    size_t len;
    char value[]; /* len bytes */
};

static struct item *item_of(struct list_node *n)
{
    return LIST_OF(n, struct item, node);
}

static void item_free(struct item *i)
{
    i->webhook_id = mem_free(i->webhook_id);
    (void)mem_free(i);
}

void backlog_add(struct backlog *b, const struct deliver_notice *n)
{
    size_t len = strlen(n->value);
    struct item *i = mem_new(sizeof(*i) + len);

    assert(list_empty(&b->items) || item_of(b->items.last)->number < n->number);
    i->number = n->number;
    i->webhook_id = str_dup(n->webhook_id);
    i->is_restored = n->restored;
    i->len = len;
    (void)memcpy(i->value, n->value, len);
    list_push(&b->items, &i->node);
}

/* How many from the first on have been one before: they carry its id. */
static size_t count_same_id(const struct backlog *b)
{
    const struct item *first = item_of(b->items.first);
    size_t count = 0;

    for (struct list_node *n = b->items.first; n != NULL; n = n->next, count++)
        if (!str_eq(item_of(n)->webhook_id, first->webhook_id))
            break;
    return count;
}

/* How many from the first on may become one. A restored one may have been received
 * already under its id: whoever receives that id again may drop what comes with it, so
 * nothing may join it. */
static size_t count_joinable(const struct backlog *b)
{
    size_t count = 0;
    size_t bytes = 0;

    for (struct list_node *n = b->items.first; n != NULL; n = n->next, count++) {
        bytes += item_of(n)->len + 1;
        if (item_of(n)->is_restored || count == BACKLOG_GROUP_MAX || bytes > BACKLOG_BYTES_MAX)
            break;
    }
    return count;
}

bool backlog_choose(struct backlog *b)
{
    if (b->group != 0)
        return false;
    b->group = count_same_id(b);
    if (b->group > 1 || item_of(b->items.first)->is_restored)
        return false;
    b->group = count_joinable(b);
    if (b->group == 0)
        b->group = 1; /* one that is larger than the limit still has to go */
    return b->group > 1;
}

void backlog_freeze(struct backlog *b)
{
    const char *id = backlog_id(b);
    struct list_node *n = b->items.first->next;

    for (size_t i = 1; i < b->group; i++, n = n->next) {
        item_of(n)->webhook_id = mem_free(item_of(n)->webhook_id);
        item_of(n)->webhook_id = str_dup(id);
    }
}

void backlog_split(struct backlog *b)
{
    b->group = 1;
}

int64_t backlog_first(const struct backlog *b)
{
    return item_of(b->items.first)->number;
}

int64_t backlog_last(const struct backlog *b)
{
    struct list_node *n = b->items.first;

    if (b->group == 0)
        return item_of(b->items.last)->number;
    for (size_t i = 1; i < b->group; i++)
        n = n->next;
    return item_of(n)->number;
}

const char *backlog_id(const struct backlog *b)
{
    return item_of(b->items.first)->webhook_id;
}

void backlog_body(const struct backlog *b, struct buf *out)
{
    struct list_node *n = b->items.first;

    buf_text(out, "{\"@odata.type\":\"#microsoft.graph.commsNotifications\",\"value\":[");
    for (size_t i = 0; i < b->group; i++, n = n->next) {
        if (i != 0)
            buf_char(out, ',');
        buf_add(out, item_of(n)->value, item_of(n)->len);
    }
    buf_text(out, "]}");
}

size_t backlog_drop(struct backlog *b)
{
    size_t count = b->group != 0 ? b->group : b->items.count;

    for (size_t i = 0; i < count; i++)
        item_free(item_of(list_pop(&b->items)));
    b->group = 0;
    return count;
}

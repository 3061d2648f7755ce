/*
 * backlog.c - a list of notices and the rule by which they share a POST.
 *
 * The control thread. It neither sends nor stores.
 */
#include "webhook/backlog.h"

#include <string.h>

#include "base/mem.h"

struct item {
    struct list_node node;
    struct deliver_queue *of;
    int64_t number;
    char *webhook_id;
    bool is_restored;
    bool is_unsafe;
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

/* The last node of the group, or NULL. */
static struct list_node *group_end(const struct backlog *b)
{
    struct list_node *n = NULL;

    for (size_t i = 0; i < b->group; i++)
        n = i == 0 ? b->items.first : n->next;
    return n;
}

/* Behind a node; NULL: at the front. */
static void insert(struct list *l, struct list_node *after, struct list_node *n)
{
    if (after == l->last) {
        list_push(l, n);
        return;
    }
    n->in = l;
    n->prev = after;
    n->next = after != NULL ? after->next : l->first;
    n->next->prev = n;
    if (after != NULL)
        after->next = n;
    else
        l->first = n;
    l->count++;
}

/* What was frozen together before a restart stays together. False: it is the first of them. */
static bool join(struct backlog *b, struct item *i, const struct list_node *end)
{
    struct list_node *n = b->items.last;

    while (n != end && !str_eq(item_of(n)->webhook_id, i->webhook_id))
        n = n->prev;
    if (n == end)
        return false;
    while (n != end && str_eq(item_of(n)->webhook_id, i->webhook_id) &&
           item_of(n)->number > i->number)
        n = n->prev;
    insert(&b->items, n, &i->node);
    return true;
}

/* By number, behind the group. */
static void place(struct backlog *b, struct item *i)
{
    struct list_node *end = group_end(b);
    struct list_node *n = b->items.last;

    if (i->is_restored && join(b, i, end))
        return;
    while (n != end && item_of(n)->number > i->number)
        n = n->prev;
    insert(&b->items, n, &i->node);
}

void backlog_add(struct backlog *b, struct deliver_queue *of, const struct deliver_notice *n)
{
    size_t len = strlen(n->value);
    struct item *i = mem_new(sizeof(*i) + len);

    i->of = of;
    i->number = n->number;
    i->webhook_id = str_dup(n->webhook_id);
    i->is_restored = n->restored;
    i->is_unsafe = n->not_durable;
    i->len = len;
    (void)memcpy(i->value, n->value, len);
    place(b, i);
}

void backlog_move(struct backlog *from, struct backlog *to)
{
    struct list_node *n;

    while ((n = list_pop(&from->items)) != NULL)
        place(to, item_of(n));
    from->group = 0;
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

const char *backlog_id(const struct backlog *b)
{
    return item_of(b->items.first)->webhook_id;
}

struct deliver_queue *backlog_first(const struct backlog *b)
{
    return item_of(b->items.first)->of;
}

bool backlog_is_unsafe(const struct backlog *b)
{
    struct list_node *n = b->items.first;

    for (size_t i = 0; i < b->group; i++, n = n->next)
        if (item_of(n)->is_unsafe)
            return true;
    return false;
}

bool backlog_run(const struct backlog *b, size_t *at, struct backlog_run *out)
{
    struct list_node *n = b->items.first;

    for (size_t i = 0; i < *at && n != NULL; i++)
        n = n->next;
    if (*at >= b->group || n == NULL)
        return false;
    *out = (struct backlog_run){.of = item_of(n)->of, .first = item_of(n)->number};
    for (; *at < b->group && item_of(n)->of == out->of; n = n->next, ++*at, out->count++)
        out->last = item_of(n)->number;
    return true;
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

void backlog_drop(struct backlog *b)
{
    for (; b->group > 0; b->group--)
        item_free(item_of(list_pop(&b->items)));
}

void backlog_take(struct backlog *b, const struct deliver_queue *of, struct backlog_run *out)
{
    const struct list_node *end = group_end(b);
    struct list_node *n = b->items.last;

    *out = (struct backlog_run){0};
    while (n != end) {
        struct list_node *before = n->prev;
        struct item *i = item_of(n);

        if (i->of == of) {
            out->first = i->number;
            if (out->count++ == 0)
                out->last = i->number;
            list_remove(n);
            item_free(i);
        }
        n = before;
    }
}

static struct item *find(const struct backlog *b, int64_t number)
{
    for (struct list_node *n = b->items.first; n != NULL; n = n->next)
        if (item_of(n)->number == number)
            return item_of(n);
    return NULL;
}

bool backlog_forget(struct backlog *b, int64_t number)
{
    size_t at = 0;

    for (struct list_node *n = b->items.first; n != NULL; n = n->next, at++) {
        if (item_of(n)->number != number || at < b->group)
            continue;
        list_remove(n);
        item_free(item_of(n));
        return true;
    }
    return false;
}

void backlog_saved(struct backlog *b, int64_t number)
{
    struct item *i = find(b, number);

    if (i != NULL)
        i->is_unsafe = false;
}

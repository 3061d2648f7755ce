/*
 * redo.c - the last word on each row that could not be written.
 *
 * The control thread. It runs no SQL.
 */
#include "store/redo.h"

#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "store/statement.h"

enum { SIGNS = 3 };

struct redo {
    struct list items;
    struct map keys; /* of items */
};

static char *key_of(const struct intent *in, const char *kind, size_t len, char sign, int keys)
{
    struct buf b = {0};

    buf_add(&b, kind, len);
    buf_char(&b, sign);
    for (int i = 0; i < keys; i++) {
        buf_char(&b, ' ');
        if (in->values[i].kind == 'i')
            buf_printf(&b, "%lld", (long long)in->values[i].number);
        else
            buf_text(&b, in->values[i].text);
    }
    return buf_take(&b);
}

static void drop(struct redo *r, struct redo_item *item)
{
    (void)map_del(&r->keys, item->key);
    list_remove(&item->node);
    (void)mem_free(item->key);
    (void)mem_free(item->intent);
    (void)mem_free(item);
}

/* True: there was one. */
static bool drop_key(struct redo *r, const char *key)
{
    struct redo_item *old = map_find(&r->keys, key);

    if (old != NULL)
        drop(r, old);
    return old != NULL;
}

/* The texts lie behind the values, as batch_put() does it. */
static struct intent *copy(const struct intent *in)
{
    size_t head = sizeof(*in) + in->count * sizeof(in->values[0]);
    size_t bytes = head;
    struct intent *out;
    char *text;

    for (size_t i = 0; i < in->count; i++)
        if (in->values[i].text != NULL)
            bytes += (size_t)in->values[i].number + 1;
    out = mem_new(bytes);
    (void)memcpy(out, in, head);
    out->next = NULL;
    text = (char *)out + head;
    for (size_t i = 0; i < in->count; i++) {
        size_t len = (size_t)in->values[i].number + 1;

        if (in->values[i].text == NULL)
            continue;
        (void)memcpy(text, in->values[i].text, len);
        out->values[i].text = text;
        text += len;
    }
    return out;
}

/* A later word on a row replaces the earlier one and goes to the end. A row that is taken away
 * before it was ever written leaves nothing: `+` adds a row, `=` changes it, `-` takes it away. */
static void keep(struct redo *r, const struct intent *in, const struct statement *st)
{
    static const char signs[SIGNS] = {'+', '=', '-'};
    size_t len = strlen(st->kept) - 1;
    char sign = st->kept[len];
    bool was_added = false;
    struct redo_item *item;

    for (size_t i = 0; i < SIGNS; i++) {
        char *key = key_of(in, st->kept, len, signs[i], st->keys);

        if (sign == '-' || signs[i] == sign)
            was_added = (drop_key(r, key) && signs[i] == '+') || was_added;
        (void)mem_free(key);
    }
    if (sign == '-' && was_added && st->keys == 1)
        return;
    item = mem_new(sizeof(*item));
    item->key = key_of(in, st->kept, len, sign, st->keys);
    item->intent = copy(in);
    (void)map_put(&r->keys, item->key, item);
    list_push(&r->items, &item->node);
}

void redo_keep(struct redo **r, const struct batch *b)
{
    size_t count;
    const struct statement *table = rows_statements(&count);

    for (const struct intent *in = b->first; in != NULL; in = in->next) {
        if (table[in->statement].kept == NULL)
            continue;
        if (*r == NULL)
            *r = mem_new(sizeof(**r));
        keep(*r, in, &table[in->statement]);
    }
}

const struct list *redo_items(const struct redo *r)
{
    static const struct list none;

    return r != NULL ? &r->items : &none;
}

void redo_free(struct redo *r)
{
    if (r == NULL)
        return;
    LIST_EACH(n, &r->items)
    drop(r, LIST_OF(n, struct redo_item, node));
    map_clear(&r->keys);
    (void)mem_free(r);
}

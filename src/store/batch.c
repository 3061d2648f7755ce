/*
 * batch.c - filling a batch; walking through it is left to who owns it.
 */
#include "store/batch.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "store/redo.h"

enum { VALUES_MOST = 16 };

struct batch *batch_new(void)
{
    struct batch *b = mem_new(sizeof(*b));

    b->end = &b->first;
    b->waiters_end = &b->waiters;
    return b;
}

/* One piece of the arena for the intent, its values and their texts: the writer walks
 * through memory in the order in which it was filled. */
void batch_put(struct batch *b, size_t statement, int most, const struct value *v, size_t n)
{
    size_t head = sizeof(struct intent) + n * sizeof(*v);
    size_t lengths[VALUES_MOST];
    size_t bytes = head;
    struct intent *in;
    char *text;

    assert(n <= VALUES_MOST);
    for (size_t i = 0; i < n; i++) {
        lengths[i] = v[i].text != NULL ? strlen(v[i].text) + 1 : 0;
        bytes += lengths[i];
    }
    in = arena_new(&b->arena, bytes);
    in->statement = statement;
    in->most = most;
    in->count = n;
    text = (char *)in + head;
    for (size_t i = 0; i < n; i++) {
        in->values[i] = v[i];
        if (v[i].text == NULL)
            continue;
        (void)memcpy(text, v[i].text, lengths[i]);
        in->values[i].text = text;
        in->values[i].number = (int64_t)lengths[i] - 1;
        text += lengths[i];
    }
    *b->end = in;
    b->end = &in->next;
    b->count++;
}

static struct waiter *add_waiter(struct batch *b, void *arg)
{
    struct waiter *w = arena_new(&b->arena, sizeof(*w));

    w->arg = arg;
    *b->waiters_end = w;
    b->waiters_end = &w->next;
    return w;
}

void batch_wait(struct batch *b, store_done_h *h, void *arg)
{
    add_waiter(b, arg)->h = h;
}

void batch_ask(struct batch *b, const char *id, life_h *h, void *arg)
{
    struct waiter *w = add_waiter(b, arg);

    w->on_life = h;
    w->id = arena_dup(&b->arena, id);
    b->asks++;
}

void batch_ask_notices(struct batch *b, const struct notices_ask *q, notices_h *h, void *arg)
{
    struct waiter *w = add_waiter(b, arg);

    w->on_notices = h;
    w->ask = *q;
    w->ask.state = arena_dup(&b->arena, q->state);
    w->ask.webhook_id = arena_dup(&b->arena, q->webhook_id);
    b->asks++;
}

bool batch_empty(const struct batch *b)
{
    return b->first == NULL && b->waiters == NULL;
}

void batch_free(struct batch *b)
{
    if (b == NULL)
        return;
    redo_free(b->redo);
    arena_clear(&b->arena);
    (void)mem_free(b);
}

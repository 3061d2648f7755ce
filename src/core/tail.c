#include "core/tail.h"

#include "base/clock.h"
#include "base/id.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include "loop/timer.h"
#include "json/writer.h"

enum { NAME_BYTES = 64, DETAIL_BYTES = 128, WHY_BYTES = 64 };

/* A fact with its texts. */
struct kept {
    int64_t at_ms;
    int64_t notice;
    char call[ID_SIZE];
    char application[ID_SIZE];
    char operation[ID_SIZE]; /* these four: "" for none */
    char application_name[NAME_BYTES];
    char detail[DETAIL_BYTES];
    char why[WHY_BYTES];
    const char *change;
    const char *what;
    const char *state;
    int tries;
    int status;
};

struct waiter {
    struct list_node node;
    struct timer timer;
    struct tail *tail;
    int64_t after;
    char call[ID_SIZE]; /* "": all */
    tail_h *h;
    void *arg;
};

struct tail {
    struct loop *loop;
    struct kept facts[TAIL_FACTS]; /* number n is at n % TAIL_FACTS; the first is 1 */
    int64_t last;                  /* the number of the newest; 0: there was none yet */
    struct list waiting;
};

struct tail *tail_new(struct loop *l)
{
    struct tail *t = mem_new(sizeof(*t));

    t->loop = l;
    return t;
}

void tail_free(struct tail *t)
{
    (void)mem_free(t);
}

/* The number of the oldest that is kept. */
static int64_t oldest(const struct tail *t)
{
    return t->last > TAIL_FACTS ? t->last - TAIL_FACTS + 1 : 1;
}

/* --- writing --- */

static const char *or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void write_fact(struct writer *w, int64_t number, const struct kept *k)
{
    char at[CLOCK_TEXT_SIZE];

    writer_object(w, NULL);
    writer_int(w, "number", number);
    writer_text(w, "at", clock_text(k->at_ms, at));
    writer_int(w, "notice", k->notice);
    writer_text(w, "call", k->call);
    writer_text(w, "applicationId", k->application);
    writer_text(w, "application", or_null(k->application_name));
    writer_text(w, "changeType", k->change);
    writer_text(w, "what", k->what);
    writer_text(w, "detail", or_null(k->detail));
    writer_text(w, "operation", or_null(k->operation));
    writer_text(w, "state", k->state);
    writer_int(w, "tries", k->tries);
    writer_int(w, "status", k->status);
    writer_text(w, "why", or_null(k->why));
    writer_end(w);
}

static bool is_wanted(const struct kept *k, const char *call)
{
    return call[0] == '\0' || str_eq(k->call, call);
}

static void answer(const struct tail *t, int64_t after, const char *call, tail_h *h, void *arg)
{
    int64_t first = oldest(t);
    int64_t missed = after >= 0 && after + 1 < first ? first - after - 1 : 0;
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_list(&w, "value");
    for (int64_t n = after + 1 > first ? after + 1 : first; after >= 0 && n <= t->last; n++)
        if (is_wanted(&t->facts[n % TAIL_FACTS], call))
            write_fact(&w, n, &t->facts[n % TAIL_FACTS]);
    writer_end(&w);
    writer_int(&w, "last", t->last);
    writer_int(&w, "missed", missed);
    writer_end(&w);
    h(body.data, body.len, arg);
    buf_clear(&body);
}

/* --- waiting --- */

static void on_over(void *arg)
{
    struct waiter *r = arg;

    timer_stop(&r->timer);
    list_remove(&r->node);
    answer(r->tail, r->after, r->call, r->h, r->arg);
    (void)mem_free(r);
}

/* Is there something newer to say at once? */
static bool has_news(const struct tail *t, int64_t after, const char *call)
{
    if (after + 1 < oldest(t))
        return true; /* that some were missed */
    for (int64_t n = after + 1; n <= t->last; n++)
        if (is_wanted(&t->facts[n % TAIL_FACTS], call))
            return true;
    return false;
}

void tail_ask(struct tail *t, const struct tail_wish *w, tail_h *h, void *arg)
{
    const char *call = w->call != NULL ? w->call : "";
    struct waiter *r;

    /* a number that was never given is of the server before this one */
    if (w->after < 0 || w->after > t->last || w->wait_ms == 0 || t->waiting.count >= TAIL_WAITERS ||
        has_news(t, w->after, call)) {
        answer(t, w->after > t->last ? 0 : w->after, call, h, arg);
        return;
    }
    r = mem_new(sizeof(*r));
    r->tail = t;
    r->after = w->after;
    r->h = h;
    r->arg = arg;
    (void)str_copy(r->call, sizeof(r->call), call);
    list_push(&t->waiting, &r->node);
    timer_start(&r->timer, t->loop, w->wait_ms, on_over, r);
}

void tail_release(struct tail *t)
{
    struct list_node *n;

    while ((n = t->waiting.first) != NULL)
        on_over(LIST_OF(n, struct waiter, node));
}

static void copy(char *to, size_t size, const char *from)
{
    (void)str_copy(to, size, from != NULL ? from : "");
}

/* Whoever listens is answered in the loop's next turn, not from here: together with what else is
 * said in this one, and without holding up what has been said. */
void tail_add(struct tail *t, const struct tail_fact *f)
{
    struct kept *k = &t->facts[++t->last % TAIL_FACTS];

    k->at_ms = clock_wall_ms();
    k->notice = f->notice;
    copy(k->call, sizeof(k->call), f->call);
    copy(k->application, sizeof(k->application), f->application);
    copy(k->application_name, sizeof(k->application_name), f->application_name);
    copy(k->detail, sizeof(k->detail), f->detail);
    copy(k->operation, sizeof(k->operation), f->operation);
    copy(k->why, sizeof(k->why), f->why);
    k->change = f->change;
    k->what = f->what;
    k->state = f->state;
    k->tries = f->tries;
    k->status = f->status;
    LIST_EACH(n, &t->waiting)
    {
        struct waiter *r = LIST_OF(n, struct waiter, node);

        if (is_wanted(k, r->call))
            timer_start(&r->timer, t->loop, 0, on_over, r);
    }
}

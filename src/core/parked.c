#include "core/parked.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "core/owed.h"
#include "core/tail.h"
#include "store/rows.h"
#include "json/json.h"
#include "json/writer.h"

enum { ROWS_MOST = 1000 };

struct member {
    int64_t number;
    struct id call;
    struct id application;
};

/* The notices of one webhook id. */
struct orphan {
    struct list_node node; /* in control.orphans */
    struct control *ctl;
    char *webhook_id;
    struct deliver_queue *queue; /* NULL: asking the store, or telling it */
    struct member *members;
    size_t count;
    bool is_ready; /* all are in the queue */
    parked_h *h;
    void *arg;
};

static struct orphan *find(const struct control *ctl, const char *webhook_id)
{
    for (struct list_node *n = ctl->orphans.first; n != NULL; n = n->next)
        if (str_eq(LIST_OF(n, struct orphan, node)->webhook_id, webhook_id))
            return LIST_OF(n, struct orphan, node);
    return NULL;
}

static struct orphan *orphan_new(struct control *ctl, const char *webhook_id)
{
    struct orphan *o = mem_new(sizeof(*o));

    o->ctl = ctl;
    o->webhook_id = str_dup(webhook_id);
    list_push(&ctl->orphans, &o->node);
    return o;
}

static void orphan_free(struct orphan *o)
{
    list_remove(&o->node);
    (void)mem_free(o->webhook_id);
    (void)mem_free(o->members);
    (void)mem_free(o);
}

/* --- for operators --- */

static void write_row(struct writer *w, const struct notice_row *r)
{
    char at[CLOCK_TEXT_SIZE];

    writer_object(w, NULL);
    writer_int(w, "number", r->number);
    writer_text(w, "webhookId", r->webhook_id);
    writer_text(w, "call", r->call);
    writer_text(w, "application", r->application);
    writer_text(w, "uri", r->uri);
    writer_text(w, "state", r->state);
    writer_int(w, "tries", r->tries);
    writer_int(w, "lastStatus", r->last_status);
    writer_text(w, "answer", r->answer);
    writer_text(w, "madeAt", clock_text(r->made_ms, at));
    writer_raw(w, "body", r->body, strlen(r->body));
    writer_end(w);
}

struct list_ask {
    parked_list_h *h;
    void *arg;
};

static void on_page(const struct notice_row *rows, size_t count, void *arg)
{
    struct list_ask *l = arg;
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_list(&w, "value");
    for (size_t i = 0; i < count; i++)
        write_row(&w, &rows[i]);
    writer_end(&w);
    writer_end(&w);
    l->h(body.data, body.len, l->arg);
    buf_clear(&body);
    (void)mem_free(l);
}

void parked_list(struct control *ctl, const struct parked_page *p, parked_list_h *h, void *arg)
{
    struct list_ask *l = mem_new(sizeof(*l));

    l->h = h;
    l->arg = arg;
    store_ask_notices(
        ctl->with.store,
        &(struct notices_ask){.state = p->state, .after = p->after, .most = ROWS_MOST}, on_page, l);
}

/* --- what webhook/ tells --- */

static void tell_tail(const struct orphan *o, const struct member *m, const char *state,
                      const struct deliver_outcome *how)
{
    const struct application *app =
        directory_application(o->ctl->with.directory, m->application.text);

    tail_add(o->ctl->tail, &(struct tail_fact){
                               .notice = m->number,
                               .call = m->call.text,
                               .application = m->application.text,
                               .application_name = app != NULL ? app->name : NULL,
                               .what = "again",
                               .state = state,
                               .tries = how->tries,
                               .status = how->status,
                               .why = how->status == 0 ? how->answer : NULL,
                           });
}

static void delivered(struct deliver_queue *q, const struct deliver_outcome *how, void *arg)
{
    const struct control *ctl = arg;
    const struct orphan *o = deliver_owner(q);

    for (size_t i = 0; i < o->count; i++) {
        const struct member *m = &o->members[i];

        if (m->number < how->first || m->number > how->last)
            continue;
        store_notice_delivered(ctl->with.store, m->number);
        tell_tail(o, m, "delivered", how);
    }
}

static void change(const struct deliver_queue *q, const struct deliver_outcome *how,
                   const char *state)
{
    const struct orphan *o = deliver_owner(q);
    struct notice_change c = owed_change(how, state);

    for (size_t i = 0; i < o->count; i++) {
        c.number = o->members[i].number;
        if (c.number < how->first || c.number > how->last)
            continue;
        store_notice_state(o->ctl->with.store, &c);
        tell_tail(o, &o->members[i], state, how);
    }
}

static void tried(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    change(q, o, "owed");
}

static void parked(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    change(q, o, "parked");
}

static void dead(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    change(q, o, "dead");
}

/* What is restored is frozen already. */
static void freeze(struct deliver_queue *q, int64_t first, int64_t last, const char *webhook_id,
                   void *arg)
{
    (void)first;
    (void)last;
    (void)webhook_id;
    (void)arg;
    deliver_frozen(q, false);
}

static void empty(struct deliver_queue *q, void *arg)
{
    (void)arg;
    orphan_free(deliver_owner(q));
}

static const struct deliver_hooks *hooks_of(struct control *ctl)
{
    static struct deliver_hooks hooks = {.freeze = freeze,
                                         .delivered = delivered,
                                         .tried = tried,
                                         .parked = parked,
                                         .dead = dead,
                                         .empty = empty};

    hooks.arg = ctl;
    return &hooks;
}

/* --- the queue --- */

static struct deliver_queue *open_queue(struct orphan *o, const struct notice_row *r)
{
    struct control *ctl = o->ctl;
    const struct application *app = directory_application(ctl->with.directory, r->application);
    struct json *headers =
        r->headers != NULL ? json_parse(r->headers, strlen(r->headers), NULL) : NULL;
    const char *chain = json_text(json_get(headers, "chain"));
    const struct deliver_target t = {
        .call = r->call,
        .application = r->application,
        .tenant = r->tenant,
        .uri = r->uri,
        .chain_id = chain != NULL ? chain : r->call,
        .scenario_id = json_text(json_get(headers, "scenario")),
        .batch = app != NULL && app->batch.value,
        .hooks = hooks_of(ctl),
    };
    struct deliver_queue *q = deliver_queue_new(ctl->with.deliver, &t, false, o);

    json_free(headers);
    return q;
}

static void add(struct orphan *o, const struct notice_row *r)
{
    struct member *more = mem_array(o->count + 1, sizeof(*more));
    struct member *m = &more[o->count];

    if (o->count != 0)
        (void)memcpy(more, o->members, o->count * sizeof(*more));
    (void)mem_free(o->members);
    o->members = more;
    o->count++;
    m->number = r->number;
    (void)str_copy(m->call.text, sizeof(m->call.text), r->call);
    (void)str_copy(m->application.text, sizeof(m->application.text), r->application);
    if (o->queue == NULL)
        o->queue = open_queue(o, r);
    deliver_add(o->queue, &(struct deliver_notice){.number = r->number,
                                                   .webhook_id = r->webhook_id,
                                                   .value = r->body,
                                                   .restored = true});
}

/* --- after a restart --- */

void parked_restore(struct control *ctl, const struct notice_row *r)
{
    struct orphan *o = find(ctl, r->webhook_id);

    add(o != NULL ? o : orphan_new(ctl, r->webhook_id), r);
}

void parked_restored(struct control *ctl)
{
    LIST_EACH(n, &ctl->orphans)
    deliver_end(LIST_OF(n, struct orphan, node)->queue);
}

/* --- replay --- */

static void answer(struct orphan *o, enum err e)
{
    o->h(e, o->arg);
}

/* The queue of the call itself, if it still takes any: then the order stays that of the call. */
static struct live_call *call_of(const struct control *ctl, const struct notice_row *r)
{
    struct live_call *lc = live_call_find(ctl, r->call);

    if (lc == NULL)
        lc = live_dying_find(ctl, r->call);
    return lc != NULL && lc->notices != NULL && deliver_takes(lc->notices) ? lc : NULL;
}

static void send_again(struct orphan *o, const struct notice_row *rows, size_t count)
{
    struct control *ctl = o->ctl;

    for (size_t i = 0; i < count; i++) {
        struct live_call *lc = call_of(ctl, &rows[i]);

        store_notice_state(ctl->with.store,
                           &(struct notice_change){.number = rows[i].number, .state = "owed"});
        if (lc != NULL)
            owed_restore(lc, &rows[i]);
        else
            add(o, &rows[i]);
    }
    log_line(LOG_INFO, "core", rows[0].call, "notice %s: replayed", o->webhook_id);
}

static void on_rows(const struct notice_row *rows, size_t count, void *arg)
{
    struct orphan *o = arg;
    enum err e = count == 0 ? ERR_NOT_FOUND : ERR_OK;

    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].state, "owed"))
            e = ERR_CONFLICT;
    if (e == ERR_OK)
        send_again(o, rows, count);
    answer(o, e);
    if (o->queue != NULL)
        deliver_end(o->queue);
    else
        orphan_free(o);
}

void parked_replay(struct control *ctl, const char *webhook_id, parked_h *h, void *arg)
{
    struct orphan *o;

    if (find(ctl, webhook_id) != NULL) {
        h(ERR_CONFLICT, arg);
        return;
    }
    o = orphan_new(ctl, webhook_id);
    o->h = h;
    o->arg = arg;
    store_ask_notices(ctl->with.store,
                      &(struct notices_ask){.webhook_id = webhook_id, .most = ROWS_MOST}, on_rows,
                      o);
}

void parked_clear(struct control *ctl)
{
    LIST_EACH(n, &ctl->orphans)
    orphan_free(LIST_OF(n, struct orphan, node));
}

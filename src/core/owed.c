#include "core/owed.h"

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/burial.h"
#include "core/control.h"
#include "core/tail.h"
#include "identity/token.h"
#include "store/rows.h"
#include "json/writer.h"

enum { MADE_KEPT = 64 };

/* X(NAME, word): what became of a notice; only owed ones are still sent. */
#define FATES(X) \
    X(OWED, "owed") X(DELIVERED, "delivered") X(PARKED, "parked") X(DEAD, "dead") X(LOST, "lost")

enum fate {
#define X(name, text) FATE_##name,
    FATES(X)
#undef X
};

static const char *fate_name(enum fate f)
{
    static const char *const names[] = {
#define X(name, text) text,
        FATES(X)
#undef X
    };

    return names[f];
}

struct notice_made {
    struct list_node node;
    struct list_node in_unsaved; /* of the control: it is in memory alone */
    struct live_call *lc;
    int64_t number;
    struct id webhook_id;
    const char *change; /* these two are literals; NULL: it is of before a restart */
    const char *what;
    char *detail;        /* or NULL */
    struct id operation; /* "": none */
    int64_t at_ms;
    enum fate fate;
    bool is_safe;  /* on disk, or as safe as it can be: it is in the queue */
    bool is_tried; /* sent in vain */
};

static void forget_made(struct notice_made *m)
{
    list_remove(&m->node);
    list_remove(&m->in_unsaved);
    (void)mem_free(m->detail);
    (void)mem_free(m);
}

/* Tells who listens what became of it; o NULL: no try did. */
static void tell_tail(const struct notice_made *m, const char *state,
                      const struct deliver_outcome *o)
{
    const struct live_call *lc = m->lc;
    struct tail_fact f = {
        .notice = m->number,
        .call = lc->call->id.text,
        .application = lc->call->application.text,
        .application_name = lc->application != NULL ? lc->application->name : NULL,
        .change = m->change,
        .what = m->what,
        .detail = m->detail,
        .operation = m->operation.text,
        .state = state,
    };

    if (o != NULL) {
        f.tries = o->tries;
        f.status = o->status;
        f.why = o->status == 0 ? o->answer : NULL;
    }
    tail_add(lc->control->tail, &f);
}

static void become(struct notice_made *m, enum fate f, const struct deliver_outcome *o)
{
    m->fate = f;
    tell_tail(m, fate_name(f), o);
}

static struct notice_made *remember(struct live_call *lc, int64_t number,
                                    const struct id *webhook_id, const struct owed_news *news)
{
    struct notice_made *m = mem_new(sizeof(*m));

    m->lc = lc;
    m->number = number;
    m->webhook_id = *webhook_id;
    m->change = news->change;
    m->what = news->what;
    m->detail = str_dup(news->detail);
    if (news->operation != NULL)
        m->operation = *news->operation;
    m->at_ms = clock_wall_ms();
    list_push(&lc->made, &m->node);
    LIST_EACH(n, &lc->made)
    { /* the oldest that are settled go first */
        struct notice_made *old = LIST_OF(n, struct notice_made, node);

        if (lc->made.count <= MADE_KEPT || old->fate == FATE_OWED)
            break;
        forget_made(old);
    }
    return m;
}

/* Once for each time that the disk fails; owed_saved() says how many. */
static void say_lost(struct control *ctl)
{
    if (ctl->unsaved_lost++ == 0)
        log_line(LOG_ERROR, "core", NULL,
                 "notices are being lost: more than %zu (notices.in_memory) are in memory alone",
                 ctl->settings.notices_in_memory);
    count_add(COUNT_NOTICES_DROPPED, 1);
}

/* Takes back the oldest that is in memory alone, was never tried and is not just being sent: who
 * has been told in vain will be told again. */
static void drop_oldest(struct control *ctl)
{
    LIST_EACH(n, &ctl->unsaved)
    {
        struct notice_made *m = LIST_OF(n, struct notice_made, in_unsaved);
        struct live_call *lc = m->lc;

        if (m->is_tried || (m->fate == FATE_OWED && lc->notices != NULL &&
                            !deliver_forget(lc->notices, m->number)))
            continue;
        say_lost(ctl);
        become(m, FATE_LOST, NULL);
        list_remove(&m->in_unsaved);
        store_notice_delivered(ctl->with.store, m->number); /* not to be written any more */
        return;
    }
}

static void hold_unsaved(struct control *ctl, struct notice_made *m)
{
    list_push(&ctl->unsaved, &m->in_unsaved);
    if (ctl->unsaved.count > ctl->settings.notices_in_memory)
        drop_oldest(ctl);
}

void owed_saved(struct control *ctl)
{
    struct list_node *n;

    if (ctl->unsaved_lost > 0)
        log_line(LOG_ERROR, "core", NULL, "%lld notices were lost while the disk failed",
                 (long long)ctl->unsaved_lost);
    ctl->unsaved_lost = 0;
    while ((n = list_pop(&ctl->unsaved)) != NULL) {
        const struct notice_made *m = LIST_OF(n, struct notice_made, in_unsaved);

        if (m->lc->notices != NULL)
            deliver_saved(m->lc->notices, m->number);
    }
}

struct pending {
    struct live_call *lc;
    struct notice_made *made;
    char *value;
};

/* It is on disk (or the disk is gone, and it is said all the same): now it may leave. */
static void on_safe(bool ok, void *arg)
{
    struct pending *p = arg;
    struct live_call *lc = p->lc;

    p->made->is_safe = true;
    if (lc->is_silent || lc->notices == NULL) {
        if (p->made->fate == FATE_OWED)
            become(p->made, FATE_LOST, NULL);
    } else {
        deliver_add(lc->notices, &(struct deliver_notice){.number = p->made->number,
                                                          .webhook_id = p->made->webhook_id.text,
                                                          .value = p->value,
                                                          .not_durable = !ok});
        if (!ok) {
            log_line(LOG_WARN, "core", lc->call->id.text, "a notice is sent that is not durable");
            hold_unsaved(lc->control, p->made);
        }
    }
    (void)mem_free(p->value);
    (void)mem_free(p);
    lc->unsafe_notices--;
    burial_check(lc);
    (void)obj_unref(lc);
}

int64_t owed_add(struct live_call *lc, const struct owed_news *news, struct buf *value)
{
    struct control *ctl = lc->control;
    const struct call *c = lc->call;
    struct id webhook_id = id_new();
    struct pending *p;

    if (lc->is_silent) {
        buf_clear(value);
        return 0;
    }
    p = mem_new(sizeof(*p));
    p->lc = obj_ref(lc);
    p->made = remember(lc, ++ctl->notice_number, &webhook_id, news);
    become(p->made, FATE_OWED, NULL);
    p->value = buf_take(value);
    lc->unsafe_notices++;
    count_add(COUNT_NOTICES_MADE, 1);
    store_add_notice(ctl->with.store, &(struct notice_row){
                                          .number = p->made->number,
                                          .call = c->id.text,
                                          .application = c->application.text,
                                          .tenant = c->tenant.text,
                                          .uri = c->graph->callback_uri,
                                          .webhook_id = webhook_id.text,
                                          .headers = lc->headers,
                                          .body = p->value,
                                          .state = fate_name(FATE_OWED),
                                          .made_ms = clock_wall_ms(),
                                      });
    store_then(ctl->with.store, on_safe, p);
    return p->made->number;
}

static struct notice_made *find_made(const struct live_call *lc, int64_t number)
{
    LIST_EACH(n, &lc->made)
    if (LIST_OF(n, struct notice_made, node)->number == number)
        return LIST_OF(n, struct notice_made, node);
    return NULL;
}

enum owed_taken owed_take_back(struct live_call *lc, int64_t number)
{
    struct notice_made *m = find_made(lc, number);

    if (m == NULL || m->fate != FATE_OWED || m->is_tried)
        return OWED_SAID;
    if (!m->is_safe)
        return OWED_NOT_YET;
    if (lc->notices == NULL || !deliver_forget(lc->notices, number))
        return OWED_SAID;
    store_notice_delivered(lc->control->with.store, number);
    tell_tail(m, "replaced", NULL);
    forget_made(m);
    return OWED_TAKEN;
}

void owed_silence(struct live_call *lc)
{
    lc->is_silent = true;
    LIST_EACH(n, &lc->made)
    {
        struct notice_made *m = LIST_OF(n, struct notice_made, node);

        if (m->fate != FATE_OWED)
            continue;
        if (lc->notices != NULL)
            (void)deliver_forget(lc->notices, m->number);
        become(m, FATE_LOST, NULL);
        list_remove(&m->in_unsaved);
        store_notice_delivered(lc->control->with.store, m->number);
    }
}

void owed_restore(struct live_call *lc, const struct notice_row *r)
{
    struct notice_made *m = find_made(lc, r->number);
    struct id id;

    if (!id_read_text(&id, r->webhook_id))
        id = id_new(); /* a row that a person edited */
    if (m == NULL)
        m = remember(lc, r->number, &id, &(struct owed_news){.what = "before"});
    become(m, FATE_OWED, NULL);
    m->is_safe = true;
    deliver_add(lc->notices, &(struct deliver_notice){.number = r->number,
                                                      .webhook_id = r->webhook_id,
                                                      .value = r->body,
                                                      .restored = true});
}

bool owed_is_heard(const struct live_call *lc)
{
    LIST_EACH(n, &lc->made)
    if (LIST_OF(n, struct notice_made, node)->fate != FATE_DELIVERED)
        return false;
    return true;
}

void owed_look(const struct live_call *lc, struct writer *w)
{
    char at[CLOCK_TEXT_SIZE];

    writer_list(w, "notices");
    LIST_EACH(n, &lc->made)
    {
        const struct notice_made *m = LIST_OF(n, struct notice_made, node);

        writer_object(w, NULL);
        writer_int(w, "number", m->number);
        writer_text(w, "webhookId", m->webhook_id.text);
        writer_text(w, "what", m->what);
        writer_text(w, "at", clock_text(m->at_ms, at));
        writer_text(w, "state", fate_name(m->fate));
        writer_end(w);
    }
    writer_end(w);
}

void owed_clear(struct live_call *lc)
{
    LIST_EACH(n, &lc->made)
    forget_made(LIST_OF(n, struct notice_made, node));
}

/* --- what webhook/ asks and tells --- */

const char *owed_bearer(const char *application, const char *tenant, void *arg)
{
    struct control *ctl = arg;
    struct fail f;
    const char *token =
        notice_token(ctl->with.identity, ctl->settings.notice_issuer, application, tenant, &f);

    ctl->bearer = mem_free(ctl->bearer);
    if (token == NULL)
        log_line(LOG_ERROR, "core", NULL, "no token for notices to %s: %s", application, f.text);
    else
        ctl->bearer = str_printf("Bearer %s", token);
    return ctl->bearer;
}

static const char *secret(const char *application, void *arg)
{
    const struct control *ctl = arg;
    const struct application *app = directory_application(ctl->with.directory, application);

    return app != NULL ? app->webhook_secret : NULL;
}

static const char *rewrite(const char *uri, void *arg)
{
    const struct control *ctl = arg;

    return settings_rewrite(&ctl->settings, uri);
}

struct frozen {
    struct live_call *lc;
    int64_t first;
    int64_t last;
    struct id webhook_id;
};

static void on_frozen(bool ok, void *arg)
{
    struct frozen *z = arg;

    LIST_EACH(n, &z->lc->made)
    {
        struct notice_made *m = LIST_OF(n, struct notice_made, node);

        if (ok && m->number >= z->first && m->number <= z->last)
            m->webhook_id = z->webhook_id;
    }
    if (z->lc->notices != NULL)
        deliver_frozen(z->lc->notices, ok);
    (void)obj_unref(z->lc);
    (void)mem_free(z);
}

static void freeze(struct deliver_queue *q, int64_t first, int64_t last, const char *webhook_id,
                   void *arg)
{
    struct control *ctl = arg;
    struct frozen *z = mem_new(sizeof(*z));

    z->lc = obj_ref(deliver_owner(q));
    z->first = first;
    z->last = last;
    (void)id_read_text(&z->webhook_id, webhook_id);
    store_freeze_notices(ctl->with.store, first, last, z->lc->call->id.text, webhook_id);
    store_then(ctl->with.store, on_frozen, z);
}

struct notice_change owed_change(const struct deliver_outcome *o, const char *state)
{
    return (struct notice_change){.state = state,
                                  .tries = o->tries,
                                  .last_status = o->status,
                                  .answer = o->answer,
                                  .at_ms = clock_wall_ms()};
}

/* fate OWED: it was tried in vain. */
static void settle(struct live_call *lc, const struct deliver_outcome *o, enum fate fate)
{
    struct store *s = lc->control->with.store;
    struct notice_change c = owed_change(o, fate_name(fate));

    LIST_EACH(n, &lc->made)
    {
        struct notice_made *m = LIST_OF(n, struct notice_made, node);

        if (m->fate != FATE_OWED || m->number < o->first || m->number > o->last)
            continue;
        become(m, fate, o);
        m->is_tried = true;
        c.number = m->number;
        if (fate == FATE_DELIVERED) {
            list_remove(&m->in_unsaved);
            store_notice_delivered(s, m->number);
        } else {
            store_notice_state(s, &c);
        }
    }
}

static void delivered(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    settle(deliver_owner(q), o, FATE_DELIVERED);
}

static void tried(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    settle(deliver_owner(q), o, FATE_OWED);
}

static void parked(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    settle(deliver_owner(q), o, FATE_PARKED);
}

static void dead(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    settle(deliver_owner(q), o, FATE_DEAD);
}

static void empty(struct deliver_queue *q, void *arg)
{
    struct live_call *lc = deliver_owner(q);

    (void)arg;
    if (q == lc->webhook)
        lc->webhook = NULL; /* it frees itself */
    else
        lc->notices = NULL;
    burial_check(lc);
}

const struct deliver_hooks *control_deliver_hooks(struct control *ctl)
{
    static struct deliver_hooks hooks = {.bearer = owed_bearer,
                                         .secret = secret,
                                         .rewrite = rewrite,
                                         .freeze = freeze,
                                         .delivered = delivered,
                                         .tried = tried,
                                         .parked = parked,
                                         .dead = dead,
                                         .empty = empty};

    hooks.arg = ctl;
    return &hooks;
}

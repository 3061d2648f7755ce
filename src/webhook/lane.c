/*
 * lane.c - tries: frozen, sent, judged by their answer, tried again, parked, buried.
 *
 * The control thread. It persists nothing: hooks are told, and core/ writes down.
 */
#include "webhook/lane.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "loop/timer.h"
#include "webhook/excerpt.h"

enum {
    ANSWER_MAX = 64 * 1024, /* bytes read of an answer's body, of which few are kept */
    RETRY_AFTER_MAX_S = 24 * 3600,
    STOPPED_WAIT_MS = 1000,
    REFUSALS_MOST = 2,      /* 4xx; then it is parked */
    BROKEN_MOST_MS = 30000, /* of 5xx while others are accepted; then it is parked */
    PARKED_BYTES = 400,     /* of the header that tells the ids */
    WHY_SIZE = 80,
};

static void on_answer(const struct client_answer *a, void *arg);

void lane_stir(struct lane *l)
{
    struct deliver *d = l->d;

    if (l->state != LANE_QUIET || list_empty(&l->backlog.items))
        return;
    l->state = LANE_WAITING;
    turns_wait(&d->turns, &l->turn, d->hooks.rewrite(l->uri, d->hooks.arg));
    deliver_pump_soon(d);
}

static void on_retry(void *arg)
{
    struct lane *l = arg;

    l->state = LANE_QUIET;
    lane_stir(l);
}

static void give_turn_back(struct lane *l)
{
    turns_done(&l->d->turns, &l->turn);
    deliver_pump_soon(l->d);
}

/* The next one's story begins. */
static void begin_anew(struct lane *l)
{
    l->tries = 0;
    l->refusals = 0;
    l->is_broken = false;
    l->last_status = 0;
    l->last_fail = NULL;
}

static const char *call_of(const struct lane *l)
{
    return backlog_first(&l->backlog)->call;
}

void lane_settled(struct deliver_queue *q, size_t count)
{
    struct deliver *d = q->lane->d;

    q->owed -= count;
    count_add(COUNT_NOTICES_OWED, -(int64_t)count);
    if (q->owed == 0 && q->is_ended && q->leaving.in == NULL) {
        list_push(&d->leaving, &q->leaving);
        deliver_pump_soon(d);
    }
}

/* --- the end --- */

static void last_word(const struct lane *l, char why[WHY_SIZE])
{
    if (l->last_fail == NULL && l->last_status != 0)
        (void)snprintf(why, WHY_SIZE, "the last answer was %d", l->last_status);
    else
        (void)str_copy(why, WHY_SIZE, l->last_fail != NULL ? l->last_fail : "never tried");
}

static void bury_queue(struct deliver_queue *q, const struct deliver_outcome *how)
{
    struct deliver_outcome o = *how;
    struct backlog_run run;
    struct backlog_run held;

    backlog_take(&q->lane->backlog, q, &run);
    backlog_take(&q->held, q, &held);
    if (run.count == 0)
        run.first = held.first;
    if (held.count != 0)
        run.last = held.last;
    run.count += held.count;
    if (run.count == 0)
        return;
    o.first = run.first;
    o.last = run.last;
    log_line(LOG_ERROR, "webhook", q->call, "notices %lld to %lld are given up: %s",
             (long long)o.first, (long long)o.last, o.answer);
    q->hooks->dead(q, &o, q->hooks->arg);
    lane_settled(q, run.count);
}

/* What is one POST dies as one: when the last of its queues is expired. */
static bool group_is_expired(const struct lane *l)
{
    struct backlog_run run;
    size_t at = 0;

    while (backlog_run(&l->backlog, &at, &run))
        if (!run.of->is_expired)
            return false;
    return true;
}

static void bury_expired(struct lane *l)
{
    char why[WHY_SIZE];
    struct deliver_outcome how = {.tries = l->tries, .status = l->last_status, .answer = why};

    last_word(l, why);
    if (group_is_expired(l)) {
        l->backlog.group = 0;
        l->state = LANE_QUIET;
        timer_stop(&l->retry);
        give_turn_back(l);
        begin_anew(l);
    }
    LIST_EACH(n, &l->queues)
    {
        struct deliver_queue *q = LIST_OF(n, struct deliver_queue, in_lane);

        if (q->is_expired)
            bury_queue(q, &how);
    }
}

void lane_bury(struct lane *l)
{
    if (l->state == LANE_FLYING || l->state == LANE_FREEZING)
        return; /* what becomes of the POST decides */
    if (l->expired > 0)
        bury_expired(l);
    lane_stir(l);
}

/* --- tries --- */

/* The wait after so many tries: the table, then a minute; each ±20 %, so that those who
 * failed together do not come back together. A Retry-After is a least. */
static int64_t wait_ms(int tries, int retry_after_s)
{
    static const int seconds[] = {1, 2, 4, 8, 15, 30, 60};
    const int last = (int)(sizeof(seconds) / sizeof(seconds[0])) - 1;
    int64_t ms = 1000 * (int64_t)seconds[tries - 1 < last ? tries - 1 : last];
    int64_t least =
        1000 * (int64_t)(retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : RETRY_AFTER_MAX_S);
    uint32_t dice;

    hash_random(&dice, sizeof(dice));
    ms = ms * (800 + dice % 401) / 1000;
    return ms > least ? ms : least;
}

static void rest(struct lane *l, int64_t ms)
{
    l->state = LANE_RESTING;
    timer_start(&l->retry, l->d->loop, ms, on_retry, l);
    give_turn_back(l);
}

typedef void outcome_h(struct deliver_queue *q, const struct deliver_outcome *o, void *arg);

static void log_failed_try(const struct lane *l, const char *what, int64_t again_ms)
{
    log_line(LOG_WARN, "webhook", call_of(l), "notice %s: try %d: %s; again in %lld ms",
             backlog_id(&l->backlog), l->tries, what, (long long)again_ms);
}

static void tell_tried(const struct lane *l, const char *answer)
{
    struct deliver_outcome o = {.tries = l->tries, .status = l->last_status, .answer = answer};
    struct backlog_run run;
    size_t at = 0;

    while (backlog_run(&l->backlog, &at, &run)) {
        o.first = run.first;
        o.last = run.last;
        run.of->hooks->tried(run.of, &o, run.of->hooks->arg);
    }
}

static void on_failed_try(struct lane *l, const char *answer, int retry_after_s)
{
    char what[WHY_SIZE];
    int64_t ms = wait_ms(l->tries, retry_after_s);

    if (l->last_fail != NULL)
        (void)str_copy(what, sizeof(what), l->last_fail);
    else
        (void)snprintf(what, sizeof(what), "answer %d", l->last_status);
    log_failed_try(l, what, ms);
    tell_tried(l, l->last_fail != NULL ? l->last_fail : answer);
    rest(l, ms);
    lane_bury(l); /* who expired while it flew */
}

/* The POST is owed no more: its queues are told, the next may go. answer: it was refused. */
static void settle_group(struct lane *l, const char *answer)
{
    struct deliver_outcome o = {.tries = l->tries, .status = l->last_status, .answer = answer};
    struct backlog_run runs[BACKLOG_GROUP_MAX];
    size_t count = 0;
    size_t at = 0;

    while (count < BACKLOG_GROUP_MAX && backlog_run(&l->backlog, &at, &runs[count]))
        count++;
    backlog_drop(&l->backlog);
    begin_anew(l);
    l->state = LANE_QUIET;
    give_turn_back(l);
    for (size_t i = 0; i < count; i++) {
        struct deliver_queue *q = runs[i].of;
        const struct deliver_hooks *h = q->hooks;

        o.first = runs[i].first;
        o.last = runs[i].last;
        if (answer != NULL)
            h->parked(q, &o, h->arg);
        else
            h->delivered(q, &o, h->arg);
        lane_settled(q, runs[i].count);
    }
    lane_bury(l);
}

static void on_delivered(struct lane *l, int status)
{
    enum log_level level = l->tries != 0 ? LOG_INFO : LOG_DEBUG;

    l->tries++;
    l->last_status = status;
    if (log_wants(level))
        log_line(level, "webhook", call_of(l), "notice %s: delivered at try %d",
                 backlog_id(&l->backlog), l->tries);
    count_add(COUNT_NOTICES_DELIVERED, (int64_t)l->backlog.group);
    buf_clear(&l->parked);
    endpoint_accepted(l->endpoint);
    settle_group(l, NULL);
}

static void park(struct lane *l, const char *answer)
{
    const char *id = backlog_id(&l->backlog);

    log_line(LOG_ERROR, "webhook", call_of(l), "notice %s: parked after %d tries: answer %d", id,
             l->tries, l->last_status);
    count_add(COUNT_NOTICES_PARKED, (int64_t)l->backlog.group);
    if (l->parked.len < PARKED_BYTES)
        buf_printf(&l->parked, "%s%s", l->parked.len != 0 ? ", " : "", id);
    settle_group(l, answer);
}

/* Is it this one notice that is refused? Else the endpoint is down, and nothing is parked. */
static bool is_refused(struct lane *l, const struct client_answer *a)
{
    int64_t now = clock_mono_ms();
    bool asks_to_wait = a->status == 429 || (a->status == 503 && a->retry_after_s >= 0);

    if (a->status / 100 == 3)
        return true;
    if (a->status / 100 == 4 && !asks_to_wait)
        return ++l->refusals >= REFUSALS_MOST;
    endpoint_failed(l->endpoint, l);
    if (asks_to_wait) {
        l->is_broken = false;
        return false;
    }
    if (!l->is_broken) {
        l->is_broken = true;
        l->broken_since_ms = now;
    }
    return now - l->broken_since_ms >= BROKEN_MOST_MS &&
           endpoint_accepts_others(l->endpoint, l, l->broken_since_ms);
}

/* There is no answer at all. */
static void on_no_answer(struct lane *l, const char *why)
{
    l->tries++;
    l->last_status = 0;
    l->last_fail = why;
    l->is_broken = false;
    count_add(COUNT_NOTICES_FAILED, 1);
    endpoint_failed(l->endpoint, l);
    on_failed_try(l, NULL, -1);
}

static bool leads_elsewhere(int status)
{
    return status == 302 || status == 307 || status == 308;
}

/* From now on everything goes there, as it is: what a client does with a POST that is redirected
 * would lose the body, and the token on another host. The guard judges the new place too. */
static bool move(struct lane *l, const struct client_answer *a)
{
    if (l->moves == 0 || a->location == NULL || !leads_elsewhere(a->status))
        return false;
    log_line(LOG_INFO, "webhook", call_of(l), "notice %s: answer %d leads elsewhere",
             backlog_id(&l->backlog), a->status);
    l->moves--;
    (void)mem_free(l->uri);
    l->uri = str_dup(a->location);
    rest(l, 0);
    return true;
}

static void on_bad_answer(struct lane *l, const struct client_answer *a)
{
    char text[EXCERPT_BYTES + 1];

    l->tries++;
    l->last_status = a->status;
    l->last_fail = NULL;
    count_add(COUNT_NOTICES_FAILED, 1);
    excerpt_of(a->body, a->body_len, text);
    if (is_refused(l, a))
        park(l, text);
    else
        on_failed_try(l, text, a->retry_after_s);
}

static void send_group(struct lane *l)
{
    struct deliver *d = l->d;
    const struct deliver_hooks *h = &d->hooks;
    struct client_request r = {.method = "POST", .max_bytes = ANSWER_MAX, .keep_body = true};
    struct post_needs needs = {.headers = &l->headers};
    struct post p;

    if (d->is_stopped) {
        rest(l, STOPPED_WAIT_MS); /* nobody has refused anything */
        return;
    }
    needs.bearer = h->bearer(l->application, l->tenant, h->arg);
    if (needs.bearer == NULL) {
        on_no_answer(l, "there is no token to send with");
        return;
    }
    needs.secret = h->secret(l->application, h->arg);
    needs.parked = l->parked.len != 0 ? l->parked.data : NULL;
    post_build(&p, &l->backlog, &needs);
    r.url = h->rewrite(l->uri, h->arg);
    r.headers = p.headers;
    r.body = p.body;
    r.body_len = p.body_len;
    r.timeout_ms = d->settings.timeout_ms;
    l->state = LANE_FLYING;
    l->flight = mem_new(sizeof(*l->flight));
    l->flight->l = l;
    client_send(d->client, &r, on_answer, l->flight);
    post_clear(&p);
}

static void on_answer(const struct client_answer *a, void *arg)
{
    struct flight *flight = arg;
    struct lane *l = flight->l;

    (void)mem_free(flight);
    if (l == NULL)
        return;
    l->flight = NULL;
    if (a->fail == CLIENT_STOPPED)
        rest(l, STOPPED_WAIT_MS); /* nobody has refused anything */
    else if (a->status == 0)
        on_no_answer(l, client_fail_text(a->fail));
    else if (a->status / 100 == 2) /* whatever became of its body */
        on_delivered(l, a->status);
    else if (!move(l, a))
        on_bad_answer(l, a);
}

void lane_begin(struct lane *l)
{
    struct backlog *b = &l->backlog;
    struct backlog_run run;
    size_t at = 0;

    if (list_empty(&b->items)) { /* all were forgotten while it waited */
        l->state = LANE_QUIET;
        give_turn_back(l);
        return;
    }
    if (!backlog_choose(b)) {
        send_group(l);
        return;
    }
    l->state = LANE_FREEZING;
    l->freeze_failed = false;
    l->freezing = 0;
    while (backlog_run(b, &at, &run))
        l->freezing++;
    at = 0;
    for (size_t i = l->freezing; i > 0 && backlog_run(b, &at, &run); i--) {
        const struct deliver_hooks *h = run.of->hooks;

        h->freeze(run.of, run.first, run.last, backlog_id(b), h->arg);
    }
}

/* All or none: they were put into the store in one go. */
void deliver_frozen(struct deliver_queue *q, bool ok)
{
    struct lane *l = q->lane;

    assert(l->state == LANE_FREEZING);
    l->freeze_failed = l->freeze_failed || !ok;
    if (--l->freezing > 0)
        return;
    if (l->freeze_failed)
        backlog_split(&l->backlog);
    else
        backlog_freeze(&l->backlog);
    l->state = LANE_WAITING; /* not under way yet: the expired may go now */
    lane_bury(l);
    if (l->backlog.group != 0)
        send_group(l);
}

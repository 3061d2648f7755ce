/*
 * webhook_answers.c - fuzz: notices of four calls against an endpoint that answers anything.
 *
 * The input is a row of steps: a notice, an answer (any status, Retry-After, body, or
 * none), time that passes, a queue that ends. This file stands in for client/, so nothing is
 * sent. Whatever comes: in order, one POST of a lane at a time, the same id means the same
 * notices, each is settled exactly once, and an endpoint that is well again gets all that
 * is left.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/client.h"
#include "loop/loop.h"
#include "webhook/deliver.h"
#include "json/json.h"

enum {
    CALLS = 4, /* the last two share a lane */
    ALONE = 2,
    NOTICES_MOST = 64,
    POSTS_MOST = 4096,
    TURNS = 4, /* of the loop, until nothing more happens at once */
    ROUNDS_MOST = 4 * NOTICES_MOST,
    HOUR_MS = 3600 * 1000,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct call {
    struct deliver_queue *queue; /* NULL: over */
    int64_t owed[NOTICES_MOST];
    size_t count;
    bool is_ended;
    size_t freezing; /* deliver_frozen() that is due */
};

/* A POST that waits for its answer. */
struct flight {
    client_h *h;
    void *arg;
    size_t lane;
};

static struct {
    struct loop *loop;
    struct deliver *deliver;
    struct call calls[CALLS];
    struct flight flights[CALLS];
    size_t flight_count;
    char *posts[POSTS_MOST]; /* "webhook-id: ..." and the body, each once */
    size_t post_count;
    int64_t made;
} w;

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* --- in place of the client --- */

const char *client_fail_text(enum client_fail f)
{
    (void)f;
    return "nobody answers there";
}

static size_t lane_of(size_t call)
{
    return call < ALONE ? call : ALONE;
}

/* The notices of a body are the oldest of their calls, in order; returns the lane. */
static size_t check_body(const char *body, size_t len)
{
    struct json *j = json_parse(body, len, NULL);
    const struct json *value = json_get(j, "value");
    size_t next[CALLS] = {0};
    size_t lane = CALLS;

    must(json_count(value) > 0);
    for (size_t i = 0; i < json_count(value); i++) {
        size_t call = (size_t)json_int(json_get(json_at(value, i), "call"));
        const struct call *c = &w.calls[call];

        must(next[call] < c->count);
        must(c->owed[next[call]++] == json_int(json_get(json_at(value, i), "n")));
        must(lane == CALLS || lane == lane_of(call));
        lane = lane_of(call);
    }
    json_free(j);
    return lane;
}

/* The id of a POST and its bytes belong together for ever. */
static void check_id(const char *const *headers, const char *body)
{
    const char *id = NULL;
    char *post;

    for (size_t i = 0; headers[i] != NULL; i++)
        if (str_starts(headers[i], "webhook-id: "))
            id = headers[i];
    must(id != NULL);
    post = str_printf("%s\n%s", id, body);
    for (size_t i = 0; i < w.post_count; i++) {
        if (strncmp(w.posts[i], post, strlen(id) + 1) != 0)
            continue;
        must(strcmp(w.posts[i], post) == 0);
        (void)mem_free(post);
        return;
    }
    must(w.post_count < POSTS_MOST);
    w.posts[w.post_count++] = post;
}

void client_send(struct client *c, const struct client_request *r, client_h *h, void *arg)
{
    char *body = mem_new(r->body_len + 1);
    size_t lane = check_body(r->body, r->body_len);

    (void)c;
    (void)memcpy(body, r->body, r->body_len);
    check_id(r->headers, body);
    (void)mem_free(body);
    must(w.flight_count < CALLS);
    for (size_t i = 0; i < w.flight_count; i++)
        must(w.flights[i].lane != lane);
    w.flights[w.flight_count++] = (struct flight){h, arg, lane};
}

/* --- the hooks --- */

static const char *bearer(const char *application, const char *tenant, void *arg)
{
    (void)application;
    (void)tenant;
    (void)arg;
    return "Bearer x";
}

static const char *secret(const char *application, void *arg)
{
    (void)application;
    (void)arg;
    return NULL;
}

static const char *rewrite(const char *uri, void *arg)
{
    (void)arg;
    return uri;
}

static void freeze(struct deliver_queue *q, int64_t first, int64_t last, const char *id, void *arg)
{
    struct call *c = deliver_owner(q);

    (void)id;
    (void)arg;
    must(first <= last);
    c->freezing++;
}

/* Settled: from the front when they were sent, anywhere when they are given up. */
static void settle(struct deliver_queue *q, int64_t first, int64_t last, bool from_front)
{
    struct call *c = deliver_owner(q);
    size_t from = 0;
    size_t to;

    while (from < c->count && c->owed[from] < first)
        from++;
    for (to = from; to < c->count && c->owed[to] <= last;)
        to++;
    must(from < to && c->owed[from] == first && c->owed[to - 1] == last);
    must(from == 0 || !from_front);
    (void)memmove(c->owed + from, c->owed + to, (c->count - to) * sizeof(c->owed[0]));
    c->count -= to - from;
}

static void delivered(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    must(o->status / 100 == 2 && o->tries > 0 && o->answer == NULL);
    settle(q, o->first, o->last, true);
}

/* A POST of several calls may have several runs of one. */
static void tried(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    const struct call *c = deliver_owner(q);
    size_t i = 0;

    (void)arg;
    while (i < c->count && c->owed[i] != o->first)
        i++;
    must(i < c->count && o->last >= o->first && o->tries > 0);
}

static void parked(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    (void)arg;
    must(o->status != 0 && o->status / 100 != 2 && strlen(o->answer) <= 200);
    for (const char *a = o->answer; *a != '\0'; a++)
        must(*a >= ' ' && *a <= '~');
    settle(q, o->first, o->last, true);
}

static void dead(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    const struct call *c = deliver_owner(q);

    (void)arg;
    must(c->is_ended && o->answer != NULL);
    settle(q, o->first, o->last, false);
}

static void empty(struct deliver_queue *q, void *arg)
{
    struct call *c = deliver_owner(q);

    (void)arg;
    must(c->count == 0 && c->is_ended && deliver_owed(q) == 0);
    c->queue = NULL;
}

/* --- steps --- */

static void run(void)
{
    for (int i = 0; i < TURNS; i++)
        loop_step(w.loop, 0);
}

static void pass(int64_t ms)
{
    clock_advance_ms(ms);
    loop_clock_moved(w.loop);
    run();
}

static void add(size_t call)
{
    struct call *c = &w.calls[call];
    char id[32];
    char value[64];

    if (c->queue == NULL || !deliver_takes(c->queue) || c->count == NOTICES_MOST)
        return;
    w.made++;
    (void)snprintf(id, sizeof(id), "id-%lld", (long long)w.made);
    (void)snprintf(value, sizeof(value), "{\"call\":%zu,\"n\":%lld}", call, (long long)w.made);
    c->owed[c->count++] = w.made;
    deliver_add(c->queue,
                &(struct deliver_notice){.number = w.made, .webhook_id = id, .value = value});
}

static void answer(const struct client_answer *a)
{
    struct flight f;

    if (w.flight_count == 0)
        return;
    f = w.flights[0];
    (void)memmove(w.flights, w.flights + 1, --w.flight_count * sizeof(f));
    f.h(a, f.arg);
}

static void end(size_t call)
{
    if (w.calls[call].queue == NULL)
        return;
    w.calls[call].is_ended = true;
    deliver_end(w.calls[call].queue);
}

static void answer_freezes(bool ok)
{
    for (size_t i = 0; i < CALLS; i++)
        for (; w.calls[i].freezing > 0; w.calls[i].freezing--)
            deliver_frozen(w.calls[i].queue, ok);
}

/* One step; returns how many bytes of its own it took behind its first two. */
static size_t step(uint8_t what, uint8_t more, const uint8_t *rest, size_t size)
{
    struct client_answer a = {.retry_after_s = -1, .max_age_s = -1};

    switch (what % 8) {
    case 0:
    case 1:
        add(more % CALLS);
        break;
    case 2: /* any status; a body of up to 255 bytes */
        a.status = 100 + more * 2;
        a.body_len = size > 0 && rest[0] < size ? rest[0] : 0;
        a.body = (const char *)rest + 1;
        answer(&a);
        return size > 0 ? a.body_len + 1 : 0;
    case 3:
        a.status = more % 2 == 0 ? 503 : 429;
        a.retry_after_s = (int)more << (more % 24);
        answer(&a);
        break;
    case 4:
        a.fail = (enum client_fail)(CLIENT_REFUSED_ADDRESS + more % CLIENT_STOPPED);
        answer(&a);
        break;
    case 5:
        pass((int64_t)(more & 0x7f) * (more >= 128 ? 1000000 : 500));
        break;
    case 6:
        if (more % 16 < CALLS)
            end(more % CALLS);
        else
            answer_freezes(more % 2 == 0);
        break;
    default:
        if (w.calls[more % CALLS].queue != NULL)
            deliver_release(w.calls[more % CALLS].queue);
        break;
    }
    return 0;
}

/* --- a life --- */

static void open_world(void)
{
    static const struct deliver_settings s = {
        .timeout_ms = 10000, .in_flight = 8, .give_up_hours = 24};
    static const struct deliver_hooks h = {.bearer = bearer,
                                           .secret = secret,
                                           .rewrite = rewrite,
                                           .freeze = freeze,
                                           .delivered = delivered,
                                           .tried = tried,
                                           .parked = parked,
                                           .dead = dead,
                                           .empty = empty};

    log_open((enum log_level)(LOG_ERROR + 1), LOG_TEXT); /* above every level: silence */
    w.loop = loop_new("fuzz");
    w.deliver = deliver_new(w.loop, NULL, &s, &h);
    for (size_t i = 0; i < CALLS; i++) {
        const struct deliver_target t = {.call = "call",
                                         .application = "app",
                                         .tenant = "tenant",
                                         .uri = "http://bot.example/callback",
                                         .chain_id = "chain",
                                         .batch = i >= ALONE};

        w.calls[i].queue = deliver_queue_new(w.deliver, &t, true, &w.calls[i]);
    }
}

static bool all_settled(void)
{
    for (size_t i = 0; i < CALLS; i++)
        if (w.calls[i].count != 0)
            return false;
    return true;
}

/* The endpoint is well: what is left goes. */
static void drain(void)
{
    static const struct client_answer fine = {
        .status = 200, .retry_after_s = -1, .max_age_s = -1, .body = ""};

    for (size_t i = 0; i < CALLS; i++)
        if (w.calls[i].queue != NULL)
            deliver_release(w.calls[i].queue);
    for (int i = 0; i < ROUNDS_MOST && !all_settled(); i++) {
        run();
        answer_freezes(true);
        while (w.flight_count > 0)
            answer(&fine);
        pass(HOUR_MS);
    }
    must(all_settled());
}

static void close_world(void)
{
    drain();
    for (size_t i = 0; i < CALLS; i++)
        end(i);
    run();
    for (size_t i = 0; i < CALLS; i++)
        must(w.calls[i].queue == NULL);
    deliver_free(w.deliver);
    loop_free(w.loop);
    must(count_get(COUNT_NOTICES_OWED) == 0);
    for (size_t i = 0; i < w.post_count; i++)
        (void)mem_free(w.posts[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)memset(&w, 0, sizeof(w));
    open_world();
    while (size >= 2) {
        size_t took = 2 + step(data[0], data[1], data + 2, size - 2);

        data += took;
        size -= took;
        run();
    }
    close_world();
    return 0;
}

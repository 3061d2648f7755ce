/*
 * Notices against a scripted callback server in this process; hours pass by moving the clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <semaphore.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "client/client.h"
#include "crypto/hash.h"
#include "http_receiver.h"
#include "loop/loop.h"
#include "webhook/deliver.h"
#include "webhook/excerpt.h"
#include "webhook/sign.h"

#define SAY(status, more) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n" more "\r\n"
#define HEAD "{\"@odata.type\":\"#microsoft.graph.commsNotifications\",\"value\":["
/* Over "n1.1000.{}", made with another program's HMAC. */
#define SIGNED "v1,KbtPmbbDeMXtJeXQM7X+DZWrzZdGboR8vd9pwqrq4qo="
#define SECRET "whsec_Y2FyaWxsb24td2ViaG9vay1rZXktMDAwMQ=="

static const char hold[] = "hold"; /* then 200 */
static const char fine[] = SAY("200 OK", "");
static const char broken[] = SAY("500 Broken", "");

enum { REQUESTS = 256, SCRIPT = 32, WAIT_US = 20000000 };

struct world {
    struct loop *loop;
    struct client *client;
    struct deliver *deliver;
    struct receiver *receiver;
    struct mailbox *seen;
    struct received *requests[REQUESTS];
    size_t request_count;
    const char *script[SCRIPT]; /* what the receiver says, in order; then always `fine` */
    _Atomic int said;
    sem_t gate;
    struct buf events; /* what the hooks were told */
    char uri[64];
    char bearer[32];
    int tokens;
    bool has_no_token;
    bool freezes_by_hand;
    bool freeze_fails;
    bool ends_when_delivered;
    int last_tried; /* what the hook was told */
    int last_tries;
    struct deliver_queue *freezing;
};

/* --- the receiver --- */

static bool on_request(struct receiver *r, int fd, const struct received *q)
{
    struct world *w = r->arg;
    int i = atomic_fetch_add(&w->said, 1);
    const char *line = i < SCRIPT && w->script[i] != NULL ? w->script[i] : fine;

    (void)q;
    if (line == hold) {
        (void)sem_wait(&w->gate);
        line = fine;
    }
    return receiver_say(fd, line);
}

static void on_seen(void *msg, void *arg)
{
    struct world *w = arg;

    assert_true(w->request_count < REQUESTS);
    w->requests[w->request_count++] = *(struct received **)msg;
}

/* --- the hooks --- */

static const char *bearer(const char *application, const char *tenant, void *arg)
{
    struct world *w = arg;

    assert_string_equal(application, "app");
    assert_string_equal(tenant, "tenant");
    if (w->has_no_token)
        return NULL;
    (void)snprintf(w->bearer, sizeof(w->bearer), "Bearer t%d", ++w->tokens);
    return w->bearer;
}

static const char *secret(const char *application, void *arg)
{
    (void)application;
    (void)arg;
    return SECRET;
}

static const char *rewrite(const char *uri, void *arg)
{
    struct world *w = arg;

    return strcmp(uri, "https://bot.contoso.com/callback") == 0 ? w->uri : uri;
}

static void freeze(struct deliver_queue *q, int64_t first, int64_t last, const char *id, void *arg)
{
    struct world *w = arg;

    buf_printf(&w->events, "freeze %d-%d %s;", (int)first, (int)last, id);
    w->freezing = q;
    if (!w->freezes_by_hand)
        deliver_frozen(q, !w->freeze_fails);
}

static void delivered(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    struct world *w = arg;

    buf_printf(&w->events, "delivered %d-%d;", (int)o->first, (int)o->last);
    if (w->ends_when_delivered)
        deliver_end(q);
}

static void dead(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    struct world *w = arg;

    (void)q;
    buf_printf(&w->events, "dead %d-%d %s;", (int)o->first, (int)o->last, o->answer);
}

static void parked(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    struct world *w = arg;

    (void)q;
    buf_printf(&w->events, "parked %d-%d %d tries %d %s;", (int)o->first, (int)o->last, o->tries,
               o->status, o->answer);
}

static void tried(struct deliver_queue *q, const struct deliver_outcome *o, void *arg)
{
    struct world *w = arg;

    (void)q;
    w->last_tried = (int)o->first;
    w->last_tries = o->tries;
}

static void empty(struct deliver_queue *q, void *arg)
{
    struct world *w = arg;

    assert_int_equal(deliver_owed(q), 0);
    buf_printf(&w->events, "empty %s;", (const char *)deliver_owner(q));
}

/* --- the world --- */

static void start_deliver(struct world *w, size_t in_flight)
{
    const struct deliver_settings s = {
        .timeout_ms = 10000, .in_flight = in_flight, .give_up_hours = 24};
    const struct deliver_hooks h = {.bearer = bearer,
                                    .secret = secret,
                                    .rewrite = rewrite,
                                    .freeze = freeze,
                                    .delivered = delivered,
                                    .tried = tried,
                                    .parked = parked,
                                    .dead = dead,
                                    .empty = empty,
                                    .arg = w};

    w->deliver = deliver_new(w->loop, w->client, &s, &h);
}

static int set_up(void **state)
{
    static const struct client_settings s = {
        .guard = {.plain_http = true, .loopback = true},
        .per_host = 64,
        .total = 64,
        .user_agent = "carillon",
    };
    struct world *w = mem_new(sizeof(*w));
    struct fail f;

    (void)sem_init(&w->gate, 0, 0);
    w->loop = loop_new("test");
    w->seen = mailbox_new(w->loop, sizeof(struct received *), on_seen, w);
    w->receiver = receiver_open(on_request, w, w->seen);
    (void)snprintf(w->uri, sizeof(w->uri), "http://127.0.0.1:%d/callback", w->receiver->port);
    assert_int_equal(client_start(w->loop, &s, &w->client, &f), ERR_OK);
    start_deliver(w, 64);
    buf_text(&w->events, "");
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    deliver_free(w->deliver);
    client_stop(w->client);
    for (int i = 0; i < REQUESTS; i++)
        (void)sem_post(&w->gate);
    receiver_close(w->receiver);
    mailbox_free(w->seen);
    for (size_t i = 0; i < w->request_count; i++)
        received_free(w->requests[i]);
    buf_clear(&w->events);
    loop_free(w->loop);
    (void)sem_destroy(&w->gate);
    assert_int_equal(count_get(COUNT_NOTICES_OWED), 0);
    (void)mem_free(w);
    return 0;
}

static struct deliver_queue *new_queue(struct world *w, const char *name, bool held)
{
    const struct deliver_target t = {.call = "call",
                                     .application = "app",
                                     .tenant = "tenant",
                                     .uri = "https://bot.contoso.com/callback",
                                     .chain_id = "chain-1"};

    return deliver_queue_new(w->deliver, &t, held, (void *)name);
}

static void add(struct deliver_queue *q, int number)
{
    char id[32];
    char value[32];

    (void)snprintf(id, sizeof(id), "id-%d", number);
    (void)snprintf(value, sizeof(value), "{\"n\":%d}", number);
    deliver_add(q, &(struct deliver_notice){.number = number, .webhook_id = id, .value = value});
}

static void add_restored(struct deliver_queue *q, int number, const char *id)
{
    char value[32];

    (void)snprintf(value, sizeof(value), "{\"n\":%d}", number);
    deliver_add(q, &(struct deliver_notice){
                       .number = number, .webhook_id = id, .value = value, .restored = true});
}

/* Runs all that is ready now: enough turns for whatever does not wait for the receiver. */
static void run_ready(struct world *w)
{
    for (int i = 0; i < 20; i++)
        loop_step(w->loop, 0);
}

static void wait_requests(struct world *w, size_t n)
{
    int64_t until = clock_real_us() + WAIT_US;

    while (w->request_count < n && clock_real_us() < until)
        loop_step(w->loop, 100);
    assert_int_equal(w->request_count, n);
}

static void wait_events(struct world *w, const char *want)
{
    int64_t until = clock_real_us() + WAIT_US;

    while (strlen(w->events.data) < strlen(want) && clock_real_us() < until)
        loop_step(w->loop, 100);
    run_ready(w);
    assert_string_equal(w->events.data, want);
}

static struct deliver_view wait_tries(struct world *w, const struct deliver_queue *q, int tries)
{
    int64_t until = clock_real_us() + WAIT_US;
    struct deliver_view v;

    for (deliver_look(q, &v); v.tries < tries && clock_real_us() < until; deliver_look(q, &v))
        loop_step(w->loop, 100);
    assert_int_equal(v.tries, tries);
    return v;
}

static void move_clock(struct world *w, int64_t ms)
{
    clock_advance_ms(ms);
    loop_clock_moved(w->loop);
}

static const char *header(const struct world *w, size_t i, const char *name)
{
    static char value[8][256];
    static int next;
    char *out = value[next++ % 8];

    out[0] = '\0';
    (void)received_header(w->requests[i], name, out, sizeof(value[0]));
    return out;
}

/* --- order --- */

static void a_notice_arrives_as_it_was_given(void **state)
{
    struct world *w = *state;

    add(new_queue(w, "a", false), 1);
    wait_events(w, "delivered 1-1;");
    assert_true(received_is(w->requests[0], "POST /callback HTTP/1.1\r\n"));
    assert_string_equal(w->requests[0]->body.data, HEAD "{\"n\":1}]}");
    assert_string_equal(header(w, 0, "Authorization"), "Bearer t1");
    assert_string_equal(header(w, 0, "Content-Type"), "application/json");
    assert_string_equal(header(w, 0, "X-Microsoft-Skype-Chain-ID"), "chain-1");
    assert_string_equal(header(w, 0, "Scenario-Id"), "chain-1");
    assert_string_equal(header(w, 0, "webhook-id"), "id-1");
    assert_string_equal(header(w, 0, "X-Microsoft-Skype-Message-ID"), header(w, 0, "webhook-id"));
    assert_string_equal(header(w, 0, "User-Agent"), "carillon");
}

static void a_held_queue_sends_nothing_before_its_release(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", true);
    struct deliver_view v;

    add(q, 1);
    run_ready(w);
    assert_int_equal(client_waiting(w->client), 0);
    deliver_look(q, &v);
    assert_int_equal(v.due_in_ms, -1);
    assert_int_equal(deliver_owed(q), 1);
    deliver_release(q);
    wait_events(w, "delivered 1-1;");
}

static void one_is_in_flight_and_those_behind_it_go_together(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = hold;
    add(q, 1);
    wait_requests(w, 1);
    add(q, 2);
    add(q, 3);
    run_ready(w);
    assert_int_equal(client_waiting(w->client), 1);
    (void)sem_post(&w->gate);
    wait_events(w, "delivered 1-1;freeze 2-3 id-2;delivered 2-3;");
    assert_string_equal(w->requests[1]->body.data, HEAD "{\"n\":2},{\"n\":3}]}");
    assert_string_equal(header(w, 1, "webhook-id"), "id-2");
    assert_int_equal(atomic_load(&w->receiver->busiest), 1);
}

static void nothing_is_sent_before_the_group_is_durable(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->freezes_by_hand = true;
    add(q, 1);
    add(q, 2);
    wait_events(w, "freeze 1-2 id-1;");
    add(q, 3); /* too late to join */
    run_ready(w);
    assert_int_equal(client_waiting(w->client), 0);
    deliver_frozen(w->freezing, true);
    wait_events(w, "freeze 1-2 id-1;delivered 1-2;delivered 3-3;");
    assert_string_equal(w->requests[0]->body.data, HEAD "{\"n\":1},{\"n\":2}]}");
}

static void what_cannot_be_frozen_goes_one_by_one(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->freeze_fails = true;
    add(q, 1);
    add(q, 2);
    wait_events(w, "freeze 1-2 id-1;delivered 1-1;delivered 2-2;");
    assert_string_equal(w->requests[0]->body.data, HEAD "{\"n\":1}]}");
    assert_string_equal(header(w, 1, "webhook-id"), "id-2");
}

static void a_group_has_at_most_a_hundred_notices(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    for (int i = 1; i <= 150; i++)
        add(q, i);
    wait_events(w, "freeze 1-100 id-1;delivered 1-100;freeze 101-150 id-101;delivered 101-150;");
}

static void a_group_has_at_most_200_kib(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);
    char *value = mem_new(307201);
    char ids[] = "id-0";

    (void)memset(value, '1', 307200);
    for (int i = 1; i <= 4; i++) {
        ids[3] = (char)('0' + i);
        value[i == 4 ? 307200 : 92160] = '\0';
        deliver_add(q, &(struct deliver_notice){.number = i, .webhook_id = ids, .value = value});
        value[92160] = '1';
    }
    wait_events(w, "freeze 1-2 id-1;delivered 1-2;delivered 3-3;delivered 4-4;");
    (void)mem_free(value);
}

static void notices_of_before_a_restart_keep_their_groups(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", true);

    add_restored(q, 1, "one");
    add_restored(q, 2, "two");
    add_restored(q, 3, "two");
    add_restored(q, 4, "four");
    add(q, 5);
    add(q, 6);
    deliver_release(q);
    wait_events(w, "delivered 1-1;delivered 2-3;delivered 4-4;freeze 5-6 id-5;delivered 5-6;");
    assert_string_equal(w->requests[1]->body.data, HEAD "{\"n\":2},{\"n\":3}]}");
    assert_string_equal(header(w, 1, "webhook-id"), "two");
}

/* --- tries --- */

static void what_fails_is_tried_again_with_the_same_bytes_and_longer_waits(void **state)
{
    static const int seconds[] = {1, 2, 4, 8, 15, 30, 60, 60, 60};
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);
    const int tries = sizeof(seconds) / sizeof(seconds[0]);

    for (int i = 0; i < tries; i++)
        w->script[i] = broken;
    add(q, 1);
    for (int i = 0; i < tries; i++) {
        int64_t began_us = clock_real_us();
        struct deliver_view v = wait_tries(w, q, i + 1);
        int64_t passed_ms = (clock_real_us() - began_us) / 1000 + 1;

        assert_int_equal(v.last_status, 500);
        assert_null(v.last_fail);
        assert_true(v.due_in_ms <= seconds[i] * 1200LL);
        assert_true(v.due_in_ms >= seconds[i] * 800LL - passed_ms);
        if (i == 0)
            add(q, 2); /* does not join what was tried */
        move_clock(w, v.due_in_ms + 1);
    }
    wait_events(w, "delivered 1-1;delivered 2-2;");
    for (int i = 0; i <= tries; i++) {
        char token[16];

        (void)snprintf(token, sizeof(token), "Bearer t%d", i + 1);
        assert_string_equal(header(w, (size_t)i, "Authorization"), token);
        assert_string_equal(header(w, (size_t)i, "webhook-id"), "id-1");
        assert_string_equal(header(w, (size_t)i, "X-Microsoft-Skype-Message-ID"),
                            header(w, 0, "X-Microsoft-Skype-Message-ID"));
        assert_string_equal(w->requests[i]->body.data, HEAD "{\"n\":1}]}");
    }
    assert_string_not_equal(header(w, (size_t)tries + 1, "X-Microsoft-Skype-Message-ID"),
                            header(w, 0, "X-Microsoft-Skype-Message-ID"));
}

static void a_group_stays_a_group_over_its_tries(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = broken;
    add(q, 1);
    add(q, 2);
    (void)wait_tries(w, q, 1);
    add(q, 3);
    move_clock(w, 1201);
    wait_events(w, "freeze 1-2 id-1;delivered 1-2;delivered 3-3;");
    assert_string_equal(w->requests[0]->body.data, w->requests[1]->body.data);
}

static void retry_after_is_a_least(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);
    struct deliver_view v;

    w->script[0] = SAY("503 Busy", "Retry-After: 17\r\n");
    w->script[1] = SAY("429 Slow", "Retry-After: 0\r\n");
    add(q, 1);
    v = wait_tries(w, q, 1);
    assert_int_equal(v.last_status, 503);
    assert_true(v.due_in_ms > 15000 && v.due_in_ms <= 17000);
    move_clock(w, v.due_in_ms + 1);
    v = wait_tries(w, q, 2);
    assert_true(v.due_in_ms > 1000 && v.due_in_ms <= 2400);
    move_clock(w, v.due_in_ms + 1);
    wait_events(w, "delivered 1-1;");
}

static void without_a_token_it_waits_for_one(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);
    struct deliver_view v;

    w->has_no_token = true;
    add(q, 1);
    v = wait_tries(w, q, 1);
    assert_int_equal(v.last_status, 0);
    assert_non_null(v.last_fail);
    w->has_no_token = false;
    move_clock(w, v.due_in_ms + 1);
    wait_events(w, "delivered 1-1;");
    assert_int_equal(w->request_count, 1);
}

/* --- parking --- */

/* Runs the clock to the next try, so many times. */
static void try_again(struct world *w, const struct deliver_queue *q, int tries)
{
    struct deliver_view v = wait_tries(w, q, tries);

    move_clock(w, v.due_in_ms + 1);
}

static void a_redirect_parks_the_notice_at_once_and_the_next_tells_it(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = SAY("302 Found", "Location: /else\r\n");
    add(q, 1);
    wait_events(w, "parked 1-1 1 tries 302 ;");
    add(q, 2);
    wait_events(w, "parked 1-1 1 tries 302 ;delivered 2-2;");
    assert_string_equal(header(w, 0, "Carillon-Parked"), "");
    assert_string_equal(header(w, 1, "Carillon-Parked"), "id-1");
    add(q, 3);
    wait_events(w, "parked 1-1 1 tries 302 ;delivered 2-2;delivered 3-3;");
    assert_string_equal(header(w, 2, "Carillon-Parked"), "");
}

static void a_refusal_parks_at_the_second_try(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = SAY("404 No", "");
    w->script[2] = w->script[3] = "HTTP/1.1 400 No\r\nContent-Length: 12\r\n\r\nwhat is this";
    add(q, 1);
    try_again(w, q, 1);
    wait_events(w, "delivered 1-1;");
    add(q, 2);
    assert_int_equal(w->last_tries, 1);
    try_again(w, q, 1);
    wait_events(w, "delivered 1-1;parked 2-2 2 tries 400 what is this;");
    assert_int_equal(w->last_tried, 2);
}

static void several_in_a_row_are_told_together_until_one_arrives(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = w->script[1] = SAY("302 Found", "");
    w->script[2] = broken;
    add_restored(q, 1, "one");
    add_restored(q, 2, "two");
    add_restored(q, 3, "three");
    try_again(w, q, 1);
    wait_events(w, "parked 1-1 1 tries 302 ;parked 2-2 1 tries 302 ;delivered 3-3;");
    assert_string_equal(header(w, 1, "Carillon-Parked"), "one");
    assert_string_equal(header(w, 2, "Carillon-Parked"), "one, two");
    assert_string_equal(header(w, 3, "Carillon-Parked"), "one, two");
}

static void a_group_is_parked_as_one(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", true);

    w->script[0] = SAY("302 Found", "");
    add(q, 1);
    add(q, 2);
    deliver_release(q);
    wait_events(w, "freeze 1-2 id-1;parked 1-2 1 tries 302 ;");
    assert_int_equal(deliver_owed(q), 0);
}

static void an_endpoint_that_is_down_for_all_parks_nothing(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);
    struct deliver_queue *r = new_queue(w, "b", false);

    add(r, 10);
    wait_events(w, "delivered 10-10;");
    for (int i = 1; i <= 16; i++)
        w->script[i] = i % 4 == 0 ? SAY("429 Slow", "") : broken;
    add(q, 1);
    add(r, 11);
    for (int i = 1; i <= 8; i++) {
        (void)wait_tries(w, q, i);
        (void)wait_tries(w, r, i);
        move_clock(w, 80000);
    }
    wait_requests(w, 19);
    run_ready(w);
    assert_null(strstr(w->events.data, "parked"));
}

static void what_alone_breaks_the_endpoint_is_parked_after_30_seconds(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    for (int i = 0; i < SCRIPT; i++)
        w->script[i] = broken;
    add(q, 1);
    (void)wait_tries(w, q, 1);
    w->script[1] = fine;
    add(new_queue(w, "b", false), 10); /* others are accepted */
    wait_events(w, "delivered 10-10;");
    try_again(w, q, 1);
    (void)wait_tries(w, q, 2); /* but not for 30 s */
    assert_string_equal(w->events.data, "delivered 10-10;");
    move_clock(w, 31000);
    wait_events(w, "delivered 10-10;parked 1-1 3 tries 500 ;");
}

static void what_others_had_accepted_before_does_not_count(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    add(new_queue(w, "b", false), 10);
    wait_events(w, "delivered 10-10;");
    for (int i = 1; i < SCRIPT; i++)
        w->script[i] = broken;
    move_clock(w, 10);
    add(q, 1);
    (void)wait_tries(w, q, 1);
    move_clock(w, 60000);
    (void)wait_tries(w, q, 2);
    move_clock(w, 60000);
    (void)wait_tries(w, q, 3);
    assert_string_equal(w->events.data, "delivered 10-10;");
}

static void what_is_kept_of_an_answer_has_no_secrets(void **state)
{
    char out[EXCERPT_BYTES + 1];
    char longer[600];
    static const struct {
        const char *said, *kept;
    } rows[] = {
        {"plain words, 404!", "plain words, 404!"},
        {"", ""},
        {"got Bearer abc.def-ghi today", "got Bearer *** today"},
        {"{\"token\":\"eyJhbGciOi.x.y\"}", "{\"token\":\"***\"}"},
        {"whsec_Zm9v=", "***="},
        {"password=hunter2&x=1", "password=***&x=1"},
        {"0123456789012345678901234567890123456789", "***"},
        {"a\r\n\tb\x01\xff", "a   b??"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        excerpt_of(rows[i].said, strlen(rows[i].said), out);
        assert_string_equal(out, rows[i].kept);
    }
    (void)memset(longer, ' ', sizeof(longer));
    excerpt_of(longer, sizeof(longer), out);
    assert_int_equal(strlen(out), EXCERPT_BYTES);
    excerpt_of(NULL, 0, out);
    assert_string_equal(out, "");
}

/* --- in memory alone --- */

static void what_is_not_on_disk_says_so_until_it_is(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = w->script[1] = broken;
    deliver_add(q, &(struct deliver_notice){
                       .number = 1, .webhook_id = "id-1", .value = "{}", .not_durable = true});
    try_again(w, q, 1);
    (void)wait_tries(w, q, 2);
    deliver_saved(q, 1);
    try_again(w, q, 2);
    wait_events(w, "delivered 1-1;");
    assert_string_equal(header(w, 0, "Carillon-Not-Durable"), "true");
    assert_string_equal(header(w, 1, "Carillon-Not-Durable"), "true");
    assert_string_equal(header(w, 2, "Carillon-Not-Durable"), "");
}

static void what_waits_can_be_forgotten_and_what_is_sent_cannot(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = hold;
    add(q, 1);
    wait_requests(w, 1);
    add(q, 2);
    add(q, 3);
    assert_false(deliver_forget(q, 1));
    assert_true(deliver_forget(q, 2));
    assert_false(deliver_forget(q, 2));
    assert_int_equal(deliver_owed(q), 2);
    (void)sem_post(&w->gate);
    wait_events(w, "delivered 1-1;delivered 3-3;");
}

static void a_queue_whose_notices_are_all_forgotten_sends_nothing(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    add(q, 1);
    assert_true(deliver_forget(q, 1));
    run_ready(w);
    assert_int_equal(client_waiting(w->client), 0);
    add(q, 2);
    wait_events(w, "delivered 2-2;");
}

/* --- calls that share POSTs --- */

static struct deliver_queue *new_sharer(struct world *w, const char *name, bool held)
{
    const struct deliver_target t = {.call = "call",
                                     .application = "app",
                                     .tenant = "tenant",
                                     .uri = "https://bot.contoso.com/callback",
                                     .chain_id = "chain-1",
                                     .batch = true};

    return deliver_queue_new(w->deliver, &t, held, (void *)name);
}

static void queues_that_batch_share_a_post_without_the_headers_of_a_call(void **state)
{
    struct world *w = *state;
    struct deliver_queue *a = new_sharer(w, "a", false);
    struct deliver_queue *b = new_sharer(w, "b", false);

    w->script[0] = hold;
    add(a, 1);
    wait_requests(w, 1);
    add(b, 2);
    add(a, 3);
    add(a, 4);
    run_ready(w);
    assert_int_equal(client_waiting(w->client), 1);
    (void)sem_post(&w->gate);
    wait_events(w, "delivered 1-1;freeze 2-2 id-2;freeze 3-4 id-2;delivered 2-2;delivered 3-4;");
    assert_string_equal(w->requests[1]->body.data, HEAD "{\"n\":2},{\"n\":3},{\"n\":4}]}");
    assert_string_equal(header(w, 1, "webhook-id"), "id-2");
    assert_string_equal(header(w, 1, "X-Microsoft-Skype-Chain-ID"), "");
    assert_string_equal(header(w, 1, "Scenario-Id"), "");
}

static void a_held_queue_does_not_hold_up_those_it_shares_with(void **state)
{
    struct world *w = *state;
    struct deliver_queue *a = new_sharer(w, "a", true);
    struct deliver_queue *b = new_sharer(w, "b", false);

    add(a, 1);
    add(b, 2);
    wait_events(w, "delivered 2-2;");
    add(b, 3);
    deliver_release(a);
    wait_events(w, "delivered 2-2;freeze 1-1 id-1;freeze 3-3 id-1;delivered 1-1;delivered 3-3;");
}

static void a_shared_post_is_restored_with_its_bytes_whatever_the_order(void **state)
{
    struct world *w = *state;
    struct deliver_queue *a = new_sharer(w, "a", true);
    struct deliver_queue *b = new_sharer(w, "b", true);

    add_restored(a, 1, "x");
    add_restored(a, 4, "x");
    add_restored(b, 2, "x");
    add_restored(b, 3, "x");
    add_restored(b, 5, "y");
    deliver_release(b);
    deliver_release(a);
    wait_events(w, "delivered 1-1;delivered 2-3;delivered 4-4;delivered 5-5;");
    assert_string_equal(w->requests[0]->body.data,
                        HEAD "{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4}]}");
    assert_int_equal(w->request_count, 2);
}

static void one_that_ends_leaves_the_others_of_its_lane(void **state)
{
    struct world *w = *state;
    struct deliver_queue *a = new_sharer(w, "a", false);
    struct deliver_queue *b = new_sharer(w, "b", false);

    w->script[0] = hold;
    add(b, 1);
    wait_requests(w, 1);
    deliver_end(a);
    run_ready(w);
    assert_string_equal(w->events.data, "empty a;");
    (void)sem_post(&w->gate);
    wait_events(w, "empty a;delivered 1-1;");
}

static void what_is_shared_dies_with_the_last_of_its_calls(void **state)
{
    struct world *w = *state;
    struct deliver_queue *a = new_sharer(w, "a", true);
    struct deliver_queue *b = new_sharer(w, "b", true);

    for (int i = 0; i < SCRIPT; i++)
        w->script[i] = broken;
    add(a, 1);
    add(b, 2);
    deliver_release(a);
    deliver_release(b);
    (void)wait_tries(w, a, 1);
    add(a, 3);
    deliver_end(a);
    move_clock(w, 12LL * 3600 * 1000);
    (void)wait_tries(w, a, 2);
    deliver_end(b);
    move_clock(w, 12LL * 3600 * 1000 + 1);
    wait_events(w, "freeze 1-1 id-1;freeze 2-2 id-1;dead 3-3 the last answer was 500;");
    move_clock(w, 12LL * 3600 * 1000);
    wait_events(w, "freeze 1-1 id-1;freeze 2-2 id-1;dead 3-3 the last answer was 500;"
                   "dead 1-1 the last answer was 500;dead 2-2 the last answer was 500;"
                   "empty a;empty b;");
}

static void a_queue_may_have_hooks_of_its_own(void **state)
{
    struct world *w = *state;
    struct deliver_hooks h = {.delivered = delivered, .empty = empty};
    struct world mine = {0};
    struct deliver_target t = {.call = "call",
                               .application = "app",
                               .tenant = "tenant",
                               .uri = "https://bot.contoso.com/callback",
                               .chain_id = "chain-1",
                               .hooks = &h};
    struct deliver_queue *q;

    h.arg = &mine;
    q = deliver_queue_new(w->deliver, &t, false, (void *)"mine");
    add_restored(q, 7, "seven");
    deliver_end(q);
    wait_requests(w, 1);
    for (int i = 0;
         i < 200 && (mine.events.data == NULL || strstr(mine.events.data, "empty") == NULL); i++)
        loop_step(w->loop, 100);
    assert_string_equal(mine.events.data, "delivered 7-7;empty mine;");
    assert_string_equal(w->events.data, "");
    buf_clear(&mine.events);
}

/* --- the end --- */

static void an_ended_queue_goes_when_it_is_empty(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    add(q, 1);
    deliver_end(q);
    deliver_end(q);
    wait_events(w, "delivered 1-1;empty a;");
    deliver_end(new_queue(w, "b", true));
    wait_events(w, "delivered 1-1;empty a;empty b;");
}

static void a_queue_may_be_ended_from_inside_a_hook(void **state)
{
    struct world *w = *state;

    w->ends_when_delivered = true;
    add(new_queue(w, "a", false), 1);
    wait_events(w, "delivered 1-1;empty a;");
}

static void what_is_left_a_day_after_the_end_is_dead(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    for (int i = 0; i < SCRIPT; i++)
        w->script[i] = broken;
    add(q, 1);
    (void)wait_tries(w, q, 1);
    add(q, 2);
    deliver_end(q);
    move_clock(w, 23LL * 3600 * 1000);
    (void)wait_tries(w, q, 2);
    assert_string_equal(w->events.data, "");
    assert_int_equal(deliver_owed(q), 2);
    move_clock(w, 3600LL * 1000);
    wait_events(w, "dead 1-2 the last answer was 500;empty a;");
}

static void a_queue_that_was_never_released_dies_too(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", true);

    add(q, 1);
    deliver_end(q);
    move_clock(w, 24LL * 3600 * 1000 + 1);
    wait_events(w, "dead 1-1 never tried;empty a;");
    assert_int_equal(w->request_count, 0);
}

static void a_post_in_flight_at_the_last_moment_still_counts(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);

    w->script[0] = hold;
    add(q, 1);
    wait_requests(w, 1);
    add(q, 2);
    deliver_end(q);
    move_clock(w, 24LL * 3600 * 1000 + 1);
    run_ready(w);
    assert_string_equal(w->events.data, "");
    (void)sem_post(&w->gate);
    wait_events(w, "delivered 1-1;dead 2-2 never tried;empty a;");
}

static void what_is_in_flight_is_forgotten_with_its_queue(void **state)
{
    struct world *w = *state;

    w->script[0] = hold;
    add(new_queue(w, "a", false), 1);
    wait_requests(w, 1);
    deliver_free(w->deliver);
    w->deliver = NULL;
    (void)sem_post(&w->gate);
    while (client_waiting(w->client) != 0)
        loop_step(w->loop, 100);
    assert_string_equal(w->events.data, "");
}

static void a_client_that_stops_is_no_failed_try(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);
    struct deliver_view v;

    w->script[0] = hold;
    add(q, 1);
    wait_requests(w, 1);
    client_stop(w->client);
    w->client = NULL;
    deliver_look(q, &v);
    assert_int_equal(v.tries, 0);
    assert_int_equal(deliver_owed(q), 1);
}

static void once_stopped_nothing_is_sent_and_nothing_is_lost(void **state)
{
    struct world *w = *state;
    struct deliver_queue *q = new_queue(w, "a", false);
    struct deliver_view v;

    deliver_stop(w->deliver);
    client_stop(w->client); /* a POST after this would be its end, and ours */
    w->client = NULL;
    add(q, 1);
    run_ready(w);
    deliver_look(q, &v);
    assert_int_equal(v.tries, 0);
    assert_int_equal(deliver_owed(q), 1);
}

/* --- many --- */

static void no_more_are_in_flight_than_allowed(void **state)
{
    struct world *w = *state;

    deliver_free(w->deliver);
    start_deliver(w, 2);
    for (int i = 0; i < 5; i++) {
        w->script[i] = hold;
        add(new_queue(w, "a", false), i + 1);
    }
    wait_requests(w, 2);
    run_ready(w);
    assert_int_equal(client_waiting(w->client), 2);
    for (int i = 0; i < 5; i++)
        (void)sem_post(&w->gate);
    wait_requests(w, 5);
    while (client_waiting(w->client) != 0)
        loop_step(w->loop, 100);
    assert_int_equal(atomic_load(&w->receiver->busiest), 2);
    assert_int_equal(count_get(COUNT_NOTICES_OWED), 0);
}

static void queues_take_turns(void **state)
{
    struct world *w = *state;
    struct deliver_queue *a;
    struct deliver_queue *b;

    deliver_free(w->deliver);
    start_deliver(w, 1);
    a = new_queue(w, "a", false);
    b = new_queue(w, "b", false);
    w->script[0] = hold;
    add(a, 1);
    wait_requests(w, 1);
    add(a, 2);
    add(b, 10);
    (void)sem_post(&w->gate);
    wait_events(w, "delivered 1-1;delivered 10-10;delivered 2-2;");
}

static void one_host_that_hangs_leaves_places_for_others(void **state)
{
    struct world *w = *state;
    struct receiver *other = receiver_open(on_request, w, NULL);
    struct deliver_target t = {
        .call = "c", .application = "app", .tenant = "tenant", .chain_id = "chain"};
    char uri[64];

    deliver_free(w->deliver);
    start_deliver(w, 16); /* of which one host gets 8 */
    for (int i = 0; i < 8; i++)
        w->script[i] = hold;
    for (int i = 0; i < 16; i++)
        add(new_queue(w, "a", false), 1);
    wait_requests(w, 8);
    (void)snprintf(uri, sizeof(uri), "http://127.0.0.1:%d/", other->port);
    t.uri = uri;
    add(deliver_queue_new(w->deliver, &t, false, NULL), 7);
    wait_events(w, "delivered 7-7;");
    for (int i = 0; i < 8; i++)
        (void)sem_post(&w->gate);
    wait_requests(w, 16);
    while (client_waiting(w->client) != 0)
        loop_step(w->loop, 100);
    receiver_close(other);
}

/* --- headers --- */

static void a_signature_can_be_checked_by_whoever_knows_the_secret(void **state)
{
    static const char key[] = "carillon-webhook-key-0001";
    struct world *w = *state;
    struct buf text = {0};
    struct buf want = {0};
    uint8_t mac[SHA256_BYTES];
    long long at;

    add(new_queue(w, "a", false), 1);
    wait_requests(w, 1);
    at = strtoll(header(w, 0, "webhook-timestamp"), NULL, 10);
    assert_true(clock_wall_ms() / 1000 - at >= 0 && clock_wall_ms() / 1000 - at < 20);
    buf_printf(&text, "id-1.%lld.%s", at, w->requests[0]->body.data);
    hash_hmac_sha256(key, sizeof(key) - 1, text.data, text.len, mac);
    buf_text(&want, "v1,");
    hash_base64(mac, sizeof(mac), &want);
    assert_string_equal(header(w, 0, "webhook-signature"), want.data);
    buf_clear(&text);
    buf_clear(&want);
    wait_events(w, "delivered 1-1;");
}

static void the_signature_is_that_of_standard_webhooks(void **state)
{
    static const char text[] = "n1.1000.{}";
    struct buf out = {0};

    (void)state;
    assert_true(sign_webhook(SECRET, text, sizeof(text) - 1, &out));
    assert_string_equal(out.data, SIGNED);
    assert_false(sign_webhook("Y2FyaWxsb24=", text, sizeof(text) - 1, &out));
    assert_false(sign_webhook("whsec_", text, sizeof(text) - 1, &out));
    assert_false(sign_webhook("whsec_not base64", text, sizeof(text) - 1, &out));
    assert_string_equal(out.data, SIGNED);
    buf_clear(&out);
}

static void an_id_of_the_client_cannot_add_a_header(void **state)
{
    const struct deliver_target t = {.call = "call",
                                     .application = "app",
                                     .tenant = "tenant",
                                     .uri = "https://bot.contoso.com/callback",
                                     .chain_id = "chain",
                                     .scenario_id = "x\r\nX-Evil: 1"};
    struct world *w = *state;

    add(deliver_queue_new(w->deliver, &t, false, NULL), 1);
    wait_events(w, "delivered 1-1;");
    assert_string_equal(header(w, 0, "Scenario-Id"), "x__X-Evil: 1");
    assert_string_equal(header(w, 0, "X-Evil"), "");
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_notice_arrives_as_it_was_given),
        T(a_held_queue_sends_nothing_before_its_release),
        T(one_is_in_flight_and_those_behind_it_go_together),
        T(nothing_is_sent_before_the_group_is_durable),
        T(what_cannot_be_frozen_goes_one_by_one),
        T(a_group_has_at_most_a_hundred_notices),
        T(a_group_has_at_most_200_kib),
        T(notices_of_before_a_restart_keep_their_groups),
        T(what_fails_is_tried_again_with_the_same_bytes_and_longer_waits),
        T(a_group_stays_a_group_over_its_tries),
        T(retry_after_is_a_least),
        T(without_a_token_it_waits_for_one),
        T(a_redirect_parks_the_notice_at_once_and_the_next_tells_it),
        T(a_refusal_parks_at_the_second_try),
        T(several_in_a_row_are_told_together_until_one_arrives),
        T(a_group_is_parked_as_one),
        T(an_endpoint_that_is_down_for_all_parks_nothing),
        T(what_alone_breaks_the_endpoint_is_parked_after_30_seconds),
        T(what_others_had_accepted_before_does_not_count),
        T(what_is_kept_of_an_answer_has_no_secrets),
        T(what_is_not_on_disk_says_so_until_it_is),
        T(what_waits_can_be_forgotten_and_what_is_sent_cannot),
        T(a_queue_whose_notices_are_all_forgotten_sends_nothing),
        T(queues_that_batch_share_a_post_without_the_headers_of_a_call),
        T(a_held_queue_does_not_hold_up_those_it_shares_with),
        T(a_shared_post_is_restored_with_its_bytes_whatever_the_order),
        T(one_that_ends_leaves_the_others_of_its_lane),
        T(what_is_shared_dies_with_the_last_of_its_calls),
        T(a_queue_may_have_hooks_of_its_own),
        T(an_ended_queue_goes_when_it_is_empty),
        T(a_queue_may_be_ended_from_inside_a_hook),
        T(what_is_left_a_day_after_the_end_is_dead),
        T(a_queue_that_was_never_released_dies_too),
        T(a_post_in_flight_at_the_last_moment_still_counts),
        T(what_is_in_flight_is_forgotten_with_its_queue),
        T(a_client_that_stops_is_no_failed_try),
        T(once_stopped_nothing_is_sent_and_nothing_is_lost),
        T(no_more_are_in_flight_than_allowed),
        T(queues_take_turns),
        T(one_host_that_hangs_leaves_places_for_others),
        T(a_signature_can_be_checked_by_whoever_knows_the_secret),
        T(the_signature_is_that_of_standard_webhooks),
        T(an_id_of_the_client_cannot_add_a_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

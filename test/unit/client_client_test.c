/*
 * The client against a small real server in this process: every way a request can end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "client/client.h"
#include "http_receiver.h"
#include "loop/loop.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
#define EMPTY(status, more) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n" more "\r\n"

enum { ANSWERS = 128, WAIT_MS = 20000 };

struct told {
    int times;
    enum client_fail fail;
    int status;
    int retry_after_s;
    int max_age_s;
    char location[256];
    struct buf body;
};

struct world {
    struct loop *loop;
    struct client *client;
    struct receiver *receiver;
    struct receiver *other;
    struct mailbox *seen;
    struct received *requests[ANSWERS];
    size_t request_count;
    struct told told[ANSWERS];
    sem_t gate;
    _Atomic int resets; /* how many requests for /reset are answered by a reset */
};

static void on_seen(void *msg, void *arg)
{
    struct world *w = arg;

    assert_true(w->request_count < ANSWERS);
    w->requests[w->request_count++] = *(struct received **)msg;
}

static bool say_endless(int fd)
{
    char zeros[4096] = {0};

    (void)receiver_say(fd, "HTTP/1.1 200 OK\r\n\r\n");
    while (send(fd, zeros, sizeof(zeros), MSG_NOSIGNAL) > 0)
        continue;
    return false;
}

static bool say_endless_head(int fd)
{
    (void)receiver_say(fd, "HTTP/1.1 200 OK\r\n");
    while (receiver_say(fd, "X-More: and more and more and more and more and more\r\n"))
        continue;
    return false;
}

static bool say_hop(const struct world *w, int fd, const char *status, const char *path)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 %s\r\nLocation: http://127.0.0.1:%d%s\r\nContent-Length: 0\r\n\r\n",
                   status, w->other->port, path);
    return receiver_say(fd, text);
}

static bool say_retry_date(int fd)
{
    time_t at = time(NULL) + 90;
    struct tm tm;
    char date[64];
    char text[256];

    (void)gmtime_r(&at, &tm);
    (void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    (void)snprintf(text, sizeof(text), EMPTY("429 Slow", "Retry-After: %s\r\n"), date);
    return receiver_say(fd, text);
}

/* What each path says as it stands. */
static const struct {
    const char *path;
    const char *answer;
    bool shut;
} pages[] = {
    {"/ok ", OK, false},
    {"/once ", OK, true}, /* and closes the connection behind it */
    {"/500 ", EMPTY("500 Broken", ""), false},
    {"/204 ", "HTTP/1.1 204 No Content\r\n\r\n", false},
    {"/half ", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello", true},
    {"/nothing ", "", true},
    {"/noise ", "\1\2\3\4 this is no HTTP at all\r\n\r\n", true},
    {"/busy ", EMPTY("503 Busy", "Retry-After: 17\r\n"), false},
    {"/odd ", EMPTY("503 Busy", "Retry-After: soon\r\n"), false},
    {"/past ", EMPTY("503 Busy", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), false},
    {"/long ", EMPTY("503 Busy", "retry-after:   99999999999999\r\n"), false},
    {"/aged ", EMPTY("200 OK", "cache-control:  public,Max-Age=3600 , must-revalidate\r\n"), false},
    {"/aged-odd ", EMPTY("200 OK", "Cache-Control: s-max-age=9, max-age=-1\r\n"), false},
    {"/loop ", EMPTY("302 Found", "Location: /loop\r\n"), false},
    {"/metadata ", EMPTY("302 Found", "Location: http://169.254.169.254/latest\r\n"), false},
    {"/octal ", EMPTY("302 Found", "Location: http://0251.0376.0251.0376/\r\n"), false},
    {"/file ", EMPTY("302 Found", "Location: file:///etc/passwd\r\n"), false},
    {"/login ", EMPTY("302 Found", "Location: http://u:p@127.0.0.1/\r\n"), false},
    {"/relative ", EMPTY("307 Again", "Location: ok\r\n"), false},
};

/* A reset instead of an answer; the descriptor stays. */
static bool reset(int fd)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

    return connect(fd, &nobody, sizeof(nobody)) != 0;
}

static bool on_request(struct receiver *r, int fd, const struct received *q)
{
    struct world *w = r->arg;
    const char *path = strchr(q->head.data, ' ') + 1;
    char byte;

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
        if (str_starts(path, pages[i].path))
            return receiver_say(fd, pages[i].answer) && !pages[i].shut;
    if (str_starts(path, "/endless-head "))
        return say_endless_head(fd);
    if (str_starts(path, "/endless "))
        return say_endless(fd);
    if (str_starts(path, "/silent ")) /* until the client has had enough */
        return recv(fd, &byte, 1, 0) > 0;
    if (str_starts(path, "/gate "))
        return sem_wait(&w->gate) == 0 && receiver_say(fd, OK);
    if (str_starts(path, "/reset "))
        return atomic_fetch_sub(&w->resets, 1) > 0 ? reset(fd) : receiver_say(fd, OK);
    if (str_starts(path, "/date "))
        return say_retry_date(fd);
    if (str_starts(path, "/303 "))
        return say_hop(w, fd, "303 See", "/ok");
    if (str_starts(path, "/307 "))
        return say_hop(w, fd, "307 Again", "/ok");
    return receiver_say(fd, EMPTY("404 No", ""));
}

static void start_client(struct world *w, const struct guard *g, size_t per_host)
{
    struct client_settings s = {
        .guard = *g, .per_host = per_host, .total = 64, .user_agent = "carillon-test"};
    struct fail f;

    assert_int_equal(client_start(w->loop, &s, &w->client, &f), ERR_OK);
}

static int set_up(void **state)
{
    static const struct guard dev = {.plain_http = true, .loopback = true};
    struct world *w = mem_new(sizeof(*w));

    (void)sem_init(&w->gate, 0, 0);
    w->loop = loop_new("test");
    w->seen = mailbox_new(w->loop, sizeof(struct received *), on_seen, w);
    w->receiver = receiver_open(on_request, w, w->seen);
    w->other = receiver_open(on_request, w, w->seen);
    start_client(w, &dev, 64);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    client_stop(w->client);
    for (int i = 0; i < ANSWERS; i++)
        (void)sem_post(&w->gate);
    receiver_close(w->receiver);
    receiver_close(w->other);
    mailbox_free(w->seen);
    for (size_t i = 0; i < w->request_count; i++)
        received_free(w->requests[i]);
    for (size_t i = 0; i < ANSWERS; i++)
        buf_clear(&w->told[i].body);
    loop_free(w->loop);
    (void)sem_destroy(&w->gate);
    (void)mem_free(w);
    return 0;
}

static void on_answer(const struct client_answer *a, void *arg)
{
    struct told *t = arg;

    t->times++;
    t->fail = a->fail;
    t->status = a->status;
    t->retry_after_s = a->retry_after_s;
    t->max_age_s = a->max_age_s;
    t->location[0] = '\0';
    if (a->location != NULL)
        (void)str_copy(t->location, sizeof(t->location), a->location);
    buf_add(&t->body, a->body, a->body_len);
    assert_true(a->took_us >= 0);
}

static void wait_all(struct world *w)
{
    int64_t until = clock_real_us() + WAIT_MS * 1000LL;

    while (client_waiting(w->client) != 0 && clock_real_us() < until)
        loop_step(w->loop, 100);
    assert_int_equal(client_waiting(w->client), 0);
}

static void wait_requests(struct world *w, size_t n)
{
    int64_t until = clock_real_us() + WAIT_MS * 1000LL;

    while (w->request_count < n && clock_real_us() < until)
        loop_step(w->loop, 100);
    assert_int_equal(w->request_count, n);
}

static struct client_request get(struct world *w, const char *path, char url[128])
{
    (void)snprintf(url, 128, "http://127.0.0.1:%d%s", w->receiver->port, path);
    return (struct client_request){
        .method = "GET", .url = url, .timeout_ms = 10000, .max_bytes = 1000, .keep_body = true};
}

static const struct told *ask(struct world *w, const struct client_request *r)
{
    struct told *t = &w->told[0];

    buf_clear(&t->body);
    *t = (struct told){0};
    client_send(w->client, r, on_answer, t);
    assert_int_equal(t->times, 0); /* never before client_send() has returned */
    wait_all(w);
    assert_int_equal(t->times, 1);
    return t;
}

static const struct told *ask_path(struct world *w, const char *path)
{
    char url[128];
    struct client_request r = get(w, path, url);

    return ask(w, &r);
}

static void an_answer_comes_back_whole(void **state)
{
    const struct told *t = ask_path(*state, "/ok");

    assert_int_equal(t->fail, CLIENT_NONE);
    assert_int_equal(t->status, 200);
    assert_int_equal(t->retry_after_s, -1);
    assert_string_equal(t->body.data, "hello");
    assert_int_equal(ask_path(*state, "/500")->status, 500);
    assert_int_equal(ask_path(*state, "/204")->status, 204);
    assert_int_equal(ask_path(*state, "/none")->status, 404);
}

static void a_post_sends_its_headers_and_its_body_as_they_are(void **state)
{
    static const char body[] = "{\"a\":\"\0 and after\"}";
    static const char *const headers[] = {"Content-Type: application/json", "X-One: 1", NULL};
    struct world *w = *state;
    char url[128];
    char value[64];
    struct client_request r = get(w, "/ok", url);
    const struct received *q;

    r.method = "POST";
    r.headers = headers;
    r.body = body;
    r.body_len = sizeof(body) - 1;
    assert_int_equal(ask(w, &r)->status, 200);
    wait_requests(w, 1);
    q = w->requests[0];
    assert_true(received_is(q, "POST /ok HTTP/1.1\r\n"));
    assert_true(received_header(q, "X-One", value, sizeof(value)));
    assert_string_equal(value, "1");
    assert_true(received_header(q, "Content-Type", value, sizeof(value)));
    assert_string_equal(value, "application/json");
    assert_true(received_header(q, "User-Agent", value, sizeof(value)));
    assert_string_equal(value, "carillon-test");
    assert_int_equal(q->body.len, sizeof(body) - 1);
    assert_memory_equal(q->body.data, body, sizeof(body) - 1);
}

static void a_large_body_is_sent_without_asking_first(void **state)
{
    struct world *w = *state;
    char url[128];
    char value[64];
    struct client_request r = get(w, "/ok", url);
    char *body = mem_new(3000000);

    r.method = "POST";
    r.body = body;
    r.body_len = 3000000;
    assert_int_equal(ask(w, &r)->status, 200);
    wait_requests(w, 1);
    assert_int_equal(w->requests[0]->body.len, 3000000);
    assert_false(received_header(w->requests[0], "Expect", value, sizeof(value)));
    (void)mem_free(body);
}

static void a_body_that_nobody_wants_is_dropped_but_still_bounded(void **state)
{
    char url[128];
    struct client_request r = get(*state, "/ok", url);

    r.keep_body = false;
    assert_int_equal(ask(*state, &r)->body.len, 0);
    r.max_bytes = 5;
    assert_int_equal(ask(*state, &r)->fail, CLIENT_NONE);
    r.max_bytes = 4;
    assert_int_equal(ask(*state, &r)->fail, CLIENT_TOO_LARGE);
    assert_int_equal(ask_path(*state, "/endless")->fail, CLIENT_TOO_LARGE);
    assert_int_equal(ask_path(*state, "/endless-head")->fail, CLIENT_TOO_LARGE);
}

static void who_does_not_answer_in_time_has_not_answered(void **state)
{
    char url[128];
    struct client_request r = get(*state, "/silent", url);
    const struct told *t;

    r.timeout_ms = 60;
    t = ask(*state, &r);
    assert_int_equal(t->fail, CLIENT_TIMEOUT);
    assert_int_equal(t->status, 0);
}

static void moving_the_clock_makes_nobody_late(void **state)
{
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/gate", url);

    client_send(w->client, &r, on_answer, &w->told[0]);
    wait_requests(w, 1);
    clock_advance_ms(3600000);
    loop_clock_moved(w->loop);
    (void)sem_post(&w->gate);
    wait_all(w);
    assert_int_equal(w->told[0].status, 200);
}

static void broken_answers_are_no_answers(void **state)
{
    assert_int_equal(ask_path(*state, "/half")->fail, CLIENT_BROKEN);
    assert_int_equal(ask_path(*state, "/nothing")->fail, CLIENT_BROKEN);
    assert_int_equal(ask_path(*state, "/noise")->fail, CLIENT_BROKEN);
}

static void nobody_there_is_said_so(void **state)
{
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/ok", url);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM, 0); /* bound, but it does not listen */

    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/", ntohs(at.sin_port));
    assert_int_equal(ask(w, &r)->fail, CLIENT_CONNECT);
    (void)close(fd);
}

static void https_to_who_speaks_no_tls_fails(void **state)
{
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/noise", url);

    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d/noise", w->receiver->port);
    w->told[0].fail = CLIENT_NONE;
    r.timeout_ms = 2000;
    assert_int_not_equal(ask(w, &r)->fail, CLIENT_NONE);
    assert_int_equal(w->told[0].status, 0);
}

static void urls_of_a_wrong_form_are_not_dialled(void **state)
{
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/ok", url);

    r.url = "ftp://127.0.0.1/";
    assert_int_equal(ask(w, &r)->fail, CLIENT_BAD_URL);
    r.url = "";
    assert_int_equal(ask(w, &r)->fail, CLIENT_BAD_URL);
    r.url = "http://169.254.169.254/";
    assert_int_equal(ask(w, &r)->fail, CLIENT_REFUSED_ADDRESS);
    assert_int_equal(atomic_load(&w->receiver->accepted), 0);
}

static void a_name_that_leads_to_a_refused_address_is_refused(void **state)
{
    static const struct guard strict = {.plain_http = true};
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/ok", url);

    client_stop(w->client);
    start_client(w, &strict, 64);
    (void)snprintf(url, sizeof(url), "http://localhost:%d/ok", w->receiver->port);
    assert_int_equal(ask(w, &r)->fail, CLIENT_REFUSED_ADDRESS);
    assert_int_equal(atomic_load(&w->receiver->accepted), 0);
}

static void a_name_that_leads_here_is_dialled_when_allowed(void **state)
{
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/ok", url);

    (void)snprintf(url, sizeof(url), "http://localhost:%d/ok", w->receiver->port);
    assert_int_equal(ask(w, &r)->status, 200);
}

static void retry_after_is_read_in_both_forms(void **state)
{
    int s = ask_path(*state, "/date")->retry_after_s;

    assert_true(s >= 85 && s <= 90);
    assert_int_equal(ask_path(*state, "/busy")->retry_after_s, 17);
    assert_int_equal(ask_path(*state, "/odd")->retry_after_s, -1);
    assert_int_equal(ask_path(*state, "/past")->retry_after_s, 0);
    assert_int_equal(ask_path(*state, "/long")->retry_after_s, 604800);
    assert_int_equal(ask_path(*state, "/ok")->retry_after_s, -1);
}

static void max_age_is_found_among_the_directives(void **state)
{
    assert_int_equal(ask_path(*state, "/aged")->max_age_s, 3600);
    assert_int_equal(ask_path(*state, "/aged-odd")->max_age_s, -1);
    assert_int_equal(ask_path(*state, "/ok")->max_age_s, -1);
}

static void a_redirect_is_an_answer_unless_it_may_be_followed(void **state)
{
    char url[128];
    struct client_request r = get(*state, "/loop", url);
    const struct told *t = ask(*state, &r);

    assert_int_equal(t->status, 302);
    assert_string_equal(t->location, url);
    r.redirects = 3;
    assert_int_equal(ask(*state, &r)->status, 302);
    wait_requests(*state, 1 + 4); /* the first, three hops, and no more */
}

static void a_redirect_is_judged_before_it_is_followed(void **state)
{
    static const struct {
        const char *path;
        enum client_fail fail;
    } hops[] = {
        {"/metadata", CLIENT_REFUSED_ADDRESS},
        {"/octal", CLIENT_REFUSED_ADDRESS},
        {"/file", CLIENT_BAD_URL},
        {"/login", CLIENT_BAD_URL},
    };

    for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
        char url[128];
        struct client_request r = get(*state, hops[i].path, url);

        r.redirects = 3;
        assert_int_equal(ask(*state, &r)->fail, hops[i].fail);
    }
}

static void a_redirect_elsewhere_takes_no_credentials_along(void **state)
{
    static const char *const headers[] = {"Authorization: Bearer x", "X-One: 1", NULL};
    struct world *w = *state;
    char url[128];
    char value[64];
    struct client_request r = get(w, "/303", url);

    r.method = "POST";
    r.headers = headers;
    r.body = "body";
    r.body_len = 4;
    r.redirects = 1;
    assert_int_equal(ask(w, &r)->status, 200);
    wait_requests(w, 2);
    assert_true(received_header(w->requests[0], "Authorization", value, sizeof(value)));
    assert_true(received_is(w->requests[1], "GET /ok "));
    assert_false(received_header(w->requests[1], "Authorization", value, sizeof(value)));
    assert_true(received_header(w->requests[1], "X-One", value, sizeof(value)));

    (void)get(w, "/307", url);
    assert_int_equal(ask(w, &r)->status, 200);
    wait_requests(w, 4);
    assert_true(received_is(w->requests[3], "POST /ok "));
    assert_int_equal(w->requests[3]->body.len, 4);

    (void)get(w, "/relative", url);
    assert_int_equal(ask(w, &r)->status, 200);
    wait_requests(w, 6);
    assert_true(received_header(w->requests[5], "Authorization", value, sizeof(value)));
}

static void requests_in_a_row_share_a_connection(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 20; i++)
        assert_int_equal(ask_path(w, "/ok")->status, 200);
    assert_int_equal(atomic_load(&w->receiver->accepted), 1);
}

static void a_connection_closed_while_idle_costs_nothing(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 10; i++)
        assert_int_equal(ask_path(w, "/once")->status, 200);
    assert_int_equal(atomic_load(&w->receiver->accepted), 10);
}

static void a_reset_of_an_idle_connection_is_forgiven_once(void **state)
{
    struct world *w = *state;

    atomic_store(&w->resets, 1);
    assert_int_equal(ask_path(w, "/reset")->fail, CLIENT_BROKEN); /* it was not idle before */
    assert_int_equal(ask_path(w, "/ok")->status, 200);
    atomic_store(&w->resets, 1);
    assert_int_equal(ask_path(w, "/reset")->status, 200);
    assert_int_equal(atomic_load(&w->receiver->accepted), 3);
    atomic_store(&w->resets, 2);
    assert_int_equal(ask_path(w, "/reset")->fail, CLIENT_BROKEN);
    assert_int_equal(ask_path(w, "/ok")->status, 200);
}

static void a_hundred_at_a_time_are_each_told_once(void **state)
{
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/ok", url);

    for (int i = 0; i < 100; i++)
        client_send(w->client, &r, on_answer, &w->told[i]);
    assert_int_equal(client_waiting(w->client), 100);
    wait_all(w);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(w->told[i].times, 1);
        assert_int_equal(w->told[i].status, 200);
    }
    assert_true(atomic_load(&w->receiver->busiest) <= 64);
}

static void one_host_gets_no_more_than_its_share(void **state)
{
    static const struct guard dev = {.plain_http = true, .loopback = true};
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/gate", url);

    client_stop(w->client);
    start_client(w, &dev, 3);
    for (int i = 0; i < 9; i++)
        client_send(w->client, &r, on_answer, &w->told[i]);
    wait_requests(w, 3);
    /* another host is not held up by the first one's line */
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%d/ok", w->other->port);
    client_send(w->client, &r, on_answer, &w->told[9]);
    while (w->told[9].times == 0)
        loop_step(w->loop, 100);
    assert_int_equal(w->told[9].status, 200);
    for (int i = 0; i < 9; i++)
        (void)sem_post(&w->gate);
    wait_all(w);
    for (int i = 0; i < 9; i++)
        assert_int_equal(w->told[i].status, 200);
    assert_int_equal(atomic_load(&w->receiver->busiest), 3);
    assert_true(atomic_load(&w->receiver->accepted) <= 3);
}

static void stopping_tells_everybody(void **state)
{
    static const struct guard dev = {.plain_http = true, .loopback = true};
    struct world *w = *state;
    char url[128];
    struct client_request r = get(w, "/gate", url);

    client_stop(w->client);
    start_client(w, &dev, 2);
    for (int i = 0; i < 10; i++)
        client_send(w->client, &r, on_answer, &w->told[i]);
    wait_requests(w, 2);
    client_stop(w->client);
    w->client = NULL;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(w->told[i].times, 1);
        assert_int_equal(w->told[i].fail, CLIENT_STOPPED);
    }
}

static void proxies_of_the_environment_are_not_used(void **state)
{
    (void)setenv("http_proxy", "http://127.0.0.1:1", 1);
    (void)setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    assert_int_equal(ask_path(*state, "/ok")->status, 200);
    (void)unsetenv("http_proxy");
    (void)unsetenv("ALL_PROXY");
}

static void a_ca_file_that_is_not_there_is_named(void **state)
{
    struct world *w = *state;
    struct client_settings s = {.per_host = 1, .total = 1, .ca_file = "/nowhere/ca.pem"};
    struct client *c = NULL;
    struct fail f;

    assert_int_equal(client_start(w->loop, &s, &c, &f), ERR_BAD_REQUEST);
    assert_non_null(strstr(f.text, "/nowhere/ca.pem"));
    assert_null(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_answer_comes_back_whole),
        T(a_post_sends_its_headers_and_its_body_as_they_are),
        T(a_large_body_is_sent_without_asking_first),
        T(a_body_that_nobody_wants_is_dropped_but_still_bounded),
        T(who_does_not_answer_in_time_has_not_answered),
        T(moving_the_clock_makes_nobody_late),
        T(broken_answers_are_no_answers),
        T(nobody_there_is_said_so),
        T(https_to_who_speaks_no_tls_fails),
        T(urls_of_a_wrong_form_are_not_dialled),
        T(a_name_that_leads_to_a_refused_address_is_refused),
        T(a_name_that_leads_here_is_dialled_when_allowed),
        T(retry_after_is_read_in_both_forms),
        T(max_age_is_found_among_the_directives),
        T(a_redirect_is_an_answer_unless_it_may_be_followed),
        T(a_redirect_is_judged_before_it_is_followed),
        T(a_redirect_elsewhere_takes_no_credentials_along),
        T(requests_in_a_row_share_a_connection),
        T(a_connection_closed_while_idle_costs_nothing),
        T(a_reset_of_an_idle_connection_is_forgiven_once),
        T(a_hundred_at_a_time_are_each_told_once),
        T(one_host_gets_no_more_than_its_share),
        T(stopping_tells_everybody),
        T(proxies_of_the_environment_are_not_used),
        T(a_ca_file_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

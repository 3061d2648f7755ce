/*
 * http_server_test.c - deadlines, replies, order, ends, and the same through TLS.
 */
#include "http_site.h"

#include <netinet/tcp.h>
#include <openssl/ssl.h>

#include "crypto/cert.h"
#include "http/inside.h"

/* ---- time ---- */

static void a_request_that_drips_is_answered_408_by_its_deadline(void **state)
{
    static const char *const starts[] = {
        "G",
        "GET / HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nx",
        "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n5\r\nx",
    };
    struct client c;

    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        client_open(&c);
        say(&c, starts[i]);
        for (int k = 0; k < 5; k++)
            turn(&c);
        pass(REQUEST_MS / 2);
        say(&c, "x"); /* one more byte wins no time */
        for (int k = 0; k < 5; k++)
            turn(&c);
        assert_int_equal(c.got.len, 0);
        pass(REQUEST_MS / 2 + 1);
        await_end(&c);
        assert_memory_equal(c.got.data, "HTTP/1.1 408", 12);
        client_close(&c);
    }
}

static void a_client_that_never_speaks_is_closed_without_a_word(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    for (int k = 0; k < 5; k++)
        turn(&c);
    pass(REQUEST_MS + 1);
    await_end(&c);
    assert_int_equal(c.got.len, 0);
    client_close(&c);
}

static void an_idle_connection_is_closed_after_its_time_and_not_before(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
    await(&c, "[GET /");
    for (int k = 0; k < 5; k++)
        turn(&c);
    pass(IDLE_MS - 1000);
    for (int k = 0; k < 5; k++)
        turn(&c);
    assert_false(c.has_ended);
    pass(1001);
    await_end(&c);
    client_close(&c);
}

static void a_handler_may_take_as_long_as_it_likes(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET /late HTTP/1.1\r\n" HOST "\r\n");
    await_requests(&c, 1);
    pass(3600000);
    for (int k = 0; k < 5; k++)
        turn(&c);
    assert_false(c.has_ended);
    assert_false(site.late->is_gone);
    reply_text(site.late, 200, "at last", 7);
    await(&c, "at last");
    assert_int_equal(site.sent, 1);
    assert_true(site.was_sent);
    client_close(&c);
}

static void a_client_that_does_not_read_its_answer_is_cut_off(void **state)
{
    struct client c;
    int small = 4096;

    (void)state;
    client_open(&c);
    (void)setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    say(&c, "GET /big HTTP/1.1\r\n" HOST "\r\n");
    for (int i = 0; i < STEPS && site.requests < 1; i++)
        loop_step(site.loop, 2);
    assert_int_equal(site.sent, 0);
    for (int i = 0; i < 3; i++) { /* the first look may still find progress */
        pass(REQUEST_MS + 1);
        for (int k = 0; k < 20; k++)
            loop_step(site.loop, 1);
    }
    assert_int_equal(site.sent, 1);
    assert_false(site.was_sent);
    assert_int_equal(http_connections(site.server), 0);
    client_close(&c);
}

/* ---- replies ---- */

static void a_large_reply_arrives_whole_and_is_told_once(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET /big HTTP/1.1\r\n" HOST LAST "\r\n");
    await_end(&c);
    assert_true(c.got.len > BIG);
    assert_int_equal(c.got.data[c.got.len - 1], 'b');
    assert_int_equal(site.sent, 1);
    assert_true(site.was_sent);
    client_close(&c);
}

static void no_header_can_be_smuggled_into_a_reply(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET / HTTP/1.1\r\n" HOST LAST "\r\n");
    await_end(&c);
    assert_null(strstr(c.got.data, "\r\nX-Evil"));
    assert_non_null(strstr(c.got.data, "\r\nX-More: one"));
    assert_non_null(strstr(c.got.data, "\r\nDate: "));
    assert_non_null(strstr(c.got.data, " GMT\r\n"));
    client_close(&c);
}

static void head_and_204_have_no_body(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "HEAD /x HTTP/1.1\r\n" HOST "\r\nGET /none HTTP/1.1\r\n" HOST "\r\n"
            "GET /end HTTP/1.1\r\n" HOST LAST "\r\n");
    await_end(&c);
    assert_null(strstr(c.got.data, "[HEAD"));
    assert_null(strstr(c.got.data, "ignored"));
    assert_int_equal(times(c.got.data, "Content-Length"), 2); /* none with the 204 */
    assert_non_null(strstr(c.got.data, "[GET /end"));
    client_close(&c);
}

static void http_1_0_is_kept_alive_when_it_asks(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    await(&c, "[GET /1");
    assert_non_null(strstr(c.got.data, "Connection: keep-alive\r\n"));
    say(&c, "GET /2 HTTP/1.0\r\n\r\n");
    await_end(&c);
    assert_non_null(strstr(c.got.data, "[GET /2"));
    client_close(&c);
}

static void expect_is_answered_with_100_before_the_body(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "POST / HTTP/1.1\r\n" HOST LAST "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    await(&c, "HTTP/1.1 100 Continue\r\n\r\n");
    assert_int_equal(site.requests, 0);
    say(&c, "abc");
    await_end(&c);
    assert_non_null(strstr(c.got.data, "||abc|"));
    assert_int_equal(times(c.got.data, "HTTP/1.1 100"), 1);
    client_close(&c);
}

/* ---- one at a time ---- */

static void pipelined_requests_are_answered_in_order_one_at_a_time(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET /late HTTP/1.1\r\n" HOST "\r\n"
            "POST /two HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
            "POST /three HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
            "GET /four HTTP/1.1\r\n" HOST LAST "\r\nGET /five HTTP/1.1\r\n" HOST "\r\n");
    await_requests(&c, 1);
    for (int k = 0; k < 10; k++)
        turn(&c);
    assert_int_equal(site.requests, 1); /* the others wait */
    reply_text(site.late, 200, "[one]", 5);
    await_end(&c);
    assert_int_equal(site.requests, 4); /* close means close */
    assert_int_equal(site.sent, 4);
    assert_true(strstr(c.got.data, "[one]") < strstr(c.got.data, "[POST /two||abc|"));
    assert_true(strstr(c.got.data, "/two") < strstr(c.got.data, "[POST /three||x|"));
    assert_non_null(strstr(c.got.data, "[GET /four"));
    assert_false(c.is_reset);
    client_close(&c);
}

static void a_flood_behind_a_late_reply_stays_with_the_kernel(void **state)
{
    enum { PIECE = 200 };
    char piece[PIECE + 1];
    struct client c;
    size_t pushed = 0; /* bytes */
    int stuck = 0;

    (void)state;
    (void)snprintf(piece, sizeof(piece), "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", PIECE - 27, 7);
    assert_int_equal(strlen(piece), PIECE);
    client_open(&c);
    say(&c, "GET /late HTTP/1.1\r\n" HOST "\r\n");
    await_requests(&c, 1);
    while (stuck < 50) { /* until nobody takes any more */
        ssize_t n =
            send(c.fd, piece + pushed % PIECE, PIECE - pushed % PIECE, MSG_DONTWAIT | MSG_NOSIGNAL);

        pushed += n > 0 ? (size_t)n : 0;
        stuck = n > 0 ? 0 : stuck + 1;
        if (n < 0)
            loop_step(site.loop, 1);
    }
    assert_int_equal(site.requests, 1);
    reply_text(site.late, 200, "[one]", 5);
    client_send(&c, piece + pushed % PIECE, PIECE - pushed % PIECE);
    await_requests(&c, (int)(pushed / PIECE) + 2);
    client_close(&c);
}

/* ---- ends ---- */

static void a_client_that_vanishes_makes_its_request_gone(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET /late HTTP/1.1\r\n" HOST "\r\n");
    await_requests(&c, 1);
    client_close(&c);
    for (int i = 0; i < STEPS && !site.late->is_gone; i++)
        loop_step(site.loop, 2);
    assert_true(site.late->is_gone);
    assert_int_equal(http_connections(site.server), 0);
    reply_text(site.late, 200, "nobody", 6);
    assert_int_equal(site.sent, 0); /* not from inside http_reply() */
    for (int i = 0; i < STEPS && site.sent == 0; i++)
        loop_step(site.loop, 2);
    assert_int_equal(site.sent, 1);
    assert_false(site.was_sent);
}

static void half_a_request_and_gone_leaves_nothing(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "POST / HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nabc");
    for (int k = 0; k < 5; k++)
        turn(&c);
    assert_int_equal(http_connections(site.server), 1);
    client_close(&c);
    for (int i = 0; i < STEPS && http_connections(site.server) > 0; i++)
        loop_step(site.loop, 2);
    assert_int_equal(http_connections(site.server), 0);
    assert_int_equal(site.requests, 0);
}

static void draining_closes_the_idle_and_lets_the_others_end(void **state)
{
    struct client idle;
    struct client busy;
    int fd;

    (void)state;
    client_open(&idle);
    say(&idle, "GET / HTTP/1.1\r\n" HOST "\r\n");
    await(&idle, "[GET /");
    client_open(&busy);
    say(&busy, "GET /late HTTP/1.1\r\n" HOST "\r\n");
    await_requests(&busy, 2);
    http_drain(site.server);
    await_end(&idle);
    turn(&busy);
    assert_false(busy.has_ended);
    reply_text(site.late, 200, "[last]", 6);
    await_end(&busy);
    assert_non_null(strstr(busy.got.data, "Connection: close\r\n"));
    assert_non_null(strstr(busy.got.data, "[last]"));
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_not_equal(connect(fd, &site.at.sa, addr_len(&site.at)), 0);
    (void)close(fd);
    client_close(&idle);
    client_close(&busy);
}

static void a_reply_after_the_end_of_the_server_frees_its_request(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET /late HTTP/1.1\r\n" HOST "\r\n");
    await_requests(&c, 1);
    http_close(site.server);
    site.server = NULL;
    assert_true(site.late->is_gone);
    reply_text(site.late, 200, "nobody", 6);
    for (int i = 0; i < STEPS && site.sent == 0; i++)
        loop_step(site.loop, 2);
    assert_int_equal(site.sent, 1);
    assert_false(site.was_sent);
    client_close(&c);
}

/* ---- TLS ---- */

static char folder[64];

static int set_up_tls(void **state)
{
    static const char *const names[] = {"localhost", NULL};
    char cert[128];
    char key[128];
    struct fail f = {0};

    (void)state;
    site = (struct site){0};
    (void)snprintf(folder, sizeof(folder), "/tmp/carillon-http-XXXXXX");
    if (mkdtemp(folder) == NULL || cert_make(folder, names, &f) != ERR_OK)
        return -1;
    (void)snprintf(cert, sizeof(cert), "%s/server.pem", folder);
    (void)snprintf(key, sizeof(key), "%s/server.key", folder);
    if (tls_context_open(cert, key, &site.tls, &f) != ERR_OK)
        return -1;
    open_site(NULL);
    return 0;
}

static int tear_down_tls(void **state)
{
    static const char *const files[] = {"ca.pem",     "ca.key",    "server.pem",
                                        "server.key", "agent.pem", "cafile.pem"};
    char path[128];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    return rmdir(folder) + tear_down(state);
}

/* The client's end of a TLS connection, between memory BIOs. */
struct session {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in;
    BIO *out;
};

static void session_open(struct session *t)
{
    t->ctx = SSL_CTX_new(TLS_client_method());
    t->ssl = SSL_new(t->ctx);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    SSL_set_bio(t->ssl, t->in, t->out);
    SSL_set_connect_state(t->ssl);
}

static void session_close(struct session *t)
{
    SSL_free(t->ssl);
    SSL_CTX_free(t->ctx);
}

/* What TLS wants to send goes, what has come is given to it. */
static void session_turn(struct session *t, struct client *c)
{
    char part[16384];
    int n;

    while ((n = BIO_read(t->out, part, sizeof(part))) > 0)
        client_send(c, part, (size_t)n);
    turn(c);
    if (c->got.len > 0)
        (void)BIO_write(t->in, c->got.data, (int)c->got.len);
    c->got.len = 0;
}

/* Reads through TLS what has come; returns how OpenSSL sees the end. */
static int tls_exchange(struct client *c, const char *request, struct buf *plain)
{
    struct session t;
    bool said = false;
    char part[16384];
    int why = SSL_ERROR_WANT_READ;
    int n = 0;

    session_open(&t);
    for (int i = 0; i < STEPS && why == SSL_ERROR_WANT_READ; i++) {
        if (!said && SSL_do_handshake(t.ssl) == 1) {
            (void)SSL_write(t.ssl, request, (int)strlen(request));
            said = true;
        }
        session_turn(&t, c);
        while (said && (n = SSL_read(t.ssl, part, sizeof(part))) > 0)
            buf_add(plain, part, (size_t)n);
        if (said)
            why = SSL_get_error(t.ssl, n);
        if (c->has_ended && why == SSL_ERROR_WANT_READ)
            break;
    }
    session_close(&t);
    return why;
}

static void requests_pass_through_tls_to_its_proper_end(void **state)
{
    struct buf plain = {0};
    struct client c;

    (void)state;
    client_open(&c);
    assert_int_equal(tls_exchange(&c,
                                  "GET /1 HTTP/1.1\r\n" HOST "\r\n"
                                  "POST /2 HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi"
                                  "GET /big HTTP/1.1\r\n" HOST LAST "\r\n",
                                  &plain),
                     SSL_ERROR_ZERO_RETURN);
    assert_non_null(strstr(plain.data, "[GET /1"));
    assert_non_null(strstr(plain.data, "[POST /2||hi|"));
    assert_true(plain.len > BIG);
    assert_int_equal(site.sent, 3);
    buf_clear(&plain);
    client_close(&c);
}

static void a_refusal_passes_through_tls(void **state)
{
    struct buf plain = {0};
    struct client c;

    (void)state;
    client_open(&c);
    assert_int_equal(tls_exchange(&c, "GET / HTTP/1.1\r\n\r\n", &plain), SSL_ERROR_ZERO_RETURN);
    assert_memory_equal(plain.data, "HTTP/1.1 400", 12);
    buf_clear(&plain);
    client_close(&c);
}

static void who_speaks_no_tls_is_closed(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    say(&c, "GET / HTTP/1.1\r\n" HOST "\r\n");
    await_end(&c);
    assert_int_equal(site.requests, 0);
    assert_int_equal(http_connections(site.server), 0);
    client_close(&c);
}

static void a_tls_hello_that_stalls_is_closed_by_its_deadline(void **state)
{
    struct client c;

    (void)state;
    client_open(&c);
    client_send(&c, "\x16\x03\x01\x02\x00", 5);
    for (int k = 0; k < 5; k++)
        turn(&c);
    assert_int_equal(http_connections(site.server), 1);
    pass(REQUEST_MS + 1);
    await_end(&c);
    client_close(&c);
}

/* A client whose way is narrow, so that little fits between it and the server. */
static void narrow_open(struct client *c)
{
    int small = 4096;
    int segment = 536;

    *c = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    (void)setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
    assert_int_equal(connect(c->fd, &site.at.sa, addr_len(&site.at)), 0);
}

/* Sends without reading, as long as there is a connection; the server must hold little. */
static void push(struct client *c, BIO *from)
{
    enum { HELD_MOST = 128 * 1024 };
    char part[16384];
    int n;

    while ((n = BIO_read(from, part, sizeof(part))) > 0)
        for (ssize_t at = 0; at < n && http_connections(site.server) > 0;) {
            ssize_t sent = send(c->fd, part + at, (size_t)(n - at), MSG_DONTWAIT | MSG_NOSIGNAL);

            at += sent > 0 ? sent : 0;
            loop_step(site.loop, 0);
            if (http_connections(site.server) > 0)
                assert_in_range(
                    tcp_unsent(LIST_OF(site.server->conns.first, struct conn, node)->tcp), 0,
                    HELD_MOST);
        }
}

/* Each renewal is answered by TLS itself (RFC 8446, 4.6.3), before any request. */
static void who_renews_keys_for_ever_and_never_reads_is_cut_off(void **state)
{
    enum { RENEWALS_MOST = 1000000, AT_A_TIME = 200 };
    struct session t;
    struct client c;

    (void)state;
    narrow_open(&c);
    session_open(&t);
    for (int i = 0; i < STEPS && SSL_do_handshake(t.ssl) != 1; i++)
        session_turn(&t, &c);
    session_turn(&t, &c);
    for (int i = 1; i < RENEWALS_MOST && http_connections(site.server) > 0; i++) {
        assert_int_equal(SSL_key_update(t.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(t.ssl), 1);
        if (i % AT_A_TIME == 0)
            push(&c, t.out);
    }
    assert_int_equal(http_connections(site.server), 0);
    assert_int_equal(site.requests, 0);
    session_close(&t);
    client_close(&c);
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up_tls, tear_down_tls)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_that_drips_is_answered_408_by_its_deadline),
        TEST(a_client_that_never_speaks_is_closed_without_a_word),
        TEST(an_idle_connection_is_closed_after_its_time_and_not_before),
        TEST(a_handler_may_take_as_long_as_it_likes),
        TEST(a_client_that_does_not_read_its_answer_is_cut_off),
        TEST(a_large_reply_arrives_whole_and_is_told_once),
        TEST(no_header_can_be_smuggled_into_a_reply),
        TEST(head_and_204_have_no_body),
        TEST(http_1_0_is_kept_alive_when_it_asks),
        TEST(expect_is_answered_with_100_before_the_body),
        TEST(pipelined_requests_are_answered_in_order_one_at_a_time),
        TEST(a_flood_behind_a_late_reply_stays_with_the_kernel),
        TEST(a_client_that_vanishes_makes_its_request_gone),
        TEST(half_a_request_and_gone_leaves_nothing),
        TEST(draining_closes_the_idle_and_lets_the_others_end),
        TEST(a_reply_after_the_end_of_the_server_frees_its_request),
        TLS_TEST(requests_pass_through_tls_to_its_proper_end),
        TLS_TEST(a_refusal_passes_through_tls),
        TLS_TEST(who_speaks_no_tls_is_closed),
        TLS_TEST(a_tls_hello_that_stalls_is_closed_by_its_deadline),
        TLS_TEST(who_renews_keys_for_ever_and_never_reads_is_cut_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

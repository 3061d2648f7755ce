/*
 * sip_limit_test.c - how often one address may ask: counted, refused aloud, then in silence.
 */
#include "sip_phone.h"

enum { ANSWERS = 10, QUIET_MS = 200 };

static void limit(struct world *w, int registers, int invites, int others, int failures)
{
    const struct sip_limits l = {registers, invites, others, failures};

    sip_set_limits(w->s, &l);
}

/* Nothing more has come. A final check, so that waiting a while is no matter of luck. */
static void silence(struct world *w)
{
    struct pollfd p = {.fd = w->fd, .events = POLLIN};

    assert_int_equal(poll(&p, 1, QUIET_MS), 0);
}

static void ask_alone(struct world *w, const char *method)
{
    (void)snprintf(w->to, sizeof(w->to), "<sip:alice@carillon>");
    ask(w, method, "sip:carillon", "", "");
}

static void over_the_limit_a_few_are_told_so_and_the_rest_is_dropped(void **state)
{
    static const struct {
        const char *method;
        const char *good;
    } rows[] = {{"REGISTER", "SIP/2.0 401"},
                {"INVITE", "SIP/2.0 407"},
                {"OPTIONS", "SIP/2.0 200"},
                {"DANCE", "SIP/2.0 501"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;

        start(&w, "md5");
        limit(&w, 2, 2, 2, 2);
        for (int n = 0; n < 2; n++) {
            ask_alone(&w, rows[i].method);
            message(&w, rows[i].good);
        }
        for (int n = 0; n < ANSWERS; n++) {
            ask_alone(&w, rows[i].method);
            message(&w, "SIP/2.0 503");
            assert_true(atoi(header(&w, "Retry-After")) >= 1);
            assert_true(atoi(header(&w, "Retry-After")) <= 30);
        }
        ask_alone(&w, rows[i].method);
        silence(&w);
        clock_advance_ms(30000); /* one more token */
        ask_alone(&w, rows[i].method);
        message(&w, rows[i].good);
        stop(&w);
    }
}

static void what_is_counted_together_is_what_has_one_limit(void **state)
{
    struct world w;

    (void)state;
    start(&w, "md5");
    limit(&w, 1, 1, 1, 1);
    ask_alone(&w, "REGISTER");
    message(&w, "SIP/2.0 401");
    ask_alone(&w, "INVITE");
    message(&w, "SIP/2.0 407");
    ask_alone(&w, "OPTIONS");
    message(&w, "SIP/2.0 200");
    ask_alone(&w, "MESSAGE");
    message(&w, "SIP/2.0 503");
    stop(&w);
}

static void after_too_many_wrong_passwords_a_right_one_is_not_looked_at(void **state)
{
    struct world w;

    (void)state;
    start(&w, "md5");
    limit(&w, 1000, 1000, 1000, 2);
    for (int n = 0; n < 2; n++) {
        enrol(&w, n == 0 ? "alice" : "nobody", "wrong", "");
        message(&w, "SIP/2.0 401");
    }
    enrol(&w, "alice", "secret", "");
    message(&w, "SIP/2.0 503");
    assert_int_equal(atoi(header(&w, "Retry-After")), 30);
    clock_advance_ms(30000);
    enrol(&w, "alice", "secret", "");
    message(&w, "SIP/2.0 200");
    stop(&w);
}

/* Its nonce was not made for whom it says to be: no word about the password, and no failure. */
static void a_password_is_not_tried_with_a_nonce_that_is_not_ours(void **state)
{
    struct world w;

    (void)state;
    start(&w, "md5");
    limit(&w, 1000, 1000, 1000, 1);
    for (int n = 0; n < 4; n++) {
        char *auth;
        char *all;

        (void)str_copy(w.to, sizeof(w.to), "<sip:alice@carillon>");
        (void)str_copy(w.nonce, sizeof(w.nonce), "0123456789abcdef");
        auth =
            credentials(&w, "alice", n % 2 == 0 ? "wrong" : "secret", "REGISTER", "sip:carillon");
        all = str_printf("Authorization: %s\r\n", auth);
        ask(&w, "REGISTER", "sip:carillon", all, "");
        message(&w, "SIP/2.0 401");
        assert_non_null(strstr(w.got, "stale=true"));
        (void)mem_free(all);
        (void)mem_free(auth);
    }
    stop(&w);
}

/* Another device behind the same NAT: the same address, another port. */
static int swap_socket(struct world *w, int fd)
{
    int old = w->fd;
    struct addr a;
    socklen_t len;

    assert_int_equal(addr_read(&a, "127.0.0.1:0", true, NULL), ERR_OK);
    len = addr_len(&a);
    if (fd < 0) {
        fd = socket(AF_INET, SOCK_DGRAM, 0);
        assert_int_equal(bind(fd, &a.sa, len), 0);
    }
    assert_int_equal(getsockname(fd, &a.sa, &len), 0);
    w->port = addr_port(&a);
    w->fd = fd;
    return old;
}

static void a_registered_phone_goes_on_while_its_neighbour_guesses_and_floods(void **state)
{
    struct world w;
    int phone;
    int neighbour;

    (void)state;
    start(&w, "md5");
    limit(&w, 6, 6, 6, 2);
    (void)enrolled(&w);
    phone = swap_socket(&w, -1);
    for (int n = 0; n < 2; n++) {
        enrol(&w, "alice", "wrong", "");
        message(&w, "SIP/2.0 401");
    }
    ask_alone(&w, "REGISTER");
    message(&w, "SIP/2.0 503"); /* no request left, and no guess */
    neighbour = swap_socket(&w, phone);
    (void)enrolled(&w);
    invite(&w, "sip:bot@carillon", "", "");
    (void)event(&w, SIP_EV_INCOMING);
    assert_int_equal(swap_socket(&w, neighbour), phone);
    ask_alone(&w, "REGISTER");
    message(&w, "SIP/2.0 503");
    (void)close(phone);
    stop(&w);
}

static void a_registered_phone_may_not_guess_for_others_and_has_a_limit_of_its_own(void **state)
{
    struct world w;

    (void)state;
    start(&w, "md5");
    limit(&w, 100, 100, 100, 2);
    (void)enrolled(&w);
    for (int n = 0; n < 2; n++) {
        enrol(&w, "bob", "guess", "");
        message(&w, "SIP/2.0 401");
    }
    enrol(&w, "bob", "guess", "");
    message(&w, "SIP/2.0 503");
    for (int n = 0; n < 2; n++) {
        enrol(&w, "alice", "mistyped", "");
        message(&w, "SIP/2.0 401");
    }
    enrol(&w, "alice", "secret", "");
    message(&w, "SIP/2.0 503");
    stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_the_limit_a_few_are_told_so_and_the_rest_is_dropped),
        cmocka_unit_test(what_is_counted_together_is_what_has_one_limit),
        cmocka_unit_test(after_too_many_wrong_passwords_a_right_one_is_not_looked_at),
        cmocka_unit_test(a_password_is_not_tried_with_a_nonce_that_is_not_ours),
        cmocka_unit_test(a_registered_phone_goes_on_while_its_neighbour_guesses_and_floods),
        cmocka_unit_test(a_registered_phone_may_not_guess_for_others_and_has_a_limit_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

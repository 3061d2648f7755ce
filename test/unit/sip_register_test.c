/*
 * sip_register_test.c - REGISTER, digest, and what is no call, against a socket that is a phone.
 */
#include "sip_phone.h"

static void a_phone_registers_and_its_binding_says_the_way_back(void **state)
{
    struct world w;
    struct sip_binding b;
    char want[96];

    (void)state;
    start(&w, "md5");
    b = enrolled(&w);
    assert_string_equal(b.user, "alice-id");
    (void)snprintf(want, sizeof(want), "udp:127.0.0.1:%u", (unsigned)w.port);
    assert_string_equal(b.received, want);
    (void)snprintf(want, sizeof(want), "<sip:alice@127.0.0.1:%u>;expires=3600", (unsigned)w.port);
    assert_string_equal(header(&w, "Contact"), want);
    stop(&w);
}

static void wrong_passwords_and_unknown_users_are_answered_alike(void **state)
{
    struct world w;

    (void)state;
    start(&w, "md5");
    enrol(&w, "alice", "wrong", "");
    message(&w, "SIP/2.0 401");
    assert_null(strstr(w.got, "stale"));
    enrol(&w, "nobody", "secret", "");
    message(&w, "SIP/2.0 401");
    assert_null(strstr(w.got, "stale"));
    stop(&w);
}

static void the_same_nonce_count_is_not_taken_twice(void **state)
{
    struct world w;
    char *auth;
    char *all;

    (void)state;
    start(&w, "md5");
    (void)enrolled(&w);
    auth = credentials(&w, "alice", "secret", "REGISTER", "sip:carillon");
    all = str_printf("Authorization: %s\r\n", auth);
    ask(&w, "REGISTER", "sip:carillon", all, "");
    message(&w, "SIP/2.0 401");
    assert_non_null(strstr(w.got, "stale=true"));
    (void)mem_free(all);
    (void)mem_free(auth);
    stop(&w);
}

static void a_right_answer_to_a_nonce_of_before_a_restart_is_stale(void **state)
{
    struct world w;
    char *auth;
    char *all;

    (void)state;
    start(&w, "md5");
    (void)str_copy(w.to, sizeof(w.to), "<sip:alice@carillon>");
    (void)str_copy(w.nonce, sizeof(w.nonce), "0123456789abcdef");
    auth = credentials(&w, "alice", "secret", "REGISTER", "sip:carillon");
    all = str_printf("Authorization: %s\r\n", auth);
    ask(&w, "REGISTER", "sip:carillon", all, "");
    message(&w, "SIP/2.0 401");
    assert_non_null(strstr(w.got, "stale=true"));
    (void)mem_free(all);
    (void)mem_free(auth);
    stop(&w);
}

static void registrations_that_break_a_rule_change_nothing(void **state)
{
    static const struct {
        const char *more;
        const char *want;
    } rows[] = {
        {"Contact: <sip:a@127.0.0.1:9>\r\nExpires: 59\r\n", "SIP/2.0 423"},
        {"Contact: *\r\nExpires: 60\r\n", "SIP/2.0 400"},
        {"Contact: *\r\n", "SIP/2.0 400"},
        {"Contact: <tel:+1>\r\n", "SIP/2.0 400"},
        {"Contact: <sip:a@h:1>, <sip:a@h:2>, <sip:a@h:3>, <sip:a@h:4>\r\n", "SIP/2.0 403"},
    };
    struct world w;

    (void)state;
    start(&w, "md5");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        enrol(&w, "alice", "secret", rows[i].more);
        message(&w, rows[i].want);
    }
    enrol(&w, "alice", "secret", "");
    message(&w, "SIP/2.0 200");
    assert_string_equal(header(&w, "Contact"), "");
    assert_int_equal(w.told, 0);
    stop(&w);
}

static void the_oldest_contact_gives_way_and_a_star_takes_all(void **state)
{
    struct world w;

    (void)state;
    start(&w, "md5");
    (void)enrolled(&w);
    enrol(&w, "alice", "secret", "Contact: <sip:b@127.0.0.1:9>, <sip:c@127.0.0.1:9>\r\n");
    message(&w, "SIP/2.0 200");
    (void)event(&w, SIP_EV_BOUND);
    (void)event(&w, SIP_EV_BOUND);
    enrol(&w, "alice", "secret", "Contact: <sip:d@127.0.0.1:9>;expires=90\r\n");
    message(&w, "SIP/2.0 200");
    assert_non_null(strstr(w.got, "<sip:d@127.0.0.1:9>;expires=90"));
    assert_null(strstr(header(&w, "Contact"), "sip:alice@"));
    assert_true(str_starts(event(&w, SIP_EV_UNBOUND)->binding->contact, "sip:alice@"));
    (void)event(&w, SIP_EV_BOUND);
    enrol(&w, "alice", "secret", "Contact: *\r\nExpires: 0\r\n");
    message(&w, "SIP/2.0 200");
    for (int i = 0; i < 3; i++)
        (void)event(&w, SIP_EV_UNBOUND);
    stop(&w);
}

static void a_restored_binding_is_listed_and_ends_with_its_account(void **state)
{
    struct world w;
    struct sip_binding b = {.user = "alice-id",
                            .contact = "sip:old@127.0.0.1:9",
                            .received = "udp:127.0.0.1:9",
                            .call_id = "old",
                            .cseq = 1};

    (void)state;
    start(&w, "md5");
    b.expires_ms = clock_wall_ms() + 100000;
    sip_restore(w.s, &b);
    enrol(&w, "alice", "secret", "");
    message(&w, "SIP/2.0 200");
    assert_true(str_starts(header(&w, "Contact"), "<sip:old@127.0.0.1:9>;expires="));
    sip_accounts(w.s, NULL, 0);
    assert_string_equal(event(&w, SIP_EV_UNBOUND)->binding->contact, "sip:old@127.0.0.1:9");
    stop(&w);
}

static void other_methods_are_answered_as_documented(void **state)
{
    static const struct {
        const char *method;
        const char *want;
    } rows[] = {
        {"OPTIONS", "SIP/2.0 200"}, {"MESSAGE", "SIP/2.0 405"}, {"SUBSCRIBE", "SIP/2.0 405"},
        {"REFER", "SIP/2.0 501"},   {"DANCE", "SIP/2.0 501"},   {"PUBLISH", "SIP/2.0 405"},
    };
    struct world w;

    (void)state;
    start(&w, "md5");
    (void)str_copy(w.to, sizeof(w.to), "<sip:carillon>");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ask(&w, rows[i].method, "sip:carillon", "", "");
        message(&w, rows[i].want);
        assert_non_null(strstr(header(&w, "Allow"), "INVITE"));
    }
    (void)str_copy(w.to, sizeof(w.to), "<sip:carillon>;tag=gone");
    ask(&w, "BYE", "sip:carillon", "", "");
    message(&w, "SIP/2.0 481");
    stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_phone_registers_and_its_binding_says_the_way_back),
        cmocka_unit_test(wrong_passwords_and_unknown_users_are_answered_alike),
        cmocka_unit_test(the_same_nonce_count_is_not_taken_twice),
        cmocka_unit_test(a_right_answer_to_a_nonce_of_before_a_restart_is_stale),
        cmocka_unit_test(registrations_that_break_a_rule_change_nothing),
        cmocka_unit_test(the_oldest_contact_gives_way_and_a_star_takes_all),
        cmocka_unit_test(a_restored_binding_is_listed_and_ends_with_its_account),
        cmocka_unit_test(other_methods_are_answered_as_documented),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

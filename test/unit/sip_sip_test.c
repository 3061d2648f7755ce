/*
 * sip_sip_test.c - calls to and from a phone that is one socket, whole room.
 */
#include "sip_phone.h"

static void a_call_to_a_phone_rings_is_answered_and_hung_up_by_us(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = ring(&w);
    assert_true(str_starts(w.got, "INVITE sip:alice@127.0.0.1:"));
    assert_string_equal(header(&w, "X-Carillon-Call"), "c-1");
    assert_true(str_starts(header(&w, "From"), "\"The \\\"Bot\\\"\" <sip:bot@127.0.0.1:"));
    assert_non_null(strstr(w.got, "\r\n\r\n" OUR_SDP));
    answer(&w, "180 Ringing", "", "");
    assert_int_equal(event(&w, SIP_EV_RINGING)->status, 180);
    answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
    assert_int_equal(event(&w, SIP_EV_ANSWERED)->leg, leg);
    sip_confirm(w.s, leg);
    message(&w, "ACK");
    sip_hangup(w.s, leg, 0);
    message(&w, "BYE");
    answer(&w, "200 OK", "", "");
    ended(&w, leg, SIP_CAUSE_BYE_SENT, 200);
    stop(&w);
}

static void a_200_that_comes_again_is_acknowledged_again(void **state)
{
    struct world w;
    char invite[MESSAGE];
    uint64_t leg;
    int cseq;

    (void)state;
    start(&w, "md5");
    leg = ring(&w);
    (void)str_copy(invite, sizeof(invite), w.got);
    cseq = atoi(header(&w, "CSeq"));
    answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
    (void)event(&w, SIP_EV_ANSWERED);
    answer(&w, "200 OK", SDP_TYPE, PHONE_SDP); /* it has heard no ACK yet */
    sip_confirm(w.s, leg);
    message(&w, "ACK");
    for (int n = 0; n < 3; n++) {
        (void)str_copy(w.got, sizeof(w.got), invite);
        answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
        message(&w, "ACK sip:alice@127.0.0.1");
        assert_string_equal(strstr(header(&w, "To"), ";tag="), ";tag=phone");
        assert_int_equal(atoi(header(&w, "CSeq")), cseq);
    }
    sip_hangup(w.s, leg, 0);
    message(&w, "BYE");
    (void)str_copy(w.got, sizeof(w.got), invite);
    answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
    message(&w, "ACK");
    assert_int_equal(w.seen, w.told);
    stop(&w);
}

static void refusals_are_told_with_their_status(void **state)
{
    static const struct {
        const char *answer;
        int status;
        enum sip_cause cause;
    } rows[] = {
        {"486 Busy Here", 486, SIP_CAUSE_REFUSED}, {"603 Decline", 603, SIP_CAUSE_REFUSED},
        {"302 Moved", 302, SIP_CAUSE_REFUSED},     {"503 No", 503, SIP_CAUSE_REFUSED},
        {"408 Timeout", 408, SIP_CAUSE_NO_ANSWER},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world w;
        uint64_t leg;

        start(&w, "md5");
        leg = ring(&w);
        answer(&w, rows[i].answer, "", "");
        message(&w, "ACK");
        ended(&w, leg, rows[i].cause, rows[i].status);
        stop(&w);
    }
}

static void a_phone_that_is_not_there_ends_the_leg_as_transport(void **state)
{
    struct world w;
    struct sip_invite i = {.from_user = "bot"};
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = sip_leg_new(w.s);
    i.to = enrolled(&w);
    (void)str_copy(i.to.received, sizeof(i.to.received), "tcp:127.0.0.1:1");
    sip_invite(w.s, leg, &i);
    ended(&w, leg, SIP_CAUSE_TRANSPORT, 503);
    leg = sip_leg_new(w.s);
    (void)str_copy(i.to.received, sizeof(i.to.received), "nonsense");
    sip_invite(w.s, leg, &i);
    ended(&w, leg, SIP_CAUSE_TRANSPORT, 503);
    stop(&w);
}

static void a_cancel_waits_for_the_first_word_of_the_phone(void **state)
{
    struct world w;
    uint64_t leg;
    char invite[MESSAGE];

    (void)state;
    start(&w, "md5");
    leg = ring(&w);
    (void)str_copy(invite, sizeof(invite), w.got);
    sip_hangup(w.s, leg, 0);
    ended(&w, leg, SIP_CAUSE_CANCELLED, 487); /* after 2 s: the phone is silent */
    answer(&w, "180 Ringing", "", "");
    message(&w, "CANCEL");
    answer(&w, "200 OK", "", "");
    (void)str_copy(w.got, sizeof(w.got), invite);
    answer(&w, "487 Request Terminated", "", "");
    message(&w, "ACK");
    assert_int_equal(w.seen, w.told);
    stop(&w);
}

static void a_200_that_crosses_our_cancel_is_acknowledged_and_ended(void **state)
{
    struct world w;
    uint64_t leg;
    char invite[MESSAGE];

    (void)state;
    start(&w, "md5");
    leg = ring(&w);
    (void)str_copy(invite, sizeof(invite), w.got);
    answer(&w, "180 Ringing", "", "");
    (void)event(&w, SIP_EV_RINGING);
    sip_hangup(w.s, leg, 0);
    message(&w, "CANCEL");
    (void)str_copy(w.got, sizeof(w.got), invite);
    answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
    message(&w, "ACK");
    message(&w, "BYE");
    answer(&w, "200 OK", "", "");
    ended(&w, leg, SIP_CAUSE_CANCELLED, 487);
    stop(&w);
}

static void a_bye_that_nobody_answers_still_ends_the_leg(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = talk(&w);
    sip_hangup(w.s, leg, 0);
    message(&w, "BYE");
    ended(&w, leg, SIP_CAUSE_BYE_SENT, 200);
    stop(&w);
}

static void a_phone_calls_is_answered_presses_keys_and_hangs_up(void **state)
{
    struct world w;
    uint64_t leg;
    const struct sip_event *e;

    (void)state;
    start(&w, "md5");
    leg = dial(&w, "sip:a%2fb%25@carillon", SDP_TYPE, PHONE_SDP);
    assert_string_equal(w.events[0].incoming->user, "alice-id");
    assert_string_equal(w.events[0].incoming->from_name, "Alice A.");
    assert_string_equal(w.events[0].incoming->to, "a/b%");
    assert_string_equal(w.events[0].incoming->sdp, PHONE_SDP);
    sip_ring(w.s, leg);
    message(&w, "SIP/2.0 180");
    sip_answer(w.s, leg, OUR_SDP);
    sip_confirm(w.s, leg);
    message(&w, "SIP/2.0 200");
    assert_non_null(strstr(w.got, "\r\n\r\n" OUR_SDP));
    follow_tag(&w);
    ask(&w, "ACK", "sip:bot@carillon", "", "");
    assert_null(event(&w, SIP_EV_CONFIRMED)->sdp);
    ask(&w, "INFO", "sip:bot@carillon", "Content-Type: application/dtmf-relay\r\n",
        "Signal=5\r\nDuration=160\r\n");
    message(&w, "SIP/2.0 200");
    e = event(&w, SIP_EV_KEY);
    assert_int_equal(e->key, '5');
    assert_int_equal(e->key_ms, 160);
    ask(&w, "INFO", "sip:bot@carillon", "Content-Type: text/plain\r\n", "5");
    message(&w, "SIP/2.0 415");
    ask(&w, "BYE", "sip:bot@carillon", "", "");
    message(&w, "SIP/2.0 200");
    ended(&w, leg, SIP_CAUSE_BYE_RECEIVED, 200);
    stop(&w);
}

static void a_late_offer_is_answered_in_the_ack(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = dial(&w, "sip:bot@carillon", "", "");
    assert_null(w.events[0].incoming->sdp);
    sip_answer(w.s, leg, OUR_SDP);
    sip_confirm(w.s, leg);
    message(&w, "SIP/2.0 200");
    follow_tag(&w);
    ask(&w, "ACK", "sip:bot@carillon", SDP_TYPE, PHONE_SDP);
    assert_string_equal(event(&w, SIP_EV_CONFIRMED)->sdp, PHONE_SDP);
    stop(&w);
}

static void a_phone_that_cancels_or_is_refused_ends_its_leg(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = dial(&w, "sip:bot@carillon", SDP_TYPE, PHONE_SDP);
    ask(&w, "CANCEL", "sip:bot@carillon", "", "");
    message(&w, "SIP/2.0 200");
    message(&w, "SIP/2.0 487");
    follow_tag(&w);
    ask(&w, "ACK", "sip:bot@carillon", "", "");
    ended(&w, leg, SIP_CAUSE_CANCELLED, 487);
    leg = dial(&w, "sip:bot@carillon", SDP_TYPE, PHONE_SDP);
    sip_refuse(w.s, leg, 486);
    message(&w, "SIP/2.0 486");
    ended(&w, leg, SIP_CAUSE_REJECTED, 486);
    stop(&w);
}

static void hold_is_an_offer_and_a_refresh_is_not(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = dialled(&w);
    ask(&w, "INVITE", "sip:bot@carillon", "Contact: <sip:alice@127.0.0.1>\r\n" SDP_TYPE, PHONE_SDP);
    message(&w, "SIP/2.0 200"); /* the same o= line: told to nobody */
    assert_non_null(strstr(w.got, "\r\n\r\n" OUR_SDP));
    ask(&w, "ACK", "sip:bot@carillon", "", "");
    ask(&w, "INVITE", "sip:bot@carillon", "Contact: <sip:alice@127.0.0.1>\r\n" SDP_TYPE,
        PHONE_HOLD);
    assert_string_equal(event(&w, SIP_EV_OFFER)->sdp, PHONE_HOLD);
    sip_modify_reply(w.s, leg, OUR_SDP, 200);
    message(&w, "SIP/2.0 200");
    ask(&w, "ACK", "sip:bot@carillon", "", "");
    ask(&w, "UPDATE", "sip:bot@carillon", "Contact: <sip:alice@127.0.0.1>\r\n" SDP_TYPE, PHONE_SDP);
    assert_string_equal(event(&w, SIP_EV_OFFER)->sdp, PHONE_SDP);
    sip_modify_reply(w.s, leg, NULL, 488);
    message(&w, "SIP/2.0 488");
    assert_int_equal(w.seen, w.told);
    stop(&w);
}

static void session_timers_below_90_seconds_are_refused_and_longer_ones_agreed(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    invite(&w, "sip:bot@carillon", "Supported: timer\r\nSession-Expires: 89\r\n", "");
    message(&w, "SIP/2.0 422");
    assert_string_equal(header(&w, "Min-SE"), "90");
    leg = dial(&w, "sip:bot@carillon", "Supported: timer\r\nSession-Expires: 600\r\n" SDP_TYPE,
               PHONE_SDP);
    sip_answer(w.s, leg, OUR_SDP);
    sip_confirm(w.s, leg);
    message(&w, "SIP/2.0 200");
    assert_string_equal(header(&w, "Session-Expires"), "600;refresher=uac");
    assert_string_equal(header(&w, "Require"), "timer");
    stop(&w);
}

static void an_ack_that_nobody_orders_goes_out_all_the_same(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = ring(&w);
    answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
    message(&w, "ACK"); /* after a second */
    assert_int_equal(event(&w, SIP_EV_ANSWERED)->leg, leg);
    sip_confirm(w.s, leg); /* too late, and harmless */
    sip_hangup(w.s, leg, 0);
    message(&w, "BYE");
    answer(&w, "200 OK", "", "");
    ended(&w, leg, SIP_CAUSE_BYE_SENT, 200);
    stop(&w);
}

static void who_hangs_up_before_the_ack_says_ack_and_bye(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = ring(&w);
    answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
    (void)event(&w, SIP_EV_ANSWERED);
    sip_hangup(w.s, leg, 0);
    message(&w, "ACK");
    message(&w, "BYE");
    answer(&w, "200 OK", "", "");
    ended(&w, leg, SIP_CAUSE_BYE_SENT, 200);
    stop(&w);
}

/* The phone rang before the crash and is picked up after it. */
static void a_200_of_before_a_crash_gets_ack_and_bye(void **state)
{
    struct world w;
    struct world later;
    char invite[MESSAGE];
    char from[256];

    (void)state;
    start(&w, "md5");
    (void)ring(&w);
    (void)str_copy(invite, sizeof(invite), w.got);
    (void)str_copy(from, sizeof(from), header(&w, "From"));
    start(&later, "md5");
    w.us = later.us;
    for (int i = 0; i < 2; i++) { /* it repeats itself until it has heard the ACK */
        (void)str_copy(w.got, sizeof(w.got), invite);
        answer(&w, "200 OK", SDP_TYPE, PHONE_SDP);
        w.last[0] = '\0';
        message(&w, "ACK sip:alice@127.0.0.1");
        if (i == 0)
            message(&w, "BYE sip:alice@127.0.0.1");
        assert_string_equal(header(&w, "From"), from);
        assert_string_equal(strstr(header(&w, "To"), ";tag="), ";tag=phone");
    }
    assert_int_equal(later.told, 0);
    stop(&later);
    stop(&w);
}

static void a_200_to_what_we_never_asked_gets_nothing(void **state)
{
    struct world w;
    struct buf out = {0};

    (void)state;
    start(&w, "md5");
    (void)enrolled(&w);
    buf_printf(&out, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK1\r\n", sip_address(w.s));
    buf_text(&out,
             "From: <sip:bot@x>;tag=00112233445566778899aabbccddeeff\r\nTo: <sip:a@x>;tag=p\r\n"
             "Call-ID: never\r\nCSeq: 1 INVITE\r\nContact: <sip:victim@192.0.2.1>\r\n"
             "Content-Length: 0\r\n\r\n");
    send_text(&w, out.data);
    buf_clear(&out);
    ask(&w, "OPTIONS", "sip:x@carillon", "", "");
    message(&w, "SIP/2.0 200"); /* and nothing before it */
    stop(&w);
}

static void our_tags_are_known_again_and_others_are_not(void **state)
{
    static const uint8_t other[OWN_TAG_KEY_BYTES] = {3, 2, 1};
    char one[OWN_TAG_SIZE];
    char two[OWN_TAG_SIZE];

    (void)state;
    assert_string_not_equal(own_tag_make(tag_key, one), own_tag_make(tag_key, two));
    assert_true(own_tag_known(tag_key, one));
    assert_false(own_tag_known(other, one));
    assert_false(own_tag_known(tag_key, NULL));
    assert_false(own_tag_known(tag_key, ""));
    for (size_t i = 0; i < OWN_TAG_SIZE - 1; i++) {
        (void)str_copy(two, sizeof(two), one);
        two[i] = two[i] == '0' ? '1' : '0';
        assert_false(own_tag_known(tag_key, two));
    }
}

static void a_dialog_that_was_written_down_is_freed_by_a_bye_after_a_crash(void **state)
{
    struct world w;
    struct world later;
    const char *dialog;
    char call_id[256];
    char from[256];

    (void)state;
    start(&w, "md5");
    (void)talk(&w);
    (void)str_copy(call_id, sizeof(call_id), header(&w, "Call-ID"));
    (void)str_copy(from, sizeof(from), strstr(header(&w, "From"), ";tag="));
    dialog = w.events[w.seen - 1].dialog;
    assert_non_null(dialog);
    start(&later, "md5");
    sip_free_dialog(later.s, "{\"callId\":\"half");
    sip_free_dialog(later.s, dialog);
    message(&w, "BYE sip:alice@127.0.0.1");
    assert_string_equal(header(&w, "Call-ID"), call_id);
    assert_string_equal(strstr(header(&w, "From"), ";tag="), from);
    assert_string_equal(strstr(header(&w, "To"), ";tag="), ";tag=phone");
    w.us = later.us;
    answer(&w, "200 OK", "", "");
    stop(&later);
    stop(&w);
}

static void stopping_says_bye_and_tells_every_end(void **state)
{
    struct world w;
    uint64_t leg;

    (void)state;
    start(&w, "md5");
    leg = talk(&w);
    sip_stop(w.s, 1);
    w.s = NULL;
    message(&w, "BYE");
    if (w.seen < w.told) /* the answer may be too late for 1 ms */
        ended(&w, leg, SIP_CAUSE_BYE_SENT, 200);
    stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_to_a_phone_rings_is_answered_and_hung_up_by_us),
        cmocka_unit_test(a_200_that_comes_again_is_acknowledged_again),
        cmocka_unit_test(refusals_are_told_with_their_status),
        cmocka_unit_test(a_phone_that_is_not_there_ends_the_leg_as_transport),
        cmocka_unit_test(a_cancel_waits_for_the_first_word_of_the_phone),
        cmocka_unit_test(a_200_that_crosses_our_cancel_is_acknowledged_and_ended),
        cmocka_unit_test(a_bye_that_nobody_answers_still_ends_the_leg),
        cmocka_unit_test(a_phone_calls_is_answered_presses_keys_and_hangs_up),
        cmocka_unit_test(a_late_offer_is_answered_in_the_ack),
        cmocka_unit_test(a_phone_that_cancels_or_is_refused_ends_its_leg),
        cmocka_unit_test(hold_is_an_offer_and_a_refresh_is_not),
        cmocka_unit_test(session_timers_below_90_seconds_are_refused_and_longer_ones_agreed),
        cmocka_unit_test(an_ack_that_nobody_orders_goes_out_all_the_same),
        cmocka_unit_test(who_hangs_up_before_the_ack_says_ack_and_bye),
        cmocka_unit_test(a_200_of_before_a_crash_gets_ack_and_bye),
        cmocka_unit_test(a_200_to_what_we_never_asked_gets_nothing),
        cmocka_unit_test(our_tags_are_known_again_and_others_are_not),
        cmocka_unit_test(a_dialog_that_was_written_down_is_freed_by_a_bye_after_a_crash),
        cmocka_unit_test(stopping_says_bye_and_tells_every_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * model_end_test.c - how calls end: the table of docs/api.md, the meaning of SIP answers, the
 * message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/end.h"

enum { MESSAGE_SIZE = 160 };

/* clang-format off */
static const struct {
    enum end why;
    int code, subcode;
    const char *message;
} endings[] = {
    {END_APP_HUNG_UP,    200, 7000,   "The application ended the call. DiagCode: 200#7000.@"},
    {END_APP_CANCELLED,  487, 8542,   "The application ended the call before it was answered. DiagCode: 487#8542.@"},
    {END_PEER_HUNG_UP,   200, 4521,   "The other side ended the call. DiagCode: 200#4521.@"},
    {END_BUSY,           486, 8539,   "The callee is busy. DiagCode: 486#8539.@"},
    {END_DECLINED,       603, 8538,   "The callee declined. DiagCode: 603#8538.@"},
    {END_NO_SUCH_USER,   404, 8543,   "The callee does not exist. DiagCode: 404#8543.@"},
    {END_UNAVAILABLE,    480, 8541,   "The callee is unavailable. DiagCode: 480#8541.@"},
    {END_NO_PHONE,       480, 10037,  "No phone of the callee is registered. DiagCode: 480#10037.@"},
    {END_NO_ANSWER,      408, 10057,  "The callee did not answer in time. DiagCode: 408#10057.@"},
    {END_NO_CODEC,       488, 8557,   "The callee's phone has no codec in common with us. DiagCode: 488#8557.@"},
    {END_NO_ACK,         408, 1106,   "The acceptance was not acknowledged in time. DiagCode: 408#1106.@"},
    {END_MEDIA_LOST,     410, 301005, "Client Media Error. DiagCode: 410#301005.@"},
    {END_TRANSPORT_LOST, 500, 1005,   "The connection to the other side is lost. DiagCode: 500#1005.@"},
    {END_BOT_MEDIA_LOST, 500, 1005,   "The application's media cannot be reached. DiagCode: 500#1005.@"},
    {END_NOT_KEPT_ALIVE, 408, 8537,   "The application did not keep the call alive. DiagCode: 408#8537.@"},
    {END_REMOVED, 200, 5000, "The participant was removed from the conversation. DiagCode: 200#5000.@"},
    {END_CLOSED, 200, 5001, "The conversation was ended. DiagCode: 200#5001.@"},
    {END_HOST_LEFT, 200, 5007, "Who began the conversation has left. DiagCode: 200#5007.@"},
    {END_LEFT_ALONE, 200, 5010, "Only one side remained in the conversation. DiagCode: 200#5010.@"},
    {END_NOBODY_LEFT, 200, 5012, "Nobody is left in the conversation. DiagCode: 200#5012.@"},
    {END_NOBODY_CAME, 200, 5013, "Nobody joined the group call. DiagCode: 200#5013.@"},
    {END_LOBBY_OVERDUE, 200, 5855, "The wait in the lobby was too long. DiagCode: 200#5855.@"},
    {END_APP_REJECTED,   200, 7000, "The application rejected the call. DiagCode: 200#7000.@"},
    {END_APP_REDIRECTED, 200, 7000, "The application redirected the call. DiagCode: 200#7000.@"},
    {END_CALLER_GAVE_UP, 487, 8542, "The caller gave up before the call was answered. DiagCode: 487#8542.@"},
    {END_NOT_ACKNOWLEDGED, 408, 8586, "The application's webhook did not take the call. DiagCode: 408#8586.@"},
    {END_NOT_ANSWERED,   408, 8587, "The application did not answer in time. DiagCode: 408#8587.@"},
    {END_TOO_MANY_HOPS,  482, 8521, "The call was sent on too often. DiagCode: 482#8521.@"},
    {END_SERVER_CRASHED, 500, 9001,   "The server was restarted. DiagCode: 500#9001.@"},
    {END_SERVER_STOPPED, 503, 9002,   "The server is stopping. DiagCode: 503#9002.@"},
    {END_SERVER_FAILED,  500, 9999,   "The server failed. DiagCode: 500#9999.@"},
};

static const struct {
    int status;
    enum end why;
    int code, subcode;
} answers[] = {
    {486, END_BUSY,         486, 8539},
    {600, END_BUSY,         486, 8539}, /* "busy everywhere" is busy */
    {603, END_DECLINED,     603, 8538},
    {404, END_NO_SUCH_USER, 404, 8543},
    {480, END_UNAVAILABLE,  480, 8541},
    {408, END_NO_ANSWER,    408, 10057},
    {488, END_NO_CODEC,     488, 8557},
    {415, END_NO_CODEC,     488, 8557},
    {606, END_NO_CODEC,     488, 8557},
    {403, END_UNREACHABLE,  403, 8544},
    {487, END_UNREACHABLE,  487, 8544}, /* nobody here had cancelled */
    {302, END_UNREACHABLE,  302, 8544},
    {500, END_UNREACHABLE,  500, 8544},
    {503, END_UNREACHABLE,  503, 8544},
    {604, END_DECLINED_ALL, 604, 8538},
    {607, END_DECLINED_ALL, 607, 8538},
    {0,   END_NO_ANSWER,    408, 10057}, /* of several phones none said anything */
};
/* clang-format on */

static void every_reason_has_its_numbers_and_its_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        struct ending e = ending_of(endings[i].why, 999);
        char message[MESSAGE_SIZE];

        assert_int_equal(e.why, endings[i].why);
        assert_int_equal(e.code, endings[i].code);
        assert_int_equal(e.subcode, endings[i].subcode);
        ending_message(&e, message, sizeof(message));
        assert_string_equal(message, endings[i].message);
    }
}

static void some_pass_on_what_the_other_side_said(void **state)
{
    struct ending e = ending_of(END_UNREACHABLE, 403);
    char message[MESSAGE_SIZE];

    (void)state;
    ending_message(&e, message, sizeof(message));
    assert_string_equal(message, "The callee's phone refused the call. DiagCode: 403#8544.@");
    e = ending_of(END_DECLINED_ALL, 604);
    ending_message(&e, message, sizeof(message));
    assert_string_equal(message, "The callee refused everywhere. DiagCode: 604#8538.@");
}

static void a_transfer_ends_with_code_0_as_in_graph(void **state)
{
    struct ending e = ending_of(END_TRANSFERRED, 0);
    char message[MESSAGE_SIZE];

    (void)state;
    ending_message(&e, message, sizeof(message));
    assert_string_equal(message, "GracefulTransferCompleted. DiagCode: 0#7015.@");
}

static void a_phone_hears_the_status_that_says_it_or_480(void **state)
{
    static const struct {
        enum end why;
        int status;
    } rows[] = {{END_BUSY, 486},          {END_DECLINED, 603},     {END_NO_SUCH_USER, 404},
                {END_TOO_MANY_HOPS, 482}, {END_NO_CODEC, 488},     {END_SERVER_STOPPED, 503},
                {END_NO_ANSWER, 480},     {END_NOT_ANSWERED, 480}, {END_APP_CANCELLED, 480}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ending e = ending_of(rows[i].why, 0);

        assert_int_equal(ending_sip_status(&e), rows[i].status);
    }
    assert_int_equal(ending_sip_status(NULL), 480);
}

/* A new row is tested above or here, or this fails. */
static void no_reason_is_forgotten_here(void **state)
{
    (void)state;
    assert_int_equal(END_COUNT, sizeof(endings) / sizeof(endings[0]) + 4);
    assert_int_equal(END_NONE, 0);
}

static void sip_answers_mean_what_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct ending e = ending_of_sip(answers[i].status);

        assert_int_equal(e.why, answers[i].why);
        assert_int_equal(e.code, answers[i].code);
        assert_int_equal(e.subcode, answers[i].subcode);
    }
}

static void no_answer_leaves_the_bot_without_a_code(void **state)
{
    (void)state;
    for (int status = 300; status < 700; status++) {
        struct ending e = ending_of_sip(status);

        assert_int_not_equal(e.why, END_NONE);
        assert_in_range(e.code, 300, 699);
        assert_int_not_equal(e.subcode, 0);
    }
}

static void a_message_is_cut_to_size(void **state)
{
    struct ending e = ending_of(END_BUSY, 0);
    char message[12];

    (void)state;
    ending_message(&e, message, sizeof(message));
    assert_string_equal(message, "The callee ");
}

static void reasons_have_names_for_the_log(void **state)
{
    (void)state;
    assert_string_equal(end_name(END_NONE), "NONE");
    assert_string_equal(end_name(END_PEER_HUNG_UP), "PEER_HUNG_UP");
    assert_string_equal(end_name(END_SERVER_FAILED), "SERVER_FAILED");
    for (int i = 0; i < END_COUNT; i++)
        assert_int_equal(end_named(end_name((enum end)i)), i);
    assert_int_equal(end_named("SERVER"), END_NONE);
    assert_int_equal(end_named(NULL), END_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reason_has_its_numbers_and_its_message),
        cmocka_unit_test(some_pass_on_what_the_other_side_said),
        cmocka_unit_test(a_transfer_ends_with_code_0_as_in_graph),
        cmocka_unit_test(a_phone_hears_the_status_that_says_it_or_480),
        cmocka_unit_test(no_reason_is_forgotten_here),
        cmocka_unit_test(sip_answers_mean_what_the_table_says),
        cmocka_unit_test(no_answer_leaves_the_bot_without_a_code),
        cmocka_unit_test(a_message_is_cut_to_size),
        cmocka_unit_test(reasons_have_names_for_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * How a WebSocket begins: what we ask, and what we take for an answer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "appmedia/upgrade.h"
#include "base/mem.h"

/* The example of RFC 6455 section 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define SWITCHES "HTTP/1.1 101 Switching Protocols\r\n"
#define UPGRADES "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define PLAIN "Sec-WebSocket-Protocol: callmedia.v1\r\n"
#define FRAMED "Sec-WebSocket-Protocol: callmedia.framed.v1\r\n"

static struct upgrade ask(void)
{
    return (struct upgrade){.url = "wss://bot.example:8443/media?x=1",
                            .token = "a.b.c",
                            .call = "c-1",
                            .session = "s-1",
                            .trace = "00-1-2-00",
                            .user_agent = "carillon",
                            .key = KEY};
}

static void the_request_is_what_the_rfc_and_the_bot_want(void **state)
{
    struct upgrade u = ask();
    struct buf out = {0};

    (void)state;
    upgrade_write(&u, &out);
    assert_string_equal(out.data, "GET /media?x=1 HTTP/1.1\r\nHost: bot.example:8443\r\n"
                                  "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " KEY "\r\n"
                                  "Sec-WebSocket-Protocol: callmedia.v1\r\n"
                                  "Authorization: Bearer a.b.c\r\nx-call-id: c-1\r\n"
                                  "x-media-session-id: s-1\r\ntraceparent: 00-1-2-00\r\n"
                                  "User-Agent: carillon\r\n\r\n");
    buf_clear(&out);
}

/* The session's id is a text of the bot's: whatever it is, it makes no header of its own. */
static void a_session_that_no_header_can_carry_is_left_out(void **state)
{
    static const char *const bad[] = {"s\r\nHost: other.example",
                                      "s\n\nGET / HTTP/1.1",
                                      "s\t",
                                      "",
                                      "s\x7f",
                                      "\xc3\xa9",
                                      "two words"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct upgrade u = ask();
        struct buf out = {0};

        u.session = bad[i];
        upgrade_write(&u, &out);
        if (strstr(out.data, "x-media-session-id") != NULL)
            fail_msg("'%s' became a header", bad[i]);
        buf_clear(&out);
    }
}

static const struct {
    const char *answer;
    bool offers_framed;
    enum upgrade_verdict verdict;
    enum framing framing;
} answers[] = {
    {SWITCHES UPGRADES ACCEPT PLAIN "\r\n", false, UPGRADE_DONE, FRAMING_PLAIN},
    {SWITCHES UPGRADES ACCEPT PLAIN "\r\n", true, UPGRADE_DONE, FRAMING_PLAIN},
    {SWITCHES UPGRADES ACCEPT FRAMED "\r\n", true, UPGRADE_DONE, FRAMING_FRAMED},
    {"HTTP/1.1 101\r\n" UPGRADES ACCEPT PLAIN "\r\n", false, UPGRADE_DONE, FRAMING_PLAIN},
    {SWITCHES "upgrade: x, WebSocket\r\nconnection:keep-alive,upgrade\r\n" ACCEPT PLAIN "\r\n",
     false, UPGRADE_DONE, FRAMING_PLAIN},
    {SWITCHES UPGRADES ACCEPT PLAIN, false, UPGRADE_MORE, 0},
    {"", false, UPGRADE_MORE, 0},
    {SWITCHES UPGRADES ACCEPT FRAMED "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES UPGRADES ACCEPT "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES UPGRADES PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES UPGRADES "Sec-WebSocket-Accept: x\r\n" PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES "Connection: Upgrade\r\n" ACCEPT PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES "Upgrade: websocket\r\n" ACCEPT PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES UPGRADES ACCEPT PLAIN PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES UPGRADES ACCEPT ACCEPT PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES UPGRADES ACCEPT PLAIN "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", false,
     UPGRADE_REFUSED, 0},
    {SWITCHES UPGRADES ACCEPT PLAIN " folded\r\n\r\n", false, UPGRADE_REFUSED, 0},
    {SWITCHES "no header\r\n" UPGRADES ACCEPT PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {"HTTP/1.1 200 OK\r\n" UPGRADES ACCEPT PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1/\r\n\r\n", false, UPGRADE_REFUSED, 0},
    {"HTTP/1.1 1010 Odd\r\n" UPGRADES ACCEPT PLAIN "\r\n", false, UPGRADE_REFUSED, 0},
    {"SSH-2.0-OpenSSH_9.2\r\n", false, UPGRADE_REFUSED, 0},
    {"\r\n\r\n", false, UPGRADE_REFUSED, 0},
};

static void an_answer_is_judged_by_all_that_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct upgrade u = ask();
        enum framing framing = FRAMING_COUNT;
        const char *why = NULL;
        size_t n = strlen(answers[i].answer), used = 0;
        char *exact = mem_new(n + 1);
        enum upgrade_verdict v;

        memcpy(exact, answers[i].answer, n);
        u.offers_framed = answers[i].offers_framed;
        v = upgrade_read(&u, exact, n, &used, &framing, &why);
        if (v != answers[i].verdict)
            fail_msg("answer %zu: %d (%s)", i, (int)v, why != NULL ? why : "-");
        assert_int_equal(v == UPGRADE_REFUSED, why != NULL);
        if (v == UPGRADE_DONE)
            assert_true(used == n && framing == answers[i].framing);
        (void)mem_free(exact);
    }
}

static void what_follows_the_head_is_not_of_it(void **state)
{
    static const char text[] = SWITCHES UPGRADES ACCEPT PLAIN "\r\n\x81\x02{}";
    struct upgrade u = ask();
    enum framing framing;
    const char *why;
    size_t used = 0;

    (void)state;
    assert_int_equal(upgrade_read(&u, text, sizeof(text) - 1, &used, &framing, &why), UPGRADE_DONE);
    assert_int_equal(used, sizeof(text) - 1 - 4);
}

static void a_head_without_end_is_refused(void **state)
{
    struct upgrade u = ask();
    struct buf b = {0};
    enum framing framing;
    const char *why;
    size_t used;

    (void)state;
    buf_text(&b, SWITCHES);
    while (b.len < UPGRADE_HEAD_MAX)
        buf_text(&b, "X-More: and more\r\n");
    assert_int_equal(upgrade_read(&u, b.data, b.len, &used, &framing, &why), UPGRADE_REFUSED);
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request_is_what_the_rfc_and_the_bot_want),
        cmocka_unit_test(a_session_that_no_header_can_carry_is_left_out),
        cmocka_unit_test(an_answer_is_judged_by_all_that_it_says),
        cmocka_unit_test(what_follows_the_head_is_not_of_it),
        cmocka_unit_test(a_head_without_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

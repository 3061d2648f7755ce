/*
 * appmedia_words_test.c - the handshake and the text messages, as callmedia.v1 has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "appmedia/upgrade.h"
#include "appmedia/words.h"
#include "base/mem.h"

/* The key and the answer of RFC 6455 section 1.3. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define GOOD                                                                            \
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define PLAIN "Sec-WebSocket-Protocol: callmedia.v1\r\n"

static const struct upgrade ask = {.url = "ws://bot.example:18732/MediaProcessor?x=1",
                                   .token = "t0k",
                                   .call = "c",
                                   .session = "s",
                                   .trace = "00-1-2-00",
                                   .user_agent = "Carillon/1",
                                   .key = KEY};

static enum upgrade_verdict read_head(const struct upgrade *u, const char *text, size_t *used,
                                      enum framing *framing, const char **why)
{
    return upgrade_read(u, text, strlen(text), used, framing, why);
}

static void we_ask_as_rfc_6455_says(void **state)
{
    struct buf b = {0};

    (void)state;
    upgrade_write(&ask, &b);
    assert_string_equal(b.data, "GET /MediaProcessor?x=1 HTTP/1.1\r\n"
                                "Host: bot.example:18732\r\n"
                                "Upgrade: websocket\r\n"
                                "Connection: Upgrade\r\n"
                                "Sec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: " KEY "\r\n"
                                "Sec-WebSocket-Protocol: callmedia.v1\r\n"
                                "Authorization: Bearer t0k\r\n"
                                "x-call-id: c\r\n"
                                "x-media-session-id: s\r\n"
                                "traceparent: 00-1-2-00\r\n"
                                "User-Agent: Carillon/1\r\n\r\n");
    buf_clear(&b);
    upgrade_dial(ask.url, &b);
    assert_string_equal(b.data, "http://bot.example:18732/");
    buf_clear(&b);
    upgrade_dial("wss://b", &b);
    assert_string_equal(b.data, "https://b/");
    buf_clear(&b);
}

static void no_path_is_the_root_and_each_key_is_new(void **state)
{
    struct upgrade u = {.url = "wss://b?q", .token = "t", .call = "c", .user_agent = "x"};
    char before[UPGRADE_KEY_SIZE];
    struct buf b = {0};

    (void)state;
    u.offers_framed = true;
    upgrade_key(&u);
    memcpy(before, u.key, sizeof(before));
    upgrade_key(&u);
    assert_string_not_equal(before, u.key);
    assert_int_equal(strlen(u.key), 24);
    upgrade_write(&u, &b);
    assert_non_null(strstr(b.data, "GET /?q HTTP/1.1\r\nHost: b\r\n"));
    assert_non_null(strstr(b.data, "Protocol: callmedia.framed.v1, callmedia.v1\r\n"));
    assert_null(strstr(b.data, "x-media-session-id"));
    buf_clear(&b);
}

static void a_right_answer_is_taken_and_what_follows_is_left(void **state)
{
    const char *text = GOOD PLAIN "\r\n\x81\x00";
    enum framing framing = FRAMING_COUNT;
    const char *why = NULL;
    size_t used = 0;

    (void)state;
    assert_int_equal(upgrade_read(&ask, text, strlen(GOOD PLAIN) + 4, &used, &framing, &why),
                     UPGRADE_DONE);
    assert_int_equal(used, strlen(GOOD PLAIN) + 2);
    assert_int_equal(framing, FRAMING_PLAIN);
}

static void a_head_may_come_byte_by_byte(void **state)
{
    const char *text = GOOD "x-More: 1\r\n" PLAIN "\r\n";
    enum framing framing;
    const char *why;
    size_t used;

    (void)state;
    for (size_t n = 0; n < strlen(text); n++)
        assert_int_equal(upgrade_read(&ask, text, n, &used, &framing, &why), UPGRADE_MORE);
    assert_int_equal(read_head(&ask, text, &used, &framing, &why), UPGRADE_DONE);
}

static void any_other_answer_is_refused_in_plain_words(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"SSH-2.0-OpenSSH_9.2\r\n", "no HTTP"},
        {"HTTP/1.1 200 OK\r\n\r\n", "not 101"},
        {"HTTP/1.1 1011 OK\r\n\r\n", "not 101"},
        {"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", "not 101"},
        {GOOD "\r\n", "callmedia.v1"},
        {GOOD "Sec-WebSocket-Protocol: chat\r\n\r\n", "callmedia.v1"},
        {GOOD "Sec-WebSocket-Protocol: callmedia.framed.v1\r\n\r\n", "callmedia.v1"},
        {GOOD PLAIN PLAIN "\r\n", "twice"},
        {GOOD PLAIN "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", "extension"},
        {GOOD PLAIN " folded\r\n\r\n", "no HTTP"},
        {GOOD PLAIN "no colon\r\n\r\n", "no HTTP"},
        {"HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" PLAIN
         "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
         "does not take"},
        {"HTTP/1.1 101 OK\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n" PLAIN
         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
         "does not take"},
    };
    enum framing framing;
    const char *why;
    size_t used;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(read_head(&ask, rows[i].text, &used, &framing, &why), UPGRADE_REFUSED);
        assert_non_null(strstr(why, rows[i].says));
    }
}

static void a_head_without_end_is_refused_at_8_KiB(void **state)
{
    char *text = mem_new(UPGRADE_HEAD_MAX + 1);
    enum framing framing;
    const char *why;
    size_t used;

    (void)state;
    memset(text, 'a', UPGRADE_HEAD_MAX);
    memcpy(text, "HTTP/1.1 101 OK\r\nx:", 19);
    assert_int_equal(upgrade_read(&ask, text, UPGRADE_HEAD_MAX - 1, &used, &framing, &why),
                     UPGRADE_MORE);
    assert_int_equal(upgrade_read(&ask, text, UPGRADE_HEAD_MAX, &used, &framing, &why),
                     UPGRADE_REFUSED);
    mem_free(text);
}

static void the_framed_mode_is_taken_where_it_was_offered(void **state)
{
    struct upgrade u = ask;
    enum framing framing = FRAMING_PLAIN;
    const char *why;
    size_t used;

    (void)state;
    u.offers_framed = true;
    assert_int_equal(read_head(&u, GOOD "Sec-WebSocket-Protocol: callmedia.framed.v1\r\n\r\n",
                               &used, &framing, &why),
                     UPGRADE_DONE);
    assert_int_equal(framing, FRAMING_FRAMED);
}

static struct command_words read_words(const char *text)
{
    struct command_words c;

    words_read(text, strlen(text), &c);
    return c;
}

static void each_command_is_understood(void **state)
{
    static const struct {
        const char *text;
        enum word word;
    } rows[] = {
        {"{\"cmd\":\"clear\"}", WORD_CLEAR},   {"{\"cmd\":\"flush\"}", WORD_FLUSH},
        {"{\"cmd\":\"pause\"}", WORD_PAUSE},   {"{\"cmd\":\"resume\",\"more\":1}", WORD_RESUME},
        {"{\"cmd\":\"status\"}", WORD_STATUS}, {"{\"cmd\":\"bye\"}", WORD_BYE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(read_words(rows[i].text).word, rows[i].word);
    assert_string_equal(read_words("{\"cmd\":\"mark\",\"id\":\"p1\"}").mark, "p1");
    assert_int_equal(read_words("{\"cmd\":\"direction\",\"direction\":\"in\"}").direction,
                     DIRECTION_IN);
}

static void what_is_no_command_has_a_code(void **state)
{
    static const struct {
        const char *text, *code;
    } rows[] = {
        {"", "notJson"},
        {"{", "notJson"},
        {"[]", "notJson"},
        {"\"clear\"", "notJson"},
        {"{}", "badCommand"},
        {"{\"cmd\":1}", "badCommand"},
        {"{\"cmd\":\"dance\"}", "unknownCommand"},
        {"{\"cmd\":\"mark\"}", "badCommand"},
        {"{\"cmd\":\"mark\",\"id\":7}", "badCommand"},
        {"{\"cmd\":\"direction\"}", "badCommand"},
        {"{\"cmd\":\"direction\",\"direction\":\"up\"}", "badCommand"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct command_words c = read_words(rows[i].text);

        assert_int_equal(c.word, WORD_NONE);
        assert_string_equal(c.refusal, rows[i].code);
    }
}

static void a_mark_may_have_128_characters(void **state)
{
    char *id = mem_new(WORDS_MARK_CHARS + 2);
    char *text;

    (void)state;
    memset(id, 'x', WORDS_MARK_CHARS);
    text = str_printf("{\"cmd\":\"mark\",\"id\":\"%s\"}", id);
    assert_string_equal(read_words(text).mark, id);
    mem_free(text);
    id[WORDS_MARK_CHARS] = 'x';
    text = str_printf("{\"cmd\":\"mark\",\"id\":\"%s\"}", id);
    assert_string_equal(read_words(text).refusal, "badCommand");
    mem_free(text);
    mem_free(id);
}

static void events_are_as_they_are_printed(void **state)
{
    static const char *const ids[] = {"a", "b"};
    struct buf b = {0};

    (void)state;
    words_key('#', &b);
    buf_char(&b, '\n');
    words_speakers(ids, 2, &b);
    buf_char(&b, '\n');
    words_mark("p\"1", true, &b);
    buf_char(&b, '\n');
    words_ms("xoff", "queuedMs", 18020, &b);
    buf_char(&b, '\n');
    words_track(3, "p", 12, &b);
    words_track_end(3, &b);
    buf_char(&b, '\n');
    words_stop("hangup", 200, 0, &b);
    words_error("unknownCommand", &b);
    assert_string_equal(b.data, "{\"event\":\"dtmf\",\"digit\":\"#\"}\n"
                                "{\"event\":\"speakers\",\"ids\":[\"a\",\"b\"]}\n"
                                "{\"event\":\"mark\",\"id\":\"p\\\"1\",\"played\":true}\n"
                                "{\"event\":\"xoff\",\"queuedMs\":18020}\n"
                                "{\"event\":\"track\",\"id\":3,\"participant\":\"p\","
                                "\"sourceId\":\"12\"}{\"event\":\"trackEnd\",\"id\":3}\n"
                                "{\"event\":\"stop\",\"reason\":\"hangup\",\"code\":200,"
                                "\"subcode\":0}{\"event\":\"error\",\"code\":\"unknownCommand\"}");
    buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(we_ask_as_rfc_6455_says),
        cmocka_unit_test(no_path_is_the_root_and_each_key_is_new),
        cmocka_unit_test(a_right_answer_is_taken_and_what_follows_is_left),
        cmocka_unit_test(a_head_may_come_byte_by_byte),
        cmocka_unit_test(any_other_answer_is_refused_in_plain_words),
        cmocka_unit_test(a_head_without_end_is_refused_at_8_KiB),
        cmocka_unit_test(the_framed_mode_is_taken_where_it_was_offered),
        cmocka_unit_test(each_command_is_understood),
        cmocka_unit_test(what_is_no_command_has_a_code),
        cmocka_unit_test(a_mark_may_have_128_characters),
        cmocka_unit_test(events_are_as_they_are_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * json_writer_test.c - commas, escapes, numbers, and bytes that are no UTF-8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "json/json.h"
#include "json/writer.h"

static struct buf out;

static void becomes(const char *expected)
{
    assert_string_equal(out.data, expected);
    buf_clear(&out);
}

static void commas_stand_only_between(void **state)
{
    struct writer w;

    (void)state;
    writer_init(&w, &out);
    writer_object(&w, NULL);
    writer_text(&w, "a", "x");
    writer_list(&w, "b");
    writer_end(&w);
    writer_list(&w, "c");
    writer_int(&w, NULL, 1);
    writer_object(&w, NULL);
    writer_end(&w);
    writer_bool(&w, NULL, true);
    writer_end(&w);
    writer_null(&w, "d");
    writer_raw(&w, "e", "[1,2]", 5);
    writer_bool(&w, "f", false);
    writer_text(&w, "g", NULL);
    writer_end(&w);
    becomes(
        "{\"a\":\"x\",\"b\":[],\"c\":[1,{},true],\"d\":null,\"e\":[1,2],\"f\":false,\"g\":null}");
}

static void text_becomes(const char *text, const char *expected)
{
    struct writer w;

    writer_init(&w, &out);
    writer_text(&w, NULL, text);
    becomes(expected);
}

static void texts_are_escaped(void **state)
{
    (void)state;
    text_becomes("", "\"\"");
    text_becomes("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    text_becomes("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    text_becomes("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
    text_becomes("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
                 "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

#define BAD "\xef\xbf\xbd"

static void bad_bytes_are_replaced(void **state)
{
    (void)state;
    text_becomes("a\xff"
                 "b",
                 "\"a" BAD "b\"");
    text_becomes("\x80", "\"" BAD "\"");
    text_becomes("\xc0\xaf", "\"" BAD BAD "\""); /* too long a form of '/' */
    text_becomes("\xe0\x80\xaf", "\"" BAD BAD BAD "\"");
    text_becomes("\xf0\x80\x80\xaf", "\"" BAD BAD BAD BAD "\"");
    text_becomes("\xed\xa0\x80", "\"" BAD BAD BAD "\"");         /* a surrogate */
    text_becomes("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* beyond U+10FFFF */
    text_becomes("\xe2\x82", "\"" BAD BAD "\"");                 /* cut */
    text_becomes("\xf0\x9f\x98", "\"" BAD BAD BAD "\"");
    text_becomes("\xe2\"", "\"" BAD "\\\"\"");
    text_becomes("\xf4\x8f\xbf\xbf\xed\x9f\xbf", "\"\xf4\x8f\xbf\xbf\xed\x9f\xbf\"");
}

static void keys_are_escaped_too(void **state)
{
    struct writer w;

    (void)state;
    writer_init(&w, &out);
    writer_object(&w, NULL);
    writer_int(&w, "a\"b", 1);
    writer_end(&w);
    becomes("{\"a\\\"b\":1}");
}

static void int_becomes(int64_t value, const char *expected)
{
    struct writer w;

    writer_init(&w, &out);
    writer_int(&w, NULL, value);
    becomes(expected);
}

static void real_becomes(double value, const char *expected)
{
    struct writer w;

    writer_init(&w, &out);
    writer_real(&w, NULL, value);
    becomes(expected);
}

static void numbers_are_whole(void **state)
{
    (void)state;
    int_becomes(0, "0");
    int_becomes(-1, "-1");
    int_becomes(INT64_MAX, "9223372036854775807");
    int_becomes(INT64_MIN, "-9223372036854775808");
    real_becomes(0.1, "0.1");
    real_becomes(1.0 / 3.0, "0.33333333333333331");
    real_becomes(NAN, "null");
    real_becomes(-INFINITY, "null");
}

/* Every single byte and every pair becomes JSON that a strict reader takes. */
static void whatever_is_written_can_be_read(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 65536; i++) {
        const char text[] = {(char)(i >> 8 != 0 ? i >> 8 : i), (char)(i & 0xff), '\0'};
        struct writer w;
        struct json *j;

        writer_init(&w, &out);
        writer_text(&w, NULL, text);
        j = json_parse(out.data, out.len, NULL);
        assert_non_null(j);
        json_free(j);
        out.len = 0;
    }
    buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_only_between),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(bad_bytes_are_replaced),
        cmocka_unit_test(keys_are_escaped_too),
        cmocka_unit_test(numbers_are_whole),
        cmocka_unit_test(whatever_is_written_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

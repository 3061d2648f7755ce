/*
 * json_json_test.c - what is JSON, what is forgiven, and what never is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "json/json.h"

static struct fail fail;

static struct json *parse(const char *text)
{
    fail = (struct fail){0};
    return json_parse(text, strlen(text), &fail);
}

static void refused(const char *text, const char *sentence)
{
    struct json *j = parse(text);

    assert_null(j);
    assert_int_equal(fail.err, ERR_NOT_JSON);
    if (strstr(fail.text, sentence) == NULL)
        fail_msg("'%s' says: %s", text, fail.text);
}

static void every_kind_is_told_apart(void **state)
{
    static const struct {
        const char *text;
        enum json_kind kind;
    } rows[] = {
        {"null", JSON_NULL}, {"true", JSON_BOOL},  {"false", JSON_BOOL}, {"-12", JSON_INT},
        {"1.5", JSON_REAL},  {"\"a\"", JSON_TEXT}, {"[]", JSON_LIST},    {" {} \n", JSON_OBJECT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json *j = parse(rows[i].text);

        assert_non_null(j);
        assert_int_equal(json_kind(j), rows[i].kind);
        json_free(j);
    }
    assert_int_equal(json_kind(NULL), JSON_NONE);
}

static void values_come_out_as_they_went_in(void **state)
{
    struct json *j =
        parse("{\"t\":\"a\\u00e9\\ud83d\\ude00\",\"i\":-9223372036854775808,\"r\":0.25,"
              "\"b\":true,\"l\":[1,\"x\"]}");

    (void)state;
    assert_string_equal(json_text(json_get(j, "t")), "a\xc3\xa9\xf0\x9f\x98\x80");
    assert_true(json_int(json_get(j, "i")) == INT64_MIN);
    assert_true(json_number(json_get(j, "r")) == 0.25);
    assert_true(json_bool(json_get(j, "b")));
    assert_int_equal(json_count(json_get(j, "l")), 2);
    assert_int_equal(json_count(j), 5);
    assert_string_equal(json_text(json_at(json_get(j, "l"), 1)), "x");
    json_free(j);
}

static void what_is_not_there_is_nothing(void **state)
{
    struct json *j = parse("{\"t\":1}");
    void *at = NULL;
    const char *key;
    const struct json *value;

    (void)state;
    assert_null(json_get(j, "u"));
    assert_null(json_get(NULL, "u"));
    assert_null(json_get(json_get(j, "t"), "u"));
    assert_null(json_text(json_get(j, "t")));
    assert_null(json_text(NULL));
    assert_null(json_at(NULL, 0));
    assert_null(json_at(j, 0));
    assert_int_equal(json_count(NULL), 0);
    assert_int_equal(json_int(NULL), 0);
    assert_true(json_number(NULL) == 0);
    assert_false(json_bool(NULL));
    assert_false(json_each(NULL, &at, &key, &value));
    json_free(j);
    json_free(NULL);
}

static void an_object_is_walked_in_its_own_order(void **state)
{
    struct json *j = parse("{\"z\":1,\"a\":2,\"m\":3}");
    void *at = NULL;
    const char *key;
    const struct json *value;
    char keys[8] = "";
    int64_t sum = 0;

    (void)state;
    while (json_each(j, &at, &key, &value)) {
        (void)strncat(keys, key, 1);
        sum += json_int(value);
    }
    assert_string_equal(keys, "zam");
    assert_true(sum == 6);
    json_free(j);
}

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    refused("{\"a\":1,\"a\":2}", "twice");
    refused("{\"a\":\"\\u0000\"}", "\\u0000");
    refused("{\"a\":\"\xff\"}", "UTF-8");
    refused("{} x", "line 1");
    refused("{}{}", "nothing may follow");
    refused("", "line 1");
    refused("{\n\"a\": tru}", "line 2");
    refused("'a'", "not JSON");
    refused("[01]", "line 1");
    refused("[NaN]", "not JSON");
    refused("[1e999]", "too large");
    refused("[92233720368547758070]", "too large");
    refused("[\"a", "line 1");
    refused("\"\\ud800\"", "line 1");
    refused("[1,]", "line 1");
}

static void a_sentence_never_repeats_the_text(void **state)
{
    (void)state;
    assert_null(parse("{\"secret\": hunter2}"));
    assert_null(strstr(fail.text, "hunter2"));
}

static void a_zero_byte_ends_nothing(void **state)
{
    (void)state;
    assert_null(json_parse("{}\0", 3, &fail));
    assert_null(json_parse("{\"a\0b\":1}", 9, &fail));
}

static void nesting_is_counted_outside_of_texts(void **state)
{
    char text[256] = "";
    struct json *j;

    (void)state;
    (void)memset(text, '[', JSON_DEPTH);
    (void)memset(text + JSON_DEPTH, ']', JSON_DEPTH);
    j = parse(text);
    assert_non_null(j);
    json_free(j);
    (void)memset(text, '[', JSON_DEPTH + 1);
    (void)memset(text + JSON_DEPTH + 1, ']', JSON_DEPTH + 1);
    refused(text, "column 65: more than 64 levels");

    (void)memset(text, '[', 100);
    text[0] = '"';
    text[1] = '\\';
    text[2] = '"';
    text[100] = '"';
    text[101] = '\0';
    j = parse(text);
    assert_non_null(j);
    json_free(j);
}

/* Is it forgiven, and does it then mean the same as the strict text? */
static void forgiven(const char *text, size_t count)
{
    bool lenient = false;
    char *before = str_dup(text);
    struct json *j = json_parse_lenient(text, strlen(text), &lenient, &fail);

    if (j == NULL)
        fail_msg("'%s': %s", text, fail.text);
    assert_true(lenient);
    assert_int_equal(json_count(j), count);
    assert_string_equal(text, before);
    json_free(j);
    (void)mem_free(before);
}

static void a_comma_before_the_end_is_forgiven(void **state)
{
    (void)state;
    forgiven("[1,]", 1);
    forgiven("{\"a\":1,}", 1);
    forgiven("{\"a\":{\"b\":[1,2 , \n],},}", 1);
    forgiven("[\"a\",]", 1);
    forgiven("[[],]", 1);
    forgiven("[{},\t]", 1);
    forgiven("[\",]\",]", 1);
    forgiven("[\"\\\",]\",]", 1);
    forgiven("[true,false,null,]", 3);
}

static void what_needs_no_leniency_has_none(void **state)
{
    bool lenient = true;
    struct json *j = json_parse_lenient("[\",]\"]", 6, &lenient, &fail);

    (void)state;
    assert_false(lenient);
    assert_string_equal(json_text(json_at(j, 0)), ",]");
    json_free(j);
}

static void no_other_mistake_is_forgiven(void **state)
{
    static const char *const texts[] = {
        "[,]",      "{,}",  "[1,,2]", "[1,,]", "{\"a\":,}", "[,1]", "[1],", "{\"a\":1,,}",
        "{\"a\",}", "[1,}", "\",]",   ",",     "",          "[1,",  "]",    "{\"a\":1,\"a\":2,}",
    };
    bool lenient;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct json *j = json_parse_lenient(texts[i], strlen(texts[i]), &lenient, &fail);

        if (j != NULL)
            fail_msg("'%s' was forgiven", texts[i]);
        assert_false(lenient);
    }
    assert_non_null(strstr(fail.text, "twice"));
}

static void a_tree_is_printed_as_it_was_read(void **state)
{
    static const char *const texts[] = {
        "{\"b\":1,\"a\":[true,null,-2,\"\\u0001 \\\"\"],\"c\":{}}",
        "\"alone\"",
        "null",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct json *j = json_parse(texts[i], strlen(texts[i]), NULL);
        struct buf out = {0};

        json_print(j, &out);
        assert_string_equal(out.data, texts[i]);
        buf_clear(&out);
        json_free(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_told_apart),
        cmocka_unit_test(values_come_out_as_they_went_in),
        cmocka_unit_test(what_is_not_there_is_nothing),
        cmocka_unit_test(an_object_is_walked_in_its_own_order),
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(a_sentence_never_repeats_the_text),
        cmocka_unit_test(a_zero_byte_ends_nothing),
        cmocka_unit_test(nesting_is_counted_outside_of_texts),
        cmocka_unit_test(a_comma_before_the_end_is_forgiven),
        cmocka_unit_test(what_needs_no_leniency_has_none),
        cmocka_unit_test(no_other_mistake_is_forgiven),
        cmocka_unit_test(a_tree_is_printed_as_it_was_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

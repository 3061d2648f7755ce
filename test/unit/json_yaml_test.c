/*
 * json_yaml_test.c - which YAML becomes which tree, what is refused, and where a key stands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "json/yaml.h"

static struct fail fail;

static struct json *parse(const char *text)
{
    fail = (struct fail){0};
    return yaml_parse("c.yaml", text, strlen(text), &fail);
}

static void refused(const char *text, const char *sentence)
{
    assert_null(parse(text));
    assert_int_equal(fail.err, ERR_BAD_REQUEST);
    if (strstr(fail.text, sentence) == NULL)
        fail_msg("'%s' says: %s", text, fail.text);
}

static void scalars_follow_the_core_schema(void **state)
{
    static const struct {
        const char *text;
        enum json_kind kind;
        int64_t number;
    } rows[] = {
        {"a: ~", JSON_NULL, 0},
        {"a:", JSON_NULL, 0},
        {"a: Null", JSON_NULL, 0},
        {"a: true", JSON_BOOL, 0},
        {"a: FALSE", JSON_BOOL, 0},
        {"a: yes", JSON_TEXT, 0},
        {"a: 12", JSON_INT, 12},
        {"a: -3", JSON_INT, -3},
        {"a: +4", JSON_INT, 4},
        {"a: 0o17", JSON_INT, 15},
        {"a: 0x1F", JSON_INT, 31},
        {"a: 010", JSON_INT, 10},
        {"a: 1.5", JSON_TEXT, 0},
        {"a: '12'", JSON_TEXT, 0},
        {"a: \"true\"", JSON_TEXT, 0},
        {"a: 127.0.0.1:80", JSON_TEXT, 0},
        {"a:\n-\n", JSON_LIST, 0},
        {"a: \"\"", JSON_TEXT, 0},
        {"a: 99999999999999999999", JSON_TEXT, 0},
        {"a: 0x", JSON_TEXT, 0},
        {"a: |\n  12\n", JSON_TEXT, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct json *j = parse(rows[i].text);

        if (j == NULL || json_kind(json_get(j, "a")) != rows[i].kind)
            fail_msg("'%s' became %d: %s", rows[i].text, (int)json_kind(json_get(j, "a")),
                     fail.text);
        assert_true(json_int(json_get(j, "a")) == rows[i].number);
        json_free(j);
    }
}

static void maps_and_lists_nest(void **state)
{
    struct json *j = parse("sip:\n  realm: carillon\n  ports: [1, 2]\n"
                           "users:\n  - {name: john, tags: []}\n  - name: bob\n");
    const struct json *users = json_get(j, "users");

    (void)state;
    assert_non_null(j);
    assert_string_equal(json_text(json_get(json_get(j, "sip"), "realm")), "carillon");
    assert_true(json_int(json_at(json_get(json_get(j, "sip"), "ports"), 1)) == 2);
    assert_int_equal(json_count(users), 2);
    assert_string_equal(json_text(json_get(json_at(users, 1), "name")), "bob");
    assert_int_equal(json_kind(json_get(json_at(users, 0), "tags")), JSON_LIST);
    json_free(j);
}

static void an_empty_file_sets_nothing(void **state)
{
    static const char *const texts[] = {"", "# only a comment\n", "---\n..."};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct json *j = parse(texts[i]);

        assert_int_equal(json_kind(j), JSON_OBJECT);
        assert_int_equal(json_count(j), 0);
        json_free(j);
    }
}

static void what_can_mislead_is_refused_with_its_place(void **state)
{
    (void)state;
    refused("a: &x 1\nb: *x\n", "c.yaml, line 1, column 4: anchors");
    refused("b: *x\n", "alias");
    refused("a: &x {}\n", "anchors");
    refused("a: &x []\n", "anchors");
    refused("a: !!str 1\n", "tags");
    refused("a: !x [1]\n", "tags");
    refused("a: 1\n---\nb: 2\n", "line 2, column 1: only one document");
    refused("a: 1\nb: 2\na: 3\n", "line 3, column 1: a key appears twice");
    refused("? [a]\n: 1\n", "a key must be a text");
    refused("? {a: b}\n: 1\n", "a key must be a text");
    refused("a: \"x\\0y\"\n", "zero byte");
    refused("a: [1\n", "line 2");
    refused("a: \"\xff\"\n", "c.yaml");
    refused("\ta: 1\n", "line 1");
}

static void nesting_and_size_are_bounded(void **state)
{
    char text[200];
    char *large;
    struct json *j;

    (void)state;
    (void)memset(text, '[', 64);
    (void)memset(text + 64, ']', 64);
    text[128] = '\0';
    j = parse(text);
    assert_non_null(j);
    json_free(j);
    (void)memset(text, '[', 65);
    (void)memset(text + 65, ']', 65);
    text[130] = '\0';
    refused(text, "too deep");

    large = mem_new(1024 * 1024 + 2);
    (void)memset(large, '#', 1024 * 1024 + 1);
    assert_null(yaml_parse("c.yaml", large, 1024 * 1024 + 1, &fail));
    assert_int_equal(fail.err, ERR_TOO_LARGE);
    (void)mem_free(large);
}

static void a_path_has_a_line(void **state)
{
    static const char text[] = "# c\n"                /* 1 */
                               "http: 127.0.0.1:1\n"  /* 2 */
                               "sip:\n"               /* 3 */
                               "  realm: carillon\n"  /* 4 */
                               "  digest: md5\n"      /* 5 */
                               "directory:\n"         /* 6 */
                               "  users:\n"           /* 7 */
                               "    - name: john\n"   /* 8 */
                               "      sip: john\n"    /* 9 */
                               "    - name: bob\n"    /* 10 */
                               "      sip: {a: [1,\n" /* 11 */
                               "        2]}\n"        /* 12 */
                               "realm: x\n";          /* 13 */
    static const struct {
        const char *path;
        int line;
    } rows[] = {
        {"http", 2},
        {"sip", 3},
        {"sip.realm", 4},
        {"sip.digest", 5},
        {"directory.users[0]", 8},
        {"directory.users[1].name", 10},
        {"directory.users[1].sip.a[1]", 12},
        {"realm", 13},
        {"directory.users[2]", 0},
        {"sip.users", 0},
        {"", 0},
        {"carillon", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int line = yaml_line(text, sizeof(text) - 1, rows[i].path);

        if (line != rows[i].line)
            fail_msg("'%s' is on line %d", rows[i].path, line);
    }
    assert_int_equal(yaml_line("a: [", 4, "b"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_follow_the_core_schema),
        cmocka_unit_test(maps_and_lists_nest),
        cmocka_unit_test(an_empty_file_sets_nothing),
        cmocka_unit_test(what_can_mislead_is_refused_with_its_place),
        cmocka_unit_test(nesting_and_size_are_bounded),
        cmocka_unit_test(a_path_has_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

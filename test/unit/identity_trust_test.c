/*
 * The configuration of outside issuers: what is taken, and what is refused with its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/arena.h"
#include "base/mem.h"
#include "base/str.h"
#include "identity/directory.h"
#include "identity/trust.h"
#include "json/yaml.h"

#define CONTOSO "aa67bd4c-8475-432d-bd41-39f255720e0a"
#define GOOD "issuer: https://login.example, audiences: ['api://x']"

struct issuers {
    struct objects list;
};

static const struct field fields[] = {OBJECTS(struct issuers, list, "issuers", 0, &trust_type, 0),
                                      END};
static const struct type type = {.name = "identity",
                                 .size = sizeof(struct issuers),
                                 .flags = TYPE_PLAIN | TYPE_STRICT,
                                 .fields = fields};

static enum err check(const char *text, struct fail *f)
{
    struct arena a = {0};
    struct directory_config config = {0};
    struct directory *d = NULL;
    struct issuers read;
    struct json *j = yaml_parse("t", text, strlen(text), f);
    enum err e;

    assert_non_null(j);
    dev_directory_fill(&config, &a);
    assert_int_equal(directory_new(&config, "carillon", &d, f), ERR_OK);
    e = fields_read(j, &type, &read, &a, f);
    if (e == ERR_OK)
        e = trust_check(&read.list, d, f);
    json_free(j);
    directory_free(d);
    arena_clear(&a);
    return e;
}

static void each_mistake_is_named_with_its_place(void **state)
{
    /* clang-format off */
    static const struct {
        const char *entry;
        const char *words; /* NULL: it is good */
    } rows[] = {
        {GOOD,                                                                   NULL},
        {GOOD ", jwks_uri: https://login.example/keys",                          NULL},
        {GOOD ", tenant: " CONTOSO,                                              NULL},
        {GOOD ", tenant: AA67BD4C8475432DBD4139F255720E0A",                      NULL},
        {GOOD ", roles_claim: realm_access.roles",                               NULL},
        {"issuer: 'https://l.example/{tenantid}/v2.0', audiences: [a, b]",       NULL},
        {"audiences: [a]",                                                       "issuer"},
        {"issuer: https://login.example",                                        "audiences"},
        {"issuer: https://login.example, audiences: []",                         "audiences"},
        {"issuer: https://login.example, audiences: [a, '']",                    "audiences"},
        {"issuer: login.example, audiences: [a]",                                "no URL"},
        {"issuer: 'https://', audiences: [a]",                                   "no URL"},
        {"issuer: 'https:///x', audiences: [a]",                                 "no URL"},
        {"issuer: 'https://l.example?a=b', audiences: [a]",                      "no URL"},
        {"issuer: 'https://l.example/ x', audiences: [a]",                       "no URL"},
        {"issuer: 'file:///etc/passwd', audiences: [a]",                         "no URL"},
        {"issuer: 'https://{tenantid}.example/{tenantid}', audiences: [a]",      "more than once"},
        {"issuer: 'https://l.example/{tenantid}', audiences: [a], tenant: " CONTOSO, "must not be there"},
        {GOOD ", tenant: " CONTOSO ", tenant_claim: tid",                        "exclude each other"},
        {GOOD ", tenant: Contoso",                                               "not in the directory"},
        {GOOD ", tenant: 99999999-8475-432d-bd41-39f255720e0a",                  "not in the directory"},
        {GOOD ", jwks_uri: keys.json",                                           "jwks_uri' is no URL"},
        {GOOD ", secret: x",                                                     "secret"},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fail f = {0};
        char *text = str_printf("issuers:\n  - {%s}\n", rows[i].entry);
        enum err e = check(text, &f);

        if ((e == ERR_OK) != (rows[i].words == NULL))
            fail_msg("%s: %s", rows[i].entry, f.text);
        if (rows[i].words != NULL &&
            (strstr(f.text, rows[i].words) == NULL || strstr(f.text, "issuers[0]") == NULL))
            fail_msg("%s: %s", rows[i].entry, f.text);
        (void)mem_free(text);
    }
}

static void an_issuer_is_there_once(void **state)
{
    struct fail f;

    (void)state;
    assert_int_equal(check("issuers:\n  - {" GOOD "}\n  - {" GOOD "}\n", &f), ERR_BAD_REQUEST);
    assert_string_equal(f.text, "'identity.issuers[1].issuer' is there twice");
}

static void there_are_sixteen_at_most(void **state)
{
    struct buf text = {0};
    struct fail f;

    (void)state;
    buf_text(&text, "issuers:\n");
    for (int i = 0; i < TRUST_MAX; i++)
        buf_printf(&text, "  - {issuer: 'https://%d.example', audiences: [a]}\n", i);
    assert_int_equal(check(text.data, &f), ERR_OK);
    buf_text(&text, "  - {issuer: 'https://more.example', audiences: [a]}\n");
    assert_int_equal(check(text.data, &f), ERR_BAD_REQUEST);
    assert_non_null(strstr(f.text, "more than 16"));
    buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_named_with_its_place),
        cmocka_unit_test(an_issuer_is_there_once),
        cmocka_unit_test(there_are_sixteen_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

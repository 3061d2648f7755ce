/*
 * Which way a URL goes behind a proxy, as a table; the rest is seen in test/box/test_proxy.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "client/proxy.h"

static const char *const names[] = {"corp.example", ".dotted.example"};

static const struct client_proxy judging = {
    .url = "http://proxy.example:3128", .names = names, .name_count = 2};

/* clang-format off */
static const struct {
    const char *url;
    enum way way;
} ways[] = {
    /* names are resolved and judged by us */
    {"https://bot.example/callback",         WAY_RESOLVE},
    {"http://bot.example:8080",              WAY_RESOLVE},
    {"https://bot.example.",                 WAY_RESOLVE},
    {"https://xcorp.example/",               WAY_RESOLVE},
    {"https://corp.example.org/",            WAY_RESOLVE},
    {"https://localhost.example/",           WAY_RESOLVE},
    {"https://notlocalhost/",                WAY_RESOLVE},
    {"https://10.1.2.3.example/",            WAY_RESOLVE},
    /* addresses were judged with the URL */
    {"https://203.0.114.7/x?y=http://a",     WAY_PROXY},
    {"http://192.168.1.1:80/",               WAY_PROXY},
    {"https://[2001:db9::1]:8443/",          WAY_PROXY},
    {"https://11.0.0.1",                     WAY_PROXY},
    /* what is ours, or named */
    {"http://127.0.0.1:8080/_/inbox/first",  WAY_STRAIGHT},
    {"http://127.9.9.9",                     WAY_STRAIGHT},
    {"http://[::1]:8080/",                   WAY_STRAIGHT},
    {"http://[::ffff:127.0.0.1]/",           WAY_STRAIGHT},
    {"http://localhost:8080/",               WAY_STRAIGHT},
    {"http://LocalHost.",                    WAY_STRAIGHT},
    {"http://bot.localhost/",                WAY_STRAIGHT},
    {"https://corp.example",                 WAY_STRAIGHT},
    {"https://corp.example.:443/",           WAY_STRAIGHT},
    {"https://Bot.CORP.example/x",           WAY_STRAIGHT},
    {"https://dotted.example/x",             WAY_STRAIGHT},
    {"https://a.b.dotted.example?x",         WAY_STRAIGHT},
    {"https://10.1.2.3/",                    WAY_STRAIGHT},
    {"https://[fd00:1::2]/",                 WAY_STRAIGHT},
    {"https://[::ffff:10.1.2.3]/",           WAY_STRAIGHT},
};
/* clang-format on */

static struct client_proxy with_ranges(struct guard_range r[2])
{
    struct client_proxy p = judging;

    assert_int_equal(guard_range_read(&r[0], "10.0.0.0/8", NULL), ERR_OK);
    assert_int_equal(guard_range_read(&r[1], "fd00:1::/32", NULL), ERR_OK);
    p.ranges = r;
    p.range_count = 2;
    return p;
}

static void each_url_has_its_way(void **state)
{
    struct guard_range r[2];
    struct client_proxy p = with_ranges(r);

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        if (proxy_way(&p, ways[i].url) != ways[i].way)
            fail_msg("%s goes way %d", ways[i].url, (int)proxy_way(&p, ways[i].url));
}

static void a_proxy_that_resolves_gets_names_as_they_are(void **state)
{
    struct guard_range r[2];
    struct client_proxy p = with_ranges(r);

    (void)state;
    p.resolves = true;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        assert_int_equal(proxy_way(&p, ways[i].url),
                         ways[i].way == WAY_STRAIGHT ? WAY_STRAIGHT : WAY_PROXY);
}

static void without_a_proxy_everything_goes_straight(void **state)
{
    const struct client_proxy none = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
        assert_int_equal(proxy_way(&none, ways[i].url), WAY_STRAIGHT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_url_has_its_way),
        cmocka_unit_test(a_proxy_that_resolves_gets_names_as_they_are),
        cmocka_unit_test(without_a_proxy_everything_goes_straight),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

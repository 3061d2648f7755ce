/*
 * The guard, as tables: each kind of address under each permission, and the ways in which a
 * URL can be written to mean something else than it seems.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "client/guard.h"

enum { STRICT, LOOPBACK, PRIVATE, BOTH, GUARDS };

static const struct guard guards[GUARDS] = {
    [STRICT] = {0},
    [LOOPBACK] = {.loopback = true},
    [PRIVATE] = {.private_nets = true},
    [BOTH] = {.loopback = true, .private_nets = true},
};

/* Which guards let an address pass, in the order above. */
#define NOBODY                     \
    {                              \
        false, false, false, false \
    }
#define EVERYBODY              \
    {                          \
        true, true, true, true \
    }
#define WITH_LOOPBACK            \
    {                            \
        false, true, false, true \
    }
#define WITH_PRIVATE             \
    {                            \
        false, false, true, true \
    }

/* clang-format off */
static const struct {
    const char *ip;
    bool passes[GUARDS];
} addresses[] = {
    {"8.8.8.8",                  EVERYBODY},
    {"1.0.0.1",                  EVERYBODY},
    {"9.255.255.255",            EVERYBODY},
    {"11.0.0.0",                 EVERYBODY},
    {"100.63.255.255",           EVERYBODY},
    {"100.128.0.0",              EVERYBODY},
    {"126.255.255.255",          EVERYBODY},
    {"128.0.0.0",                EVERYBODY},
    {"169.253.255.255",          EVERYBODY},
    {"169.255.0.0",              EVERYBODY},
    {"172.15.255.255",           EVERYBODY},
    {"172.32.0.0",               EVERYBODY},
    {"192.167.255.255",          EVERYBODY},
    {"192.169.0.0",              EVERYBODY},
    {"223.255.255.255",          EVERYBODY},
    {"2606:4700::1111",          EVERYBODY},
    {"2a00:1450:4001::8a",       EVERYBODY},
    {"::ffff:8.8.8.8",           EVERYBODY},
    {"64:ff9b::8.8.8.8",         EVERYBODY},
    {"2002:808:808::1",          EVERYBODY},

    {"127.0.0.1",                WITH_LOOPBACK},
    {"127.0.0.0",                WITH_LOOPBACK},
    {"127.255.255.255",          WITH_LOOPBACK},
    {"::1",                      WITH_LOOPBACK},
    {"::ffff:127.0.0.1",         WITH_LOOPBACK},
    {"64:ff9b::127.0.0.1",       WITH_LOOPBACK},
    {"2002:7f00:1::",            WITH_LOOPBACK},

    {"10.0.0.0",                 WITH_PRIVATE},
    {"10.255.255.255",           WITH_PRIVATE},
    {"100.64.0.0",               WITH_PRIVATE},
    {"100.127.255.255",          WITH_PRIVATE},
    {"172.16.0.1",               WITH_PRIVATE},
    {"172.31.255.255",           WITH_PRIVATE},
    {"192.168.1.1",              WITH_PRIVATE},
    {"::ffff:10.1.2.3",          WITH_PRIVATE},
    {"64:ff9b::192.168.0.1",     WITH_PRIVATE},
    {"2002:c0a8:1::",            WITH_PRIVATE},
    {"fc00::1",                  WITH_PRIVATE},
    {"fd00::1",                  WITH_PRIVATE},
    {"fdff:ffff::1",             WITH_PRIVATE},

    {"169.254.0.0",              NOBODY},
    {"169.254.169.254",          NOBODY}, /* metadata of most clouds */
    {"::ffff:169.254.169.254",   NOBODY},
    {"64:ff9b::169.254.169.254", NOBODY},
    {"2002:a9fe:a9fe::",         NOBODY},
    {"fe80::1",                  NOBODY},
    {"febf::1",                  NOBODY},
    {"fec0::1",                  NOBODY},
    {"fd00:ec2::254",            NOBODY}, /* metadata elsewhere */
    {"fd20:ce::254",             NOBODY},
    {"100.100.100.200",          NOBODY},
    {"168.63.129.16",            NOBODY},
    {"::ffff:168.63.129.16",     NOBODY},
    {"0.0.0.0",                  NOBODY}, /* Linux connects it to itself */
    {"0.1.2.3",                  NOBODY},
    {"::",                       NOBODY},
    {"::ffff:0.0.0.0",           NOBODY},
    {"::127.0.0.1",              NOBODY},
    {"64:ff9b::0.0.0.0",         NOBODY},
    {"64:ff9b:1::7f00:1",        NOBODY},
    {"224.0.0.1",                NOBODY},
    {"239.255.255.255",          NOBODY},
    {"ff02::1",                  NOBODY},
    {"240.0.0.1",                NOBODY},
    {"255.255.255.255",          NOBODY},
    {"192.0.0.1",                NOBODY},
    {"192.0.2.1",                NOBODY},
    {"198.18.0.1",               NOBODY},
    {"198.51.100.1",             NOBODY},
    {"203.0.113.1",              NOBODY},
    {"2001::1",                  NOBODY}, /* Teredo has an IPv4 address inside, disguised */
    {"2001:db8::1",              NOBODY},
    {"100::1",                   NOBODY},
};
/* clang-format on */

static struct addr ip_of(const char *ip)
{
    struct addr a;

    if (!addr_read_ip(&a, ip, strlen(ip), 443))
        fail_msg("'%s' is no address", ip);
    return a;
}

static void each_address_passes_those_guards_that_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct addr a = ip_of(addresses[i].ip);

        for (int g = 0; g < GUARDS; g++)
            if (guard_allows(&guards[g], &a) != addresses[i].passes[g])
                fail_msg("%s and guard %d", addresses[i].ip, g);
    }
}

static void what_is_no_ip_address_is_refused(void **state)
{
    struct addr a = {.sa = {.sa_family = AF_UNIX}};

    (void)state;
    assert_false(guard_allows(&guards[BOTH], &a));
}

/* Does a guard with nothing but this range let the address pass? */
static bool passes_range(const char *range, const char *ip)
{
    struct guard_range r;
    struct guard g = {.allow = &r, .allow_count = 1};
    struct addr a = ip_of(ip);

    assert_int_equal(guard_range_read(&r, range, NULL), ERR_OK);
    return guard_allows(&g, &a);
}

static void a_range_lets_those_inside_pass_and_no_others(void **state)
{
    /* clang-format off */
    static const struct {
        const char *range;
        const char *ip;
        bool passes;
    } rows[] = {
        {"10.1.0.0/16",        "10.1.0.0",                  true},
        {"10.1.0.0/16",        "10.1.255.255",              true},
        {"10.1.0.0/16",        "10.2.0.0",                  false},
        {"10.1.0.0/16",        "::ffff:10.1.2.3",           true},
        {"10.1.0.0/16",        "fd00::1",                   false},
        {"10.1.2.3",           "10.1.2.3",                  true},
        {"10.1.2.3",           "10.1.2.4",                  false},
        {"10.1.2.3/31",        "10.1.2.2",                  true},
        {"10.1.2.3/31",        "10.1.2.1",                  false},
        {"0.0.0.0/0",          "192.168.0.1",               true},
        {"0.0.0.0/0",          "127.0.0.1",                 true},
        {"0.0.0.0/0",          "169.254.169.254",           true},
        {"0.0.0.0/0",          "0.0.0.0",                   false},
        {"0.0.0.0/0",          "224.0.0.1",                 false},
        {"0.0.0.0/0",          "255.255.255.255",           false},
        {"0.0.0.0/0",          "::1",                       false},
        {"::/0",               "::1",                       true},
        {"::/0",               "ff02::1",                   false},
        {"::/0",               "::",                        false},
        {"::/0",               "::ffff:127.0.0.1",          false},
        {"fd00::/8",           "fd12::1",                   true},
        {"fd00::/8",           "fc12::1",                   false},
        {"fd00:ec2::254",      "fd00:ec2::254",             true},
        {"fe80::/10",          "fe80::1",                   true},
        {"169.254.169.254",    "169.254.169.254",           true},
        {"169.254.169.254",    "169.254.169.253",           false},
        {"169.254.169.254",    "64:ff9b::169.254.169.254",  true},
        {"168.63.129.16/32",   "168.63.129.16",             true},
        {"100.100.0.0/16",     "100.100.100.200",           true},
        {"::1/128",            "::1",                       true},
        {"::1/127",            "::",                        false},
    };
    /* clang-format on */

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (passes_range(rows[i].range, rows[i].ip) != rows[i].passes)
            fail_msg("%s and %s", rows[i].range, rows[i].ip);
}

static void what_is_no_range_is_refused_and_named(void **state)
{
    static const char *const wrong[] = {
        "",           "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8",  "10.0.0.0/8/8",
        "fd00::/129", "localhost", "10.0.0.0/ 8", "/8",          "[::1]/128", "010.0.0.0/8"};
    struct guard_range r;
    struct fail f;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        if (guard_range_read(&r, wrong[i], &f) != ERR_BAD_REQUEST)
            fail_msg("'%s' was read as a range", wrong[i]);
        assert_non_null(strstr(f.text, wrong[i]));
    }
}

/* --- URLs --- */

enum { FINE = GUARD_FINE, MALFORMED = GUARD_MALFORMED, REFUSED = GUARD_REFUSED };

/* Under a guard that allows neither plain http nor any inner address. */
/* clang-format off */
static const struct {
    const char *url;
    int verdict;
} urls[] = {
    {"https://bot.contoso.com/callback",          FINE},
    {"HTTPS://BOT.contoso.com",                   FINE},
    {"https://bot.contoso.com:8443/a?b=c#d",      FINE},
    {"https://bot.contoso.com?x=1",               FINE},
    {"https://bot.contoso.com./",                 FINE},
    {"https://a_b-c.example/",                    FINE},
    {"https://8.8.8.8/",                          FINE},
    {"https://[2606:4700::1111]:443/",            FINE},
    {"https://xn--bcher-kva.example/",            FINE},
    {"https://localhost/",                        FINE}, /* judged when it is resolved */
    {"https://host/p@th?u:p@x#@",                 FINE}, /* an @ behind the host is nobody's name */
    {"https://1.2.3.4.example/",                  FINE},
    {"https://0xcafe.example/",                   FINE},
    {"https://host:1/",                           FINE},
    {"https://host:65535/",                       FINE},

    {"http://bot.contoso.com/",                   REFUSED},
    {"https://127.0.0.1/",                        REFUSED},
    {"https://169.254.169.254/latest",            REFUSED},
    {"https://10.0.0.1:8443/",                    REFUSED},
    {"https://0.0.0.0/",                          REFUSED},
    {"https://[::1]/",                            REFUSED},
    {"https://[::]/",                             REFUSED},
    {"https://[::ffff:127.0.0.1]/",               REFUSED},
    {"https://[::ffff:7f00:1]/",                  REFUSED},
    {"https://[64:ff9b::7f00:1]/",                REFUSED},
    {"https://[fd00::1]/",                        REFUSED},
    {"https://[fe80::1]/",                        REFUSED},

    {"https://2130706433/",                       MALFORMED}, /* 127.0.0.1 in other words */
    {"https://0x7f000001/",                       MALFORMED},
    {"https://0X7F.1/",                           MALFORMED},
    {"https://0177.0.0.1/",                       MALFORMED},
    {"https://127.1/",                            MALFORMED},
    {"https://127.0.1/",                          MALFORMED},
    {"https://127.0.0.1./",                       MALFORMED},
    {"https://127.0.0.01/",                       MALFORMED},
    {"https://127.0.0.0x1/",                      MALFORMED},
    {"https://1.2.3.256/",                        MALFORMED},
    {"https://1.2.3.4.5/",                        MALFORMED},
    {"https://a.0x/",                             MALFORMED},
    {"https://0/",                                MALFORMED},
    {"https://[127.0.0.1]/",                      MALFORMED},
    {"https://::1/",                              MALFORMED},
    {"https://[::1/",                             MALFORMED},
    {"https://[::1]x/",                           MALFORMED},
    {"https://[::1%25eth0]/",                     MALFORMED},
    {"https://[fe80::1%eth0]/",                   MALFORMED},
    {"https://[]/",                               MALFORMED},
    {"https://[localhost]/",                      MALFORMED},

    {"https://user:pass@host/",                   MALFORMED},
    {"https://user@host/",                        MALFORMED},
    {"https://@host/",                            MALFORMED},
    {"https://bot.contoso.com@127.0.0.1/",        MALFORMED},
    {"https://host\\@127.0.0.1/",                 MALFORMED},
    {"https://host\\.example/",                   MALFORMED},
    {"https://%31%32%37.0.0.1/",                  MALFORMED},
    {"https://host%00.example/",                  MALFORMED},
    {"https://ho st/",                            MALFORMED},
    {"https://host/a b",                          MALFORMED},
    {"https://host/\r\nX-Evil: 1",                MALFORMED},
    {"https://host/\t",                           MALFORMED},
    {"https://host/\x7f",                         MALFORMED},
    {"https://b\xc3\xbc" "cher.example/",         MALFORMED},
    {"https://host/\xe3\x80\x82",                 MALFORMED},
    {" https://host/",                            MALFORMED},
    {"https://host/\n",                           MALFORMED},

    {"",                                          MALFORMED},
    {"https://",                                  MALFORMED},
    {"https:///path",                             MALFORMED},
    {"https://:443/",                             MALFORMED},
    {"https://?x",                                MALFORMED},
    {"https:/host/",                              MALFORMED},
    {"https:host",                                MALFORMED},
    {"https//host",                               MALFORMED},
    {"//host/",                                   MALFORMED},
    {"host/path",                                 MALFORMED},
    {"ftp://host/",                               MALFORMED},
    {"file:///etc/passwd",                        MALFORMED},
    {"gopher://host/",                            MALFORMED},
    {"httpss://host/",                            MALFORMED},
    {"javascript:alert(1)",                       MALFORMED},
    {"https://.example/",                         MALFORMED},
    {"https://a..b/",                             MALFORMED},
    {"https://host../",                           MALFORMED},
    {"https://./",                                MALFORMED},
    {"https://host:/",                            MALFORMED},
    {"https://host:0/",                           MALFORMED},
    {"https://host:65536/",                       MALFORMED},
    {"https://host:999999/",                      MALFORMED},
    {"https://host:+80/",                         MALFORMED},
    {"https://host:-1/",                          MALFORMED},
    {"https://host:80:90/",                       MALFORMED},
    {"https://host:80x/",                         MALFORMED},
    {"https://host,other/",                       MALFORMED},
    {"https://ho*st/",                            MALFORMED},
};
/* clang-format on */

static void each_url_gets_the_verdict_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct fail f = {0};
        int verdict = (int)guard_judge(&guards[STRICT], urls[i].url, &f);

        if (verdict != urls[i].verdict)
            fail_msg("'%s': %d, not %d (%s)", urls[i].url, verdict, urls[i].verdict, f.text);
        assert_int_equal(guard_url(&guards[STRICT], urls[i].url, &f),
                         verdict == FINE ? ERR_OK : ERR_BAD_REQUEST);
        assert_true(verdict == FINE || f.text[0] != '\0');
    }
}

static void what_is_allowed_in_dev_is_allowed(void **state)
{
    static const struct guard dev = {.plain_http = true, .loopback = true};

    (void)state;
    assert_int_equal(guard_url(&dev, "http://127.0.0.1:8080/_/inbox/first", NULL), ERR_OK);
    assert_int_equal(guard_url(&dev, "http://[::1]:8080/", NULL), ERR_OK);
    assert_int_equal(guard_url(&dev, "http://10.0.0.1/", NULL), ERR_BAD_REQUEST);
    assert_int_equal(guard_url(&dev, "http://127.1/", NULL), ERR_BAD_REQUEST);
}

static void lengths_are_bounded(void **state)
{
    char url[4096];
    struct fail f;

    (void)state;
    (void)memset(url, 'a', sizeof(url));
    (void)memcpy(url, "https://host.example/", 21);
    url[2048] = '\0';
    assert_int_equal(guard_url(&guards[STRICT], url, &f), ERR_OK);
    url[2048] = 'a';
    url[2049] = '\0';
    assert_int_equal(guard_url(&guards[STRICT], url, &f), ERR_BAD_REQUEST);

    (void)memset(url, 'a', sizeof(url)); /* a label of 63, and one of 64 */
    (void)memcpy(url, "https://", 8);
    (void)memcpy(url + 8 + 63, ".example/", 10);
    assert_int_equal(guard_url(&guards[STRICT], url, &f), ERR_OK);
    (void)memset(url + 8, 'a', 64);
    (void)memcpy(url + 8 + 64, ".example/", 10);
    assert_int_equal(guard_url(&guards[STRICT], url, &f), ERR_BAD_REQUEST);

    for (size_t i = 0; i < 253; i++) /* a name of 253, and one of 255 */
        url[8 + i] = i % 2 == 0 ? 'a' : '.';
    (void)memcpy(url + 8 + 253, "/", 2);
    assert_int_equal(guard_url(&guards[STRICT], url, &f), ERR_OK);
    (void)memcpy(url + 8 + 253, ".a/", 4);
    assert_int_equal(guard_url(&guards[STRICT], url, &f), ERR_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_address_passes_those_guards_that_it_should),
        cmocka_unit_test(what_is_no_ip_address_is_refused),
        cmocka_unit_test(a_range_lets_those_inside_pass_and_no_others),
        cmocka_unit_test(what_is_no_range_is_refused_and_named),
        cmocka_unit_test(each_url_gets_the_verdict_it_should),
        cmocka_unit_test(what_is_allowed_in_dev_is_allowed),
        cmocka_unit_test(lengths_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

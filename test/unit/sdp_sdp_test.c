/*
 * sdp_sdp_test.c - reading of session descriptions: what is forgiven, what is bounded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sdp/parsed.h"
#include "sdp/sdp.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.168.1.9\r\ns=-\r\nc=IN IP4 192.168.1.9\r\nt=0 0\r\n"

static struct parsed parsed;

static enum err read_it(const char *text)
{
    return parsed_read(text, strlen(text), &parsed, NULL);
}

static void assert_span(struct span s, const char *want)
{
    assert_int_equal(s.n, strlen(want));
    assert_memory_equal(s.p, want, s.n);
}

static void every_codec_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(sdp_codec_name(SDP_PCMU), "PCMU");
    assert_string_equal(sdp_codec_name(SDP_PCMA), "PCMA");
    assert_string_equal(sdp_codec_name(SDP_G722), "G722");
    assert_string_equal(sdp_codec_name(SDP_OPUS), "opus");
    assert_string_equal(sdp_codec_name(SDP_CODEC_COUNT), "none");
}

static void what_is_no_sdp_is_refused_and_says_why(void **state)
{
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"", "the SDP is empty or no text"},
        {"hello", "the SDP does not begin with v=0"},
        {"o=- 1 1 IN IP4 1.2.3.4\r\nv=0\r\n", "the SDP does not begin with v=0"},
        {"v=1\r\n", "the SDP does not begin with v=0"},
        {"\r\n\r\n", "the SDP does not begin with v=0"},
        {"v=0\r\nm=audio\r\n", "an m= line of the SDP is malformed"},
        {"v=0\r\nm=audio 4000 RTP/AVP\r\n", "an m= line of the SDP is malformed"},
        {"v=0\r\nm=audio 65536 RTP/AVP 0\r\n", "an m= line of the SDP is malformed"},
        {"v=0\r\nm=audio -1 RTP/AVP 0\r\n", "an m= line of the SDP is malformed"},
        {"v=0\r\nm=audio 4000x RTP/AVP 0\r\n", "an m= line of the SDP is malformed"},
        {"v=0\r\nm=vid\reo 4000 RTP/AVP 0\r\n", "an m= line of the SDP is malformed"},
        {"v=0\r\nm=audio 4000 RTP/AVP \x01\r\n", "an m= line of the SDP is malformed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fail f = {0};

        assert_int_equal(parsed_read(rows[i].text, strlen(rows[i].text), &parsed, &f),
                         ERR_BAD_REQUEST);
        assert_string_equal(f.text, rows[i].why);
    }
    assert_int_equal(parsed_read("v=0\0\n", 5, &parsed, NULL), ERR_BAD_REQUEST);
}

static void length_and_lines_are_bounded(void **state)
{
    static char text[SDP_BYTES + 2];
    struct buf b = {0};

    (void)state;
    (void)memset(text, 'x', sizeof(text));
    (void)memcpy(text, "v=0\n", 4);
    assert_int_equal(parsed_read(text, SDP_BYTES, &parsed, NULL), ERR_OK);
    assert_int_equal(parsed_read(text, SDP_BYTES + 1, &parsed, NULL), ERR_BAD_REQUEST);

    buf_text(&b, HEAD);
    for (int i = 0; i < SDP_MEDIA; i++)
        buf_text(&b, "m=audio 4000 RTP/AVP 0\r\n");
    assert_int_equal(read_it(b.data), ERR_OK);
    assert_int_equal(parsed.media_count, SDP_MEDIA);
    buf_text(&b, "m=audio 4000 RTP/AVP 0\r\n");
    assert_int_equal(read_it(b.data), ERR_BAD_REQUEST);
    buf_clear(&b);
}

static void formats_beyond_the_bound_are_left_out(void **state)
{
    struct buf b = {0};

    (void)state;
    buf_text(&b, HEAD "m=audio 4000 RTP/AVP");
    for (int i = 0; i < SDP_FORMATS + 8; i++)
        buf_printf(&b, " %d", 60 + i);
    buf_text(&b, "\r\n");
    assert_int_equal(read_it(b.data), ERR_OK);
    assert_int_equal(parsed.media[0].format_count, SDP_FORMATS);
    assert_int_equal(parsed.media[0].formats[SDP_FORMATS - 1].payload_type, 60 + SDP_FORMATS - 1);
    buf_clear(&b);
}

static void line_feeds_alone_blanks_and_unknown_lines_are_fine(void **state)
{
    (void)state;
    assert_int_equal(read_it("\n\nv=0\no=x\nq\n=\ny=?\nc=IN IP4 10.1.2.3\na\na=\na=foo:bar\n"
                             "m=audio  4000   RTP/AVP 0  8 \na=ptime:30 \na=rtpmap:0\n"
                             "a=rtpmap:x PCMA/8000\na=rtpmap:8 /8000\na=rtpmap:8 PCMA/fast"),
                     ERR_OK);
    assert_int_equal(parsed.media_count, 1);
    assert_int_equal(parsed.media[0].port, 4000);
    assert_int_equal(parsed.media[0].format_count, 2);
    assert_int_equal(parsed.media[0].ptime_ms, 30);
    assert_span(parsed.media[0].formats[0].name, "PCMU");
    assert_span(parsed.media[0].formats[1].name, "PCMA");
}

static void a_line_of_the_session_holds_for_all_media_unless_they_say_otherwise(void **state)
{
    char ip[ADDR_TEXT_SIZE];

    (void)state;
    assert_int_equal(read_it(HEAD "a=sendonly\r\na=ptime:40\r\n"
                                  "m=audio 4000 RTP/AVP 0\r\n"
                                  "m=audio 4002 RTP/AVP 0\r\nc=IN IP4 10.9.9.9\r\na=inactive\r\n"
                                  "a=ptime:10\r\n"),
                     ERR_OK);
    assert_int_equal(parsed.media[0].direction, SDP_SENDONLY);
    assert_int_equal(parsed.media[0].ptime_ms, 40);
    assert_string_equal(addr_ip_text(&parsed.media[0].address, ip), "192.168.1.9");
    assert_int_equal(parsed.media[1].direction, SDP_INACTIVE);
    assert_int_equal(parsed.media[1].ptime_ms, 10);
    assert_string_equal(addr_ip_text(&parsed.media[1].address, ip), "10.9.9.9");
}

static void a_connection_line_needs_an_ip_address(void **state)
{
    static const struct {
        const char *line;
        bool ok;
    } rows[] = {
        {"c=IN IP4 10.0.0.1", true},       {"c=IN IP4 224.2.1.1/127/3", true},
        {"c=IN IP6 2001:db8::1", true},    {"c=in ip4 10.0.0.1", true},
        {"c=IN IP4 phone.example", false}, {"c=IN IP4", false},
        {"c=IN IP5 10.0.0.1", false},      {"c=", false},
        {"c=IN IP4 1.2.3.4.5", false},     {"c=ATM NSAP 47", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf b = {0};

        buf_printf(&b, "v=0\r\nm=audio 4000 RTP/AVP 0\r\n%s\r\n", rows[i].line);
        assert_int_equal(read_it(b.data), ERR_OK);
        assert_int_equal(parsed.media[0].has_address, rows[i].ok);
        buf_clear(&b);
    }
}

static void an_rtpmap_says_more_than_the_static_meaning(void **state)
{
    (void)state;
    assert_int_equal(read_it(HEAD "m=audio 4000 RTP/AVP 0 96 97 98\r\na=rtpmap:0 PCMA/8000\r\n"
                                  "a=rtpmap:96 OPUS/48000/2\r\na=rtpmap:97 x/8000/stereo\r\n"
                                  "a=rtpmap:50 nobody/8000\r\n"),
                     ERR_OK);
    assert_span(parsed.media[0].formats[0].name, "PCMA");
    assert_true(parsed_is(parsed.media[0].formats[1].name, "opus"));
    assert_int_equal(parsed.media[0].formats[1].clock, 48000);
    assert_int_equal(parsed.media[0].formats[1].channels, 2);
    assert_int_equal(parsed.media[0].formats[2].name.n, 0);
    assert_int_equal(parsed.media[0].formats[3].name.n, 0);
}

static void only_fit_addresses_may_get_media(void **state)
{
    static const struct {
        const char *at;
        bool fit, fit_in_dev;
    } rows[] = {
        {"8.8.8.8:4000", true, true},           {"192.168.1.9:4000", true, true},
        {"127.0.0.1:4000", false, true},        {"[::1]:4000", false, true},
        {"169.254.169.254:4000", false, false}, {"224.0.0.1:4000", false, false},
        {"0.0.0.0:4000", false, false},         {"255.255.255.255:4000", false, false},
        {"8.8.8.8:1023", false, false},         {"8.8.8.8:0", false, false},
        {"[fe80::1]:4000", false, false},       {"[::ffff:127.0.0.1]:4000", false, true},
        {"8.8.8.8:1024", true, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct addr a;

        assert_int_equal(addr_read(&a, rows[i].at, true, NULL), ERR_OK);
        assert_int_equal(sdp_address_is_fit(&a, false), rows[i].fit);
        assert_int_equal(sdp_address_is_fit(&a, true), rows[i].fit_in_dev);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_codec_has_its_name),
        cmocka_unit_test(what_is_no_sdp_is_refused_and_says_why),
        cmocka_unit_test(length_and_lines_are_bounded),
        cmocka_unit_test(formats_beyond_the_bound_are_left_out),
        cmocka_unit_test(line_feeds_alone_blanks_and_unknown_lines_are_fine),
        cmocka_unit_test(a_line_of_the_session_holds_for_all_media_unless_they_say_otherwise),
        cmocka_unit_test(a_connection_line_needs_an_ip_address),
        cmocka_unit_test(an_rtpmap_says_more_than_the_static_meaning),
        cmocka_unit_test(only_fit_addresses_may_get_media),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

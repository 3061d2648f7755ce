/*
 * sdp_offer_test.c - offers in the manner of real phones, and what we make of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sdp/sdp.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.168.1.9\r\ns=-\r\nc=IN IP4 192.168.1.9\r\nt=0 0\r\n"

static const enum sdp_codec g711[] = {SDP_PCMU, SDP_PCMA};
static const enum sdp_codec all[] = {SDP_OPUS, SDP_G722, SDP_PCMA, SDP_PCMU};

static struct sdp_local local(void)
{
    struct sdp_local me = {
        .rtcp_port = 20001,
        .session_id = 7,
        .session_version = 3,
        .codecs = g711,
        .codec_count = 2,
        .direction = SDP_SENDRECV,
        .telephone_event = true,
    };

    assert_int_equal(addr_read(&me.rtp, "10.0.0.1:20000", true, NULL), ERR_OK);
    return me;
}

struct row {
    const char *name;
    const char *offer;
    enum err err;
    enum sdp_codec codec;
    int payload_type, events, ptime_ms;
    enum sdp_direction direction;
    bool hold, mux;
    const char *rtp, *rtcp;
};

/* clang-format off */
static const struct row offers[] = {
    {"a baresip offer",
     "v=0\r\no=- 3855 1204 IN IP4 192.168.1.9\r\ns=-\r\nc=IN IP4 192.168.1.9\r\nt=0 0\r\n"
     "a=tool:baresip 1.0.0\r\nm=audio 42004 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\n"
     "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"
     "a=rtcp:42005\r\na=sendrecv\r\na=label:1\r\na=rtcp-rsize\r\na=ssrc:991 cname:sip:john@x\r\n"
     "a=ptime:20\r\n",
     ERR_OK, SDP_PCMU, 0, 101, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:42004", "192.168.1.9:42005"},
    {"an offer with AVPF, dynamic types first, small letters and events of two clocks",
     "v=0\r\no=john 2890 3211 IN IP4 192.168.1.9\r\ns=Talk\r\nc=IN IP4 192.168.1.9\r\nt=0 0\r\n"
     "a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics\r\n"
     "a=record:off\r\nm=audio 7078 RTP/AVPF 96 97 98 0 8 18 101 99 100\r\n"
     "a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:97 speex/16000\r\n"
     "a=fmtp:97 vbr=on\r\na=rtpmap:98 speex/8000\r\na=rtpmap:0 pcmu/8000\r\n"
     "a=fmtp:18 annexb=yes\r\na=rtpmap:101 telephone-event/48000\r\n"
     "a=rtpmap:99 telephone-event/16000\r\na=rtpmap:100 telephone-event/8000\r\n"
     "a=rtcp-fb:* trr-int 5000\r\na=rtcp-fb:* ccm tmmbr\r\n",
     ERR_OK, SDP_PCMU, 0, 100, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:7078", "192.168.1.9:7079"},
    {"an offer of a PBX: A-law first, maxptime, connection per medium",
     "v=0\r\no=- 1509 1509 IN IP4 10.2.3.4\r\ns=PBX\r\nt=0 0\r\n"
     "m=audio 15078 RTP/AVP 8 9 101\r\nc=IN IP4 10.2.3.4\r\na=rtpmap:8 PCMA/8000\r\n"
     "a=rtpmap:9 G722/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
     "a=ptime:30\r\na=maxptime:150\r\na=sendrecv\r\n",
     ERR_OK, SDP_PCMA, 8, 101, 30, SDP_SENDRECV, false, false,
     "10.2.3.4:15078", "10.2.3.4:15079"},
    {"line feeds only, no rtpmap, no events, no blank after the last line",
     "v=0\no=x 1 1 IN IP4 10.2.3.4\ns=\nc=IN IP4 10.2.3.4\nt=0 0\nm=audio 5000 RTP/AVP 8",
     ERR_OK, SDP_PCMA, 8, -1, 20, SDP_SENDRECV, false, false, "10.2.3.4:5000", "10.2.3.4:5001"},
    {"A-law under a dynamic type",
     HEAD "m=audio 5000 RTP/AVP 96\r\na=rtpmap:96 PCMA/8000/1\r\n",
     ERR_OK, SDP_PCMA, 96, -1, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"rtcp-mux wins over rtcp",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=rtcp-mux\r\na=rtcp:5555\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_SENDRECV, false, true,
     "192.168.1.9:5000", "192.168.1.9:5000"},
    {"rtcp elsewhere",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=rtcp:6001 IN IP4 10.4.4.4\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_SENDRECV, false, false, "192.168.1.9:5000", "10.4.4.4:6001"},
    {"hold by sendonly",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_RECVONLY, true, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"hold by inactive, said for the session",
     HEAD "a=inactive\r\nm=audio 5000 RTP/AVP 0\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_INACTIVE, true, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"hold in the old way",
     "v=0\r\no=- 1 1 IN IP4 192.168.1.9\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
     "m=audio 5000 RTP/AVP 0\r\na=sendrecv\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_RECVONLY, true, false, "0.0.0.0:5000", "0.0.0.0:5001"},
    {"a listener is not a hold",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=recvonly\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_SENDONLY, false, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"ptime 10 and 60 are liked, 5 and 80 become 20",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=ptime:60\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 60, SDP_SENDRECV, false, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"ptime 5",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=ptime:5\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"ptime 80",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=ptime:80\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"the secure line first: the plain one is taken",
     HEAD "m=audio 5000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"
     "m=audio 5002 RTP/AVP 8\r\n",
     ERR_OK, SDP_PCMA, 8, -1, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:5002", "192.168.1.9:5003"},
    {"crypto on a plain line is an offer that need not be taken",
     HEAD "m=audio 5000 RTP/AVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:5000", "192.168.1.9:5001"},
    {"the first usable of three",
     HEAD "m=audio 0 RTP/AVP 0\r\nm=audio 5002 RTP/AVP 18\r\nm=audio 5004 RTP/AVP 0\r\n",
     ERR_OK, SDP_PCMU, 0, -1, 20, SDP_SENDRECV, false, false,
     "192.168.1.9:5004", "192.168.1.9:5005"},
};

static const struct {
    const char *offer, *why;
    enum err err;
} refused[] = {
    {HEAD "m=audio 5000 RTP/SAVP 0\r\n", "the audio is not plain RTP (SRTP only?)", ERR_MEDIA_KIND},
    {HEAD "m=audio 5000 UDP/TLS/RTP/SAVPF 0\r\n", "the audio is not plain RTP (SRTP only?)", ERR_MEDIA_KIND},
    {HEAD "m=audio 0 RTP/AVP 0\r\n", "the audio stream is switched off (port 0)", ERR_MEDIA_KIND},
    {HEAD "m=audio 5000 RTP/AVP 18 3\r\n", "there is no common codec", ERR_MEDIA_KIND},
    {HEAD "m=audio 5000 RTP/AVP 96\r\na=rtpmap:96 PCMU/16000\r\n", "there is no common codec", ERR_MEDIA_KIND},
    {HEAD "m=audio 5000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000/2\r\n", "there is no common codec", ERR_MEDIA_KIND},
    {HEAD "m=video 5000 RTP/AVP 31\r\n", "there is no audio stream", ERR_MEDIA_KIND},
    {HEAD, "there is no audio stream", ERR_MEDIA_KIND},
    {HEAD "m=audio 5000 RTP/AVP 0\r\nc=IN IP4 phone.example\r\n", "the audio stream has no IP address", ERR_MEDIA_KIND},
    {HEAD "m=audio 5000 RTP/AVP 0\r\nc=IN IP6 2001:db8::1\r\n", "the audio stream is of another IP version than ours", ERR_MEDIA_KIND},
    {"INVITE", "the SDP does not begin with v=0", ERR_BAD_REQUEST},
};
/* clang-format on */

static void assert_agreed(const struct row *r, const struct sdp_agreed *a)
{
    char text[ADDR_TEXT_SIZE];

    assert_int_equal(a->codec, r->codec);
    assert_int_equal(a->payload_type, r->payload_type);
    assert_int_equal(a->telephone_event, r->events);
    assert_int_equal(a->ptime_ms, r->ptime_ms);
    assert_int_equal(a->direction, r->direction);
    assert_int_equal(a->hold, r->hold);
    assert_int_equal(a->rtcp_mux, r->mux);
    assert_string_equal(addr_text(&a->rtp, text), r->rtp);
    assert_string_equal(addr_text(&a->rtcp, text), r->rtcp);
}

static void offers_of_real_phones_are_understood(void **state)
{
    struct sdp_local me = local();

    (void)state;
    for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
        struct sdp_agreed agreed;
        struct buf b = {0};
        struct fail f = {0};

        print_message("  %s\n", offers[i].name);
        assert_int_equal(sdp_answer(offers[i].offer, strlen(offers[i].offer), &me, &agreed, &b, &f),
                         ERR_OK);
        assert_agreed(&offers[i], &agreed);
        buf_clear(&b);
    }
}

static void an_answer_is_read_as_an_offer_is(void **state)
{
    struct sdp_local me = local();

    (void)state;
    for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
        struct sdp_agreed agreed;

        if (offers[i].mux) /* never in our offers, so it cannot come back */
            continue;
        assert_int_equal(
            sdp_read_answer(offers[i].offer, strlen(offers[i].offer), &me, &agreed, NULL), ERR_OK);
        assert_agreed(&offers[i], &agreed);
    }
}

static void what_cannot_be_taken_is_refused_and_says_why(void **state)
{
    struct sdp_local me = local();

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct sdp_agreed agreed;
        struct buf b = {0};
        struct fail f = {0};
        const char *text = refused[i].offer;

        assert_int_equal(sdp_answer(text, strlen(text), &me, &agreed, &b, &f), refused[i].err);
        assert_string_equal(f.text, refused[i].why);
        assert_int_equal(b.len, 0);
        assert_int_equal(sdp_read_answer(text, strlen(text), &me, &agreed, NULL), refused[i].err);
    }
}

static void our_offer_is_written_strictly(void **state)
{
    struct sdp_local me = local();
    struct buf b = {0};

    (void)state;
    sdp_offer(&me, &b);
    assert_string_equal(b.data,
                        "v=0\r\no=carillon 7 3 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\n"
                        "t=0 0\r\nm=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\n"
                        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
                        "a=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n");
    buf_clear(&b);
}

static void an_offer_says_what_is_not_usual(void **state)
{
    struct sdp_local me = local();
    struct buf b = {0};

    (void)state;
    assert_int_equal(addr_read(&me.rtp, "[2001:db8::7]:20000", true, NULL), ERR_OK);
    me.rtcp_port = 30000;
    me.direction = SDP_INACTIVE;
    me.codecs = all;
    me.codec_count = 4;
    sdp_offer(&me, &b);
    assert_string_equal(
        b.data,
        "v=0\r\no=carillon 7 3 IN IP6 2001:db8::7\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\n"
        "m=audio 20000 RTP/AVP 96 9 8 0 101 110\r\na=rtpmap:96 opus/48000/2\r\n"
        "a=fmtp:96 useinbandfec=1;usedtx=1\r\n"
        "a=rtpmap:9 G722/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
        "a=rtpmap:110 telephone-event/48000\r\na=fmtp:110 0-16\r\n"
        "a=extmap:1/recvonly urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
        "a=ptime:20\r\na=rtcp:30000\r\na=inactive\r\n");
    buf_clear(&b);
}

static void our_answer_keeps_the_order_of_lines_and_declines_the_rest(void **state)
{
    static const char offer[] =
        HEAD "m=video 6000 RTP/AVP 31 34\r\na=rtpmap:31 H261/90000\r\n"
             "m=audio 5000 RTP/AVPF 8 0 100\r\na=rtpmap:100 telephone-event/8000\r\na=rtcp-mux\r\n"
             "a=sendonly\r\nm=application 9 DTLS/SCTP 5000\r\nm=audio 5002 RTP/AVP 0\r\n";
    struct sdp_local me = local();
    struct sdp_agreed agreed;
    struct buf b = {0};

    (void)state;
    assert_int_equal(sdp_answer(offer, sizeof(offer) - 1, &me, &agreed, &b, NULL), ERR_OK);
    assert_string_equal(b.data,
                        "v=0\r\no=carillon 7 3 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\n"
                        "t=0 0\r\nm=video 0 RTP/AVP 31\r\nm=audio 20000 RTP/AVPF 8 100\r\n"
                        "a=rtpmap:8 PCMA/8000\r\na=rtpmap:100 telephone-event/8000\r\n"
                        "a=fmtp:100 0-16\r\na=ptime:20\r\na=rtcp-mux\r\na=recvonly\r\n"
                        "m=application 0 DTLS/SCTP 5000\r\nm=audio 0 RTP/AVP 0\r\n");
    buf_clear(&b);
}

static void directions_are_what_both_want(void **state)
{
    /* rows: what they say; columns: what we want */
    static const enum sdp_direction want[4][4] = {
        {SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE},
        {SDP_RECVONLY, SDP_INACTIVE, SDP_RECVONLY, SDP_INACTIVE},
        {SDP_SENDONLY, SDP_SENDONLY, SDP_INACTIVE, SDP_INACTIVE},
        {SDP_INACTIVE, SDP_INACTIVE, SDP_INACTIVE, SDP_INACTIVE},
    };
    static const char *const said[] = {"sendrecv", "sendonly", "recvonly", "inactive"};

    (void)state;
    for (int they = 0; they < 4; they++)
        for (int we = 0; we < 4; we++) {
            struct sdp_local me = local();
            struct sdp_agreed agreed;
            struct buf offer = {0};
            struct buf out = {0};
            char line[32];

            me.direction = (enum sdp_direction)we;
            buf_printf(&offer, HEAD "m=audio 5000 RTP/AVP 0\r\na=%s\r\n", said[they]);
            assert_int_equal(sdp_answer(offer.data, offer.len, &me, &agreed, &out, NULL), ERR_OK);
            assert_int_equal(agreed.direction, want[they][we]);
            assert_int_equal(agreed.hold, they == SDP_SENDONLY || they == SDP_INACTIVE);
            (void)snprintf(line, sizeof(line), "a=%s\r\n", said[want[they][we]]);
            assert_non_null(strstr(out.data, line));
            buf_clear(&offer);
            buf_clear(&out);
        }
}

static void their_order_decides_offers_and_answers(void **state)
{
    static const char text[] =
        HEAD "m=audio 5000 RTP/AVP 18 9 8 96\r\na=rtpmap:96 opus/48000/2\r\n";
    struct sdp_local me = local();
    struct sdp_agreed agreed;
    struct buf b = {0};

    (void)state;
    me.codecs = all;
    me.codec_count = 4;
    assert_int_equal(sdp_answer(text, sizeof(text) - 1, &me, &agreed, &b, NULL), ERR_OK);
    assert_int_equal(agreed.codec, SDP_G722);
    assert_int_equal(agreed.payload_type, 9);
    assert_int_equal(sdp_read_answer(text, sizeof(text) - 1, &me, &agreed, NULL), ERR_OK);
    assert_int_equal(agreed.codec, SDP_G722);
    buf_clear(&b);
}

/* What is agreed with a phone that offers this. */
static struct sdp_agreed agree_with(const char *offer, struct buf *answer)
{
    struct sdp_local me = local();
    struct sdp_agreed agreed;

    me.codecs = all;
    me.codec_count = 4;
    buf_clear(answer);
    assert_int_equal(sdp_answer(offer, strlen(offer), &me, &agreed, answer, NULL), ERR_OK);
    return agreed;
}

static void what_they_say_of_opus_is_read(void **state)
{
    struct buf b = {0};
    struct sdp_agreed a = agree_with(
        HEAD "m=audio 5000 RTP/AVP 111\r\n"
             "a=fmtp:111 minptime=10; useinbandfec=1;maxaveragebitrate=20000 ; usedtx=1;cbr=1;x\r\n"
             "a=rtpmap:111 opus/48000/2\r\n",
        &b);

    (void)state;
    assert_int_equal(a.codec, SDP_OPUS);
    assert_true(a.opus.fec && a.opus.dtx && a.opus.cbr);
    assert_int_equal(a.opus.max_bitrate, 20000);
    assert_non_null(strstr(b.data, "a=rtpmap:111 opus/48000/2\r\n"
                                   "a=fmtp:111 useinbandfec=1;usedtx=1\r\n"));
    a = agree_with(HEAD "m=audio 5000 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n"
                        "a=fmtp:111 useinbandfec=0;maxaveragebitrate=12000;usedtx=x\r\n"
                        "a=fmtp:96 useinbandfec=1\r\n",
                   &b);
    assert_false(a.opus.fec || a.opus.dtx || a.opus.cbr);
    assert_int_equal(a.opus.max_bitrate, 12000);
    a = agree_with(HEAD "m=audio 5000 RTP/AVP 0\r\na=fmtp:0 useinbandfec=1\r\n", &b);
    assert_false(a.opus.fec);
    buf_clear(&b);
}

static void the_level_of_packets_is_agreed_when_they_send_it(void **state)
{
    static const struct {
        const char *line;
        int id;
    } rows[] = {
        {"a=extmap:1 " SDP_LEVEL_URI "\r\n", 1},
        {"a=extmap:14/sendonly " SDP_LEVEL_URI " vad=on\r\n", 14},
        {"a=extmap:255/sendrecv " SDP_LEVEL_URI "\r\n", 255},
        {"a=extmap:3/recvonly " SDP_LEVEL_URI "\r\n", 0},
        {"a=extmap:3/inactive " SDP_LEVEL_URI "\r\n", 0},
        {"a=extmap:0 " SDP_LEVEL_URI "\r\n", 0},
        {"a=extmap:15 " SDP_LEVEL_URI "\r\n", 0},
        {"a=extmap:256 " SDP_LEVEL_URI "\r\n", 0},
        {"a=extmap:x " SDP_LEVEL_URI "\r\n", 0},
        {"a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:mid\r\n", 0},
        {"", 0},
    };
    struct buf b = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char offer[400], want[100];

        (void)snprintf(offer, sizeof(offer), HEAD "m=audio 5000 RTP/AVP 0\r\n%s", rows[i].line);
        assert_int_equal(agree_with(offer, &b).level_id, rows[i].id);
        (void)snprintf(want, sizeof(want), "a=extmap:%d/recvonly " SDP_LEVEL_URI "\r\n",
                       rows[i].id);
        assert_int_equal(strstr(b.data, want) != NULL, rows[i].id > 0);
    }
    buf_clear(&b);
}

static void events_are_agreed_only_when_we_want_them_best_of_the_codecs_clock(void **state)
{
    static const char both[] =
        HEAD "m=audio 5000 RTP/AVP 96 101 110\r\na=rtpmap:96 opus/48000/2\r\n"
             "a=rtpmap:101 telephone-event/8000\r\n"
             "a=rtpmap:110 telephone-event/48000\r\n";
    static const char slow[] = HEAD "m=audio 5000 RTP/AVP 96 101\r\na=rtpmap:96 opus/48000/2\r\n"
                                    "a=rtpmap:101 telephone-event/8000\r\n";
    static const char fast[] = HEAD "m=audio 5000 RTP/AVP 9 110\r\n"
                                    "a=rtpmap:110 telephone-event/48000\r\n";
    struct buf b = {0};
    struct sdp_local me = local();
    struct sdp_agreed agreed = agree_with(both, &b);

    (void)state;
    assert_int_equal(agreed.telephone_event, 110);
    assert_int_equal(agreed.event_clock, 48000);
    assert_non_null(strstr(b.data, "a=rtpmap:110 telephone-event/48000\r\n"));
    agreed = agree_with(slow, &b);
    assert_int_equal(agreed.telephone_event, 101);
    assert_int_equal(agreed.event_clock, 8000);
    assert_non_null(strstr(b.data, "a=rtpmap:101 telephone-event/8000\r\n"));
    assert_int_equal(agree_with(fast, &b).telephone_event, -1);
    me.codecs = all;
    me.codec_count = 4;
    me.telephone_event = false;
    assert_int_equal(sdp_read_answer(both, sizeof(both) - 1, &me, &agreed, NULL), ERR_OK);
    assert_int_equal(agreed.telephone_event, -1);
    buf_clear(&b);
}

static void two_of_us_understand_each_other(void **state)
{
    struct sdp_local a = local();
    struct sdp_local b = local();
    struct sdp_agreed seen_by_a;
    struct sdp_agreed seen_by_b;
    struct buf offer = {0};
    struct buf answer = {0};

    (void)state;
    a.codecs = all;
    a.codec_count = 4;
    addr_set_port(&b.rtp, 30000);
    b.rtcp_port = 30777;
    sdp_offer(&a, &offer);
    assert_int_equal(sdp_answer(offer.data, offer.len, &b, &seen_by_b, &answer, NULL), ERR_OK);
    assert_int_equal(sdp_read_answer(answer.data, answer.len, &a, &seen_by_a, NULL), ERR_OK);
    assert_int_equal(seen_by_a.codec, SDP_PCMA); /* the first of A's that B can */
    assert_int_equal(seen_by_b.codec, SDP_PCMA);
    assert_int_equal(addr_port(&seen_by_a.rtp), 30000);
    assert_int_equal(addr_port(&seen_by_a.rtcp), 30777);
    assert_int_equal(addr_port(&seen_by_b.rtcp), 20001);
    assert_int_equal(seen_by_a.telephone_event, 101);
    buf_clear(&offer);
    buf_clear(&answer);
}

static void half_of_an_offer_never_harms(void **state)
{
    struct sdp_local me = local();

    (void)state;
    for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++)
        for (size_t n = 0; n < strlen(offers[i].offer); n++) {
            struct sdp_agreed agreed;
            struct buf b = {0};
            enum err e = sdp_answer(offers[i].offer, n, &me, &agreed, &b, NULL);

            assert_true(e == ERR_OK || e == ERR_MEDIA_KIND || e == ERR_BAD_REQUEST);
            assert_int_equal(e == ERR_OK, b.len > 0);
            buf_clear(&b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offers_of_real_phones_are_understood),
        cmocka_unit_test(an_answer_is_read_as_an_offer_is),
        cmocka_unit_test(what_cannot_be_taken_is_refused_and_says_why),
        cmocka_unit_test(our_offer_is_written_strictly),
        cmocka_unit_test(an_offer_says_what_is_not_usual),
        cmocka_unit_test(our_answer_keeps_the_order_of_lines_and_declines_the_rest),
        cmocka_unit_test(directions_are_what_both_want),
        cmocka_unit_test(their_order_decides_offers_and_answers),
        cmocka_unit_test(what_they_say_of_opus_is_read),
        cmocka_unit_test(the_level_of_packets_is_agreed_when_they_send_it),
        cmocka_unit_test(events_are_agreed_only_when_we_want_them_best_of_the_codecs_clock),
        cmocka_unit_test(two_of_us_understand_each_other),
        cmocka_unit_test(half_of_an_offer_never_harms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

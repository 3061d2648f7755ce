/*
 * model_media_blob_test.c - what a media session's blob says, and what it may not say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "model/media_blob.h"

/* The published sample, of a bot's media library. */
#define SAMPLE                                                                                     \
    "{\"mpUri\":\"net.tcp://bot.contoso.com:18732/MediaProcessor\","                               \
    "\"audioRenderContexts\":[\"14778cc4-f54c-43c7-989f-9092e34ef784\"],"                          \
    "\"videoRenderContexts\":[],\"audioSourceContexts\":["                                         \
    "\"a5dcfc9b-5a54-48ef-86f5-1fdd8508741a\"],\"videoSourceContexts\":[],"                        \
    "\"dataRenderContexts\":null,\"dataSourceContexts\":null,\"supportedAudioFormat\":\"Pcm16K\"," \
    "\"videoSinkEncodingFormats\":[],"                                                             \
    "\"mpMediaSessionId\":\"2379cf46-acf3-4fef-a914-be9627075320\",\"regionAffinity\":null,"       \
    "\"skypeMediaBotsVersion\":\"1.11.1.0086\",\"mediaStackVersion\":\"2018.53.1.1\","             \
    "\"mpVersion\":\"7.2.0.3881\",\"callId\":\"1b69b141-7f1a-4033-9c34-202737190a20\"}"

struct world {
    struct arena arena;
    struct media_blob blob;
    struct fail f;
};

static int setup(void **state)
{
    *state = mem_new(sizeof(struct world));
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    arena_clear(&w->arena);
    mem_free(w);
    return 0;
}

static bool reads(struct world *w, const char *text)
{
    enum err e = media_blob_read(text, &w->blob, &w->arena, &w->f);

    assert_true(e == ERR_OK || (e == ERR_BAD_REQUEST && w->f.err == ERR_BAD_REQUEST));
    return e == ERR_OK;
}

static void is_sample(const struct media_blob *b)
{
    assert_string_equal(b->mp_uri, "net.tcp://bot.contoso.com:18732/MediaProcessor");
    assert_string_equal(b->session_id, "2379cf46-acf3-4fef-a914-be9627075320");
    assert_string_equal(b->call_id, "1b69b141-7f1a-4033-9c34-202737190a20");
    assert_int_equal(b->format, MEDIA_FORMAT_PCM16K);
    assert_int_equal(b->audio_sources.count, 1);
    assert_string_equal(b->audio_sources.items[0], "a5dcfc9b-5a54-48ef-86f5-1fdd8508741a");
    assert_int_equal(b->audio_renders.count, 1);
    assert_string_equal(b->audio_renders.items[0], "14778cc4-f54c-43c7-989f-9092e34ef784");
    assert_int_equal(b->video_sources.count, 0);
    assert_false(b->unmixed.value);
}

/* What a second round of escaping makes of a text. */
static char *escaped(const char *text)
{
    struct buf b = {0};

    for (; *text != '\0'; text++)
        buf_printf(&b, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    return b.data;
}

static void the_published_sample_is_understood(void **state)
{
    struct world *w = *state;

    assert_true(reads(w, SAMPLE));
    is_sample(&w->blob);
}

static void escaped_once_too_often_is_understood_too(void **state)
{
    struct world *w = *state;
    char *twice = escaped(SAMPLE);
    char *quoted = str_printf("\"%s\"", twice);

    assert_true(reads(w, twice));
    is_sample(&w->blob);
    assert_true(reads(w, quoted));
    is_sample(&w->blob);
    mem_free(quoted);
    mem_free(twice);
}

static void what_is_not_there_has_a_default(void **state)
{
    struct world *w = *state;

    assert_true(reads(w, "{\"mpUri\":\"ws://127.0.0.1:1\",\"newer\":{\"a\":[1]}}"));
    assert_int_equal(w->blob.format, MEDIA_FORMAT_PCM16K);
    assert_null(w->blob.session_id);
    assert_true(reads(w, "{\"mpUri\":\"ws://b\",\"supportedAudioFormat\":\"Pcm44KStereo\","
                         "\"receiveUnmixedMeetingAudio\":true}"));
    assert_int_equal(w->blob.format, MEDIA_FORMAT_PCM44K);
    assert_true(w->blob.unmixed.value);
}

static void what_is_no_session_is_refused_by_name(void **state)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {NULL, "is missing"},
        {"", "not JSON"},
        {"<Media Session Configuration>", "not JSON"},
        {"[]", "must be a JSON object"},
        {"\"\\\"hush\\\"\"", "must be a JSON object"},
        {"{\\\"mpUri\\\":", "not JSON"},
        {"{}", "'mpUri' is missing"},
        {"{\"mpUri\":null}", "'mpUri' is missing"},
        {"{\"mpUri\":7}", "'mpUri'"},
        {"{\"mpUri\":\"ws://b\",\"supportedAudioFormat\":\"Opus\"}", "'supportedAudioFormat'"},
        {"{\"mpUri\":\"ws://b\",\"audioSourceContexts\":\"x\"}", "'audioSourceContexts'"},
        {"{\"mpUri\":\"ws://b\",\"x\":[[[[[[[[1]]]]]]]]}", "too deep"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_false(reads(w, rows[i].text));
        assert_non_null(strstr(w->f.text, rows[i].says));
        assert_null(strstr(w->f.text, "hush"));
    }
    assert_true(reads(w, "{\"mpUri\":\"ws://b\",\"x\":[[[[[[[1]]]]]]]}"));
}

static void a_blob_of_64_KiB_is_the_longest(void **state)
{
    struct world *w = *state;
    char *text = str_printf("{\"mpUri\":\"ws://b\",\"x\":\"%*s\"}", MEDIA_BLOB_MAX - 25, "");

    assert_int_equal(strlen(text), MEDIA_BLOB_MAX);
    assert_true(reads(w, text));
    mem_free(text);
    text = str_printf("{\"mpUri\":\"ws://b\",\"x\":\"%*s\"}", MEDIA_BLOB_MAX - 24, "");
    assert_false(reads(w, text));
    assert_non_null(strstr(w->f.text, "longer than 64 KiB"));
    mem_free(text);
}

static void an_uri_leads_to_a_websocket(void **state)
{
    static const struct {
        const char *uri;
        enum media_net_tcp how;
        const char *url;
    } rows[] = {
        {"net.tcp://bot.contoso.com:18732/MediaProcessor", MEDIA_NET_TCP_WSS,
         "wss://bot.contoso.com:18732/MediaProcessor"},
        {"net.tcp://127.0.0.1:18732/MediaProcessor", MEDIA_NET_TCP_WS,
         "ws://127.0.0.1:18732/MediaProcessor"},
        {"NET.TCP://[::1]:18732", MEDIA_NET_TCP_WS, "ws://[::1]:18732"},
        {"net.tcp://b:1/p?q#f", MEDIA_NET_TCP_WS, "ws://b:1/p"},
        {"ws://b:1/p?q#f", MEDIA_NET_TCP_REFUSE, "ws://b:1/p?q"},
        {"WSS://b/p", MEDIA_NET_TCP_REFUSE, "wss://b/p"},
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *url = media_blob_url(rows[i].uri, rows[i].how, &w->arena, &w->f);

        assert_non_null(url);
        assert_string_equal(url, rows[i].url);
    }
}

static void an_uri_that_leads_elsewhere_is_refused(void **state)
{
    static const char *const uris[] = {
        "",      "file:///etc/passwd", "http://b:1/", "net.tcp://b/p", "net.tcp://[::1]/p", "ws:/b",
        "//b:1",
    };
    struct world *w = *state;

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        assert_null(media_blob_url(uris[i], MEDIA_NET_TCP_WS, &w->arena, &w->f));
        assert_non_null(strstr(w->f.text, "'mpUri'"));
    }
    assert_null(media_blob_url("net.tcp://b:1/p", MEDIA_NET_TCP_REFUSE, &w->arena, &w->f));
    assert_non_null(strstr(w->f.text, "net.tcp"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        T(the_published_sample_is_understood),     T(escaped_once_too_often_is_understood_too),
        T(what_is_not_there_has_a_default),        T(what_is_no_session_is_refused_by_name),
        T(a_blob_of_64_KiB_is_the_longest),        T(an_uri_leads_to_a_websocket),
        T(an_uri_that_leads_elsewhere_is_refused),
#undef T
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

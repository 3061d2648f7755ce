/*
 * What a conference device may report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "model/graph_device_quality.h"

#define GUID "0f4e4dd5-d4d6-4b8a-a8c8-0f4e4dd5d4d6"
#define IDS \
    "\"callChainId\":\"" GUID "\",\"participantId\":\"" GUID "\",\"mediaLegId\":\"" GUID "\","
#define NAMES "\"deviceName\":\"Room 3\",\"deviceDescription\":\"a big screen\","
#define MEDIA(type, more)                                           \
    "{\"@odata.type\":\"#microsoft.graph.teleconferenceDevice" type \
    "Quality\",\"channelIndex\":1" more "}"
#define REPORT(media) "{\"quality\":{" IDS NAMES "\"mediaQualityList\":[" media "]}}"

static struct arena arena;
static struct fail fail;

static int forget(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

static enum err read(const char *text, struct graph_log_device_quality_action *out)
{
    struct json *j = json_parse(text, strlen(text), &fail);
    enum err e;

    assert_non_null(j);
    e = fields_read(j, &graph_log_device_quality_action_type, out, &arena, &fail);
    json_free(j);
    return e;
}

static void a_report_is_read_and_written_as_it_came(void **state)
{
    static const char text[] = REPORT(MEDIA(
        "Audio", ",\"averageInboundJitter\":\"PT0.012S\",\"inboundPackets\":1200,"
                 "\"maximumInboundPacketLossRateInPercentage\":2.5") "," MEDIA("ScreenSharing",
                                                                               ",\"averageInboundFr"
                                                                               "ameRate\":15"));
    struct graph_log_device_quality_action body;
    const struct graph_device_media_quality *audio;
    const struct graph_device_video_quality *screen;
    struct buf out = {0};
    struct writer w;

    (void)state;
    assert_int_equal(read(text, &body), ERR_OK);
    assert_int_equal(body.quality->media_quality_list.count, 2);
    audio = body.quality->media_quality_list.items[0];
    screen = body.quality->media_quality_list.items[1];
    assert_string_equal(body.quality->call_chain_id, GUID);
    assert_string_equal(audio->average_inbound_jitter, "PT0.012S");
    assert_int_equal(audio->inbound_packets.value, 1200);
    assert_true(audio->maximum_inbound_loss.value > 2.4 && audio->maximum_inbound_loss.value < 2.6);
    assert_false(audio->average_inbound_loss.set);
    assert_true(screen->average_inbound_frame_rate.value > 14.9); /* a whole number is one too */
    writer_init(&w, &out);
    fields_write(&w, NULL, &graph_device_quality_type, body.quality, &(struct write_how){0});
    assert_non_null(strstr(out.data, "\"deviceName\":\"Room 3\""));
    assert_non_null(strstr(out.data, "#microsoft.graph.teleconferenceDeviceScreenSharingQuality"));
    assert_non_null(strstr(out.data, "\"maximumInboundPacketLossRateInPercentage\":2.5"));
    assert_null(strstr(out.data, "averageOutbound"));
    buf_clear(&out);
}

static void an_id_is_read_in_its_one_form(void **state)
{
    static const char text[] =
        "{\"quality\":{\"callChainId\":\"0F4E4DD5D4D64B8AA8C80F4E4DD5D4D6\",\"participantId\":"
        "\"" GUID "\",\"mediaLegId\":\"" GUID "\"," NAMES "\"mediaQualityList\":[]}}";
    struct graph_log_device_quality_action body;

    (void)state;
    assert_int_equal(read(text, &body), ERR_OK);
    assert_string_equal(body.quality->call_chain_id, GUID);
}

static void durations_are_iso_8601(void **state)
{
    static const struct {
        const char *text;
        enum err want;
    } rows[] = {
        {"PT0.012S", ERR_OK},
        {"PT0S", ERR_OK},
        {"PT1H2M3S", ERR_OK},
        {"PT5M", ERR_OK},
        {"P1D", ERR_OK},
        {"P1DT1S", ERR_OK},
        {"-PT1S", ERR_OK},
        {"", ERR_BAD_REQUEST},
        {"P", ERR_BAD_REQUEST},
        {"PT", ERR_BAD_REQUEST},
        {"P1DT", ERR_BAD_REQUEST},
        {"12", ERR_BAD_REQUEST},
        {"PT1", ERR_BAD_REQUEST},
        {"PT.5S", ERR_BAD_REQUEST},
        {"PT1.S", ERR_BAD_REQUEST},
        {"PT1.5M", ERR_BAD_REQUEST},
        {"PT1S2M", ERR_BAD_REQUEST},
        {"PT1Sx", ERR_BAD_REQUEST},
        {"P1Y", ERR_BAD_REQUEST},
        {"00:00:00.0120", ERR_BAD_REQUEST},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct graph_log_device_quality_action body;
        char text[1024];

        (void)snprintf(text, sizeof(text), REPORT(MEDIA("Video", ",\"mediaDuration\":\"%s\"")),
                       rows[i].text);
        if (read(text, &body) != rows[i].want)
            fail_msg("'%s'", rows[i].text);
        if (rows[i].want != ERR_OK)
            assert_non_null(strstr(fail.text, "'quality.mediaQualityList[0].mediaDuration'"));
    }
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *text, *names;
    } rows[] = {
        {"{}", "'quality' is missing"},
        {"{\"quality\":{" IDS NAMES "\"x\":1}}", "'quality.mediaQualityList' is missing"},
        {"{\"quality\":{" IDS "\"deviceName\":\"x\",\"mediaQualityList\":[]}}",
         "'quality.deviceDescription' is missing"},
        {"{\"quality\":{\"callChainId\":\"x\",\"participantId\":\"" GUID "\",\"mediaLegId\":\"" GUID
         "\"," NAMES "\"mediaQualityList\":[]}}",
         "'quality.callChainId' must be a GUID"},
        {REPORT("{\"channelIndex\":1}"), "'quality.mediaQualityList[0].@odata.type' is missing"},
        {REPORT(MEDIA("Smell", "")), "'quality.mediaQualityList[0].@odata.type'"},
        {REPORT("{\"@odata.type\":\"#microsoft.graph.teleconferenceDeviceAudioQuality\"}"),
         "'quality.mediaQualityList[0].channelIndex' is missing"},
        {REPORT(MEDIA("Audio", ",\"averageInboundPacketLossRateInPercentage\":\"2\"")),
         "'quality.mediaQualityList[0].averageInboundPacketLossRateInPercentage' must be a number"},
        {REPORT(MEDIA("Audio", ",\"mediaDuration\":\"PT000000000000000000000000000001S\"")),
         "'quality.mediaQualityList[0].mediaDuration' must have at most 32 characters"},
        {REPORT(MEDIA("Audio", ",\"inboundPackets\":1.5")),
         "'quality.mediaQualityList[0].inboundPackets'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct graph_log_device_quality_action body;

        assert_int_equal(read(rows[i].text, &body), ERR_BAD_REQUEST);
        if (strstr(fail.text, rows[i].names) == NULL)
            fail_msg("%s: %s", rows[i].text, fail.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_report_is_read_and_written_as_it_came, forget),
        cmocka_unit_test_teardown(an_id_is_read_in_its_one_form, forget),
        cmocka_unit_test_teardown(durations_are_iso_8601, forget),
        cmocka_unit_test_teardown(what_is_wrong_is_named, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

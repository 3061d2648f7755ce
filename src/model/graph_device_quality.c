#include "model/graph_device_quality.h"

#include <string.h>

#include "base/id.h"

/* clang-format off */

static const struct field no_fields[] = {END};

#define NAMED(s, m, json, fl) TEXT_MAX(s, m, json, fl, GRAPH_QUALITY_TEXT_MAX)
#define DURATION(m, json) NAMED(struct graph_device_media_quality, m, json, 0),
#define LOSS(m, json) REAL(struct graph_device_media_quality, m, json, 0),
#define RATE(m, json) REAL(struct graph_device_video_quality, m, json, 0),

static const struct field media_quality_fields[] = {
    INT_IN(struct graph_device_media_quality, channel_index, "channelIndex", REQUIRED, INT32_MIN, INT32_MAX),
    GRAPH_QUALITY_DURATIONS(DURATION)
    GRAPH_QUALITY_LOSSES(LOSS)
    INT(struct graph_device_media_quality, inbound_packets, "inboundPackets", 0),
    INT(struct graph_device_media_quality, outbound_packets, "outboundPackets", 0),
    INT(struct graph_device_media_quality, network_link_speed, "networkLinkSpeedInBytes", 0),
    NAMED(struct graph_device_media_quality, local_ip_address, "localIPAddress", 0),
    INT_IN(struct graph_device_media_quality, local_port, "localPort", 0, INT32_MIN, INT32_MAX),
    NAMED(struct graph_device_media_quality, remote_ip_address, "remoteIPAddress", 0),
    INT_IN(struct graph_device_media_quality, remote_port, "remotePort", 0, INT32_MIN, INT32_MAX),
    END,
};

static const struct field video_quality_fields[] = {
    GRAPH_QUALITY_RATES(RATE)
    END,
};

static const struct type *const media_qualities[] = {
    &graph_device_audio_quality_type,
    &graph_device_video_quality_type,
    &graph_device_screen_sharing_quality_type,
    NULL,
};

static const struct type *const video_qualities[] = {&graph_device_screen_sharing_quality_type, NULL};

const struct type graph_device_media_quality_type = {
    "teleconferenceDeviceMediaQuality", sizeof(struct graph_device_media_quality),
    TYPE_ABSTRACT | TYPE_OPEN, NULL, media_quality_fields, media_qualities,
};
const struct type graph_device_audio_quality_type = {
    "teleconferenceDeviceAudioQuality", sizeof(struct graph_device_media_quality),
    TYPE_OPEN, &graph_device_media_quality_type, no_fields, NULL,
};
const struct type graph_device_video_quality_type = {
    "teleconferenceDeviceVideoQuality", sizeof(struct graph_device_video_quality),
    TYPE_OPEN, &graph_device_media_quality_type, video_quality_fields, video_qualities,
};
const struct type graph_device_screen_sharing_quality_type = {
    "teleconferenceDeviceScreenSharingQuality", sizeof(struct graph_device_video_quality),
    TYPE_OPEN, &graph_device_video_quality_type, no_fields, NULL,
};

static const struct field device_quality_fields[] = {
    TEXT(struct graph_device_quality, call_chain_id, "callChainId", REQUIRED),
    TEXT(struct graph_device_quality, participant_id, "participantId", REQUIRED),
    TEXT(struct graph_device_quality, media_leg_id, "mediaLegId", REQUIRED),
    NAMED(struct graph_device_quality, device_name, "deviceName", REQUIRED),
    NAMED(struct graph_device_quality, device_description, "deviceDescription", REQUIRED),
    OBJECTS(struct graph_device_quality, media_quality_list, "mediaQualityList", REQUIRED, &graph_device_media_quality_type, GRAPH_QUALITY_MEDIA_MAX),
    NAMED(struct graph_device_quality, cloud_service_name, "cloudServiceName", 0),
    NAMED(struct graph_device_quality, cloud_service_instance_name, "cloudServiceInstanceName", 0),
    NAMED(struct graph_device_quality, cloud_service_deployment_id, "cloudServiceDeploymentId", 0),
    NAMED(struct graph_device_quality, cloud_service_deployment_environment, "cloudServiceDeploymentEnvironment", 0),
    END,
};

const struct type graph_device_quality_type = {
    "teleconferenceDeviceQuality", sizeof(struct graph_device_quality), TYPE_OPEN,
    NULL, device_quality_fields, NULL,
};

static const struct field log_device_quality_action_fields[] = {
    OBJECT(struct graph_log_device_quality_action, quality, "quality", REQUIRED, &graph_device_quality_type),
    END,
};

const struct type graph_log_device_quality_action_type = {
    "logTeleconferenceDeviceQuality", sizeof(struct graph_log_device_quality_action), TYPE_PLAIN,
    NULL, log_device_quality_action_fields, NULL,
};

/* clang-format on */

/* Digits, then the designator; NULL: it is not there. */
static const char *number(const char *p, char designator, bool fraction)
{
    size_t n = strspn(p, "0123456789");

    if (n != 0 && fraction && p[n] == '.') {
        size_t more = strspn(p + n + 1, "0123456789");

        n += more != 0 ? more + 1 : 0;
    }
    return n != 0 && p[n] == designator ? p + n + 1 : NULL;
}

/* Edm.Duration (OData 4.0 CSDL, section 4.4): a sign, days, hours, minutes, seconds. */
static bool is_duration(const char *p)
{
    static const char parts[] = "HMS";
    const char *next;
    bool any = false;

    p += *p == '-';
    if (*p++ != 'P')
        return false;
    if ((next = number(p, 'D', false)) != NULL) {
        p = next;
        any = true;
    }
    if (*p == '\0')
        return any;
    if (*p++ != 'T')
        return false;
    any = false;
    for (const char *d = parts; *d != '\0'; d++)
        if ((next = number(p, *d, *d == 'S')) != NULL) {
            p = next;
            any = true;
        }
    return any && *p == '\0';
}

static enum err check_durations(const struct graph_device_media_quality *m, size_t at,
                                struct fail *f)
{
#define X(member, name)                                                                    \
    if (m->member != NULL && !is_duration(m->member))                                      \
        return err_set(f, ERR_BAD_REQUEST,                                                 \
                       "'quality.mediaQualityList[%zu]." name "' must be a duration like " \
                       "PT0.012S",                                                         \
                       at);
    GRAPH_QUALITY_DURATIONS(X)
#undef X
    return ERR_OK;
}

enum err graph_device_quality_check(const struct graph_device_quality *q, struct fail *f)
{
    const struct {
        const char *name, *value;
    } ids[] = {
        {"callChainId", q->call_chain_id},
        {"participantId", q->participant_id},
        {"mediaLegId", q->media_leg_id},
    };
    enum err e = ERR_OK;
    struct id id;

    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        if (!id_read_text(&id, ids[i].value))
            return err_set(f, ERR_BAD_REQUEST, "'quality.%s' must be a GUID", ids[i].name);
    for (size_t i = 0; i < q->media_quality_list.count && e == ERR_OK; i++)
        e = check_durations(q->media_quality_list.items[i], i, f);
    return e;
}

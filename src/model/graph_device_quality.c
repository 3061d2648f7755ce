#include "model/graph_device_quality.h"

/* clang-format off */

static const struct field no_fields[] = {END};

#define NAMED(s, m, json, fl) TEXT_MAX(s, m, json, fl, GRAPH_QUALITY_TEXT_MAX)
#define LASTS(m, json) TEXT_MAX(struct graph_device_media_quality, m, json, DURATION, GRAPH_QUALITY_DURATION_MAX),
#define LOSS(m, json) REAL(struct graph_device_media_quality, m, json, 0),
#define RATE(m, json) REAL(struct graph_device_video_quality, m, json, 0),

static const struct field media_quality_fields[] = {
    INT_IN(struct graph_device_media_quality, channel_index, "channelIndex", REQUIRED, INT32_MIN, INT32_MAX),
    GRAPH_QUALITY_DURATIONS(LASTS)
    GRAPH_QUALITY_LOSSES(LOSS)
    INT(struct graph_device_media_quality, inbound_packets, "inboundPackets", INT64),
    INT(struct graph_device_media_quality, outbound_packets, "outboundPackets", INT64),
    INT(struct graph_device_media_quality, network_link_speed, "networkLinkSpeedInBytes", INT64),
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
    TYPE_ABSTRACT, NULL, media_quality_fields, media_qualities,
};
const struct type graph_device_audio_quality_type = {
    "teleconferenceDeviceAudioQuality", sizeof(struct graph_device_media_quality),
    0, &graph_device_media_quality_type, no_fields, NULL,
};
const struct type graph_device_video_quality_type = {
    "teleconferenceDeviceVideoQuality", sizeof(struct graph_device_video_quality),
    0, &graph_device_media_quality_type, video_quality_fields, video_qualities,
};
const struct type graph_device_screen_sharing_quality_type = {
    "teleconferenceDeviceScreenSharingQuality", sizeof(struct graph_device_video_quality),
    0, &graph_device_video_quality_type, no_fields, NULL,
};

static const struct field device_quality_fields[] = {
    TEXT(struct graph_device_quality, call_chain_id, "callChainId", REQUIRED | GUID),
    TEXT(struct graph_device_quality, participant_id, "participantId", REQUIRED | GUID),
    TEXT(struct graph_device_quality, media_leg_id, "mediaLegId", REQUIRED | GUID),
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
    "teleconferenceDeviceQuality", sizeof(struct graph_device_quality), 0,
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

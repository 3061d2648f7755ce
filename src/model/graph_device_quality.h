/*
 * graph_device_quality.h - what a conference device reports of its media, and its tables.
 *
 * As in graph_types.h: one struct a type, everything in the arena of its reader.
 */
#ifndef MODEL_GRAPH_DEVICE_QUALITY_H
#define MODEL_GRAPH_DEVICE_QUALITY_H

#include "model/graph_types.h"

enum {
    GRAPH_QUALITY_MEDIA_MAX = 16,
    GRAPH_QUALITY_TEXT_MAX = 128,
    GRAPH_QUALITY_DURATION_MAX = 32,
};

/* X(member, JSON name): durations of ISO 8601, "PT0.012S" */
#define GRAPH_QUALITY_DURATIONS(X)                                  \
    X(average_inbound_jitter, "averageInboundJitter")               \
    X(average_outbound_jitter, "averageOutboundJitter")             \
    X(maximum_inbound_jitter, "maximumInboundJitter")               \
    X(maximum_outbound_jitter, "maximumOutboundJitter")             \
    X(average_inbound_round_trip, "averageInboundRoundTripDelay")   \
    X(average_outbound_round_trip, "averageOutboundRoundTripDelay") \
    X(maximum_inbound_round_trip, "maximumInboundRoundTripDelay")   \
    X(maximum_outbound_round_trip, "maximumOutboundRoundTripDelay") \
    X(media_duration, "mediaDuration")

/* per cent */
#define GRAPH_QUALITY_LOSSES(X)                                           \
    X(average_inbound_loss, "averageInboundPacketLossRateInPercentage")   \
    X(average_outbound_loss, "averageOutboundPacketLossRateInPercentage") \
    X(maximum_inbound_loss, "maximumInboundPacketLossRateInPercentage")   \
    X(maximum_outbound_loss, "maximumOutboundPacketLossRateInPercentage")

#define GRAPH_QUALITY_RATES(X)                               \
    X(average_inbound_bit_rate, "averageInboundBitRate")     \
    X(average_outbound_bit_rate, "averageOutboundBitRate")   \
    X(average_inbound_frame_rate, "averageInboundFrameRate") \
    X(average_outbound_frame_rate, "averageOutboundFrameRate")

struct graph_device_media_quality { /* abstract */
    struct odata odata;
    struct opt_int channel_index;
#define X(member, name) const char *member;
    GRAPH_QUALITY_DURATIONS(X)
#undef X
#define X(member, name) struct opt_real member;
    GRAPH_QUALITY_LOSSES(X)
#undef X
    struct opt_int inbound_packets;
    struct opt_int outbound_packets;
    struct opt_int network_link_speed; /* bytes */
    const char *local_ip_address;
    struct opt_int local_port;
    const char *remote_ip_address;
    struct opt_int remote_port;
};

struct graph_device_video_quality { /* screen sharing has no more */
    struct graph_device_media_quality media;
#define X(member, name) struct opt_real member;
    GRAPH_QUALITY_RATES(X)
#undef X
};

struct graph_device_quality {
    struct odata odata;
    const char *call_chain_id;
    const char *participant_id;
    const char *media_leg_id;
    const char *device_name;
    const char *device_description;
    struct objects media_quality_list; /* struct graph_device_media_quality */
    const char *cloud_service_name;
    const char *cloud_service_instance_name;
    const char *cloud_service_deployment_id;
    const char *cloud_service_deployment_environment;
};

struct graph_log_device_quality_action {
    struct graph_device_quality *quality;
};

extern const struct type graph_device_media_quality_type;
extern const struct type graph_device_audio_quality_type;
extern const struct type graph_device_video_quality_type;
extern const struct type graph_device_screen_sharing_quality_type;
extern const struct type graph_device_quality_type;
extern const struct type graph_log_device_quality_action_type;

#endif

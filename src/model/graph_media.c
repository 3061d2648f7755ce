/*
 * graph_media.c - the tables of media: configuration, prompts, streams, routing groups.
 */
#include "model/graph_types.h"

/* clang-format off */

static const struct field no_fields[] = {END};

static const struct field media_info_fields[] = {
    TEXT(struct graph_media_info, uri, "uri", REQUIRED),
    TEXT(struct graph_media_info, resource_id, "resourceId", 0),
    END,
};

const struct type graph_media_info_type = {
    "mediaInfo", sizeof(struct graph_media_info), 0,
    NULL, media_info_fields, NULL,
};

/* How the call's media is made. */

static const struct field media_config_fields[] = {
    BOOL(struct graph_media_config, remove_from_default_audio_group, "removeFromDefaultAudioGroup", BETA_ONLY),
    END,
};

static const struct field service_hosted_media_config_fields[] = {
    OBJECTS(struct graph_service_hosted_media_config, pre_fetch_media, "preFetchMedia", 0, &graph_media_info_type, GRAPH_PREFETCH_MAX),
    END,
};

static const struct field app_hosted_media_config_fields[] = {
    TEXT(struct graph_app_hosted_media_config, blob, "blob", 0),
    END,
};

static const struct type *const media_configs[] = {
    &graph_service_hosted_media_config_type,
    &graph_app_hosted_media_config_type,
    NULL,
};

const struct type graph_media_config_type = {
    "mediaConfig", sizeof(struct graph_media_config), TYPE_ABSTRACT,
    NULL, media_config_fields, media_configs,
};
const struct type graph_service_hosted_media_config_type = {
    "serviceHostedMediaConfig", sizeof(struct graph_service_hosted_media_config), 0,
    &graph_media_config_type, service_hosted_media_config_fields, NULL,
};
const struct type graph_app_hosted_media_config_type = {
    "appHostedMediaConfig", sizeof(struct graph_app_hosted_media_config), 0,
    &graph_media_config_type, app_hosted_media_config_fields, NULL,
};

/* What can be played. */

static const struct field media_prompt_fields[] = {
    OBJECT(struct graph_media_prompt, media_info, "mediaInfo", REQUIRED, &graph_media_info_type),
    INT_IN(struct graph_media_prompt, loop, "loop", BETA_ONLY, 1, 1000),
    END,
};

static const struct type *const prompts[] = {&graph_media_prompt_type, NULL};

const struct type graph_prompt_type = {
    "prompt", sizeof(struct graph_prompt), TYPE_ABSTRACT,
    NULL, no_fields, prompts,
};
const struct type graph_media_prompt_type = {
    "mediaPrompt", sizeof(struct graph_media_prompt), 0,
    &graph_prompt_type, media_prompt_fields, NULL,
};

/* What is heard by whom. */

static const struct field audio_routing_group_fields[] = {
    TEXT(struct graph_audio_routing_group, odata_context, "@odata.context", OUT_ONLY | NEVER_NULL | OURS),
    TEXT(struct graph_audio_routing_group, id, "id", ALWAYS),
    ENUM(struct graph_audio_routing_group, routing_mode, "routingMode", REQUIRED, graph_routing_mode_names),
    TEXTS(struct graph_audio_routing_group, sources, "sources", REQUIRED, GRAPH_PARTICIPANTS_MAX),
    TEXTS(struct graph_audio_routing_group, receivers, "receivers", REQUIRED, GRAPH_PARTICIPANTS_MAX),
    END,
};

const struct type graph_audio_routing_group_type = {
    "audioRoutingGroup", sizeof(struct graph_audio_routing_group), TYPE_ENTITY,
    NULL, audio_routing_group_fields, NULL,
};

/* What PATCH may change: what is absent stays. */
static const struct field audio_routing_group_change_fields[] = {
    ENUM(struct graph_audio_routing_group, routing_mode, "routingMode", 0, graph_routing_mode_names),
    TEXTS(struct graph_audio_routing_group, sources, "sources", 0, GRAPH_PARTICIPANTS_MAX),
    TEXTS(struct graph_audio_routing_group, receivers, "receivers", 0, GRAPH_PARTICIPANTS_MAX),
    END,
};

const struct type graph_audio_routing_group_change_type = {
    "audioRoutingGroup", sizeof(struct graph_audio_routing_group), TYPE_ENTITY,
    NULL, audio_routing_group_change_fields, NULL,
};

static const struct field media_stream_fields[] = {
    ENUM(struct graph_media_stream, media_type, "mediaType", ALWAYS, graph_modality_names),
    TEXT(struct graph_media_stream, source_id, "sourceId", ALWAYS),
    TEXT(struct graph_media_stream, label, "label", 0),
    ENUM(struct graph_media_stream, direction, "direction", ALWAYS, graph_media_direction_names),
    BOOL(struct graph_media_stream, server_muted, "serverMuted", ALWAYS),
    END,
};

const struct type graph_media_stream_type = {
    "mediaStream", sizeof(struct graph_media_stream), 0,
    NULL, media_stream_fields, NULL,
};

static const struct field call_media_state_fields[] = {
    ENUM(struct graph_call_media_state, audio, "audio", 0, graph_media_state_names),
    END,
};

const struct type graph_call_media_state_type = {
    "callMediaState", sizeof(struct graph_call_media_state), 0,
    NULL, call_media_state_fields, NULL,
};

/* clang-format on */

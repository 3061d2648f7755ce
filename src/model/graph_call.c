/*
 * graph_call.c - the table of the call and of what only a call has.
 */
#include "model/graph_types.h"

/* clang-format off */

static const struct field no_fields[] = {END};

static const struct field result_info_fields[] = {
    INT(struct graph_result_info, code, "code", ALWAYS),
    INT(struct graph_result_info, subcode, "subcode", ALWAYS),
    TEXT(struct graph_result_info, message, "message", 0),
    END,
};

const struct type graph_result_info_type = {
    "resultInfo", sizeof(struct graph_result_info), 0,
    NULL, result_info_fields, NULL,
};

static const struct field tone_info_fields[] = {
    INT(struct graph_tone_info, sequence_id, "sequenceId", INT64 | ALWAYS),
    ENUM(struct graph_tone_info, tone, "tone", SECRET | ALWAYS, graph_tone_names),
    END,
};

const struct type graph_tone_info_type = {
    "toneInfo", sizeof(struct graph_tone_info), 0,
    NULL, tone_info_fields, NULL,
};

static const struct field call_options_fields[] = {
    BOOL(struct graph_call_options, hide_bot_after_escalation, "hideBotAfterEscalation", 0),
    BOOL(struct graph_call_options, is_content_sharing_notification_enabled, "isContentSharingNotificationEnabled", 0),
    BOOL(struct graph_call_options, is_delta_roster_enabled, "isDeltaRosterEnabled", 0),
    BOOL(struct graph_call_options, is_interactive_roster_enabled, "isInteractiveRosterEnabled", 0),
    END,
};

static const struct type *const call_options[] = {
    &graph_outgoing_call_options_type,
    &graph_incoming_call_options_type,
    NULL,
};

const struct type graph_call_options_type = {
    "callOptions", sizeof(struct graph_call_options), TYPE_ABSTRACT,
    NULL, call_options_fields, call_options,
};
const struct type graph_outgoing_call_options_type = {
    "outgoingCallOptions", sizeof(struct graph_call_options), 0,
    &graph_call_options_type, no_fields, NULL,
};
const struct type graph_incoming_call_options_type = {
    "incomingCallOptions", sizeof(struct graph_call_options), 0,
    &graph_call_options_type, no_fields, NULL,
};

static const struct field call_route_fields[] = {
    ENUM(struct graph_call_route, routing_type, "routingType", ALWAYS, graph_routing_type_names),
    OBJECT(struct graph_call_route, original, "original", ALWAYS, &graph_identity_set_type),
    OBJECT(struct graph_call_route, final, "final", ALWAYS, &graph_identity_set_type),
    END,
};

const struct type graph_call_route_type = {
    "callRoute", sizeof(struct graph_call_route), 0,
    NULL, call_route_fields, NULL,
};

static const struct field call_transcription_info_fields[] = {
    ENUM(struct graph_call_transcription_info, state, "state", ALWAYS, graph_transcription_state_names),
    TEXT(struct graph_call_transcription_info, last_modified_date_time, "lastModifiedDateTime", DATE_TIME),
    END,
};

const struct type graph_call_transcription_info_type = {
    "callTranscriptionInfo", sizeof(struct graph_call_transcription_info), 0,
    NULL, call_transcription_info_fields, NULL,
};

static const struct field incoming_context_fields[] = {
    TEXT(struct graph_incoming_context, observed_participant_id, "observedParticipantId", 0),
    OBJECT(struct graph_incoming_context, on_behalf_of, "onBehalfOf", 0, &graph_identity_set_type),
    TEXT(struct graph_incoming_context, source_participant_id, "sourceParticipantId", 0),
    OBJECT(struct graph_incoming_context, transferor, "transferor", 0, &graph_identity_set_type),
    END,
};

const struct type graph_incoming_context_type = {
    "incomingContext", sizeof(struct graph_incoming_context), 0,
    NULL, incoming_context_fields, NULL,
};

/* The order is that of the seed's 201. Unknown properties of a call are not kept, although
 * Graph calls the type open: docs/api.md. */
static const struct field call_fields[] = {
    ENUM(struct graph_call, state, "state", OUT_ONLY, graph_call_state_names),
    ENUM(struct graph_call, direction, "direction", OUT_ONLY, graph_call_direction_names),
    TEXT(struct graph_call, callback_uri, "callbackUri", REQUIRED),
    OBJECTS(struct graph_call, call_routes, "callRoutes", OUT_ONLY | EMPTY_LIST, &graph_call_route_type, 0),
    OBJECT(struct graph_call, source, "source", 0, &graph_participant_info_type),
    OBJECTS(struct graph_call, targets, "targets", EMPTY_LIST, &graph_invitation_participant_info_type, GRAPH_TARGETS_MAX),
    ENUMS_MAX(struct graph_call, requested_modalities, "requestedModalities", EMPTY_LIST, graph_modality_names, GRAPH_MODALITIES_MAX),
    ENUMS(struct graph_call, active_modalities, "activeModalities", OUT_ONLY | EMPTY_LIST | BETA_ONLY, graph_modality_names),
    OBJECT(struct graph_call, media_config, "mediaConfig", 0, &graph_media_config_type),
    OBJECT(struct graph_call, chat_info, "chatInfo", 0, &graph_chat_info_type),
    OBJECT(struct graph_call, meeting_info, "meetingInfo", 0, &graph_meeting_info_type),
    ENUMS_MAX(struct graph_call, routing_policies, "routingPolicies", EMPTY_LIST | BETA_ONLY, graph_routing_policy_names, GRAPH_MODALITIES_MAX),
    TEXT(struct graph_call, tenant_id, "tenantId", 0),
    TEXT(struct graph_call, my_participant_id, "myParticipantId", OUT_ONLY),
    TEXT(struct graph_call, id, "id", OUT_ONLY | ALWAYS),
    TEXT(struct graph_call, odata_context, "@odata.context", OUT_ONLY | NEVER_NULL | OURS),
    TEXT(struct graph_call, subject, "subject", 0),
    TEXT(struct graph_call, termination_reason, "terminationReason", OUT_ONLY | BETA_ONLY),
    INT_IN(struct graph_call, ringing_timeout_in_seconds, "ringingTimeoutInSeconds", BETA_ONLY, 1, GRAPH_RINGING_MAX_S),
    OBJECT(struct graph_call, media_state, "mediaState", OUT_ONLY, &graph_call_media_state_type),
    OBJECT(struct graph_call, result_info, "resultInfo", OUT_ONLY, &graph_result_info_type),
    OBJECT(struct graph_call, answered_by, "answeredBy", OUT_ONLY | BETA_ONLY, &graph_participant_info_type),
    OBJECT(struct graph_call, meeting_capability, "meetingCapability", OUT_ONLY | BETA_ONLY, &graph_meeting_capability_type),
    OBJECT(struct graph_call, tone_info, "toneInfo", OUT_ONLY, &graph_tone_info_type),
    TEXT(struct graph_call, call_chain_id, "callChainId", 0),
    OBJECT(struct graph_call, call_options, "callOptions", 0, &graph_call_options_type),
    OBJECT(struct graph_call, incoming_context, "incomingContext", OUT_ONLY, &graph_incoming_context_type),
    OBJECT(struct graph_call, transcription, "transcription", OUT_ONLY, &graph_call_transcription_info_type),
    END,
};

const struct type graph_call_type = {
    "call", sizeof(struct graph_call), TYPE_ENTITY,
    NULL, call_fields, NULL,
};

/* clang-format on */

/*
 * graph_operation.c - the tables of operations: what takes time in a call.
 */
#include "model/graph_types.h"

/* clang-format off */

static const struct field no_fields[] = {END};

static const struct field comms_operation_fields[] = {
    TEXT(struct graph_comms_operation, odata_context, "@odata.context", OUT_ONLY | NEVER_NULL | OURS),
    TEXT(struct graph_comms_operation, odata_id, "@odata.id", OUT_ONLY | NEVER_NULL | OURS),
    TEXT(struct graph_comms_operation, id, "id", ALWAYS),
    ENUM(struct graph_comms_operation, status, "status", ALWAYS, graph_operation_status_names),
    TEXT_MAX(struct graph_comms_operation, client_context, "clientContext", 0, GRAPH_CLIENT_CONTEXT_MAX),
    OBJECT(struct graph_comms_operation, result_info, "resultInfo", 0, &graph_result_info_type),
    TEXT(struct graph_comms_operation, created_date_time, "createdDateTime", SEED_ONLY | NEVER_NULL | DATE_TIME),
    TEXT(struct graph_comms_operation, last_action_date_time, "lastActionDateTime", SEED_ONLY | NEVER_NULL | DATE_TIME),
    END,
};

static const struct field play_prompt_operation_fields[] = {
    ENUM(struct graph_play_prompt_operation, completion_reason, "completionReason", BETA_ONLY, graph_play_prompt_reason_names),
    END,
};

static const struct field record_operation_fields[] = {
    TEXT(struct graph_record_operation, recording_location, "recordingLocation", 0),
    TEXT(struct graph_record_operation, recording_access_token, "recordingAccessToken", SECRET),
    ENUM(struct graph_record_operation, completion_reason, "completionReason", BETA_ONLY, graph_record_reason_names),
    END,
};

static const struct field send_dtmf_tones_operation_fields[] = {
    ENUM(struct graph_send_dtmf_tones_operation, completion_reason, "completionReason", 0, graph_send_dtmf_reason_names),
    END,
};

static const struct field invite_participants_operation_fields[] = {
    OBJECTS(struct graph_invite_participants_operation, participants, "participants", ALWAYS, &graph_invitation_participant_info_type, GRAPH_INVITE_MAX),
    END,
};

static const struct field mute_participants_operation_fields[] = {
    TEXTS(struct graph_mute_participants_operation, participants, "participants", BETA_ONLY, GRAPH_PARTICIPANTS_MAX),
    END,
};

static const struct type *const operations[] = {
    &graph_play_prompt_operation_type,
    &graph_record_operation_type,
    &graph_cancel_media_processing_operation_type,
    &graph_subscribe_to_tone_operation_type,
    &graph_send_dtmf_tones_operation_type,
    &graph_invite_participants_operation_type,
    &graph_mute_participant_operation_type,
    &graph_unmute_participant_operation_type,
    &graph_mute_participants_operation_type,
    &graph_start_hold_music_operation_type,
    &graph_stop_hold_music_operation_type,
    &graph_update_recording_status_operation_type,
    &graph_add_large_gallery_view_operation_type,
    NULL,
};

const struct type graph_comms_operation_type = {
    "commsOperation", sizeof(struct graph_comms_operation), TYPE_ENTITY,
    NULL, comms_operation_fields, operations,
};

/* X(our name, Graph's name): their own struct and fields, then those that add nothing. */
#define OPERATIONS(X) \
    X(play_prompt_operation, "playPromptOperation") \
    X(record_operation, "recordOperation") \
    X(send_dtmf_tones_operation, "sendDtmfTonesOperation") \
    X(invite_participants_operation, "inviteParticipantsOperation") \
    X(mute_participants_operation, "muteParticipantsOperation")

#define BARE_OPERATIONS(X) \
    X(cancel_media_processing_operation, "cancelMediaProcessingOperation") \
    X(subscribe_to_tone_operation, "subscribeToToneOperation") \
    X(mute_participant_operation, "muteParticipantOperation") \
    X(unmute_participant_operation, "unmuteParticipantOperation") \
    X(start_hold_music_operation, "startHoldMusicOperation") \
    X(stop_hold_music_operation, "stopHoldMusicOperation") \
    X(update_recording_status_operation, "updateRecordingStatusOperation") \
    X(add_large_gallery_view_operation, "addLargeGalleryViewOperation")

#define OPERATION(name, graph_name)                         \
    const struct type graph_##name##_type = {               \
        graph_name, sizeof(struct graph_##name), 0,         \
        &graph_comms_operation_type, name##_fields, NULL,   \
    };
#define BARE_OPERATION(name, graph_name)                    \
    const struct type graph_##name##_type = {               \
        graph_name, sizeof(struct graph_comms_operation), 0,\
        &graph_comms_operation_type, no_fields, NULL,       \
    };

OPERATIONS(OPERATION)
BARE_OPERATIONS(BARE_OPERATION)

/* clang-format on */

/*
 * graph_action.c - the tables of the bodies of actions.
 *
 * Their names are those of the actions, so that they can be compared with the published
 * parameters. BETA_ONLY marks what only beta takes; it is read under every version.
 */
#include "model/graph_types.h"

/* clang-format off */

#define CONTEXT(s) TEXT_MAX(s, client_context, "clientContext", 0, GRAPH_CLIENT_CONTEXT_MAX)

static const struct field context_fields[] = {
    CONTEXT(struct graph_context_action),
    END,
};

static const struct field answer_action_fields[] = {
    TEXT(struct graph_answer_action, callback_uri, "callbackUri", REQUIRED),
    ENUMS_MAX(struct graph_answer_action, accepted_modalities, "acceptedModalities", 0, graph_modality_names, GRAPH_MODALITIES_MAX),
    OBJECT(struct graph_answer_action, media_config, "mediaConfig", REQUIRED, &graph_media_config_type),
    OBJECT(struct graph_answer_action, call_options, "callOptions", 0, &graph_incoming_call_options_type),
    INT_IN(struct graph_answer_action, participant_capacity, "participantCapacity", 0, 0, INT32_MAX),
    END,
};

static const struct field reject_action_fields[] = {
    ENUM(struct graph_reject_action, reason, "reason", 0, graph_reject_reason_names),
    TEXT(struct graph_reject_action, callback_uri, "callbackUri", 0),
    END,
};

static const struct field redirect_action_fields[] = {
    OBJECTS(struct graph_redirect_action, targets, "targets", REQUIRED, &graph_invitation_participant_info_type, GRAPH_TARGETS_MAX),
    ENUM(struct graph_redirect_action, target_disposition, "targetDisposition", BETA_ONLY, graph_call_disposition_names),
    INT_IN(struct graph_redirect_action, timeout, "timeout", 0, 15, 90),
    BOOL(struct graph_redirect_action, mask_callee, "maskCallee", BETA_ONLY),
    BOOL(struct graph_redirect_action, mask_caller, "maskCaller", BETA_ONLY),
    TEXT(struct graph_redirect_action, callback_uri, "callbackUri", 0),
    END,
};

static const struct field transfer_action_fields[] = {
    OBJECT(struct graph_transfer_action, transfer_target, "transferTarget", REQUIRED, &graph_invitation_participant_info_type),
    OBJECT(struct graph_transfer_action, transferee, "transferee", 0, &graph_participant_info_type),
    CONTEXT(struct graph_transfer_action),
    END,
};

static const struct field play_prompt_action_fields[] = {
    OBJECTS(struct graph_play_prompt_action, prompts, "prompts", REQUIRED, &graph_prompt_type, GRAPH_PROMPTS_MAX),
    BOOL(struct graph_play_prompt_action, loop, "loop", BETA_ONLY),
    CONTEXT(struct graph_play_prompt_action),
    END,
};

/* record and recordResponse differ in how long they may listen. */
#define RECORD_FIELDS(most_s) \
    OBJECTS(struct graph_record_action, prompts, "prompts", 0, &graph_prompt_type, 1), \
    BOOL(struct graph_record_action, barge_in_allowed, "bargeInAllowed", 0), \
    INT_IN(struct graph_record_action, initial_silence_timeout_in_seconds, "initialSilenceTimeoutInSeconds", 0, 1, most_s), \
    INT_IN(struct graph_record_action, max_silence_timeout_in_seconds, "maxSilenceTimeoutInSeconds", 0, 1, most_s), \
    INT_IN(struct graph_record_action, max_record_duration_in_seconds, "maxRecordDurationInSeconds", 0, 1, most_s), \
    BOOL(struct graph_record_action, play_beep, "playBeep", 0), \
    TEXTS(struct graph_record_action, stop_tones, "stopTones", 0, GRAPH_TONES_MAX), \
    BOOL(struct graph_record_action, stream_while_recording, "streamWhileRecording", BETA_ONLY), \
    CONTEXT(struct graph_record_action)

static const struct field record_action_fields[] = {
    RECORD_FIELDS(GRAPH_RECORD_MAX_S),
    END,
};

static const struct field record_response_action_fields[] = {
    RECORD_FIELDS(GRAPH_RECORD_RESPONSE_MAX_S),
    END,
};

/* all is the seed era's: today everything that is queued is cancelled. */
static const struct field cancel_media_processing_action_fields[] = {
    BOOL(struct graph_cancel_media_processing_action, all, "all", BETA_ONLY),
    CONTEXT(struct graph_cancel_media_processing_action),
    END,
};

static const struct field send_dtmf_tones_action_fields[] = {
    ENUMS_MAX(struct graph_send_dtmf_tones_action, tones, "tones", REQUIRED | SECRET, graph_tone_names, GRAPH_TONES_MAX),
    INT_IN(struct graph_send_dtmf_tones_action, delay_between_tones_ms, "delayBetweenTonesMs", 0, 0, INT32_MAX),
    CONTEXT(struct graph_send_dtmf_tones_action),
    END,
};

static const struct field change_screen_sharing_role_action_fields[] = {
    ENUM(struct graph_change_screen_sharing_role_action, role, "role", REQUIRED, graph_screen_sharing_role_names),
    END,
};

static const struct field update_recording_status_action_fields[] = {
    ENUM(struct graph_update_recording_status_action, status, "status", REQUIRED, graph_recording_status_names),
    CONTEXT(struct graph_update_recording_status_action),
    END,
};

static const struct field update_metadata_action_fields[] = {
    TEXT(struct graph_update_metadata_action, metadata, "metadata", 0),
    CONTEXT(struct graph_update_metadata_action),
    END,
};

static const struct field invite_action_fields[] = {
    OBJECTS(struct graph_invite_action, participants, "participants", REQUIRED, &graph_invitation_participant_info_type, GRAPH_INVITE_MAX),
    CONTEXT(struct graph_invite_action),
    END,
};

static const struct field mute_all_action_fields[] = {
    TEXTS(struct graph_mute_all_action, participants, "participants", 0, GRAPH_PARTICIPANTS_MAX),
    CONTEXT(struct graph_mute_all_action),
    END,
};

static const struct field start_hold_music_action_fields[] = {
    OBJECT(struct graph_start_hold_music_action, custom_prompt, "customPrompt", 0, &graph_prompt_type),
    CONTEXT(struct graph_start_hold_music_action),
    END,
};

/* X(name, action, struct, fields) */
#define ACTIONS(X) \
    X(answer, "answer", graph_answer_action, answer_action_fields) \
    X(reject, "reject", graph_reject_action, reject_action_fields) \
    X(redirect, "redirect", graph_redirect_action, redirect_action_fields) \
    X(transfer, "transfer", graph_transfer_action, transfer_action_fields) \
    X(play_prompt, "playPrompt", graph_play_prompt_action, play_prompt_action_fields) \
    X(record, "record", graph_record_action, record_action_fields) \
    X(record_response, "recordResponse", graph_record_action, record_response_action_fields) \
    X(cancel_media_processing, "cancelMediaProcessing", graph_cancel_media_processing_action, cancel_media_processing_action_fields) \
    X(subscribe_to_tone, "subscribeToTone", graph_context_action, context_fields) \
    X(mute, "mute", graph_context_action, context_fields) \
    X(unmute, "unmute", graph_context_action, context_fields) \
    X(send_dtmf_tones, "sendDtmfTones", graph_send_dtmf_tones_action, send_dtmf_tones_action_fields) \
    X(change_screen_sharing_role, "changeScreenSharingRole", graph_change_screen_sharing_role_action, change_screen_sharing_role_action_fields) \
    X(update_recording_status, "updateRecordingStatus", graph_update_recording_status_action, update_recording_status_action_fields) \
    X(update_metadata, "updateMetadata", graph_update_metadata_action, update_metadata_action_fields) \
    X(add_large_gallery_view, "addLargeGalleryView", graph_context_action, context_fields) \
    X(invite, "invite", graph_invite_action, invite_action_fields) \
    X(mute_all, "muteAll", graph_mute_all_action, mute_all_action_fields) \
    X(start_hold_music, "startHoldMusic", graph_start_hold_music_action, start_hold_music_action_fields) \
    X(stop_hold_music, "stopHoldMusic", graph_context_action, context_fields)

#define ACTION(name, action, s, fields) \
    const struct type graph_##name##_action_type = {action, sizeof(struct s), TYPE_PLAIN, NULL, fields, NULL};

ACTIONS(ACTION)

/* clang-format on */

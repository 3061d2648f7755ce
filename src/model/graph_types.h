/*
 * graph_types.h - the resources of the calls API as structs, and their tables.
 *
 * One struct a type. A derived type has its base as its first member, so that a
 * pointer to it is a pointer to the base; odata.type says what it really is.
 * The tables (graph_*.c) say how a struct looks as JSON; nothing else does.
 * Everything lives in the arena of its reader. No rules of calls here.
 */
#ifndef MODEL_GRAPH_TYPES_H
#define MODEL_GRAPH_TYPES_H

#include "model/graph_enum.h"
#include "json/field.h"

enum {
    GRAPH_CLIENT_CONTEXT_MAX = 256,
    GRAPH_TARGETS_MAX = 25,
    GRAPH_INVITE_MAX = 5,
    GRAPH_PROMPTS_MAX = 20,
    GRAPH_RINGING_MAX_S = 115,
    GRAPH_RECORD_MAX_S = 300,          /* of the seed era's record */
    GRAPH_RECORD_RESPONSE_MAX_S = 120, /* of today's recordResponse */
    GRAPH_PREFETCH_MAX = 100,
    GRAPH_MODALITIES_MAX = 16,
    GRAPH_TONES_MAX = 100,
    GRAPH_PARTICIPANTS_MAX = 1000,
};

/* Identities: graph_identity.c */

struct graph_identity {
    struct odata odata;
    const char *display_name;
    const char *id;
    const char *tenant_id;
    const char *identity_provider; /* "AAD" */
};

struct graph_application_identity {
    struct graph_identity identity;
    const char *application_type;
    struct opt_bool hidden;
};

struct graph_application_instance_identity {
    struct graph_identity identity;
    struct opt_bool hidden;
};

struct graph_guest_identity {
    struct graph_identity identity;
    const char *email;
};

struct graph_acs_user_identity {
    struct graph_identity identity;
    const char *resource_id;
};

struct graph_teamwork_user_identity {
    struct graph_identity identity;
    int user_identity_type; /* enum graph_user_identity_type */
    const char *user_principal_name;
};

/* Also a communicationsIdentitySet: the keys are the same, clients mix the two names. */
struct graph_identity_set {
    struct odata odata;
    struct graph_identity *user;
    struct graph_identity *application;
    struct graph_identity *device;
    struct graph_identity *phone;
    struct graph_identity *guest;
    struct graph_identity *encrypted;
    struct graph_identity *on_premises;
    struct graph_identity *application_instance;
    struct graph_identity *acs_user; /* azureCommunicationServicesUser */
    struct graph_identity *asserted_identity;
    int endpoint_type; /* enum graph_endpoint_type */
};

struct graph_participant_info {
    struct odata odata;
    struct graph_identity_set *identity;
    const char *id; /* not in the schema, but on the wire: the participant's id */
    const char *participant_id;
    const char *country_code;
    int endpoint_type; /* enum graph_endpoint_type */
    const char *region;
    const char *language_id;
    const char *platform_id;
    struct graph_identity_set *non_anonymized_identity;
};

/* A target. It has this struct even when the client called it a participantInfo. */
struct graph_invitation_participant_info {
    struct graph_participant_info info;
    const char *replaces_call_id;
    struct opt_bool hidden;
    struct opt_bool remove_from_default_audio_routing_group;
};

/* Media: graph_media.c */

struct graph_media_info {
    struct odata odata;
    const char *uri;
    const char *resource_id;
};

struct graph_media_config { /* abstract */
    struct odata odata;
    struct opt_bool remove_from_default_audio_group;
};

struct graph_service_hosted_media_config {
    struct graph_media_config config;
    struct objects pre_fetch_media; /* struct graph_media_info */
};

struct graph_app_hosted_media_config {
    struct graph_media_config config;
    const char *blob;
};

struct graph_prompt { /* abstract */
    struct odata odata;
};

struct graph_media_prompt {
    struct graph_prompt prompt;
    struct graph_media_info *media_info;
    struct opt_int loop;
};

struct graph_audio_routing_group {
    struct odata odata;
    const char *odata_context; /* "@odata.context" of a response */
    const char *id;
    int routing_mode; /* enum graph_routing_mode */
    struct texts sources;
    struct texts receivers;
};

struct graph_media_stream {
    struct odata odata;
    int media_type; /* enum graph_modality */
    const char *source_id;
    const char *label;
    int direction; /* enum graph_media_direction */
    struct opt_bool server_muted;
};

struct graph_call_media_state {
    struct odata odata;
    int audio; /* enum graph_media_state */
};

/* Meetings and participants: graph_meeting.c */

struct graph_chat_info {
    struct odata odata;
    const char *thread_id;
    const char *message_id;
    const char *reply_chain_message_id;
};

struct graph_meeting_info { /* abstract */
    struct odata odata;
    struct opt_bool allow_conversation_without_host;
};

struct graph_organizer_meeting_info {
    struct graph_meeting_info meeting;
    struct graph_identity_set *organizer;
};

struct graph_token_meeting_info {
    struct graph_meeting_info meeting;
    const char *token; /* whoever has it may join: a secret */
};

struct graph_join_meeting_id_meeting_info {
    struct graph_meeting_info meeting;
    const char *join_meeting_id;
    const char *passcode;
};

struct graph_meeting_capability {
    struct odata odata;
    struct opt_bool allow_anonymous_users_to_dial_out;
    struct opt_bool allow_anonymous_users_to_start_meeting;
    int auto_admitted_users; /* enum graph_admitted_users */
};

struct graph_recording_info {
    struct odata odata;
    int recording_status; /* enum graph_recording_status */
    struct graph_identity_set *initiator;
    struct graph_participant_info *initiated_by;
};

struct graph_removed_state {
    struct odata odata;
    const char *reason;
};

struct graph_online_meeting_restricted {
    struct odata odata;
    int content_sharing_disabled; /* enum graph_sharing_disabled */
    int video_disabled;           /* enum graph_video_disabled */
};

struct graph_participant {
    struct odata odata;
    const char *odata_context; /* "@odata.context" of a response */
    struct graph_participant_info *info;
    struct objects media_streams; /* struct graph_media_stream */
    struct opt_bool is_muted;
    struct opt_bool is_in_lobby;
    const char *metadata;
    struct graph_recording_info *recording_info;
    struct graph_removed_state *removed_state;
    struct graph_online_meeting_restricted *restricted_experience;
    struct opt_int roster_sequence_number;
    struct opt_bool is_identity_anonymized;
    const char *preferred_display_name;
    const char *id;
};

/* Calls: graph_call.c */

struct graph_result_info {
    struct odata odata;
    struct opt_int code;
    struct opt_int subcode;
    const char *message;
};

struct graph_tone_info {
    struct odata odata;
    struct opt_int sequence_id;
    int tone; /* enum graph_tone */
};

struct graph_call_options { /* abstract; outgoing and incoming add nothing */
    struct odata odata;
    struct opt_bool hide_bot_after_escalation;
    struct opt_bool is_content_sharing_notification_enabled;
    struct opt_bool is_delta_roster_enabled;
    struct opt_bool is_interactive_roster_enabled;
};

struct graph_call_route {
    struct odata odata;
    int routing_type; /* enum graph_routing_type */
    struct graph_identity_set *original;
    struct graph_identity_set *final;
};

struct graph_call_transcription_info {
    struct odata odata;
    int state; /* enum graph_transcription_state */
    const char *last_modified_date_time;
};

struct graph_incoming_context {
    struct odata odata;
    const char *observed_participant_id;
    struct graph_identity_set *on_behalf_of;
    const char *source_participant_id;
    struct graph_identity_set *transferor;
};

struct graph_call {
    struct odata odata;
    int state;     /* enum graph_call_state */
    int direction; /* enum graph_call_direction */
    const char *callback_uri;
    struct objects call_routes; /* struct graph_call_route */
    struct graph_participant_info *source;
    struct objects targets;            /* struct graph_invitation_participant_info */
    struct enums requested_modalities; /* enum graph_modality */
    struct enums active_modalities;    /* enum graph_modality */
    struct graph_media_config *media_config;
    struct graph_chat_info *chat_info;
    struct graph_meeting_info *meeting_info;
    struct enums routing_policies; /* enum graph_routing_policy */
    const char *tenant_id;
    const char *my_participant_id;
    const char *id;
    const char *odata_context; /* "@odata.context" of a response */
    const char *subject;
    const char *termination_reason;
    struct opt_int ringing_timeout_in_seconds;
    struct graph_call_media_state *media_state;
    struct graph_result_info *result_info;
    struct graph_participant_info *answered_by;
    struct graph_meeting_capability *meeting_capability;
    struct graph_tone_info *tone_info;
    const char *call_chain_id;
    struct graph_call_options *call_options;
    struct graph_incoming_context *incoming_context;
    struct graph_call_transcription_info *transcription;
};

/* Operations: graph_operation.c */

struct graph_comms_operation {
    struct odata odata;
    const char *odata_context; /* "@odata.context" of a response */
    const char *odata_id;      /* "@odata.id" in a notice: its path without version */
    const char *id;
    int status; /* enum graph_operation_status */
    const char *client_context;
    struct graph_result_info *result_info;
    const char *created_date_time;
    const char *last_action_date_time;
};

struct graph_play_prompt_operation {
    struct graph_comms_operation operation;
    int completion_reason; /* enum graph_play_prompt_reason */
};

struct graph_record_operation {
    struct graph_comms_operation operation;
    const char *recording_location;
    const char *recording_access_token;
    int completion_reason; /* enum graph_record_reason */
};

struct graph_send_dtmf_tones_operation {
    struct graph_comms_operation operation;
    int completion_reason; /* enum graph_send_dtmf_reason */
};

struct graph_invite_participants_operation {
    struct graph_comms_operation operation;
    struct objects participants; /* struct graph_invitation_participant_info */
};

struct graph_mute_participants_operation {
    struct graph_comms_operation operation;
    struct texts participants; /* ids */
};

/* Notices: graph_notice.c */

struct graph_comms_notification {
    struct odata odata;
    int change_type;          /* enum graph_change_type */
    const char *resource;     /* "/app/calls/...": the seed era's path */
    const char *resource_url; /* "/communications/calls/..." */
    const char *callback_uri;
    const char *resource_data; /* JSON text: an object, or a list for the roster */
};

struct graph_comms_notifications {
    struct odata odata;
    struct objects value; /* struct graph_comms_notification */
};

struct graph_delta_participants {
    struct odata odata;
    struct opt_int sequence_number;
    struct objects participants; /* struct graph_participant */
};

/* Bodies of the actions: graph_action.c. Plain: no struct odata in front. */

/* mute, unmute, subscribeToTone, stopHoldMusic, addLargeGalleryView. */
struct graph_context_action {
    const char *client_context;
};

struct graph_answer_action {
    const char *callback_uri;
    struct enums accepted_modalities; /* enum graph_modality */
    struct graph_media_config *media_config;
    struct graph_call_options *call_options;
    struct opt_int participant_capacity;
};

struct graph_reject_action {
    int reason; /* enum graph_reject_reason */
    const char *callback_uri;
};

struct graph_redirect_action {
    struct objects targets; /* struct graph_invitation_participant_info */
    int target_disposition; /* enum graph_call_disposition */
    struct opt_int timeout; /* seconds */
    struct opt_bool mask_callee;
    struct opt_bool mask_caller;
    const char *callback_uri;
};

struct graph_transfer_action {
    struct graph_invitation_participant_info *transfer_target;
    struct graph_participant_info *transferee;
    const char *client_context;
};

struct graph_play_prompt_action {
    struct objects prompts; /* struct graph_prompt, in truth graph_media_prompt */
    struct opt_bool loop;   /* endless */
    const char *client_context;
};

struct graph_record_action { /* record and recordResponse */
    struct objects prompts;  /* struct graph_prompt */
    struct opt_bool barge_in_allowed;
    struct opt_int initial_silence_timeout_in_seconds;
    struct opt_int max_silence_timeout_in_seconds;
    struct opt_int max_record_duration_in_seconds;
    struct opt_bool play_beep;
    struct texts stop_tones; /* "#", "1": not the names of enum graph_tone */
    struct opt_bool stream_while_recording;
    const char *client_context;
};

struct graph_cancel_media_processing_action {
    struct opt_bool all;
    const char *client_context;
};

struct graph_send_dtmf_tones_action {
    struct enums tones; /* enum graph_tone */
    struct opt_int delay_between_tones_ms;
    const char *client_context;
};

struct graph_change_screen_sharing_role_action {
    int role; /* enum graph_screen_sharing_role */
};

struct graph_update_recording_status_action {
    int status; /* enum graph_recording_status */
    const char *client_context;
};

struct graph_update_metadata_action {
    const char *metadata;
    const char *client_context;
};

struct graph_invite_action {
    struct objects participants; /* struct graph_invitation_participant_info */
    const char *client_context;
};

struct graph_mute_all_action {
    struct texts participants; /* ids */
    const char *client_context;
};

struct graph_start_hold_music_action {
    struct graph_prompt *custom_prompt;
    const char *client_context;
};

/* The tables. */
extern const struct type graph_identity_type;
extern const struct type graph_application_identity_type;
extern const struct type graph_application_instance_identity_type;
extern const struct type graph_guest_identity_type;
extern const struct type graph_phone_identity_type;
extern const struct type graph_user_identity_type;
extern const struct type graph_encrypted_identity_type;
extern const struct type graph_acs_user_identity_type;
extern const struct type graph_teamwork_user_identity_type;
extern const struct type graph_identity_set_type;
extern const struct type graph_communications_identity_set_type;
extern const struct type graph_participant_info_type;
extern const struct type graph_invitation_participant_info_type;
extern const struct type graph_media_info_type;
extern const struct type graph_media_config_type;
extern const struct type graph_service_hosted_media_config_type;
extern const struct type graph_app_hosted_media_config_type;
extern const struct type graph_prompt_type;
extern const struct type graph_media_prompt_type;
extern const struct type graph_audio_routing_group_type;
extern const struct type graph_audio_routing_group_change_type; /* what PATCH says */
extern const struct type graph_media_stream_type;
extern const struct type graph_call_media_state_type;
extern const struct type graph_chat_info_type;
extern const struct type graph_meeting_info_type;
extern const struct type graph_organizer_meeting_info_type;
extern const struct type graph_token_meeting_info_type;
extern const struct type graph_join_meeting_id_meeting_info_type;
extern const struct type graph_meeting_capability_type;
extern const struct type graph_recording_info_type;
extern const struct type graph_removed_state_type;
extern const struct type graph_online_meeting_restricted_type;
extern const struct type graph_participant_type;
extern const struct type graph_result_info_type;
extern const struct type graph_tone_info_type;
extern const struct type graph_call_options_type;
extern const struct type graph_outgoing_call_options_type;
extern const struct type graph_incoming_call_options_type;
extern const struct type graph_call_route_type;
extern const struct type graph_call_transcription_info_type;
extern const struct type graph_incoming_context_type;
extern const struct type graph_call_type;
extern const struct type graph_comms_operation_type;
extern const struct type graph_play_prompt_operation_type;
extern const struct type graph_record_operation_type;
extern const struct type graph_cancel_media_processing_operation_type;
extern const struct type graph_subscribe_to_tone_operation_type;
extern const struct type graph_send_dtmf_tones_operation_type;
extern const struct type graph_invite_participants_operation_type;
extern const struct type graph_mute_participant_operation_type;
extern const struct type graph_unmute_participant_operation_type;
extern const struct type graph_mute_participants_operation_type;
extern const struct type graph_start_hold_music_operation_type;
extern const struct type graph_stop_hold_music_operation_type;
extern const struct type graph_update_recording_status_operation_type;
extern const struct type graph_add_large_gallery_view_operation_type;
extern const struct type graph_comms_notification_type;
extern const struct type graph_comms_notifications_type;
extern const struct type graph_delta_participants_type;
extern const struct type graph_answer_action_type;
extern const struct type graph_reject_action_type;
extern const struct type graph_redirect_action_type;
extern const struct type graph_transfer_action_type;
extern const struct type graph_play_prompt_action_type;
extern const struct type graph_record_action_type;
extern const struct type graph_record_response_action_type;
extern const struct type graph_cancel_media_processing_action_type;
extern const struct type graph_subscribe_to_tone_action_type;
extern const struct type graph_mute_action_type;
extern const struct type graph_unmute_action_type;
extern const struct type graph_send_dtmf_tones_action_type;
extern const struct type graph_change_screen_sharing_role_action_type;
extern const struct type graph_update_recording_status_action_type;
extern const struct type graph_update_metadata_action_type;
extern const struct type graph_add_large_gallery_view_action_type;
extern const struct type graph_invite_action_type;
extern const struct type graph_mute_all_action_type;
extern const struct type graph_start_hold_music_action_type;
extern const struct type graph_stop_hold_music_action_type;

/* Every table above, for fields_dump(); ends with NULL. */
extern const struct type *const graph_types[];

#endif

/*
 * graph_enum.c - the names of the enumerations, from the lists of the header.
 */
#include "model/graph_enum.h"

#include <stddef.h>

#define NAME(P, name, text) text,

/* clang-format off */
const char *const graph_call_state_names[] = {GRAPH_CALL_STATES(NAME, ) NULL};
const char *const graph_call_direction_names[] = {GRAPH_CALL_DIRECTIONS(NAME, ) NULL};
const char *const graph_call_disposition_names[] = {GRAPH_CALL_DISPOSITIONS(NAME, ) NULL};
const char *const graph_change_type_names[] = {GRAPH_CHANGE_TYPES(NAME, ) NULL};
const char *const graph_media_state_names[] = {GRAPH_MEDIA_STATES(NAME, ) NULL};
const char *const graph_media_direction_names[] = {GRAPH_MEDIA_DIRECTIONS(NAME, ) NULL};
const char *const graph_modality_names[] = {GRAPH_MODALITIES(NAME, ) NULL};
const char *const graph_endpoint_type_names[] = {GRAPH_ENDPOINT_TYPES(NAME, ) NULL};
const char *const graph_operation_status_names[] = {GRAPH_OPERATION_STATUSES(NAME, ) NULL};
const char *const graph_play_prompt_reason_names[] = {GRAPH_PLAY_PROMPT_REASONS(NAME, ) NULL};
const char *const graph_send_dtmf_reason_names[] = {GRAPH_SEND_DTMF_REASONS(NAME, ) NULL};
const char *const graph_record_reason_names[] = {GRAPH_RECORD_REASONS(NAME, ) NULL};
const char *const graph_recording_status_names[] = {GRAPH_RECORDING_STATUSES(NAME, ) NULL};
const char *const graph_reject_reason_names[] = {GRAPH_REJECT_REASONS(NAME, ) NULL};
const char *const graph_routing_mode_names[] = {GRAPH_ROUTING_MODES(NAME, ) NULL};
const char *const graph_routing_policy_names[] = {GRAPH_ROUTING_POLICIES(NAME, ) NULL};
const char *const graph_routing_type_names[] = {GRAPH_ROUTING_TYPES(NAME, ) NULL};
const char *const graph_screen_sharing_role_names[] = {GRAPH_SCREEN_SHARING_ROLES(NAME, ) NULL};
const char *const graph_tone_names[] = {GRAPH_TONES(NAME, ) NULL};
const char *const graph_transcription_state_names[] = {GRAPH_TRANSCRIPTION_STATES(NAME, ) NULL};
const char *const graph_admitted_users_names[] = {GRAPH_ADMITTED_USERS(NAME, ) NULL};
const char *const graph_user_identity_type_names[] = {GRAPH_USER_IDENTITY_TYPES(NAME, ) NULL};
const char *const graph_sharing_disabled_names[] = {GRAPH_SHARING_DISABLED(NAME, ) NULL};
const char *const graph_video_disabled_names[] = {GRAPH_VIDEO_DISABLED(NAME, ) NULL};
const char *const graph_access_level_names[] = {GRAPH_ACCESS_LEVELS(NAME, ) NULL};
const char *const graph_lobby_scope_names[] = {GRAPH_LOBBY_SCOPES(NAME, ) NULL};
const char *const graph_meeting_type_names[] = {GRAPH_MEETING_TYPES(NAME, ) NULL};
const char *const graph_presenters_names[] = {GRAPH_PRESENTERS(NAME, ) NULL};
const char *const graph_meeting_role_names[] = {GRAPH_MEETING_ROLES(NAME, ) NULL};
const char *const graph_lobby_admitters_names[] = {GRAPH_LOBBY_ADMITTERS(NAME, ) NULL};
const char *const graph_meeting_chat_names[] = {GRAPH_MEETING_CHATS(NAME, ) NULL};
const char *const graph_chat_history_names[] = {GRAPH_CHAT_HISTORIES(NAME, ) NULL};
const char *const graph_live_share_names[] = {GRAPH_LIVE_SHARES(NAME, ) NULL};
/* clang-format on */

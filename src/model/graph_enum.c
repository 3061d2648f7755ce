/*
 * graph_enum.c - the names of the enumerations, from the lists of the header.
 */
#include "model/graph_enum.h"

#include <stddef.h>
#include <strings.h>

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

const struct graph_enum graph_enums[] = {
    {"callState", graph_call_state_names},
    {"callDirection", graph_call_direction_names},
    {"callDisposition", graph_call_disposition_names},
    {"changeType", graph_change_type_names},
    {"mediaState", graph_media_state_names},
    {"mediaDirection", graph_media_direction_names},
    {"modality", graph_modality_names},
    {"endpointType", graph_endpoint_type_names},
    {"operationStatus", graph_operation_status_names},
    {"playPromptCompletionReason", graph_play_prompt_reason_names},
    {"sendDtmfCompletionReason", graph_send_dtmf_reason_names},
    {"recordCompletionReason", graph_record_reason_names},
    {"recordingStatus", graph_recording_status_names},
    {"rejectReason", graph_reject_reason_names},
    {"routingMode", graph_routing_mode_names},
    {"routingPolicy", graph_routing_policy_names},
    {"routingType", graph_routing_type_names},
    {"screenSharingRole", graph_screen_sharing_role_names},
    {"tone", graph_tone_names},
    {"callTranscriptionState", graph_transcription_state_names},
    {"autoAdmittedUsersType", graph_admitted_users_names},
    {"teamworkUserIdentityType", graph_user_identity_type_names},
    {"onlineMeetingContentSharingDisabledReason", graph_sharing_disabled_names},
    {"onlineMeetingVideoDisabledReason", graph_video_disabled_names},
    {"accessLevel", graph_access_level_names},
    {"lobbyBypassScope", graph_lobby_scope_names},
    {"onlineMeetingType", graph_meeting_type_names},
    {"onlineMeetingPresenters", graph_presenters_names},
    {"onlineMeetingRole", graph_meeting_role_names},
    {"allowedLobbyAdmitterRoles", graph_lobby_admitters_names},
    {"meetingChatMode", graph_meeting_chat_names},
    {"meetingChatHistoryDefaultMode", graph_chat_history_names},
    {"meetingLiveShareOptions", graph_live_share_names},
    {NULL, NULL},
};
/* clang-format on */

const char *graph_enum_of(const char *const *names)
{
    for (const struct graph_enum *e = graph_enums; e->name != NULL; e++)
        if (e->names == names)
            return e->name;
    return NULL;
}

bool graph_enum_is_past(const char *const *names, size_t at)
{
    for (size_t i = at + 1; names[i] != NULL; i++)
        if (strcasecmp(names[i], names[at]) == 0)
            return true;
    return false;
}

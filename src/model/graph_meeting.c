/*
 * graph_meeting.c - the tables of meetings: where they are and who is in them.
 */
#include "model/graph_types.h"

/* clang-format off */

static const struct field chat_info_fields[] = {
    TEXT(struct graph_chat_info, thread_id, "threadId", 0),
    TEXT(struct graph_chat_info, message_id, "messageId", 0),
    TEXT(struct graph_chat_info, reply_chain_message_id, "replyChainMessageId", NULL_SHOWN),
    END,
};

const struct type graph_chat_info_type = {
    "chatInfo", sizeof(struct graph_chat_info), 0,
    NULL, chat_info_fields, NULL,
};

/* How to find a meeting. */

static const struct field meeting_info_fields[] = {
    BOOL(struct graph_meeting_info, allow_conversation_without_host, "allowConversationWithoutHost", BETA_ONLY),
    END,
};

static const struct field organizer_meeting_info_fields[] = {
    OBJECT(struct graph_organizer_meeting_info, organizer, "organizer", REQUIRED, &graph_identity_set_type),
    END,
};

static const struct field token_meeting_info_fields[] = {
    TEXT(struct graph_token_meeting_info, token, "token", REQUIRED | SECRET),
    END,
};

static const struct field join_meeting_id_meeting_info_fields[] = {
    TEXT(struct graph_join_meeting_id_meeting_info, join_meeting_id, "joinMeetingId", REQUIRED),
    TEXT(struct graph_join_meeting_id_meeting_info, passcode, "passcode", SECRET | NULL_SHOWN),
    END,
};

static const struct type *const meeting_infos[] = {
    &graph_organizer_meeting_info_type,
    &graph_token_meeting_info_type,
    &graph_join_meeting_id_meeting_info_type,
    NULL,
};

const struct type graph_meeting_info_type = {
    "meetingInfo", sizeof(struct graph_meeting_info), TYPE_ABSTRACT,
    NULL, meeting_info_fields, meeting_infos,
};
const struct type graph_organizer_meeting_info_type = {
    "organizerMeetingInfo", sizeof(struct graph_organizer_meeting_info), 0,
    &graph_meeting_info_type, organizer_meeting_info_fields, NULL,
};
const struct type graph_token_meeting_info_type = {
    "tokenMeetingInfo", sizeof(struct graph_token_meeting_info), 0,
    &graph_meeting_info_type, token_meeting_info_fields, NULL,
};
const struct type graph_join_meeting_id_meeting_info_type = {
    "joinMeetingIdMeetingInfo", sizeof(struct graph_join_meeting_id_meeting_info), 0,
    &graph_meeting_info_type, join_meeting_id_meeting_info_fields, NULL,
};

static const struct field meeting_capability_fields[] = {
    BOOL(struct graph_meeting_capability, allow_anonymous_users_to_dial_out, "allowAnonymousUsersToDialOut", BETA_ONLY | ALWAYS),
    BOOL(struct graph_meeting_capability, allow_anonymous_users_to_start_meeting, "allowAnonymousUsersToStartMeeting", BETA_ONLY | ALWAYS),
    ENUM(struct graph_meeting_capability, auto_admitted_users, "autoAdmittedUsers", BETA_ONLY | ALWAYS, graph_admitted_users_names),
    END,
};

const struct type graph_meeting_capability_type = {
    "meetingCapability", sizeof(struct graph_meeting_capability), TYPE_BETA_ONLY,
    NULL, meeting_capability_fields, NULL,
};

/* Who is in it: rows of the roster. */

static const struct field recording_info_fields[] = {
    ENUM(struct graph_recording_info, recording_status, "recordingStatus", ALWAYS, graph_recording_status_names),
    OBJECT(struct graph_recording_info, initiator, "initiator", 0, &graph_identity_set_type),
    OBJECT(struct graph_recording_info, initiated_by, "initiatedBy", BETA_ONLY, &graph_participant_info_type),
    END,
};

const struct type graph_recording_info_type = {
    "recordingInfo", sizeof(struct graph_recording_info), 0,
    NULL, recording_info_fields, NULL,
};

static const struct field removed_state_fields[] = {
    TEXT(struct graph_removed_state, reason, "reason", 0),
    END,
};

const struct type graph_removed_state_type = {
    "removedState", sizeof(struct graph_removed_state), 0,
    NULL, removed_state_fields, NULL,
};

static const struct field online_meeting_restricted_fields[] = {
    ENUM(struct graph_online_meeting_restricted, content_sharing_disabled, "contentSharingDisabled", 0, graph_sharing_disabled_names),
    ENUM(struct graph_online_meeting_restricted, video_disabled, "videoDisabled", 0, graph_video_disabled_names),
    END,
};

const struct type graph_online_meeting_restricted_type = {
    "onlineMeetingRestricted", sizeof(struct graph_online_meeting_restricted), 0,
    NULL, online_meeting_restricted_fields, NULL,
};

static const struct field participant_fields[] = {
    TEXT(struct graph_participant, odata_context, "@odata.context", OUT_ONLY | NEVER_NULL | OURS),
    OBJECT(struct graph_participant, info, "info", ALWAYS, &graph_participant_info_type),
    OBJECTS(struct graph_participant, media_streams, "mediaStreams", EMPTY_LIST, &graph_media_stream_type, 0),
    BOOL(struct graph_participant, is_muted, "isMuted", ALWAYS),
    BOOL(struct graph_participant, is_in_lobby, "isInLobby", ALWAYS),
    TEXT(struct graph_participant, metadata, "metadata", 0),
    OBJECT(struct graph_participant, recording_info, "recordingInfo", 0, &graph_recording_info_type),
    OBJECT(struct graph_participant, removed_state, "removedState", NEVER_NULL, &graph_removed_state_type),
    OBJECT(struct graph_participant, restricted_experience, "restrictedExperience", 0, &graph_online_meeting_restricted_type),
    INT(struct graph_participant, roster_sequence_number, "rosterSequenceNumber", NEVER_NULL | INT64),
    BOOL(struct graph_participant, is_identity_anonymized, "isIdentityAnonymized", BETA_ONLY),
    TEXT(struct graph_participant, preferred_display_name, "preferredDisplayName", BETA_ONLY),
    TEXT(struct graph_participant, id, "id", ALWAYS),
    END,
};

const struct type graph_participant_type = {
    "participant", sizeof(struct graph_participant), TYPE_ENTITY,
    NULL, participant_fields, NULL,
};

/* clang-format on */

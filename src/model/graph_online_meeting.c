/*
 * graph_online_meeting.c - the tables of online meetings.
 */
#include "model/graph_online_meeting.h"

/* clang-format off */

static const struct field lobby_bypass_settings_fields[] = {
    ENUM(struct graph_lobby_bypass_settings, scope, "scope", NULL_SHOWN, graph_lobby_scope_names),
    BOOL(struct graph_lobby_bypass_settings, is_dial_in_bypass_enabled, "isDialInBypassEnabled", NULL_SHOWN),
    END,
};

const struct type graph_lobby_bypass_settings_type = {
    "lobbyBypassSettings", sizeof(struct graph_lobby_bypass_settings), 0,
    NULL, lobby_bypass_settings_fields, NULL,
};

/* The number and the passcode are ours to make. */
static const struct field join_meeting_id_settings_fields[] = {
    BOOL(struct graph_join_meeting_id_settings, is_passcode_required, "isPasscodeRequired", 0),
    TEXT(struct graph_join_meeting_id_settings, join_meeting_id, "joinMeetingId", OUT_ONLY | NULL_SHOWN),
    TEXT(struct graph_join_meeting_id_settings, passcode, "passcode", OUT_ONLY | SECRET | NULL_SHOWN),
    END,
};

const struct type graph_join_meeting_id_settings_type = {
    "joinMeetingIdSettings", sizeof(struct graph_join_meeting_id_settings), 0,
    NULL, join_meeting_id_settings_fields, NULL,
};

static const struct field audio_conferencing_fields[] = {
    TEXT(struct graph_audio_conferencing, conference_id, "conferenceId", OUT_ONLY),
    TEXT(struct graph_audio_conferencing, toll_number, "tollNumber", OUT_ONLY | NULL_SHOWN),
    TEXT(struct graph_audio_conferencing, toll_free_number, "tollFreeNumber", OUT_ONLY | NULL_SHOWN),
    TEXTS(struct graph_audio_conferencing, toll_numbers, "tollNumbers", OUT_ONLY, 0),
    TEXTS(struct graph_audio_conferencing, toll_free_numbers, "tollFreeNumbers", OUT_ONLY, 0),
    TEXT(struct graph_audio_conferencing, participant_passcode, "participantPasscode", OUT_ONLY | SECRET | SEED_ONLY),
    TEXT(struct graph_audio_conferencing, leader_passcode, "leaderPasscode", OUT_ONLY | SECRET | SEED_ONLY),
    TEXT(struct graph_audio_conferencing, dialin_url, "dialinUrl", OUT_ONLY | NULL_SHOWN),
    END,
};

const struct type graph_audio_conferencing_type = {
    "audioConferencing", sizeof(struct graph_audio_conferencing), 0,
    NULL, audio_conferencing_fields, NULL,
};

static const struct field meeting_participant_info_fields[] = {
    OBJECT(struct graph_meeting_participant_info, identity, "identity", 0, &graph_identity_set_type),
    TEXT_MAX(struct graph_meeting_participant_info, upn, "upn", NULL_SHOWN, 256),
    ENUM(struct graph_meeting_participant_info, role, "role", 0, graph_meeting_role_names),
    END,
};

const struct type graph_meeting_participant_info_type = {
    "meetingParticipantInfo", sizeof(struct graph_meeting_participant_info), 0,
    NULL, meeting_participant_info_fields, NULL,
};

static const struct field meeting_participants_fields[] = {
    OBJECT(struct graph_meeting_participants, organizer, "organizer", 0, &graph_meeting_participant_info_type),
    OBJECTS(struct graph_meeting_participants, attendees, "attendees", EMPTY_LIST | NULL_SHOWN, &graph_meeting_participant_info_type, GRAPH_ATTENDEES_MAX),
    END,
};

const struct type graph_meeting_participants_type = {
    "meetingParticipants", sizeof(struct graph_meeting_participants), 0,
    NULL, meeting_participants_fields, NULL,
};

static const struct field online_meeting_base_fields[] = {
    TEXT(struct graph_online_meeting_base, id, "id", OUT_ONLY | ALWAYS),
    TEXT_MAX(struct graph_online_meeting_base, subject, "subject", 0, GRAPH_SUBJECT_MAX),
    TEXT(struct graph_online_meeting_base, join_web_url, "joinWebUrl", OUT_ONLY),
    ENUM(struct graph_online_meeting_base, meeting_type, "meetingType", 0, graph_meeting_type_names),
    OBJECT(struct graph_online_meeting_base, chat_info, "chatInfo", OUT_ONLY, &graph_chat_info_type),
    OBJECT(struct graph_online_meeting_base, lobby_bypass_settings, "lobbyBypassSettings", 0, &graph_lobby_bypass_settings_type),
    OBJECT(struct graph_online_meeting_base, join_meeting_id_settings, "joinMeetingIdSettings", 0, &graph_join_meeting_id_settings_type),
    OBJECT(struct graph_online_meeting_base, audio_conferencing, "audioConferencing", OUT_ONLY, &graph_audio_conferencing_type),
    TEXT(struct graph_online_meeting_base, video_teleconference_id, "videoTeleconferenceId", OUT_ONLY),
    TEXT(struct graph_online_meeting_base, expiry_date_time, "expiryDateTime", OUT_ONLY | DATE_TIME),
    BOOL(struct graph_online_meeting_base, is_entry_exit_announced, "isEntryExitAnnounced", 0),
    BOOL(struct graph_online_meeting_base, record_automatically, "recordAutomatically", 0),
    BOOL(struct graph_online_meeting_base, is_end_to_end_encryption_enabled, "isEndToEndEncryptionEnabled", 0),
    TEXT_MAX(struct graph_online_meeting_base, meeting_spoken_language_tag, "meetingSpokenLanguageTag", 0, 35),
    ENUM(struct graph_online_meeting_base, allowed_presenters, "allowedPresenters", 0, graph_presenters_names),
    ENUM(struct graph_online_meeting_base, allowed_lobby_admitters, "allowedLobbyAdmitters", 0, graph_lobby_admitters_names),
    ENUM(struct graph_online_meeting_base, allow_meeting_chat, "allowMeetingChat", 0, graph_meeting_chat_names),
    ENUM(struct graph_online_meeting_base, share_meeting_chat_history_default, "shareMeetingChatHistoryDefault", 0, graph_chat_history_names),
    ENUM(struct graph_online_meeting_base, allow_live_share, "allowLiveShare", 0, graph_live_share_names),
    BOOL(struct graph_online_meeting_base, allow_attendee_to_enable_camera, "allowAttendeeToEnableCamera", 0),
    BOOL(struct graph_online_meeting_base, allow_attendee_to_enable_mic, "allowAttendeeToEnableMic", 0),
    BOOL(struct graph_online_meeting_base, allow_breakout_rooms, "allowBreakoutRooms", 0),
    BOOL(struct graph_online_meeting_base, allow_copying_and_sharing_meeting_content, "allowCopyingAndSharingMeetingContent", 0),
    BOOL(struct graph_online_meeting_base, allow_participants_to_change_name, "allowParticipantsToChangeName", 0),
    BOOL(struct graph_online_meeting_base, allow_power_point_sharing, "allowPowerPointSharing", 0),
    BOOL(struct graph_online_meeting_base, allow_recording, "allowRecording", 0),
    BOOL(struct graph_online_meeting_base, allow_teamwork_reactions, "allowTeamworkReactions", 0),
    BOOL(struct graph_online_meeting_base, allow_transcription, "allowTranscription", 0),
    BOOL(struct graph_online_meeting_base, allow_whiteboard, "allowWhiteboard", 0),
    END,
};

static const struct type *const online_meetings[] = {&graph_online_meeting_type, NULL};

const struct type graph_online_meeting_base_type = {
    "onlineMeetingBase", sizeof(struct graph_online_meeting_base), TYPE_ENTITY,
    NULL, online_meeting_base_fields, online_meetings,
};

static const struct field online_meeting_fields[] = {
    TEXT(struct graph_online_meeting, odata_context, "@odata.context", OUT_ONLY | NEVER_NULL | OURS),
    TEXT(struct graph_online_meeting, creation_date_time, "creationDateTime", OUT_ONLY | DATE_TIME),
    TEXT_MAX(struct graph_online_meeting, start_date_time, "startDateTime", DATE_TIME, 64),
    TEXT_MAX(struct graph_online_meeting, end_date_time, "endDateTime", DATE_TIME, 64),
    TEXT_MAX(struct graph_online_meeting, external_id, "externalId", 0, GRAPH_EXTERNAL_ID_MAX),
    BOOL(struct graph_online_meeting, is_broadcast, "isBroadcast", 0),
    OBJECT(struct graph_online_meeting, participants, "participants", 0, &graph_meeting_participants_type),
    TEXT(struct graph_online_meeting, join_url, "joinUrl", OUT_ONLY | BETA_ONLY),
    ENUM(struct graph_online_meeting, access_level, "accessLevel", SEED_ONLY, graph_access_level_names),
    BOOL(struct graph_online_meeting, entry_exit_announcement, "entryExitAnnouncement", SEED_ONLY),
    TEXT(struct graph_online_meeting, expiration_date_time, "expirationDateTime", OUT_ONLY | SEED_ONLY | DATE_TIME),
    BOOL(struct graph_online_meeting, is_cancelled, "isCancelled", OUT_ONLY | SEED_ONLY),
    TEXT(struct graph_online_meeting, canceled_date_time, "canceledDateTime", OUT_ONLY | SEED_ONLY | DATE_TIME),
    END,
};

const struct type graph_online_meeting_type = {
    "onlineMeeting", sizeof(struct graph_online_meeting), 0,
    &graph_online_meeting_base_type, online_meeting_fields, NULL,
};

static const struct field create_or_get_fields[] = {
    TEXT_MAX(struct graph_create_or_get_action, external_id, "externalId", REQUIRED, GRAPH_EXTERNAL_ID_MAX),
    TEXT_MAX(struct graph_create_or_get_action, subject, "subject", 0, GRAPH_SUBJECT_MAX),
    TEXT_MAX(struct graph_create_or_get_action, start_date_time, "startDateTime", DATE_TIME, 64),
    TEXT_MAX(struct graph_create_or_get_action, end_date_time, "endDateTime", DATE_TIME, 64),
    OBJECT(struct graph_create_or_get_action, chat_info, "chatInfo", 0, &graph_chat_info_type),
    OBJECT(struct graph_create_or_get_action, participants, "participants", 0, &graph_meeting_participants_type),
    END,
};

const struct type graph_create_or_get_action_type = {
    "createOrGet", sizeof(struct graph_create_or_get_action), TYPE_PLAIN,
    NULL, create_or_get_fields, NULL,
};

const char *const graph_seed_meeting[] = {
    "@odata.context", "id", "accessLevel", "audioConferencing", "canceledDateTime", "chatInfo", "creationDateTime",
    "endDateTime", "entryExitAnnouncement", "expirationDateTime", "isCancelled", "joinUrl", "meetingType",
    "participants", "startDateTime", "subject", NULL,
};

const char *const graph_today_meeting[] = {
    "@odata.context", "id", "creationDateTime", "startDateTime", "endDateTime", "subject", "joinWebUrl", "joinUrl",
    "meetingType", "externalId", "isBroadcast", "videoTeleconferenceId", "expiryDateTime", "participants", "chatInfo",
    "lobbyBypassSettings", "joinMeetingIdSettings", "audioConferencing", "isEntryExitAnnounced", "allowedPresenters",
    "allowedLobbyAdmitters", "recordAutomatically", "isEndToEndEncryptionEnabled", "meetingSpokenLanguageTag",
    "allowMeetingChat", "shareMeetingChatHistoryDefault", "allowLiveShare", "allowAttendeeToEnableCamera",
    "allowAttendeeToEnableMic", "allowBreakoutRooms", "allowCopyingAndSharingMeetingContent",
    "allowParticipantsToChangeName", "allowPowerPointSharing", "allowRecording", "allowTeamworkReactions",
    "allowTranscription", "allowWhiteboard", NULL,
};

/* clang-format on */

/*
 * graph_enum.h - the enumerations of the calls API: constants and names from one list.
 *
 * Numbers are ours and start at 1; 0 is "absent" (json/field.h). They are not the numbers
 * that Graph publishes, which never appear in JSON. Any thread; nothing here changes.
 */
#ifndef MODEL_GRAPH_ENUM_H
#define MODEL_GRAPH_ENUM_H

#include <stdbool.h>
#include <stddef.h>

/* clang-format off */
/* LIST(X, P): X(P, CONSTANT, name in JSON). P is what the constant begins with. */

#define GRAPH_CALL_STATES(X, P) \
    X(P, INCOMING,          "incoming") \
    X(P, ESTABLISHING,      "establishing") \
    X(P, RINGING,           "ringing") \
    X(P, ESTABLISHED,       "established") \
    X(P, HOLD,              "hold") \
    X(P, TRANSFERRING,      "transferring") \
    X(P, TRANSFER_ACCEPTED, "transferAccepted") \
    X(P, REDIRECTING,       "redirecting") \
    X(P, TERMINATING,       "terminating") \
    X(P, TERMINATED,        "terminated")

#define GRAPH_CALL_DIRECTIONS(X, P) \
    X(P, INCOMING, "incoming") \
    X(P, OUTGOING, "outgoing")

#define GRAPH_CALL_DISPOSITIONS(X, P) \
    X(P, DEFAULT,           "default") \
    X(P, SIMULTANEOUS_RING, "simultaneousRing") \
    X(P, FORWARD,           "forward")

#define GRAPH_CHANGE_TYPES(X, P) \
    X(P, CREATED, "created") \
    X(P, UPDATED, "updated") \
    X(P, DELETED, "deleted")

#define GRAPH_MEDIA_STATES(X, P) \
    X(P, ACTIVE,   "active") \
    X(P, INACTIVE, "inactive")

#define GRAPH_MEDIA_DIRECTIONS(X, P) \
    X(P, INACTIVE,     "inactive") \
    X(P, SEND_ONLY,    "sendOnly") \
    X(P, RECEIVE_ONLY, "receiveOnly") \
    X(P, SEND_RECEIVE, "sendReceive")

#define GRAPH_MODALITIES(X, P) \
    X(P, AUDIO,                      "audio") \
    X(P, VIDEO,                      "video") \
    X(P, VIDEO_BASED_SCREEN_SHARING, "videoBasedScreenSharing") \
    X(P, DATA,                       "data")

#define GRAPH_ENDPOINT_TYPES(X, P) \
    X(P, DEFAULT,                       "default") \
    X(P, VOICEMAIL,                     "voicemail") \
    X(P, SKYPE_FOR_BUSINESS,            "skypeForBusiness") \
    X(P, SKYPE_FOR_BUSINESS_VOIP_PHONE, "skypeForBusinessVoipPhone")

#define GRAPH_OPERATION_STATUSES(X, P) \
    X(P, NOT_STARTED, "notStarted") \
    X(P, RUNNING,     "running") \
    X(P, COMPLETED,   "completed") \
    X(P, FAILED,      "failed")

#define GRAPH_PLAY_PROMPT_REASONS(X, P) \
    X(P, UNKNOWN,                  "unknown") \
    X(P, COMPLETED_SUCCESSFULLY,   "completedSuccessfully") \
    X(P, MEDIA_OPERATION_CANCELED, "mediaOperationCanceled")

#define GRAPH_SEND_DTMF_REASONS(X, P) \
    X(P, UNKNOWN,                  "unknown") \
    X(P, COMPLETED_SUCCESSFULLY,   "completedSuccessfully") \
    X(P, MEDIA_OPERATION_CANCELED, "mediaOperationCanceled")

#define GRAPH_RECORD_REASONS(X, P) \
    X(P, OPERATION_CANCELED,          "operationCanceled") \
    X(P, STOP_TONE_DETECTED,          "stopToneDetected") \
    X(P, MAX_RECORD_DURATION_REACHED, "maxRecordDurationReached") \
    X(P, INITIAL_SILENCE_TIMEOUT,     "initialSilenceTimeout") \
    X(P, MAX_SILENCE_TIMEOUT,         "maxSilenceTimeout") \
    X(P, PLAY_PROMPT_FAILED,          "playPromptFailed") \
    X(P, PLAY_BEEP_FAILED,            "playBeepFailed") \
    X(P, MEDIA_RECEIVE_TIMEOUT,       "mediaReceiveTimeout") \
    X(P, UNSPECIFIED_ERROR,           "unspecifiedError")

#define GRAPH_RECORDING_STATUSES(X, P) \
    X(P, UNKNOWN,       "unknown") \
    X(P, NOT_RECORDING, "notRecording") \
    X(P, RECORDING,     "recording") \
    X(P, FAILED,        "failed")

#define GRAPH_REJECT_REASONS(X, P) \
    X(P, NONE,      "none") \
    X(P, BUSY,      "busy") \
    X(P, FORBIDDEN, "forbidden")

#define GRAPH_ROUTING_MODES(X, P) \
    X(P, ONE_TO_ONE, "oneToOne") \
    X(P, MULTICAST,  "multicast")

#define GRAPH_ROUTING_POLICIES(X, P) \
    X(P, NONE,                            "none") \
    X(P, NO_MISSED_CALL,                  "noMissedCall") \
    X(P, DISABLE_FORWARDING_EXCEPT_PHONE, "disableForwardingExceptPhone") \
    X(P, DISABLE_FORWARDING,              "disableForwarding") \
    X(P, PREFER_SKYPE_FOR_BUSINESS,       "preferSkypeForBusiness")

#define GRAPH_ROUTING_TYPES(X, P) \
    X(P, FORWARDED, "forwarded") \
    X(P, LOOKUP,    "lookup") \
    X(P, SELF_FORK, "selfFork")

#define GRAPH_SCREEN_SHARING_ROLES(X, P) \
    X(P, VIEWER, "viewer") \
    X(P, SHARER, "sharer")

#define GRAPH_TONES(X, P) \
    X(P, 0,     "tone0") \
    X(P, 1,     "tone1") \
    X(P, 2,     "tone2") \
    X(P, 3,     "tone3") \
    X(P, 4,     "tone4") \
    X(P, 5,     "tone5") \
    X(P, 6,     "tone6") \
    X(P, 7,     "tone7") \
    X(P, 8,     "tone8") \
    X(P, 9,     "tone9") \
    X(P, STAR,  "star") \
    X(P, POUND, "pound") \
    X(P, A,     "a") \
    X(P, B,     "b") \
    X(P, C,     "c") \
    X(P, D,     "d") \
    X(P, FLASH, "flash")

#define GRAPH_TRANSCRIPTION_STATES(X, P) \
    X(P, NOT_STARTED, "notStarted") \
    X(P, ACTIVE,      "active") \
    X(P, INACTIVE,    "inactive")

#define GRAPH_ADMITTED_USERS(X, P) \
    X(P, EVERYONE_IN_COMPANY, "everyoneInCompany") \
    X(P, EVERYONE,            "everyone")

#define GRAPH_USER_IDENTITY_TYPES(X, P) \
    X(P, AAD_USER,                          "aadUser") \
    X(P, ON_PREMISE_AAD_USER,               "onPremiseAadUser") \
    X(P, ANONYMOUS_GUEST,                   "anonymousGuest") \
    X(P, FEDERATED_USER,                    "federatedUser") \
    X(P, PERSONAL_MICROSOFT_ACCOUNT_USER,   "personalMicrosoftAccountUser") \
    X(P, SKYPE_USER,                        "skypeUser") \
    X(P, PHONE_USER,                        "phoneUser") \
    X(P, EMAIL_USER,                        "emailUser") \
    X(P, AZURE_COMMUNICATION_SERVICES_USER, "azureCommunicationServicesUser")

#define GRAPH_SHARING_DISABLED(X, P) \
    X(P, WATERMARK_PROTECTION, "watermarkProtection")

#define GRAPH_VIDEO_DISABLED(X, P) \
    X(P, WATERMARK_PROTECTION, "watermarkProtection")

#define GRAPH_ACCESS_LEVELS(X, P) \
    X(P, EVERYONE,                      "everyone") \
    X(P, INVITED,                       "invited") \
    X(P, LOCKED,                        "locked") \
    X(P, SAME_ENTERPRISE,               "sameEnterprise") \
    X(P, SAME_ENTERPRISE_AND_FEDERATED, "sameEnterpriseAndFederated")

#define GRAPH_LOBBY_SCOPES(X, P) \
    X(P, ORGANIZER,                     "organizer") \
    X(P, ORGANIZATION,                  "organization") \
    X(P, ORGANIZATION_AND_FEDERATED,    "organizationAndFederated") \
    X(P, EVERYONE,                      "everyone") \
    X(P, INVITED,                       "invited") \
    X(P, ORGANIZATION_EXCLUDING_GUESTS, "organizationExcludingGuests")

/* Two eras' words; of those that differ only in case, what is read is the first. */
#define GRAPH_MEETING_TYPES(X, P) \
    X(P, MEET_NOW,   "meetNow") /* the seed's */ \
    X(P, MEETNOW,    "meetnow") /* today's */ \
    X(P, CALENDAR,   "calendar") /* the seed's */ \
    X(P, SCHEDULED,  "scheduled") /* today's */ \
    X(P, RECURRING,  "recurring") \
    X(P, BROADCAST,  "broadcast") \
    X(P, ADHOC,      "adhoc")

#define GRAPH_PRESENTERS(X, P) \
    X(P, EVERYONE,          "everyone") \
    X(P, ORGANIZATION,      "organization") \
    X(P, ROLE_IS_PRESENTER, "roleIsPresenter") \
    X(P, ORGANIZER,         "organizer")

#define GRAPH_MEETING_ROLES(X, P) \
    X(P, ATTENDEE,    "attendee") \
    X(P, PRESENTER,   "presenter") \
    X(P, PRODUCER,    "producer") \
    X(P, COORGANIZER, "coorganizer")

#define GRAPH_LOBBY_ADMITTERS(X, P) \
    X(P, ORGANIZER_AND_CO_ORGANIZERS_AND_PRESENTERS, "organizerAndCoOrganizersAndPresenters") \
    X(P, ORGANIZER_AND_CO_ORGANIZERS,                "organizerAndCoOrganizers")

#define GRAPH_MEETING_CHATS(X, P) \
    X(P, ENABLED,  "enabled") \
    X(P, DISABLED, "disabled") \
    X(P, LIMITED,  "limited")

#define GRAPH_CHAT_HISTORIES(X, P) \
    X(P, NONE, "none") \
    X(P, ALL,  "all")

#define GRAPH_LIVE_SHARES(X, P) \
    X(P, ENABLED,  "enabled") \
    X(P, DISABLED, "disabled")

#define GRAPH_CONSTANT(P, name, text) P##name,
enum graph_call_state { GRAPH_CALL_STATE_ABSENT, GRAPH_CALL_STATES(GRAPH_CONSTANT, GRAPH_CALL_STATE_) };
enum graph_call_direction { GRAPH_CALL_DIRECTION_ABSENT, GRAPH_CALL_DIRECTIONS(GRAPH_CONSTANT, GRAPH_CALL_DIRECTION_) };
enum graph_call_disposition { GRAPH_CALL_DISPOSITION_ABSENT, GRAPH_CALL_DISPOSITIONS(GRAPH_CONSTANT, GRAPH_CALL_DISPOSITION_) };
enum graph_change_type { GRAPH_CHANGE_TYPE_ABSENT, GRAPH_CHANGE_TYPES(GRAPH_CONSTANT, GRAPH_CHANGE_TYPE_) };
enum graph_media_state { GRAPH_MEDIA_STATE_ABSENT, GRAPH_MEDIA_STATES(GRAPH_CONSTANT, GRAPH_MEDIA_STATE_) };
enum graph_media_direction { GRAPH_MEDIA_DIRECTION_ABSENT, GRAPH_MEDIA_DIRECTIONS(GRAPH_CONSTANT, GRAPH_MEDIA_DIRECTION_) };
enum graph_modality { GRAPH_MODALITY_ABSENT, GRAPH_MODALITIES(GRAPH_CONSTANT, GRAPH_MODALITY_) };
enum graph_endpoint_type { GRAPH_ENDPOINT_TYPE_ABSENT, GRAPH_ENDPOINT_TYPES(GRAPH_CONSTANT, GRAPH_ENDPOINT_TYPE_) };
enum graph_operation_status { GRAPH_OPERATION_STATUS_ABSENT, GRAPH_OPERATION_STATUSES(GRAPH_CONSTANT, GRAPH_OPERATION_STATUS_) };
enum graph_play_prompt_reason { GRAPH_PLAY_PROMPT_REASON_ABSENT, GRAPH_PLAY_PROMPT_REASONS(GRAPH_CONSTANT, GRAPH_PLAY_PROMPT_REASON_) };
enum graph_send_dtmf_reason { GRAPH_SEND_DTMF_REASON_ABSENT, GRAPH_SEND_DTMF_REASONS(GRAPH_CONSTANT, GRAPH_SEND_DTMF_REASON_) };
enum graph_record_reason { GRAPH_RECORD_REASON_ABSENT, GRAPH_RECORD_REASONS(GRAPH_CONSTANT, GRAPH_RECORD_REASON_) };
enum graph_recording_status { GRAPH_RECORDING_STATUS_ABSENT, GRAPH_RECORDING_STATUSES(GRAPH_CONSTANT, GRAPH_RECORDING_STATUS_) };
enum graph_reject_reason { GRAPH_REJECT_REASON_ABSENT, GRAPH_REJECT_REASONS(GRAPH_CONSTANT, GRAPH_REJECT_REASON_) };
enum graph_routing_mode { GRAPH_ROUTING_MODE_ABSENT, GRAPH_ROUTING_MODES(GRAPH_CONSTANT, GRAPH_ROUTING_MODE_) };
enum graph_routing_policy { GRAPH_ROUTING_POLICY_ABSENT, GRAPH_ROUTING_POLICIES(GRAPH_CONSTANT, GRAPH_ROUTING_POLICY_) };
enum graph_routing_type { GRAPH_ROUTING_TYPE_ABSENT, GRAPH_ROUTING_TYPES(GRAPH_CONSTANT, GRAPH_ROUTING_TYPE_) };
enum graph_screen_sharing_role { GRAPH_SCREEN_SHARING_ROLE_ABSENT, GRAPH_SCREEN_SHARING_ROLES(GRAPH_CONSTANT, GRAPH_SCREEN_SHARING_ROLE_) };
enum graph_tone { GRAPH_TONE_ABSENT, GRAPH_TONES(GRAPH_CONSTANT, GRAPH_TONE_) };
enum graph_transcription_state { GRAPH_TRANSCRIPTION_STATE_ABSENT, GRAPH_TRANSCRIPTION_STATES(GRAPH_CONSTANT, GRAPH_TRANSCRIPTION_STATE_) };
enum graph_admitted_users { GRAPH_ADMITTED_USERS_ABSENT, GRAPH_ADMITTED_USERS(GRAPH_CONSTANT, GRAPH_ADMITTED_USERS_) };
enum graph_user_identity_type { GRAPH_USER_IDENTITY_TYPE_ABSENT, GRAPH_USER_IDENTITY_TYPES(GRAPH_CONSTANT, GRAPH_USER_IDENTITY_TYPE_) };
enum graph_sharing_disabled { GRAPH_SHARING_DISABLED_ABSENT, GRAPH_SHARING_DISABLED(GRAPH_CONSTANT, GRAPH_SHARING_DISABLED_) };
enum graph_video_disabled { GRAPH_VIDEO_DISABLED_ABSENT, GRAPH_VIDEO_DISABLED(GRAPH_CONSTANT, GRAPH_VIDEO_DISABLED_) };
enum graph_access_level { GRAPH_ACCESS_LEVEL_ABSENT, GRAPH_ACCESS_LEVELS(GRAPH_CONSTANT, GRAPH_ACCESS_LEVEL_) };
enum graph_lobby_scope { GRAPH_LOBBY_SCOPE_ABSENT, GRAPH_LOBBY_SCOPES(GRAPH_CONSTANT, GRAPH_LOBBY_SCOPE_) };
enum graph_meeting_type { GRAPH_MEETING_TYPE_ABSENT, GRAPH_MEETING_TYPES(GRAPH_CONSTANT, GRAPH_MEETING_TYPE_) };
enum graph_presenters { GRAPH_PRESENTERS_ABSENT, GRAPH_PRESENTERS(GRAPH_CONSTANT, GRAPH_PRESENTERS_) };
enum graph_meeting_role { GRAPH_MEETING_ROLE_ABSENT, GRAPH_MEETING_ROLES(GRAPH_CONSTANT, GRAPH_MEETING_ROLE_) };
enum graph_lobby_admitters { GRAPH_LOBBY_ADMITTERS_ABSENT, GRAPH_LOBBY_ADMITTERS(GRAPH_CONSTANT, GRAPH_LOBBY_ADMITTERS_) };
enum graph_meeting_chat { GRAPH_MEETING_CHAT_ABSENT, GRAPH_MEETING_CHATS(GRAPH_CONSTANT, GRAPH_MEETING_CHAT_) };
enum graph_chat_history { GRAPH_CHAT_HISTORY_ABSENT, GRAPH_CHAT_HISTORIES(GRAPH_CONSTANT, GRAPH_CHAT_HISTORY_) };
enum graph_live_share { GRAPH_LIVE_SHARE_ABSENT, GRAPH_LIVE_SHARES(GRAPH_CONSTANT, GRAPH_LIVE_SHARE_) };
#undef GRAPH_CONSTANT
/* clang-format on */

/* The names, for ENUM rows and field_enum_name(); each ends with NULL. */
extern const char *const graph_call_state_names[];
extern const char *const graph_call_direction_names[];
extern const char *const graph_call_disposition_names[];
extern const char *const graph_change_type_names[];
extern const char *const graph_media_state_names[];
extern const char *const graph_media_direction_names[];
extern const char *const graph_modality_names[];
extern const char *const graph_endpoint_type_names[];
extern const char *const graph_operation_status_names[];
extern const char *const graph_play_prompt_reason_names[];
extern const char *const graph_send_dtmf_reason_names[];
extern const char *const graph_record_reason_names[];
extern const char *const graph_recording_status_names[];
extern const char *const graph_reject_reason_names[];
extern const char *const graph_routing_mode_names[];
extern const char *const graph_routing_policy_names[];
extern const char *const graph_routing_type_names[];
extern const char *const graph_screen_sharing_role_names[];
extern const char *const graph_tone_names[];
extern const char *const graph_transcription_state_names[];
extern const char *const graph_admitted_users_names[];
extern const char *const graph_user_identity_type_names[];
extern const char *const graph_sharing_disabled_names[];
extern const char *const graph_video_disabled_names[];
extern const char *const graph_access_level_names[];
extern const char *const graph_lobby_scope_names[];
extern const char *const graph_meeting_type_names[];
extern const char *const graph_presenters_names[];
extern const char *const graph_meeting_role_names[];
extern const char *const graph_lobby_admitters_names[];
extern const char *const graph_meeting_chat_names[];
extern const char *const graph_chat_history_names[];
extern const char *const graph_live_share_names[];

/* How Graph calls each list. */
struct graph_enum {
    const char *name;
    const char *const *names;
};
extern const struct graph_enum graph_enums[]; /* ends with NULL */

/* Graph's name of one of the lists above, by its address; NULL when it is none of them. */
const char *graph_enum_of(const char *const *names);

/* Is names[at] the seed era's spelling of a later name of the list? Those that differ only in
 * case are one member; descriptions show today's. */
bool graph_enum_is_past(const char *const *names, size_t at);

#endif

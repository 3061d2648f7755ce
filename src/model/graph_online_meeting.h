/*
 * graph_online_meeting.h - the onlineMeeting resource of two eras as one struct, and its tables.
 *
 * As in graph_types.h: one struct a type, everything in the arena of its reader. Which members
 * an era shows is a list of names (graph_seed_meeting, graph_today_meeting); what they mean is
 * model/meeting.h's.
 */
#ifndef MODEL_GRAPH_ONLINE_MEETING_H
#define MODEL_GRAPH_ONLINE_MEETING_H

#include "model/graph_types.h"

enum {
    GRAPH_SUBJECT_MAX = 256,
    GRAPH_EXTERNAL_ID_MAX = 256,
    GRAPH_ATTENDEES_MAX = 100,
};

struct graph_lobby_bypass_settings {
    struct odata odata;
    int scope; /* enum graph_lobby_scope */
    struct opt_bool is_dial_in_bypass_enabled;
};

struct graph_join_meeting_id_settings {
    struct odata odata;
    struct opt_bool is_passcode_required;
    const char *join_meeting_id;
    const char *passcode;
};

struct graph_audio_conferencing {
    struct odata odata;
    const char *conference_id;
    const char *toll_number;
    const char *toll_free_number;
    struct texts toll_numbers;
    struct texts toll_free_numbers;
    const char *dialin_url;
    const char *participant_passcode; /* these two: of the seed era */
    const char *leader_passcode;
};

struct graph_meeting_participant_info {
    struct odata odata;
    struct graph_identity_set *identity;
    const char *upn;
    int role; /* enum graph_meeting_role */
};

struct graph_meeting_participants {
    struct odata odata;
    struct graph_meeting_participant_info *organizer;
    struct objects attendees; /* struct graph_meeting_participant_info */
};

struct graph_online_meeting_base {
    struct odata odata;
    const char *id;
    const char *subject;
    const char *join_web_url;
    int meeting_type; /* enum graph_meeting_type */
    struct graph_chat_info *chat_info;
    struct graph_lobby_bypass_settings *lobby_bypass_settings;
    struct graph_join_meeting_id_settings *join_meeting_id_settings;
    struct graph_audio_conferencing *audio_conferencing;
    const char *video_teleconference_id;
    const char *expiry_date_time;
    struct opt_bool is_entry_exit_announced;
    struct opt_bool record_automatically;
    struct opt_bool is_end_to_end_encryption_enabled;
    const char *meeting_spoken_language_tag;
    int allowed_presenters;                 /* enum graph_presenters */
    int allowed_lobby_admitters;            /* enum graph_lobby_admitters */
    int allow_meeting_chat;                 /* enum graph_meeting_chat */
    int share_meeting_chat_history_default; /* enum graph_chat_history */
    int allow_live_share;                   /* enum graph_live_share */
    struct opt_bool allow_attendee_to_enable_camera;
    struct opt_bool allow_attendee_to_enable_mic;
    struct opt_bool allow_breakout_rooms;
    struct opt_bool allow_copying_and_sharing_meeting_content;
    struct opt_bool allow_participants_to_change_name;
    struct opt_bool allow_power_point_sharing;
    struct opt_bool allow_recording;
    struct opt_bool allow_teamwork_reactions;
    struct opt_bool allow_transcription;
    struct opt_bool allow_whiteboard;
};

struct graph_online_meeting {
    struct graph_online_meeting_base base;
    const char *odata_context; /* "@odata.context" of a response */
    const char *creation_date_time;
    const char *start_date_time;
    const char *end_date_time;
    const char *external_id;
    struct opt_bool is_broadcast;
    struct graph_meeting_participants *participants;
    /* of the seed era */
    const char *join_url;
    int access_level; /* enum graph_access_level */
    struct opt_bool entry_exit_announcement;
    const char *expiration_date_time;
    struct opt_bool is_cancelled;
    const char *canceled_date_time;
};

/* The body of createOrGet. Plain: no struct odata in front. */
struct graph_create_or_get_action {
    const char *external_id;
    const char *subject;
    const char *start_date_time;
    const char *end_date_time;
    struct graph_chat_info *chat_info;
    struct graph_meeting_participants *participants;
};

extern const struct type graph_lobby_bypass_settings_type;
extern const struct type graph_join_meeting_id_settings_type;
extern const struct type graph_audio_conferencing_type;
extern const struct type graph_meeting_participant_info_type;
extern const struct type graph_meeting_participants_type;
extern const struct type graph_online_meeting_base_type;
extern const struct type graph_online_meeting_type;
extern const struct type graph_create_or_get_action_type;

/* The members that each era shows, in order; each ends with NULL (write_how.only). */
extern const char *const graph_seed_meeting[];
extern const char *const graph_today_meeting[];

#endif

/*
 * pages.c - the table of what the routes take and answer. The rows stand in the order of routes.c.
 */
#include "api/pages.h"

#include <string.h>

#include "base/str.h"
#include "identity/directory.h"
#include "model/graph_device_quality.h"
#include "model/graph_online_meeting.h"
#include "model/graph_types.h"

#define ALL (IN_V1 | IN_BETA | IN_SEED)
#define TODAY (IN_V1 | IN_BETA)

#define E(name) (1u << ERR_##name)
#define LIVE (E(TOO_EARLY) | E(ENDING) | E(CONFLICT))    /* needs an established call */
#define OUR_MEDIA (LIVE | E(MEDIA_KIND))                 /* whose media we host */
#define ROSTER (LIVE | E(CALL_KIND))                     /* and which has a roster */
#define WAITING (E(CONFLICT) | E(CALL_KIND) | E(ENDING)) /* needs one that came and waits */
#define JOINING                                                                            \
    (E(JOIN_TOKEN) | E(JOIN_PLACE) | E(JOIN_ID) | E(TENANT_MISMATCH) | E(SOURCE_INVALID) | \
     E(MEETING_LOCKED))
_Static_assert(ERR_BUSY < 32, "each error has a bit");

/* clang-format off */
#define NOTHING {FORM_NOTHING, NULL}
#define ONE(name) {FORM_ONE, &graph_##name##_type}
#define MANY(name) {FORM_MANY, &graph_##name##_type}
#define SOME(form) {FORM_##form, NULL}
/* clang-format on */

#define MEETINGS_SEEN (ROLE(MEETINGS_READ) | ROLE(MEETINGS_WRITE))

/* clang-format off */
static const struct page pages[] = {
    {"POST", "calls", "Makes a call: to people, to a group, or into a meeting.",
     ALL, ROLES_OF_CALLS, NULL, ONE(call), {201}, ONE(call), JOINING | E(CONFLICT) | E(NOT_BUILT) | E(BUSY)},
    {"POST", "calls/logTeleconferenceDeviceQuality", "Takes what a conference device reports of its media.",
     TODAY, ROLE(ACCESS_MEDIA), NULL, ONE(log_device_quality_action), {200}, NOTHING, 0},
    {"GET", "calls/*", "The call as it is now; 404 once it has ended.",
     ALL, 0, "$select", NOTHING, {200}, ONE(call), 0},
    {"DELETE", "calls/*", "Hangs up.",
     ALL, 0, NULL, NOTHING, {204}, NOTHING, 0},
    {"POST", "calls/*/answer", "Answers a call that came to the application.",
     ALL, 0, NULL, ONE(answer_action), {202}, NOTHING, WAITING | E(ROLE_MISSING)},
    {"POST", "calls/*/reject", "Rejects a call that came to the application.",
     ALL, 0, NULL, ONE(reject_action), {202}, NOTHING, WAITING},
    {"POST", "calls/*/redirect", "Sends a call that came to the application on to others.",
     ALL, ROLE(INITIATE), NULL, ONE(redirect_action), {202}, NOTHING, WAITING | E(NOT_BUILT)},
    {"POST", "calls/*/transfer", "Hands the other side of a peer-to-peer call on.",
     ALL, ROLE(INITIATE), NULL, ONE(transfer_action), {202}, NOTHING, LIVE | E(CALL_KIND) | E(NOT_BUILT)},
    {"POST", "calls/*/playPrompt", "Plays prompts into the call, one after the other.",
     ALL, 0, NULL, ONE(play_prompt_action), {200}, ONE(play_prompt_operation), OUR_MEDIA},
    {"POST", "calls/*/cancelMediaProcessing", "Cancels what plays and what waits; below the seed era's root 202 without a body.",
     ALL, 0, NULL, ONE(cancel_media_processing_action), {200}, ONE(cancel_media_processing_operation), OUR_MEDIA},
    {"POST", "calls/*/subscribeToTone", "From now on keys are told by notices.",
     ALL, ROLE(ACCESS_MEDIA), NULL, ONE(subscribe_to_tone_action), {200}, ONE(subscribe_to_tone_operation), OUR_MEDIA},
    {"POST", "calls/*/keepAlive", "Says that the application is still there.",
     TODAY, 0, NULL, NOTHING, {200}, NOTHING, E(ENDING)},
    {"GET", "calls/*/operations/*", "One operation, running or lately ended.",
     ALL, 0, "$select", NOTHING, {200}, ONE(comms_operation), 0},
    {"POST", "calls/*/mute", "Mutes the application itself.",
     ALL, 0, NULL, ONE(mute_action), {200}, ONE(mute_participant_operation), ROSTER},
    {"POST", "calls/*/unmute", "Lets the application be heard again.",
     ALL, 0, NULL, ONE(unmute_action), {200}, ONE(unmute_participant_operation), ROSTER},
    {"POST", "calls/*/updateMetadata", "Sets the metadata of the application's own row of the roster.",
     IN_SEED, 0, NULL, ONE(update_metadata_action), {202}, ONE(comms_operation), ROSTER},
    {"POST", "calls/*/updateRecordingStatus", "Says in the roster whether the application records.",
     TODAY, ROLE(ACCESS_MEDIA), NULL, ONE(update_recording_status_action), {200}, ONE(update_recording_status_operation), ROSTER},
    {"POST", "calls/*/changeScreenSharingRole", "Says in the roster whether the application shares its screen.",
     ALL, ROLE(ACCESS_MEDIA), NULL, ONE(change_screen_sharing_role_action), {202}, NOTHING, ROSTER | E(MEDIA_KIND)},
    {"POST", "calls/*/addLargeGalleryView", "Keeps that a large gallery is wanted; no video is mixed here.",
     TODAY, 0, NULL, ONE(add_large_gallery_view_action), {202}, ONE(add_large_gallery_view_operation), ROSTER},
    {"GET", "calls/*/participants", "The roster as the call sees it.",
     ALL, 0, "$top $skip", NOTHING, {200}, MANY(participant), 0},
    {"GET", "calls/*/participants/*", "One row of the roster.",
     ALL, 0, "$select", NOTHING, {200}, ONE(participant), 0},
    {"DELETE", "calls/*/participants/*", "Puts a participant out, or stops ringing it.",
     TODAY, 0, NULL, NOTHING, {204}, NOTHING, ROSTER},
    {"POST", "calls/*/participants/invite", "Rings people into the conversation.",
     ALL, ROLE(INITIATE_GROUP), NULL, ONE(invite_action), {200}, ONE(invite_participants_operation), LIVE | E(NOT_BUILT)},
    {"POST", "calls/*/participants/muteAll", "Mutes all others, or those that are named.",
     IN_BETA | IN_SEED, 0, NULL, ONE(mute_all_action), {200}, ONE(mute_participants_operation), ROSTER},
    {"POST", "calls/*/participants/*/mute", "Mutes a participant.",
     ALL, 0, NULL, ONE(mute_action), {200}, ONE(mute_participant_operation), ROSTER},
    {"POST", "calls/*/participants/*/startHoldMusic", "Gives a participant music instead of the conversation.",
     TODAY, 0, NULL, ONE(start_hold_music_action), {202}, ONE(start_hold_music_operation), ROSTER},
    {"POST", "calls/*/participants/*/stopHoldMusic", "Brings a participant back from the music.",
     TODAY, 0, NULL, ONE(stop_hold_music_action), {202}, ONE(stop_hold_music_operation), ROSTER},
    {"POST", "calls/*/participants/unmuteAll", "Lifts what muteAll said.",
     IN_SEED, 0, NULL, ONE(mute_all_action), {200}, ONE(mute_participants_operation), ROSTER},
    {"POST", "calls/*/participants/*/unmute", "Lifts what others said of a participant.",
     IN_SEED, 0, NULL, ONE(unmute_action), {200}, ONE(unmute_participant_operation), ROSTER},
    {"GET", "calls/*/audioRoutingGroups", "The groups that this call made.",
     ALL, 0, NULL, NOTHING, {200}, MANY(audio_routing_group), ROSTER | E(BAD_REQUEST)},
    {"POST", "calls/*/audioRoutingGroups", "Makes a source heard by its receivers alone.",
     ALL, 0, NULL, ONE(audio_routing_group), {200}, ONE(audio_routing_group), ROSTER},
    {"GET", "calls/*/audioRoutingGroups/*", "One group.",
     ALL, 0, "$select", NOTHING, {200}, ONE(audio_routing_group), ROSTER},
    {"PATCH", "calls/*/audioRoutingGroups/*", "Changes what it names.",
     ALL, 0, NULL, ONE(audio_routing_group_change), {200}, ONE(audio_routing_group), ROSTER},
    {"DELETE", "calls/*/audioRoutingGroups/*", "Takes a group away.",
     ALL, 0, NULL, NOTHING, {204}, NOTHING, ROSTER},
    {"POST", "calls/*/sendDtmfTones", "Presses keys, for the phones of the conversation.",
     TODAY, 0, NULL, ONE(send_dtmf_tones_action), {200}, ONE(send_dtmf_tones_operation), OUR_MEDIA | E(BUSY)},
    {"POST", "calls/*/record", "Records what is said, up to 300 s.",
     IN_BETA | IN_SEED, ROLE(ACCESS_MEDIA), NULL, ONE(record_action), {200}, ONE(record_operation), OUR_MEDIA},
    {"POST", "calls/*/recordResponse", "Records an answer to a prompt, up to 120 s.",
     TODAY, ROLE(ACCESS_MEDIA), NULL, ONE(record_response_action), {200}, ONE(record_operation), OUR_MEDIA},
    {"GET", "onlineMeetings", "The meetings that a filter names.",
     TODAY, MEETINGS_SEEN, "$filter $select", NOTHING, {200}, MANY(online_meeting), 0},
    {"POST", "onlineMeetings", "Makes a meeting.",
     ALL, ROLE(MEETINGS_WRITE), NULL, ONE(online_meeting), {201}, ONE(online_meeting), E(NOT_BUILT) | E(NOT_FOUND) | E(BUSY)},
    {"GET", "onlineMeetings/*", "One meeting, by either of its ids.",
     ALL, MEETINGS_SEEN, "$select", NOTHING, {200}, ONE(online_meeting), 0},
    {"DELETE", "onlineMeetings/*", "Ends a meeting and puts out who is in it.",
     TODAY, ROLE(MEETINGS_WRITE), NULL, NOTHING, {204}, NOTHING, E(BAD_REQUEST) | E(CONFLICT) | E(BUSY)},
    {"PATCH", "onlineMeetings/*", "Changes what it names.",
     TODAY, ROLE(MEETINGS_WRITE), NULL, ONE(online_meeting), {200}, ONE(online_meeting), E(CONFLICT) | E(NOT_BUILT) | E(BUSY)},
    {"POST", "onlineMeetings/createOrGet", "The organizer's meeting of this externalId, made when there is none.",
     TODAY, ROLE(MEETINGS_WRITE), NULL, ONE(create_or_get_action), {201, 200}, ONE(online_meeting), E(NOT_BUILT) | E(NOT_FOUND) | E(BUSY)},

    {"GET", "calls/*/contentSharingSessions", "Who shares a screen; the roster says so too.",
     TODAY, 0, NULL, NOTHING, {200}, SOME(JSON), 0},

    {"POST", "*/oauth2/v2.0/token", "A token for client_id and client_secret: grant_type=client_credentials, and scope.",
     0, 0, NULL, SOME(WEB), {200}, SOME(JSON), E(TOO_MANY)},
    {"GET", "*/v2.0/.well-known/openid-configuration", "What the embedded issuer says of itself; 404 when it is off.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), E(NO_PATH)},
    {"GET", "*/discovery/v2.0/keys", "The keys of access tokens; 404 when the embedded issuer is off.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), E(NO_PATH)},
    {"GET", "v1/.well-known/OpenIdConfiguration", "Who signs notices.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), 0},
    {"GET", "v1/.well-known/keys", "The keys that notices are signed with.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), 0},
    {"GET", "v1/.well-known/media-keys", "The keys of the tokens that media streams show.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), 0},

    {"GET", "v1.0/$metadata", "The types, paths and actions of v1.0, as OData has them.",
     IN_V1, 0, NULL, NOTHING, {200}, SOME(XML), 0},
    {"GET", "beta/$metadata", "The same of beta, with what the seed era had.",
     IN_BETA | IN_SEED, 0, NULL, NOTHING, {200}, SOME(XML), 0},
    {"GET", "$metadata", "The same as beta's.",
     0, 0, NULL, NOTHING, {200}, SOME(XML), 0},
    {"GET", "openapi.json", "Every path of this server, as OpenAPI 3.0 has it.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), 0},

    {"GET", "recordings/*", "A recording, for whoever has its recordingAccessToken as bearer.",
     0, 0, NULL, NOTHING, {200}, SOME(BYTES), E(UNAUTHENTICATED) | E(NOT_FOUND)},

    {"GET", "livez", "Is the process alive?",
     0, 0, NULL, NOTHING, {200}, SOME(TEXT), 0},
    {"GET", "readyz", "Does it take calls? 503 while it stops, or cannot write.",
     0, 0, NULL, NOTHING, {200, 503}, SOME(TEXT), 0},
    {"GET", "metrics", "Counters, as Prometheus reads them.",
     0, 0, NULL, NOTHING, {200}, SOME(TEXT), 0},
    {"GET", "_/calls", "All calls in short; with ?text as text.",
     0, 0, "text", NOTHING, {200}, SOME(JSON), 0},
    {"GET", "_/calls/*", "One call with all that is known of it.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), E(NOT_FOUND)},
    {"GET", "_/conversations", "All conversations.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), 0},
    {"GET", "_/conversations/*", "One conversation and who is in it.",
     0, 0, NULL, NOTHING, {200}, SOME(JSON), E(NOT_FOUND)},
    {"POST", "_/inbox/*", "A callback URI inside the server.",
     0, 0, NULL, SOME(JSON), {202}, NOTHING, E(TOO_MANY)},
    {"GET", "_/inbox/*", "What came to it.",
     0, 0, "after wait", NOTHING, {200}, SOME(JSON), E(BAD_REQUEST)},
    {"DELETE", "_/inbox/*", "Empties it.",
     0, 0, NULL, NOTHING, {204}, NOTHING, 0},
    {"POST", "_/clock", "Moves the clock: advanceSeconds.",
     0, 0, NULL, SOME(JSON), {200}, SOME(JSON), 0},
    {"POST", "_/reset", "Ends all calls and empties the inboxes.",
     0, 0, NULL, NOTHING, {204}, NOTHING, 0},
    {"GET", "_/notices", "Notices that are owed, parked or dead.",
     0, 0, "state after", NOTHING, {200}, SOME(JSON), 0},
    {"POST", "_/notices/*/replay", "Sends a parked or dead one again.",
     0, 0, NULL, NOTHING, {202}, NOTHING, E(NOT_FOUND) | E(CONFLICT)},
    {"GET", "_/tail", "What is said of notices while they are made and delivered.",
     0, 0, "after wait call", NOTHING, {200}, SOME(JSON), E(BAD_REQUEST)},
    {"POST", "_/conversations/*/participants/*/admit", "Lets in who waits in the lobby.",
     0, 0, NULL, NOTHING, {204}, NOTHING, E(NOT_FOUND) | E(CONFLICT)},
    {"POST", "_/conversations/*/participants/*/deny", "Sends away who waits in the lobby.",
     0, 0, NULL, NOTHING, {204}, NOTHING, E(NOT_FOUND) | E(CONFLICT)},
};

/* Graph's paths that are no routes here: beside and below those of calls. */
static const struct absence absences[] = {
    {"POST …/calls/*/recognize", IN_SEED, "no speech is recognized here; it never had a page"},
    {"POST …/calls/*/participants/configureMixer", IN_SEED, "voices are mixed as they are; gone from Graph since"},
    {"POST …/calls/*/participants/*/subscribeVideo", IN_SEED, "there is no video; it never had a page"},
    {"GET …/calls/*/contentSharingSessions/*", TODAY, "there is no screen sharing"},
    {"GET …/onlineMeetings/getAllRecordings, …/getAllTranscripts", TODAY, "meetings are not recorded by themselves"},
    {"GET …/onlineMeetings/*/getVirtualAppointmentJoinWebUrl", TODAY, "there are no virtual appointments"},
    {"POST …/onlineMeetings/*/sendVirtualAppointmentSms, …/sendVirtualAppointmentReminderSms", TODAY, "there are no virtual appointments"},
    {"…/presences, …/callRecords, …/adhocCalls, …/onlineMeetingConversations", TODAY, "not of the calls API"},
};
/* clang-format on */

enum {
    PAGES = sizeof(pages) / sizeof(pages[0]),
    ABSENCES = sizeof(absences) / sizeof(absences[0])
};

const struct page *pages_all(size_t *count)
{
    *count = PAGES;
    return pages;
}

const struct absence *pages_absent(size_t *count)
{
    *count = ABSENCES;
    return absences;
}

const struct page *page_of(const struct route *r)
{
    for (size_t i = 0; i < PAGES; i++)
        if (str_eq(pages[i].method, r->method) && str_eq(pages[i].path, r->path))
            return &pages[i];
    return NULL;
}

/* What follows from who may come. Our own verbs want to see JSON in every POST. */
static unsigned fails_of_who(const struct route *r)
{
    unsigned own = E(FORBIDDEN) | E(UNAUTHENTICATED);

    if (str_eq(r->method, "POST"))
        own |= E(MEDIA_TYPE);
    switch (r->who) {
    case OPEN:
        return 0;
    case TOKEN:
        return E(UNAUTHENTICATED) | E(TOO_MANY);
    case OWN_DEV:
        return own | E(NO_PATH);
    case OWN:
        break;
    }
    return own;
}

unsigned page_fails(const struct route *r, const struct page *p)
{
    unsigned out = fails_of_who(r);

    if (r->handler == NULL)
        return out | E(NOT_BUILT);
    out |= p->fails;
    if (p->roles != 0)
        out |= E(ROLE_MISSING);
    if (p->query != NULL)
        out |= E(BAD_REQUEST);
    if (r->place == GRAPH && strchr(r->path, '*') != NULL)
        out |= E(NOT_FOUND);
    if (p->takes.form != FORM_NOTHING)
        out |= E(BAD_REQUEST) | E(TOO_LARGE) | E(MEDIA_TYPE);
    if (p->takes.form == FORM_ONE)
        out |= E(NOT_JSON);
    return out;
}

/* The page of that method whose path is the first len bytes of path with more behind them. */
static const struct page *find(const char *method, const char *path, size_t len, const char *more)
{
    for (size_t i = 0; i < PAGES; i++)
        if (str_eq(pages[i].method, method) && strncmp(pages[i].path, path, len) == 0 &&
            str_eq(pages[i].path + len, more))
            return &pages[i];
    return NULL;
}

bool page_is_action(const struct route *r)
{
    return r->place == GRAPH && str_eq(r->method, "POST") && strchr(r->path, '/') != NULL &&
           find("GET", r->path, strlen(r->path), "/*") == NULL;
}

const struct type *page_type_at(const char *path, size_t len)
{
    const struct page *p = find("GET", path, len, "");

    return p != NULL && p->gives.form == FORM_ONE ? p->gives.type : NULL;
}

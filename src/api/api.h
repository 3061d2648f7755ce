/*
 * api.h - the doors for HTTP: which path is what, who may ask, what is answered.
 *
 * Everything that comes in by http/ passes api_on_request(); routes.c says where
 * it goes. Nothing is decided here about calls: core/ is asked. The control
 * thread.
 */
#ifndef API_API_H
#define API_API_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/id.h"
#include "http/server.h"
#include "identity/token.h"
#include "json/field.h"

struct control;
struct documents;
struct inbox;
struct loop;
struct rate;

struct api_settings {
    const char *public_url; /* what answers call us */
    const char *tls_url;    /* the same for who comes by TLS */
    const char *notice_issuer;
    const char *operator_token; /* of production; NULL in dev */
    bool dev;                   /* token endpoint, clock, reset */
    bool has_admin;             /* our own verbs are on a port of their own */
    bool strict_json;           /* trailing commas are refused */
    int failures_per_minute;    /* wrong tokens and secrets from one address; then 429 */
    int tokens_per_minute;      /* asked of the token endpoint by one address; then 429 */
};

struct api {
    struct api_settings settings;
    struct loop *loop;
    struct control *control;
    struct identity *identity;
    struct inbox *inbox;
    struct documents *documents;
    struct rate *failures;
    struct rate *tokens;
};

struct api *api_new(const struct api_settings *s, struct loop *l, struct control *ctl,
                    struct identity *identity);
void api_free(struct api *a); /* NULL is fine */

/* Other limits from now on; what was counted under a limit that changes is forgotten. */
void api_set_limits(struct api *a, int failures_per_minute, int tokens_per_minute);

/* Handlers of http_settings; arg is the api. The second: for the port of our own verbs. */
void api_on_request(struct http_request *r, void *arg);
void api_on_admin_request(struct http_request *r, void *arg);
void api_on_refused(struct http_request *r, enum err why, int status, const char *text,
                    struct http_reply *reply, void *arg);

/* The root that a request came by. */
enum root { ROOT_APP, ROOT_COMMUNICATIONS, ROOT_USERS };

/* The port that a request came by. */
enum door { DOOR_API, DOOR_ADMIN };

/* One request while it is handled; lives in the request's arena. */
struct ask {
    struct api *api;
    struct http_request *http;
    struct caller caller; /* of Graph routes */
    enum door door;
    enum root root;
    const char *user; /* of ROOT_USERS: as the path has it */
    bool v1;          /* /v1.0: what only beta has is left out */
    struct id request_id;
    int retry_after_s;  /* for 429 and 503; 0: the usual */
    const char *ids[4]; /* what stood in place of the stars of the route */
};

typedef void ask_h(struct ask *a);

/* calls.c */
ask_h calls_create, calls_get, calls_delete;
/* incoming_calls.c */
ask_h incoming_calls_answer, incoming_calls_reject, incoming_calls_redirect;
/* transfers.c */
ask_h transfers_post;
/* actions.c */
ask_h actions_play_prompt, actions_cancel, actions_subscribe, actions_keep_alive,
    actions_send_tones;
/* recordings.c */
ask_h recordings_record, recordings_response, recordings_get;
/* operations.c */
ask_h operations_get;
/* participants.c */
ask_h participants_list, participants_get, participants_remove, participants_invite;
/* routing_groups.c */
ask_h groups_list, groups_create, groups_get, groups_change, groups_delete;
/* device_reports.c */
ask_h device_reports_log;
/* roster_actions.c */
ask_h roster_mute_self, roster_unmute_self, roster_mute, roster_unmute, roster_mute_all,
    roster_unmute_all, roster_metadata, roster_recording, roster_sharing, roster_large_gallery,
    roster_hold, roster_unhold;
/* online_meetings.c */
ask_h online_meetings_post, online_meetings_list, online_meetings_get, online_meetings_patch,
    online_meetings_remove, online_meetings_post_or_get;
/* auth.c */
ask_h auth_token, auth_configuration, auth_keys, auth_notice_configuration, auth_notice_keys;
ask_h auth_media_keys;
/* documents.c */
ask_h documents_metadata, documents_openapi;
/* console.c */
ask_h console_calls, console_call, console_conversations, console_conversation, console_clock,
    console_reset, console_admit, console_deny;
/* inbox.c */
ask_h inbox_post, inbox_get, inbox_delete;
/* notices.c */
ask_h notices_list, notices_replay;
/* facts.c */
ask_h facts_get;
/* health.c */
ask_h health_live, health_ready, health_metrics;

/* documents.c */
struct documents *documents_new(void);
void documents_free(struct documents *d);

/* inbox.c */
struct inbox *inbox_new(struct loop *l);
void inbox_free(struct inbox *b);
void inbox_empty(struct inbox *b);

#endif

/*
 * routes.c - every path of the server, once. A new endpoint is one row here, its
 * description in pages.c and one function elsewhere.
 *
 * docs/api.md is held against this table by a test (`carillon --dump-coverage`).
 */
#include "api/routes.h"

#include <string.h>

#include "api/doorman.h"
#include "api/guard_own.h"
#include "api/reply.h"
#include "api/route_table.h"
#include "base/mem.h"
#include "base/str.h"

enum { SEGMENTS = 12, ALLOW_BYTES = 64 };

/* clang-format off */
static const struct route routes[] = {
    {GRAPH, TOKEN, "POST",   "calls",                           calls_create},
    {GRAPH, TOKEN, "POST",   "calls/logTeleconferenceDeviceQuality", device_reports_log},
    {GRAPH, TOKEN, "GET",    "calls/*",                         calls_get},
    {GRAPH, TOKEN, "DELETE", "calls/*",                         calls_delete},
    {GRAPH, TOKEN, "POST",   "calls/*/answer",                  incoming_calls_answer},
    {GRAPH, TOKEN, "POST",   "calls/*/reject",                  incoming_calls_reject},
    {GRAPH, TOKEN, "POST",   "calls/*/redirect",                incoming_calls_redirect},
    {GRAPH, TOKEN, "POST",   "calls/*/transfer",                transfers_post},
    {GRAPH, TOKEN, "POST",   "calls/*/playPrompt",              actions_play_prompt},
    {GRAPH, TOKEN, "POST",   "calls/*/cancelMediaProcessing",   actions_cancel},
    {GRAPH, TOKEN, "POST",   "calls/*/subscribeToTone",         actions_subscribe},
    {GRAPH, TOKEN, "POST",   "calls/*/keepAlive",               actions_keep_alive},
    {GRAPH, TOKEN, "GET",    "calls/*/operations/*",            operations_get},
    {GRAPH, TOKEN, "POST",   "calls/*/mute",                  roster_mute_self},
    {GRAPH, TOKEN, "POST",   "calls/*/unmute",                roster_unmute_self},
    {GRAPH, TOKEN, "POST",   "calls/*/updateMetadata",        roster_metadata},
    {GRAPH, TOKEN, "POST",   "calls/*/updateRecordingStatus", roster_recording},
    {GRAPH, TOKEN, "POST",   "calls/*/changeScreenSharingRole", roster_sharing},
    {GRAPH, TOKEN, "POST",   "calls/*/addLargeGalleryView",   roster_large_gallery},
    {GRAPH, TOKEN, "GET",    "calls/*/participants",          participants_list},
    {GRAPH, TOKEN, "GET",    "calls/*/participants/*",        participants_get},
    {GRAPH, TOKEN, "DELETE", "calls/*/participants/*",        participants_remove},
    {GRAPH, TOKEN, "POST",   "calls/*/participants/invite",   participants_invite},
    {GRAPH, TOKEN, "POST",   "calls/*/participants/muteAll",  roster_mute_all},
    {GRAPH, TOKEN, "POST",   "calls/*/participants/*/mute",   roster_mute},
    {GRAPH, TOKEN, "POST",   "calls/*/participants/*/startHoldMusic", roster_hold},
    {GRAPH, TOKEN, "POST",   "calls/*/participants/*/stopHoldMusic", roster_unhold},
    {GRAPH, TOKEN, "POST",   "calls/*/participants/unmuteAll",  roster_unmute_all},
    {GRAPH, TOKEN, "POST",   "calls/*/participants/*/unmute",   roster_unmute},
    {GRAPH, TOKEN, "GET",    "calls/*/audioRoutingGroups",    groups_list},
    {GRAPH, TOKEN, "POST",   "calls/*/audioRoutingGroups",    groups_create},
    {GRAPH, TOKEN, "GET",    "calls/*/audioRoutingGroups/*",  groups_get},
    {GRAPH, TOKEN, "PATCH",  "calls/*/audioRoutingGroups/*",  groups_change},
    {GRAPH, TOKEN, "DELETE", "calls/*/audioRoutingGroups/*",  groups_delete},
    {GRAPH, TOKEN, "POST",   "calls/*/sendDtmfTones",         actions_send_tones},
    {GRAPH, TOKEN, "POST",   "calls/*/record",                recordings_record},
    {GRAPH, TOKEN, "POST",   "calls/*/recordResponse",        recordings_response},
    {GRAPH, TOKEN, "GET",    "onlineMeetings",                  online_meetings_list},
    {GRAPH, TOKEN, "POST",   "onlineMeetings",                  online_meetings_post},
    {GRAPH, TOKEN, "GET",    "onlineMeetings/*",                online_meetings_get},
    {GRAPH, TOKEN, "DELETE", "onlineMeetings/*",                online_meetings_remove},
    {GRAPH, TOKEN, "PATCH",  "onlineMeetings/*",                online_meetings_patch},
    {GRAPH, TOKEN, "POST",   "onlineMeetings/createOrGet",      online_meetings_post_or_get},


    /* Not built yet. */
    {GRAPH, TOKEN, "GET",    "calls/*/contentSharingSessions",  NULL},

    /* Identity: the embedded issuer, and the keys that notices are signed with. */
    {TOP, OWN_DEV, "POST",   "*/oauth2/v2.0/token",                     auth_token},
    {TOP, OPEN,    "GET",    "*/v2.0/.well-known/openid-configuration", auth_configuration},
    {TOP, OPEN,    "GET",    "*/discovery/v2.0/keys",                   auth_keys},
    {TOP, OPEN,    "GET",    "v1/.well-known/OpenIdConfiguration",      auth_notice_configuration},
    {TOP, OPEN,    "GET",    "v1/.well-known/keys",                     auth_notice_keys},
    {TOP, OPEN,    "GET",    "v1/.well-known/media-keys",               auth_media_keys},

    /* What all of this is, for machines; pages.c has it for each route. */
    {TOP, OPEN,    "GET",    "v1.0/$metadata",                          documents_metadata},
    {TOP, OPEN,    "GET",    "beta/$metadata",                          documents_metadata},
    {TOP, OPEN,    "GET",    "$metadata",                               documents_metadata},
    {TOP, OPEN,    "GET",    "openapi.json",                            documents_openapi},

    /* What was recorded: its own token is asked for. */
    {TOP, OPEN,    "GET",    "recordings/*",                            recordings_get},

    /* Our own verbs. */
    {HEALTH, OPEN,    "GET",    "livez",                        health_live},
    {HEALTH, OPEN,    "GET",    "readyz",                       health_ready},
    {ADMIN,  OWN,     "GET",    "metrics",                      health_metrics},
    {ADMIN,  OWN,     "GET",    "_/calls",                      console_calls},
    {ADMIN,  OWN,     "GET",    "_/calls/*",                    console_call},
    {ADMIN,  OWN,     "GET",    "_/conversations",              console_conversations},
    {ADMIN,  OWN,     "GET",    "_/conversations/*",            console_conversation},
    {ADMIN,  OWN,     "POST",   "_/inbox/*",                    inbox_post},
    {ADMIN,  OWN,     "GET",    "_/inbox/*",                    inbox_get},
    {ADMIN,  OWN,     "DELETE", "_/inbox/*",                    inbox_delete},
    {ADMIN,  OWN_DEV, "POST",   "_/clock",                      console_clock},
    {ADMIN,  OWN_DEV, "POST",   "_/reset",                      console_reset},
    {ADMIN,  OWN,     "GET",    "_/notices",                    notices_list},
    {ADMIN,  OWN,     "POST",   "_/notices/*/replay",           notices_replay},
    {ADMIN,  OWN,     "GET",    "_/tail",                       facts_get},
    {ADMIN,  OWN,     "POST",   "_/conversations/*/participants/*/admit", console_admit},
    {ADMIN,  OWN,     "POST",   "_/conversations/*/participants/*/deny", console_deny},
};
/* clang-format on */

const struct route *routes_all(size_t *count)
{
    *count = sizeof(routes) / sizeof(routes[0]);
    return routes;
}

struct split {
    const char *part[SEGMENTS];
    size_t count;
};

/* Cuts a path at its slashes; false when there are too many parts or an empty one. */
static bool split_path(struct arena *a, const char *path, struct split *out)
{
    out->count = 0;
    while (*path == '/') {
        const char *start = ++path;

        path = strchr(start, '/');
        if (path == NULL)
            path = start + strlen(start);
        if (path == start && *path == '\0')
            break; /* a slash at the end is forgiven */
        if (path == start || out->count == SEGMENTS)
            return false;
        out->part[out->count++] = arena_text(a, start, (size_t)(path - start));
    }
    return true;
}

/* Does a part of the path stand for this word? Actions may carry their namespace. */
static bool same_word(const char *part, const char *word, size_t len)
{
    static const char space[] = "microsoft.graph.";

    if (strncasecmp(part, space, sizeof(space) - 1) == 0)
        part += sizeof(space) - 1;
    return strlen(part) == len && strncasecmp(part, word, len) == 0;
}

/* Takes version and root off the front. False: not below a root of Graph. */
static bool take_root(struct ask *a, struct split *s, const char **application)
{
    static const char meetings[] = "onlineMeetings";
    size_t at = 0;

    *application = NULL;
    if (at < s->count && (str_eq_nocase(s->part[at], "v1.0") || str_eq_nocase(s->part[at], "beta")))
        a->v1 = str_eq_nocase(s->part[at++], "v1.0");
    if (at >= s->count)
        return false;
    if (str_eq_nocase(s->part[at], "app")) {
        a->root = ROOT_APP;
    } else if (str_eq_nocase(s->part[at], "communications")) {
        a->root = ROOT_COMMUNICATIONS;
    } else if (str_eq_nocase(s->part[at], "applications") && at + 1 < s->count) {
        a->root = ROOT_APP;
        *application = s->part[++at];
    } else if (str_eq_nocase(s->part[at], "users") && at + 2 < s->count &&
               same_word(s->part[at + 2], meetings, sizeof(meetings) - 1)) {
        a->root = ROOT_USERS; /* where nothing else of users is */
        a->user = s->part[++at];
    } else {
        return false;
    }
    at++;
    s->count -= at;
    (void)memmove(s->part, s->part + at, s->count * sizeof(s->part[0]));
    return true;
}

static bool matches(const struct route *r, const struct split *s, const char *ids[4])
{
    const char *p = r->path;
    size_t stars = 0;
    size_t i;

    for (i = 0; i < s->count && *p != '\0'; i++) {
        size_t len = strcspn(p, "/");

        if (len == 1 && *p == '*')
            ids[stars++] = s->part[i];
        else if (!same_word(s->part[i], p, len))
            return false;
        p += len;
        if (*p == '/')
            p++;
    }
    return i == s->count && *p == '\0';
}

/* Ids are compared without regard to case and dashes: one form from here on. */
static void normalise(struct ask *a, enum place place)
{
    for (size_t i = 0; i < 4 && a->ids[i] != NULL; i++) {
        struct id id;

        if (place == GRAPH && id_read_text(&id, a->ids[i]))
            a->ids[i] = arena_dup(&a->http->arena, id.text);
    }
}

static bool may_enter(struct ask *a, const struct route *r, const char *application)
{
    struct fail f;
    struct id id;

    switch (r->who) {
    case OPEN:
        return true;
    case OWN_DEV:
        if (!a->api->settings.dev) {
            reply_error(a, ERR_NO_PATH);
            return false;
        }
        /* fall through */
    case OWN:
        if (guard_own(a, &f) == ERR_OK)
            return true;
        reply_fail(a, &f);
        return false;
    case TOKEN:
        break;
    }
    if (doorman_token(a, &f) != ERR_OK) {
        reply_fail(a, &f);
        return false;
    }
    if (application != NULL &&
        (!id_read_text(&id, application) || !str_eq(id.text, a->caller.application.text))) {
        reply_error(a, ERR_NOT_FOUND); /* another application's things do not exist */
        return false;
    }
    return true;
}

static void enter(struct ask *a, const struct route *r, const char *application)
{
    normalise(a, r->place);
    if (!may_enter(a, r, application))
        return;
    if (r->handler == NULL)
        reply_error(a, ERR_NOT_BUILT);
    else
        r->handler(a);
}

static bool is_at(const struct ask *a, const struct route *r, bool below_root)
{
    switch (r->place) {
    case GRAPH:
        return below_root;
    case TOP:
        return !below_root && a->door == DOOR_API;
    case ADMIN:
        return !below_root && (a->door == DOOR_ADMIN || !a->api->settings.has_admin);
    case HEALTH:
        break;
    }
    return !below_root;
}

static bool same_method(const char *asked, const char *has)
{
    return str_eq(asked, has) || (str_eq(asked, "HEAD") && str_eq(has, "GET"));
}

/* Words win over stars, because they stand first or the star's row has another form:
 * "calls/logTeleconferenceDeviceQuality" is a POST, "calls/{id}" knows none. */
static void find(struct ask *a, const struct split *s, bool below_root, const char *application)
{
    char allow[ALLOW_BYTES] = "";

    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct route *r = &routes[i];
        const char *ids[4] = {NULL};
        size_t used = strlen(allow);

        if (!is_at(a, r, below_root) || !matches(r, s, ids))
            continue;
        if (same_method(a->http->method, r->method)) {
            (void)memcpy(a->ids, ids, sizeof(ids));
            enter(a, r, application);
            return;
        }
        (void)snprintf(allow + used, sizeof(allow) - used, "%s%s", used != 0 ? ", " : "",
                       r->method);
    }
    if (allow[0] != '\0')
        reply_method(a, allow);
    else
        reply_error(a, ERR_NO_PATH);
}

static void answer(struct http_request *r, struct api *api, enum door door)
{
    struct ask *a = arena_new(&r->arena, sizeof(*a));
    const char *application = NULL;
    struct split s;

    a->api = api;
    a->http = r;
    a->door = door;
    a->request_id = id_new();
    if (!split_path(&r->arena, r->path, &s))
        reply_error(a, ERR_NO_PATH);
    else if (door == DOOR_API && take_root(a, &s, &application))
        find(a, &s, true, application);
    else
        find(a, &s, false, NULL);
}

void api_on_request(struct http_request *r, void *arg)
{
    answer(r, arg, DOOR_API);
}

void api_on_admin_request(struct http_request *r, void *arg)
{
    answer(r, arg, DOOR_ADMIN);
}

const char *route_who(enum who w)
{
    static const char *const words[] = {
        [OPEN] = "anybody", [TOKEN] = "token", [OWN] = "loopback", [OWN_DEV] = "loopback, dev"};

    return words[w];
}

void routes_dump(FILE *out)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
        (void)fprintf(out, "%s %s%s | %s | %s\n", routes[i].method,
                      routes[i].place == GRAPH ? "…/" : "/", routes[i].path,
                      route_who(routes[i].who), routes[i].handler != NULL ? "built" : "501");
}

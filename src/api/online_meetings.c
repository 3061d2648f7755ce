/*
 * online_meetings.c - online meetings: made, found, changed, ended.
 *
 * Below `app` they have the face of the seed era, elsewhere today's; they are the same meetings.
 * Any application of the tenant with the role may see and change them, as in Graph; another
 * tenant's do not exist.
 */
#include <string.h>

#include "api/body.h"
#include "api/odata.h"
#include "api/reply.h"
#include "base/str.h"
#include "core/control.h"
#include "core/meetings.h"

static const char *const no_options[] = {NULL};
static const char *const get_options[] = {"$select", NULL};
static const char *const list_options[] = {"$filter", "$select", NULL};

static enum err not_found(struct fail *f)
{
    return err_set(f, ERR_NOT_FOUND, "%s", err_text(ERR_NOT_FOUND));
}

/* One of these roles; what is written may be read. */
static enum err check_role(const struct ask *a, bool writes, struct fail *f)
{
    unsigned has = a->caller.roles;

    if (writes)
        return role_check(has, ROLE(MEETINGS_WRITE), "making and changing meetings", f);
    if ((has & ROLE(MEETINGS_WRITE)) != 0)
        return ERR_OK;
    return role_check(has, ROLE(MEETINGS_READ), "looking at meetings", f);
}

/* The user of the path, if there is one, must be of the caller's tenant. */
static enum err check_user(struct ask *a, struct fail *f)
{
    const struct user *u;
    struct id id;

    if (a->root != ROOT_USERS)
        return ERR_OK;
    if (!id_read_text(&id, a->user))
        return not_found(f);
    u = directory_user(a->api->control->with.directory, id.text);
    if (u == NULL || !str_eq(u->tenant, a->caller.tenant.text))
        return not_found(f);
    a->user = arena_dup(&a->http->arena, id.text);
    return ERR_OK;
}

/* What is checked before the meeting is looked for. */
static enum err check(struct ask *a, bool writes, const char *const *options, struct fail *f)
{
    enum err e = check_role(a, writes, f);

    if (e == ERR_OK)
        e = check_user(a, f);
    if (e == ERR_OK)
        e = odata_check(a, options, f);
    return e;
}

/* May the caller see it, by this path? */
static bool is_theirs(const struct ask *a, const struct meeting *m)
{
    return m != NULL && str_eq(m->tenant.text, a->caller.tenant.text) &&
           (a->root != ROOT_USERS || str_eq(m->organizer.text, a->user));
}

/* By its id, or by its VTC conference id, which was its id in the seed era. */
static struct meeting *whose_meeting(const struct ask *a, struct fail *f)
{
    struct meeting *m = meetings_find(a->api->control, a->ids[0]);

    if (m == NULL)
        m = meetings_find_vtc(a->api->control, a->ids[0]);
    if (is_theirs(a, m))
        return m;
    (void)not_found(f);
    return NULL;
}

static enum meeting_era era_of(const struct ask *a)
{
    return a->root == ROOT_APP ? MEETING_SEED : MEETING_TODAY;
}

static const char *const *shown(const struct ask *a)
{
    return era_of(a) == MEETING_SEED ? graph_seed_meeting : graph_today_meeting;
}

/* One meeting as an object; context NULL: it is an element of a list. */
static void write_meeting(const struct ask *a, const struct meeting *m, const char *context,
                          const char *const *only, struct writer *w)
{
    const struct tenant *t = directory_tenant(a->api->control->with.directory, m->tenant.text);
    const struct meeting_view v = {.era = era_of(a),
                                   .public_url = a->api->settings.public_url,
                                   .scope = meeting_scope(m, t != NULL ? t->guests : NULL),
                                   .odata_context = context};
    /* what only beta has is left out of today's face alone: the seed's is all beta */
    const struct write_how how = {.nulls = true, .v1 = a->v1 && a->root != ROOT_APP, .only = only};

    fields_write(w, NULL, &graph_online_meeting_type, meeting_show(m, &v, &a->http->arena), &how);
}

static void reply_meeting(struct ask *a, int status, const struct meeting *m,
                          const char *const *only)
{
    const char *id = era_of(a) == MEETING_SEED && m->vtc_id != NULL ? m->vtc_id : m->id.text;
    const char *location = status == 201 ? body_meeting_url(a, id) : NULL;
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    write_meeting(a, m, body_context(a, "onlineMeetings"), only, &w);
    reply_buf(a, status, &body, location);
}

static void on_done(struct meeting *m, bool is_new, void *arg)
{
    struct ask *a = arg;
    struct fail f;

    if (m != NULL) {
        reply_meeting(a, is_new ? 201 : 200, m, shown(a));
        return;
    }
    (void)err_set(&f, ERR_BUSY, "The server cannot write to its disk.");
    reply_fail(a, &f);
}

void online_meetings_post(struct ask *a)
{
    struct arena arena = {0};
    struct graph_online_meeting *g = arena_new(&arena, sizeof(*g));
    struct meeting_request r = {.tenant = a->caller.tenant.text,
                                .meet_now_only = a->root == ROOT_APP,
                                .graph = g,
                                .arena = &arena};
    struct fail f;
    enum err e = check(a, true, no_options, &f);

    if (e == ERR_OK)
        e = body_read(a, &graph_online_meeting_type, g, &arena, false, &f);
    r.organizer = a->user; /* in its one form by now */
    if (e == ERR_OK)
        e = meetings_create(a->api->control, &r, on_done, a, &f);
    arena_clear(&arena);
    if (e != ERR_OK)
        reply_fail(a, &f);
}

static enum err read_create_or_get(struct ask *a, struct graph_online_meeting *g,
                                   struct arena *arena, struct fail *f)
{
    struct graph_create_or_get_action body;
    enum err e = body_read(a, &graph_create_or_get_action_type, &body, arena, false, f);

    if (e == ERR_OK && body.external_id[0] == '\0')
        e = err_set(f, ERR_BAD_REQUEST, "'externalId' is empty.");
    if (e == ERR_OK && body.chat_info != NULL)
        e = err_set(f, ERR_NOT_BUILT,
                    "'chatInfo' is not built: a meeting gets a thread of its own; leave it out.");
    if (e != ERR_OK)
        return e;
    g->external_id = body.external_id;
    g->base.subject = body.subject;
    g->start_date_time = body.start_date_time;
    g->end_date_time = body.end_date_time;
    g->participants = body.participants;
    return ERR_OK;
}

void online_meetings_post_or_get(struct ask *a)
{
    struct arena arena = {0};
    struct graph_online_meeting *g = arena_new(&arena, sizeof(*g));
    struct meeting_request r = {.tenant = a->caller.tenant.text, .graph = g, .arena = &arena};
    struct fail f;
    enum err e = check(a, true, no_options, &f);

    if (e == ERR_OK)
        e = read_create_or_get(a, g, &arena, &f);
    r.organizer = a->user;
    if (e == ERR_OK)
        e = meetings_create_or_get(a->api->control, &r, on_done, a, &f);
    arena_clear(&arena);
    if (e != ERR_OK)
        reply_fail(a, &f);
}

void online_meetings_get(struct ask *a)
{
    struct fail f;
    const char *const *only = NULL;
    struct meeting *m = NULL;
    enum err e = check(a, false, get_options, &f);

    if (e == ERR_OK)
        e = odata_select(a, shown(a), &only, &f);
    if (e == ERR_OK)
        m = whose_meeting(a, &f);
    if (m == NULL)
        reply_fail(a, &f);
    else
        reply_meeting(a, 200, m, only);
}

/* The properties by which meetings can be asked for. */
static struct meeting *by_url(const struct ask *a, const char *url)
{
    return meetings_find_url(a->api->control, a->caller.tenant.text, url);
}

static struct meeting *by_vtc(const struct ask *a, const char *number)
{
    return meetings_find_vtc(a->api->control, number);
}

static struct meeting *by_join_id(const struct ask *a, const char *number)
{
    return meetings_find_join_id(a->api->control, number);
}

/* clang-format off */
static const struct {
    const char *property;
    struct meeting *(*find)(const struct ask *a, const char *text);
} filters[] = {
    {"JoinWebUrl",                          by_url},
    {"VideoTeleconferenceId",               by_vtc},
    {"joinMeetingIdSettings/joinMeetingId", by_join_id},
};
/* clang-format on */

/* The meeting that the filter means, or NULL. */
static enum err find_filtered(struct ask *a, struct meeting **out, struct fail *f)
{
    struct odata_equals want;
    enum err e = odata_filter(a, &want, f);

    *out = NULL;
    if (e != ERR_OK)
        return e;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        if (!str_eq_nocase(filters[i].property, want.property))
            continue;
        *out = filters[i].find(a, want.text);
        if (!is_theirs(a, *out))
            *out = NULL;
        return ERR_OK;
    }
    return err_set(f, ERR_BAD_REQUEST,
                   "'$filter' knows JoinWebUrl, VideoTeleconferenceId and "
                   "joinMeetingIdSettings/joinMeetingId.");
}

void online_meetings_list(struct ask *a)
{
    const char *const *only = NULL;
    struct meeting *m = NULL;
    struct buf body = {0};
    struct writer w;
    struct fail f;
    enum err e = check(a, false, list_options, &f);

    if (e == ERR_OK)
        e = odata_select(a, shown(a), &only, &f);
    if (e == ERR_OK)
        e = find_filtered(a, &m, &f);
    if (e != ERR_OK) {
        reply_fail(a, &f);
        return;
    }
    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_text(&w, "@odata.context", body_collection(a, "onlineMeetings"));
    writer_list(&w, "value");
    if (m != NULL)
        write_meeting(a, m, NULL, only, &w);
    writer_end(&w);
    writer_end(&w);
    reply_buf(a, 200, &body, NULL);
}

void online_meetings_patch(struct ask *a)
{
    struct arena arena = {0};
    struct graph_online_meeting *g = arena_new(&arena, sizeof(*g));
    struct meeting *m = NULL;
    struct fail f;
    enum err e = check(a, true, no_options, &f);

    if (e == ERR_OK && (m = whose_meeting(a, &f)) == NULL)
        e = f.err;
    if (e == ERR_OK)
        e = body_read(a, &graph_online_meeting_type, g, &arena, false, &f);
    if (e == ERR_OK)
        e = meetings_change(a->api->control, m,
                            &(struct meeting_request){.tenant = a->caller.tenant.text,
                                                      .organizer = m->organizer.text,
                                                      .graph = g,
                                                      .arena = &arena},
                            on_done, a, &f);
    arena_clear(&arena);
    if (e != ERR_OK)
        reply_fail(a, &f);
}

static void on_removed(struct meeting *m, bool is_new, void *arg)
{
    (void)is_new;
    if (m != NULL)
        reply_empty(arg, 204, NULL);
    else
        on_done(NULL, false, arg);
}

void online_meetings_remove(struct ask *a)
{
    struct meeting *m = NULL;
    struct fail f;
    enum err e = check(a, true, no_options, &f);

    if (e == ERR_OK && (m = whose_meeting(a, &f)) == NULL)
        e = f.err;
    if (e == ERR_OK)
        e = meetings_delete(a->api->control, m, on_removed, a, &f);
    if (e != ERR_OK)
        reply_fail(a, &f);
}

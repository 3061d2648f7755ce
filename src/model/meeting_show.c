/*
 * meeting_show.c - between a meeting and the resource of the API, both ways. Pure.
 */
#include "base/clock.h"
#include "base/str.h"
#include "model/meeting.h"

#define HOUR_MS ((int64_t)60 * 60 * 1000)
#define KEPT_MS (HOUR_MS * 24 * 60)

/* What would have to be done and is not: a meeting that was promised it must not be made. */
static enum err check_built(const struct graph_online_meeting *g, struct fail *f)
{
    const struct {
        const struct opt_bool *asked;
        const char *name;
    } rows[] = {
        {&g->base.record_automatically, "recordAutomatically"},
        {&g->base.is_end_to_end_encryption_enabled, "isEndToEndEncryptionEnabled"},
        {&g->is_broadcast, "isBroadcast"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].asked->value)
            return err_set(f, ERR_NOT_BUILT, "'%s' is not built; leave it out.", rows[i].name);
    return ERR_OK;
}

/* The seed's accessLevel and today's scope of the lobby, for those that have both. */
static const struct {
    enum graph_access_level level;
    enum graph_lobby_scope scope;
} levels[] = {
    {GRAPH_ACCESS_LEVEL_EVERYONE, GRAPH_LOBBY_SCOPE_EVERYONE},
    {GRAPH_ACCESS_LEVEL_INVITED, GRAPH_LOBBY_SCOPE_INVITED},
    {GRAPH_ACCESS_LEVEL_LOCKED, GRAPH_LOBBY_SCOPE_ORGANIZER},
    {GRAPH_ACCESS_LEVEL_SAME_ENTERPRISE, GRAPH_LOBBY_SCOPE_ORGANIZATION},
    {GRAPH_ACCESS_LEVEL_SAME_ENTERPRISE_AND_FEDERATED,
     GRAPH_LOBBY_SCOPE_ORGANIZATION_AND_FEDERATED},
    {GRAPH_ACCESS_LEVEL_SAME_ENTERPRISE, GRAPH_LOBBY_SCOPE_ORGANIZATION_EXCLUDING_GUESTS},
};
enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

static enum graph_lobby_scope scope_of(int level)
{
    for (size_t i = 0; i < LEVELS; i++)
        if ((int)levels[i].level == level)
            return levels[i].scope;
    return GRAPH_LOBBY_SCOPE_ABSENT;
}

static enum graph_access_level level_of(enum graph_lobby_scope scope)
{
    for (size_t i = 0; i < LEVELS; i++)
        if (levels[i].scope == scope)
            return levels[i].level;
    return GRAPH_ACCESS_LEVEL_ABSENT;
}

void meeting_translate(struct graph_online_meeting *g, struct arena *a)
{
    struct graph_lobby_bypass_settings **lobby = &g->base.lobby_bypass_settings;

    if (!g->base.is_entry_exit_announced.set)
        g->base.is_entry_exit_announced = g->entry_exit_announcement;
    g->entry_exit_announcement = (struct opt_bool){0};
    if (g->access_level != 0 && *lobby == NULL)
        *lobby = arena_new(a, sizeof(**lobby));
    if (g->access_level != 0 && (*lobby)->scope == 0)
        (*lobby)->scope = (int)scope_of(g->access_level);
    g->access_level = 0;
}

/* What is ours to say, or is kept elsewhere. */
static void drop(struct graph_online_meeting *g)
{
    g->base.meeting_type = 0;
    g->base.join_meeting_id_settings = NULL;
    if (g->participants != NULL)
        g->participants->organizer = NULL;
}

static enum err read_time(const char *text, const char *name, int64_t *out, struct fail *f)
{
    if (text == NULL || clock_read(text, out))
        return ERR_OK;
    return err_set(f, ERR_BAD_REQUEST,
                   "'%s' must be a time with its offset, like 2026-11-23T07:30:00Z.", name);
}

struct span {
    int64_t start_ms;
    int64_t end_ms;
};

static enum err read_times(const struct graph_online_meeting *g, int64_t now_ms, struct span *out,
                           struct fail *f)
{
    enum err e = read_time(g->start_date_time, "startDateTime", &out->start_ms, f);

    if (e == ERR_OK)
        e = read_time(g->end_date_time, "endDateTime", &out->end_ms, f);
    if (e != ERR_OK)
        return e;
    if (g->start_date_time == NULL && g->end_date_time != NULL)
        return err_set(f, ERR_BAD_REQUEST,
                       "'startDateTime' is missing; 'endDateTime' alone says too little.");
    if (g->start_date_time == NULL)
        out->start_ms = now_ms;
    if (g->end_date_time == NULL && out->start_ms != 0)
        out->end_ms = out->start_ms + HOUR_MS;
    if (out->end_ms <= out->start_ms && out->end_ms != 0)
        return err_set(f, ERR_BAD_REQUEST, "'endDateTime' must be after 'startDateTime'.");
    return ERR_OK;
}

static const char *time_text(struct arena *a, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];

    return wall_ms != 0 ? arena_dup(a, clock_text(wall_ms, text)) : NULL;
}

enum err meeting_set_options(struct meeting *m, struct graph_online_meeting *g, int64_t now_ms,
                             struct fail *f)
{
    struct span when = {0};
    enum err e = check_built(g, f);

    if (e == ERR_OK)
        e = read_times(g, now_ms, &when, f);
    if (e != ERR_OK)
        return e;
    meeting_translate(g, &m->arena);
    drop(g);
    g->start_date_time = time_text(&m->arena, when.start_ms);
    g->end_date_time = time_text(&m->arena, when.end_ms);
    m->start_ms = when.start_ms;
    m->end_ms = when.end_ms;
    m->subject = g->base.subject;
    m->lobby_scope = 0;
    m->is_dial_in_let_in = (struct opt_bool){0};
    if (g->base.lobby_bypass_settings != NULL) {
        m->lobby_scope = g->base.lobby_bypass_settings->scope;
        m->is_dial_in_let_in = g->base.lobby_bypass_settings->is_dial_in_bypass_enabled;
    }
    m->options = g;
    return ERR_OK;
}

int64_t meeting_expires_ms(const struct meeting *m)
{
    if (m->created_ms == 0)
        return 0;
    return (m->end_ms > m->created_ms ? m->end_ms : m->created_ms) + KEPT_MS;
}

enum graph_lobby_scope meeting_scope(const struct meeting *m, const char *guests)
{
    if (m->lobby_scope != 0)
        return (enum graph_lobby_scope)m->lobby_scope;
    return str_eq(guests, "join") ? GRAPH_LOBBY_SCOPE_EVERYONE : GRAPH_LOBBY_SCOPE_ORGANIZATION;
}

static struct graph_meeting_participants *show_participants(const struct meeting *m,
                                                            struct arena *a)
{
    struct graph_meeting_participants *p = arena_new(a, sizeof(*p));
    struct graph_meeting_participant_info *organizer = arena_new(a, sizeof(*organizer));
    struct graph_identity *user = arena_new(a, sizeof(*user));

    user->id = m->organizer.text;
    user->display_name = m->organizer_name;
    user->tenant_id = m->tenant.text;
    organizer->identity = arena_new(a, sizeof(*organizer->identity));
    organizer->identity->user = user;
    organizer->role = GRAPH_MEETING_ROLE_PRESENTER;
    if (m->options != NULL && m->options->participants != NULL)
        *p = *m->options->participants;
    p->organizer = organizer;
    return p;
}

static struct graph_audio_conferencing *show_audio(const struct meeting *m, enum meeting_era era,
                                                   struct arena *a)
{
    struct graph_audio_conferencing *c;

    if (m->join_id == NULL) /* no phone can dial it */
        return NULL;
    c = arena_new(a, sizeof(*c));
    if (era == MEETING_SEED)
        c->participant_passcode = m->passcode;
    else
        c->conference_id = m->join_id;
    return c;
}

static struct graph_join_meeting_id_settings *show_join_id(const struct meeting *m, struct arena *a)
{
    struct graph_join_meeting_id_settings *s;

    if (m->join_id == NULL)
        return NULL;
    s = arena_new(a, sizeof(*s));
    s->is_passcode_required = (struct opt_bool){.set = true, .value = m->passcode != NULL};
    s->join_meeting_id = m->join_id;
    s->passcode = m->passcode;
    return s;
}

static struct graph_lobby_bypass_settings *show_lobby(const struct meeting *m,
                                                      enum graph_lobby_scope scope, struct arena *a)
{
    struct graph_lobby_bypass_settings *s = arena_new(a, sizeof(*s));

    s->scope = (int)scope;
    s->is_dial_in_bypass_enabled =
        (struct opt_bool){.set = true, .value = m->is_dial_in_let_in.value};
    return s;
}

static int show_type(enum meeting_kind kind, enum meeting_era era)
{
    if (era == MEETING_SEED)
        return kind == MEETING_MEET_NOW ? GRAPH_MEETING_TYPE_MEET_NOW : GRAPH_MEETING_TYPE_CALENDAR;
    return kind == MEETING_MEET_NOW ? GRAPH_MEETING_TYPE_MEETNOW : GRAPH_MEETING_TYPE_SCHEDULED;
}

/* What both eras say in words of their own. */
static void show_twice(const struct meeting *m, const struct meeting_view *v,
                       struct graph_online_meeting *g, struct arena *a)
{
    g->base.join_web_url = meeting_url(m, v->public_url, a);
    g->join_url = g->base.join_web_url;
    g->base.expiry_date_time = time_text(a, meeting_expires_ms(m));
    g->expiration_date_time = g->base.expiry_date_time;
    g->base.lobby_bypass_settings = show_lobby(m, v->scope, a);
    g->access_level = (int)level_of(v->scope);
    g->entry_exit_announcement =
        (struct opt_bool){.set = true, .value = g->base.is_entry_exit_announced.value};
}

struct graph_online_meeting *meeting_show(const struct meeting *m, const struct meeting_view *v,
                                          struct arena *a)
{
    struct graph_online_meeting *g = arena_new(a, sizeof(*g));
    struct graph_chat_info *chat = arena_new(a, sizeof(*chat));

    if (m->options != NULL)
        *g = *m->options;
    chat->thread_id = m->thread;
    chat->message_id = m->message;
    /* In the seed era a meeting was found by its VTC conference id. */
    g->base.id = v->era == MEETING_SEED && m->vtc_id != NULL ? m->vtc_id : m->id.text;
    g->base.meeting_type = show_type(m->kind, v->era);
    g->base.chat_info = chat;
    g->base.join_meeting_id_settings = show_join_id(m, a);
    g->base.audio_conferencing = show_audio(m, v->era, a);
    g->base.video_teleconference_id = m->vtc_id;
    g->creation_date_time = time_text(a, m->created_ms);
    g->is_cancelled = (struct opt_bool){.set = true}; /* one that is cancelled is gone */
    g->participants = show_participants(m, a);
    g->odata_context = v->odata_context;
    show_twice(m, v, g, a);
    return g;
}

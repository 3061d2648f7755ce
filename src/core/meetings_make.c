/*
 * meetings_make.c - a new meeting: checked, limited, with numbers of its own, and written down
 * before anybody hears of it.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/meetings_inside.h"
#include "crypto/hash.h"
#include "identity/directory.h"
#include "store/store.h"

enum {
    PER_ORGANIZER = 2000,
    ALL_BYTES = 256 << 20, /* in memory */
    TRIES = 16,            /* to find numbers that nobody has; of 900,000,000,000 */
};

static const char organizer_at[] = "participants.organizer.identity.user.id";

/* Who the request says shall be the organizer. */
enum err meetings_named_organizer(const struct meeting_request *r, struct id *out, struct fail *f)
{
    const struct graph_meeting_participants *p = r->graph->participants;
    const struct graph_identity_set *who =
        p != NULL && p->organizer != NULL ? p->organizer->identity : NULL;
    const char *said = who != NULL && who->user != NULL ? who->user->id : r->organizer;

    if (said == NULL)
        return err_set(f, ERR_BAD_REQUEST,
                       "'%s' is missing: an application makes meetings for a user.", organizer_at);
    if (!id_read_text(out, said))
        return err_set(f, ERR_BAD_REQUEST, "'%s' must be a GUID.", organizer_at);
    if (r->organizer != NULL && !str_eq(out->text, r->organizer))
        return err_set(f, ERR_BAD_REQUEST, "'%s' is not whose meeting it is.", organizer_at);
    return ERR_OK;
}

/* The same as the directory knows him. */
static const struct user *organizer_of(const struct control *ctl, const struct meeting_request *r,
                                       struct fail *f)
{
    const struct user *u;
    struct id id;

    if (meetings_named_organizer(r, &id, f) != ERR_OK)
        return NULL;
    u = directory_user(ctl->with.directory, id.text);
    if (u != NULL && str_eq(u->tenant, r->tenant))
        return u;
    (void)err_set(f, ERR_BAD_REQUEST, "'%s' is no user of this tenant.", organizer_at);
    return NULL;
}

/* Series and broadcasts are not built; the seed era made meetings for now alone. */
static enum err kind_of(const struct meeting_request *r, enum meeting_kind *out, struct fail *f)
{
    *out = r->meet_now_only ? MEETING_MEET_NOW : MEETING_SCHEDULED;
    switch ((enum graph_meeting_type)r->graph->base.meeting_type) {
    case GRAPH_MEETING_TYPE_ABSENT:
        return ERR_OK;
    case GRAPH_MEETING_TYPE_MEET_NOW:
    case GRAPH_MEETING_TYPE_MEETNOW:
        *out = MEETING_MEET_NOW;
        return ERR_OK;
    case GRAPH_MEETING_TYPE_SCHEDULED:
        if (!r->meet_now_only)
            return ERR_OK;
        break;
    case GRAPH_MEETING_TYPE_CALENDAR:
    case GRAPH_MEETING_TYPE_RECURRING:
    case GRAPH_MEETING_TYPE_BROADCAST:
    case GRAPH_MEETING_TYPE_ADHOC:
        break;
    }
    return err_set(f, ERR_BAD_REQUEST, "'meetingType' must be %s.",
                   r->meet_now_only ? "meetNow" : "meetNow or scheduled");
}

static bool is_free(const struct control *ctl, const struct meeting *m)
{
    const struct meetings *r = ctl->meetings;
    struct arena a = {0};
    const char *thread = meetings_thread_key(&a, m->tenant.text, m->thread, m->message);
    bool is = meetings_holder(r, MEETING_BY_THREAD, thread) == NULL &&
              meetings_holder(r, MEETING_BY_JOIN, m->join_id) == NULL &&
              meetings_holder(r, MEETING_BY_VTC, m->vtc_id) == NULL &&
              directory_user_by_sip(ctl->with.directory, m->join_id) == NULL &&
              directory_application_by_sip(ctl->with.directory, m->join_id) == NULL;

    arena_clear(&a);
    return is;
}

static enum err make_ids(const struct control *ctl, struct meeting *m, struct fail *f)
{
    for (int i = 0; i < TRIES; i++) {
        uint8_t random[MEETING_RANDOM];

        hash_random(random, sizeof(random));
        meeting_make_ids(m, random);
        if (is_free(ctl, m))
            return ERR_OK;
    }
    return err_set(f, ERR_INTERNAL, "no number was found that another meeting has not.");
}

static enum err check_count(const struct meetings *r, const char *organizer, struct fail *f)
{
    const struct organizer *o = map_find(&r->organizers, organizer);

    if (o != NULL && o->count >= PER_ORGANIZER)
        return err_set(f, ERR_TOO_MANY, "This user has %zu meetings already; the limit is %d.",
                       o->count, PER_ORGANIZER);
    if (r->bytes >= ALL_BYTES)
        return err_set(f, ERR_TOO_MANY, "The meetings of this server take %d MiB already.",
                       ALL_BYTES >> 20);
    return ERR_OK;
}

static enum err check_external(const struct control *ctl, const struct meeting_request *r,
                               const struct user *u, struct fail *f)
{
    const char *external_id = r->graph->external_id;
    struct arena a = {0};
    bool taken;

    if (external_id == NULL)
        return ERR_OK;
    taken = meetings_holder(ctl->meetings, MEETING_BY_EXTERNAL,
                            meetings_external_key(&a, r->tenant, u->id, external_id)) != NULL;
    arena_clear(&a);
    if (taken)
        return err_set(f, ERR_CONFLICT,
                       "'externalId': this user has a meeting with it; createOrGet gives it.");
    return ERR_OK;
}

/* Fills a new meeting. */
static enum err make(const struct control *ctl, const struct meeting_request *r,
                     const struct user *u, struct meeting *m, struct fail *f)
{
    bool passcode = meetings_wants_passcode(r->graph).value;
    enum err e = kind_of(r, &m->kind, f);

    m->id = id_new();
    m->created_ms = clock_wall_ms();
    (void)id_read_text(&m->tenant, r->tenant);
    (void)id_read_text(&m->organizer, u->id);
    m->organizer_name = arena_dup(&m->arena, u->name);
    if (e == ERR_OK)
        e = meeting_set_options(m, r->graph, m->created_ms, f);
    if (e == ERR_OK)
        e = make_ids(ctl, m, f);
    if (e == ERR_OK && passcode)
        meetings_make_passcode(m);
    return e;
}

static void on_made(struct meeting_job *j, bool ok)
{
    struct listed *l = j->listed;

    if (ok) {
        l->state = LISTED_KEPT;
        log_line(LOG_INFO, "core", NULL, "meeting %s made for %s", l->meeting->id.text,
                 l->meeting->organizer_name);
    }
    j->h(ok ? l->meeting : NULL, true, j->arg);
    if (!ok)
        meetings_end(j->control, l, false);
}

enum err meetings_create(struct control *ctl, const struct meeting_request *r, meetings_done_h *h,
                         void *arg, struct fail *f)
{
    const struct user *u = organizer_of(ctl, r, f);
    struct meeting *m = meeting_new();
    enum err e = u != NULL ? control_is_open(ctl, f) : f->err;

    m->arena = *r->arena;
    *r->arena = (struct arena){0};
    if (e == ERR_OK)
        e = check_count(ctl->meetings, u->id, f);
    if (e == ERR_OK)
        e = check_external(ctl, r, u, f);
    if (e == ERR_OK)
        e = make(ctl, r, u, m, f);
    if (e == ERR_OK)
        e = meetings_put(ctl, m, f);
    if (e != ERR_OK) {
        (void)obj_unref(m);
        return e;
    }
    meetings_when_stored(
        &(struct meeting_job){.control = ctl,
                              .listed = meetings_enlist(ctl->meetings, m, LISTED_NEW),
                              .outcome = on_made,
                              .h = h,
                              .arg = arg});
    return ERR_OK;
}

/* Somebody asks for a meeting that was being made: it is there by now, or never will be. */
struct wait {
    struct control *control;
    char *key;
    meetings_done_h *h;
    void *arg;
};

static void on_waited(bool ok, void *arg)
{
    struct wait *w = arg;
    struct listed *l = meetings_holder(w->control->meetings, MEETING_BY_EXTERNAL, w->key);

    (void)ok;
    w->h(l != NULL && l->state != LISTED_NEW ? l->meeting : NULL, false, w->arg);
    (void)mem_free(w->key);
    (void)mem_free(w);
}

enum err meetings_create_or_get(struct control *ctl, const struct meeting_request *r,
                                meetings_done_h *h, void *arg, struct fail *f)
{
    const struct user *u = organizer_of(ctl, r, f);
    struct arena a = {0};
    struct listed *l;
    struct wait *w;
    const char *key;

    if (u == NULL)
        return f->err;
    key = meetings_external_key(&a, r->tenant, u->id, r->graph->external_id);
    l = meetings_holder(ctl->meetings, MEETING_BY_EXTERNAL, key);
    if (l != NULL && l->state == LISTED_NEW) {
        w = mem_new(sizeof(*w));
        *w = (struct wait){.control = ctl, .key = str_dup(key), .h = h, .arg = arg};
        store_then(ctl->with.store, on_waited, w);
    } else if (l != NULL) {
        h(l->meeting, false, arg);
    }
    arena_clear(&a);
    return l != NULL ? ERR_OK : meetings_create(ctl, r, h, arg, f);
}

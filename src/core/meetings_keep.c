/*
 * meetings_keep.c - meetings made by the API: written down, changed, ended, loaded after a restart,
 * forgotten when their time is over. How they are made is in meetings_make.c.
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
#include "store/rows.h"
#include "json/json.h"

enum {
    OPTIONS_BYTES = 32 * 1024,
    MEETING_BYTES = 128 * 1024, /* with what the request said beside the options */
    LOOK_MS = 60000,
};

static void on_stored(bool ok, void *arg)
{
    struct meeting_job *j = arg;

    j->outcome(j, ok);
    (void)mem_free(j);
}

void meetings_when_stored(const struct meeting_job *j)
{
    store_then(j->control->with.store, on_stored, mem_dup(j, sizeof(*j)));
}

static enum err too_large(struct fail *f)
{
    return err_set(f, ERR_BAD_REQUEST, "The meeting is larger than %d KiB; name fewer people.",
                   OPTIONS_BYTES / 1024);
}

/* The options as JSON, for the store; ERR_BAD_REQUEST when they are too much to keep. */
static enum err write_options(const struct meeting *m, struct buf *out, struct fail *f)
{
    struct writer w;

    writer_init(&w, out);
    fields_write(&w, NULL, &graph_online_meeting_type, m->options, &(struct write_how){0});
    return out->len <= OPTIONS_BYTES && m->arena.total <= MEETING_BYTES ? ERR_OK : too_large(f);
}

enum err meetings_put(struct control *ctl, const struct meeting *m, struct fail *f)
{
    struct buf options = {0};
    enum err e = write_options(m, &options, f);

    if (e == ERR_OK)
        store_put_meeting(ctl->with.store,
                          &(struct meeting_row){.id = m->id.text,
                                                .tenant = m->tenant.text,
                                                .organizer = m->organizer.text,
                                                .organizer_name = m->organizer_name,
                                                .kind = meeting_kind_name(m->kind),
                                                .thread = m->thread,
                                                .message = m->message,
                                                .join_id = m->join_id,
                                                .passcode = m->passcode,
                                                .vtc_id = m->vtc_id,
                                                .options = options.data,
                                                .created_ms = m->created_ms});
    buf_clear(&options);
    return e;
}

void meetings_make_passcode(struct meeting *m)
{
    char passcode[MEETING_PASSCODE_SIZE];
    uint8_t random[8];

    hash_random(random, sizeof(random));
    m->passcode = arena_dup(&m->arena, meeting_make_passcode(passcode, random));
}

struct opt_bool meetings_wants_passcode(const struct graph_online_meeting *g)
{
    return g->base.join_meeting_id_settings != NULL
               ? g->base.join_meeting_id_settings->is_passcode_required
               : (struct opt_bool){0};
}

/* The entry of a meeting that may be changed now. */
static struct listed *changeable(struct control *ctl, const struct meeting *m, struct fail *f)
{
    struct listed *l = meetings_holder(ctl->meetings, MEETING_BY_ID, m->id.text);

    if (l->state == LISTED_CONFIGURED) {
        (void)err_set(f, ERR_CONFLICT,
                      "This meeting is in the server's configuration and is changed there.");
        return NULL;
    }
    if (l->state == LISTED_CHANGING) {
        (void)err_set(f, ERR_CONFLICT, "Another request is changing this meeting.");
        return NULL;
    }
    return control_is_open(ctl, f) == ERR_OK ? l : NULL;
}

static enum err check_fixed(const struct meeting *m, const struct graph_online_meeting *g,
                            struct fail *f)
{
    if (g->external_id != NULL && !str_eq(g->external_id, m->options->external_id))
        return err_set(f, ERR_BAD_REQUEST, "'externalId' of a meeting cannot be changed.");
    if (g->base.meeting_type != 0)
        return err_set(f, ERR_BAD_REQUEST, "'meetingType' of a meeting cannot be changed.");
    return ERR_OK;
}

/* Options as they were written, in another arena. */
static struct graph_online_meeting *read_options(const char *json, struct arena *a)
{
    struct graph_online_meeting *g = arena_new(a, sizeof(*g));
    struct json *j = json_parse(json, strlen(json), NULL);
    struct fail f;

    if (j == NULL || fields_read(j, &graph_online_meeting_type, g, a, &f) != ERR_OK)
        g = NULL;
    json_free(j);
    return g;
}

static void copy_facts(struct meeting *to, const struct meeting *from)
{
    struct arena a = to->arena;

    *to = *from;
    to->arena = a;
    to->organizer_name = arena_dup(&to->arena, from->organizer_name);
    to->thread = arena_dup(&to->arena, from->thread);
    to->message = arena_dup(&to->arena, from->message);
    to->join_id = arena_dup(&to->arena, from->join_id);
    to->passcode = arena_dup(&to->arena, from->passcode);
    to->vtc_id = arena_dup(&to->arena, from->vtc_id);
}

/* Fills the version that takes m's place. */
static enum err remake(const struct meeting *m, struct graph_online_meeting *g,
                       struct meeting *next, struct fail *f)
{
    struct opt_bool passcode = meetings_wants_passcode(g);
    struct graph_online_meeting *merged;
    struct buf was = {0};
    enum err e = write_options(m, &was, f);

    copy_facts(next, m);
    merged = read_options(was.data, &next->arena);
    buf_clear(&was);
    if (merged == NULL)
        return err_set(f, ERR_INTERNAL, "the meeting as it was cannot be read again");
    meeting_translate(g, &next->arena);
    fields_merge(&graph_online_meeting_type, merged, g);
    if (e == ERR_OK)
        e = meeting_set_options(next, merged, 0, f);
    if (e == ERR_OK && passcode.set && !passcode.value)
        next->passcode = NULL;
    if (e == ERR_OK && passcode.value && next->passcode == NULL)
        meetings_make_passcode(next);
    return e;
}

static void on_changed(struct meeting_job *j, bool ok)
{
    struct listed *l = j->listed;

    l->state = LISTED_KEPT;
    if (ok)
        meetings_swap(j->control->meetings, l, j->next);
    else
        (void)obj_unref(j->next);
    j->h(ok ? l->meeting : NULL, false, j->arg);
}

enum err meetings_change(struct control *ctl, struct meeting *m, const struct meeting_request *r,
                         meetings_done_h *h, void *arg, struct fail *f)
{
    struct listed *l = changeable(ctl, m, f);
    struct meeting *next = meeting_new();
    struct id organizer;
    enum err e = l != NULL ? check_fixed(m, r->graph, f) : f->err;

    next->arena = *r->arena;
    *r->arena = (struct arena){0};
    if (e == ERR_OK)
        e = meetings_named_organizer(r, &organizer, f);
    if (e == ERR_OK)
        e = remake(m, r->graph, next, f);
    if (e == ERR_OK)
        e = meetings_put(ctl, next, f);
    if (e != ERR_OK) {
        (void)obj_unref(next);
        return e;
    }
    l->state = LISTED_CHANGING;
    meetings_when_stored(&(struct meeting_job){
        .control = ctl, .listed = l, .next = next, .outcome = on_changed, .h = h, .arg = arg});
    return ERR_OK;
}

static void on_deleted(struct meeting_job *j, bool ok)
{
    struct meeting *m = obj_ref(j->listed->meeting);

    if (ok) {
        log_line(LOG_INFO, "core", NULL, "meeting %s is no more", m->id.text);
        meetings_end(j->control, j->listed, true);
    } else {
        j->listed->state = LISTED_KEPT;
    }
    if (j->h != NULL)
        j->h(ok ? m : NULL, false, j->arg);
    (void)obj_unref(m);
}

static void begin_end(struct control *ctl, struct listed *l, meetings_done_h *h, void *arg)
{
    l->state = LISTED_CHANGING;
    store_del_meeting(ctl->with.store, l->meeting->id.text);
    meetings_when_stored(&(struct meeting_job){
        .control = ctl, .listed = l, .outcome = on_deleted, .h = h, .arg = arg});
}

enum err meetings_delete(struct control *ctl, struct meeting *m, meetings_done_h *h, void *arg,
                         struct fail *f)
{
    struct listed *l = changeable(ctl, m, f);

    if (l == NULL)
        return f->err;
    begin_end(ctl, l, h, arg);
    return ERR_OK;
}

void meetings_forget_old(struct control *ctl)
{
    struct meetings *r = ctl->meetings;
    int64_t now_ms = clock_wall_ms();

    if (now_ms < r->look_ms || control_is_open(ctl, NULL) != ERR_OK)
        return;
    r->look_ms = now_ms + LOOK_MS;
    LIST_EACH(n, &r->all)
    {
        struct listed *l = LIST_OF(n, struct listed, node);

        if (l->state == LISTED_KEPT && meeting_expires_ms(l->meeting) <= now_ms)
            begin_end(ctl, l, NULL, NULL);
    }
}

void meetings_restore(struct control *ctl, const struct meeting_row *row)
{
    struct meeting *m = meeting_new();
    struct graph_online_meeting *g = read_options(row->options, &m->arena);
    struct fail f = {.text = "its options cannot be read"};

    m->organizer_name = arena_dup(&m->arena, row->organizer_name);
    m->kind = meeting_kind_of(row->kind);
    m->thread = arena_dup(&m->arena, row->thread);
    m->message = arena_dup(&m->arena, row->message);
    m->join_id = arena_dup(&m->arena, row->join_id);
    m->passcode = arena_dup(&m->arena, row->passcode);
    m->vtc_id = arena_dup(&m->arena, row->vtc_id);
    m->created_ms = row->created_ms;
    if (g == NULL || !id_read_text(&m->id, row->id) || !id_read_text(&m->tenant, row->tenant) ||
        !id_read_text(&m->organizer, row->organizer) || m->kind == MEETING_KIND_COUNT ||
        meeting_set_options(m, g, 0, &f) != ERR_OK) {
        log_line(LOG_ERROR, "core", NULL, "meeting %s cannot be used any more: %s", row->id,
                 f.text);
        (void)obj_unref(m);
        return;
    }
    (void)meetings_enlist(ctl->meetings, m, LISTED_KEPT);
}

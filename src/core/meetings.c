/*
 * meetings.c - the register of meetings.
 *
 * `all` owns them; the maps find them. A key that another meeting has already is not taken a
 * second time: that meeting is then found by its other keys only, and the log says so.
 */
#include "core/meetings.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "core/meetings_inside.h"
#include "crypto/hash.h"
#include "identity/directory.h"

static const char *const key_names[MEETING_KEY_COUNT] = {
#define X(name, text) text,
    MEETING_KEYS(X)
#undef X
};

struct meetings *meetings_new(void)
{
    return mem_new(sizeof(struct meetings));
}

void meetings_free(struct meetings *r)
{
    size_t at = 0;

    if (r == NULL)
        return;
    LIST_EACH(n, &r->all)
    {
        struct listed *l = LIST_OF(n, struct listed, node);

        (void)obj_unref(l->meeting);
        (void)mem_free(l);
    }
    for (int k = 0; k < MEETING_KEY_COUNT; k++)
        map_clear(&r->by[k]);
    for (struct organizer *o; (o = map_next(&r->organizers, &at)) != NULL;)
        (void)mem_free(o);
    map_clear(&r->organizers);
    (void)mem_free(r);
}

void meetings_on_ended(struct control *ctl, meetings_ended_h *h)
{
    ctl->meetings->on_ended = h;
}

/* No thread and no message has a blank in it. */
char *meetings_thread_key(struct arena *a, const char *tenant, const char *thread,
                          const char *message)
{
    return arena_printf(a, "%s %s %s", tenant, thread, message != NULL ? message : "0");
}

char *meetings_external_key(struct arena *a, const char *tenant, const char *organizer,
                            const char *external_id)
{
    return arena_printf(a, "%s %s %s", tenant, organizer, external_id);
}

struct listed *meetings_holder(const struct meetings *r, enum meeting_key k, const char *key)
{
    return map_find(&r->by[k], key);
}

static void make_keys(struct listed *l)
{
    struct meeting *m = l->meeting;
    const char *external_id = m->options->external_id;

    l->keys[MEETING_BY_ID] = m->id.text;
    l->keys[MEETING_BY_THREAD] =
        meetings_thread_key(&m->arena, m->tenant.text, m->thread, m->message);
    l->keys[MEETING_BY_JOIN] = m->join_id;
    l->keys[MEETING_BY_VTC] = m->vtc_id;
    l->keys[MEETING_BY_EXTERNAL] =
        external_id != NULL
            ? meetings_external_key(&m->arena, m->tenant.text, m->organizer.text, external_id)
            : NULL;
}

static void take_keys(struct meetings *r, struct listed *l)
{
    for (int k = 0; k < MEETING_KEY_COUNT; k++) {
        if (l->keys[k] == NULL)
            continue;
        if (map_find(&r->by[k], l->keys[k]) == NULL)
            (void)map_put(&r->by[k], l->keys[k], l);
        else
            log_line(LOG_WARN, "core", NULL, "meeting %s: another meeting has its %s",
                     l->meeting->id.text, key_names[k]);
    }
}

static void give_keys(struct meetings *r, struct listed *l)
{
    for (int k = 0; k < MEETING_KEY_COUNT; k++)
        if (l->keys[k] != NULL && map_find(&r->by[k], l->keys[k]) == l)
            (void)map_del(&r->by[k], l->keys[k]);
}

/* One more, or one less, of what the API made. */
static void count(struct meetings *r, const struct meeting *m, bool is_more)
{
    struct organizer *o = map_find(&r->organizers, m->organizer.text);

    if (o == NULL) {
        o = mem_new(sizeof(*o));
        (void)str_copy(o->id, sizeof(o->id), m->organizer.text);
        (void)map_put(&r->organizers, o->id, o);
    }
    if (is_more) {
        o->count++;
        r->bytes += m->arena.total;
        return;
    }
    r->bytes -= m->arena.total;
    if (--o->count == 0) {
        (void)map_del(&r->organizers, o->id);
        (void)mem_free(o);
    }
}

struct listed *meetings_enlist(struct meetings *r, struct meeting *m, enum listed_state state)
{
    struct listed *l = mem_new(sizeof(*l));

    l->meeting = m;
    l->state = state;
    list_push(&r->all, &l->node);
    make_keys(l);
    take_keys(r, l);
    if (state != LISTED_CONFIGURED)
        count(r, m, true);
    return l;
}

void meetings_swap(struct meetings *r, struct listed *l, struct meeting *m)
{
    struct meeting *old = l->meeting;

    give_keys(r, l);
    count(r, old, false);
    l->meeting = m;
    make_keys(l);
    take_keys(r, l);
    count(r, m, true);
    (void)obj_unref(old);
}

void meetings_end(struct control *ctl, struct listed *l, bool tell)
{
    struct meetings *r = ctl->meetings;

    give_keys(r, l);
    list_remove(&l->node);
    if (l->state != LISTED_CONFIGURED)
        count(r, l->meeting, false);
    if (tell && r->on_ended != NULL)
        r->on_ended(ctl, l->meeting);
    (void)obj_unref(l->meeting);
    (void)mem_free(l);
}

/* A configured meeting has the same id after every start: one made of what it is. */
static struct id steady_id(const char *tenant, const char *thread, const char *message)
{
    char hex[SHA256_HEX_SIZE];
    struct buf b = {0};
    struct id id;

    buf_printf(&b, "%s %s %s", tenant, thread, message);
    (void)hash_sha256_hex(b.data, b.len, hex);
    buf_clear(&b);
    hex[12] = '8'; /* version 8, variant 10 (RFC 9562, 5.8) */
    hex[16] = "89ab"[hex[16] & 3];
    (void)id_read(&id, hex, 32);
    return id;
}

static char *digits(struct arena *a, const char *number)
{
    char text[MEETING_NUMBER_CHARS + 1];

    return meeting_number_read(text, number) ? arena_dup(a, text) : NULL;
}

static void set_options(struct meeting *m, const struct meeting_entry *e)
{
    struct graph_online_meeting *g = arena_new(&m->arena, sizeof(*g));
    enum err done;

    g->base.subject = arena_dup(&m->arena, e->subject);
    if (e->lobby_bypass != NULL) {
        struct graph_lobby_bypass_settings *lobby = arena_new(&m->arena, sizeof(*lobby));

        lobby->scope = field_enum_number(graph_lobby_scope_names, e->lobby_bypass);
        g->base.lobby_bypass_settings = lobby;
    }
    done = meeting_set_options(m, g, 0, NULL);
    assert(done == ERR_OK); /* there is no time in it that could be wrong */
}

static struct meeting *configured(const struct directory *d, const struct meeting_entry *e)
{
    const struct user *organizer = directory_user(d, e->organizer);
    struct meeting *m = meeting_new();

    m->id = steady_id(e->tenant, e->thread, e->message);
    (void)id_read_text(&m->tenant, e->tenant);
    (void)id_read_text(&m->organizer, e->organizer);
    m->organizer_name = arena_dup(&m->arena, organizer->name);
    m->kind = meeting_kind_of(e->kind);
    m->thread = arena_dup(&m->arena, e->thread);
    m->message = arena_dup(&m->arena, e->message);
    m->join_id = digits(&m->arena, e->join_id);
    m->passcode = arena_dup(&m->arena, e->passcode);
    m->vtc_id = digits(&m->arena, e->vtc_id);
    set_options(m, e);
    return m;
}

/* What is configured comes first: of two that want one key it has it. */
void meetings_configure(struct control *ctl)
{
    const struct objects *entries = &directory_all(ctl->with.directory)->meetings;
    struct meetings *r = ctl->meetings;
    struct list was = {0};

    LIST_EACH(n, &r->all)
    {
        give_keys(r, LIST_OF(n, struct listed, node));
        list_remove(n);
        list_push(&was, n);
    }
    for (size_t i = 0; i < entries->count; i++)
        (void)meetings_enlist(r, configured(ctl->with.directory, entries->items[i]),
                              LISTED_CONFIGURED);
    for (struct list_node *n; (n = list_pop(&was)) != NULL;) {
        struct listed *l = LIST_OF(n, struct listed, node);

        if (l->state != LISTED_CONFIGURED) {
            list_push(&r->all, n);
            take_keys(r, l);
        } else {
            meetings_end(ctl, l, meetings_holder(r, MEETING_BY_ID, l->meeting->id.text) == NULL);
        }
    }
}

/* What is not safe yet may still turn out not to be. */
static struct meeting *found(const struct listed *l)
{
    return l != NULL && l->state != LISTED_NEW ? l->meeting : NULL;
}

static struct meeting *find(const struct control *ctl, enum meeting_key k, const char *key)
{
    return found(meetings_holder(ctl->meetings, k, key));
}

struct meeting *meetings_find(const struct control *ctl, const char *id)
{
    struct id read;

    return id_read_text(&read, id) ? find(ctl, MEETING_BY_ID, read.text) : NULL;
}

struct meeting *meetings_find_thread(const struct control *ctl, const char *tenant,
                                     const char *thread, const char *message)
{
    struct arena a = {0};
    struct meeting *m = NULL;
    struct id id;

    if (id_read_text(&id, tenant) && meeting_is_thread(thread) &&
        (message == NULL || meeting_is_message(message)))
        m = find(ctl, MEETING_BY_THREAD, meetings_thread_key(&a, id.text, thread, message));
    arena_clear(&a);
    return m;
}

static struct meeting *find_number(const struct control *ctl, enum meeting_key k,
                                   const char *number)
{
    char text[MEETING_NUMBER_CHARS + 1];

    return meeting_number_read(text, number) ? find(ctl, k, text) : NULL;
}

struct meeting *meetings_find_join_id(const struct control *ctl, const char *join_id)
{
    return find_number(ctl, MEETING_BY_JOIN, join_id);
}

struct meeting *meetings_find_vtc(const struct control *ctl, const char *vtc_id)
{
    return find_number(ctl, MEETING_BY_VTC, vtc_id);
}

struct meeting *meetings_find_url(const struct control *ctl, const char *tenant, const char *url)
{
    struct meeting_link link;
    struct arena a = {0};
    struct meeting *m = NULL;

    if (meeting_url_read(&link, url, &a, NULL) == ERR_OK)
        m = meetings_find_thread(ctl, link.tenant.text[0] != '\0' ? link.tenant.text : tenant,
                                 link.thread, link.message);
    arena_clear(&a);
    return m;
}

/* Phones know no tenants and no messages; each meeting has to be looked at. */
static struct meeting *find_only(const struct meetings *r, const char *thread)
{
    struct meeting *only = NULL;

    LIST_EACH(n, &r->all)
    {
        struct meeting *m = found(LIST_OF(n, struct listed, node));

        if (m == NULL || strcmp(m->thread, thread) != 0)
            continue;
        if (only != NULL)
            return NULL;
        only = m;
    }
    return only;
}

struct meeting *meetings_find_sip_name(const struct control *ctl, const char *user)
{
    struct arena a = {0};
    const char *name = meeting_unescape(&a, user, strlen(user));
    struct meeting *m = NULL;

    if (name != NULL)
        m = meetings_find_join_id(ctl, name);
    if (name != NULL && m == NULL)
        m = find_only(ctl->meetings, name);
    arena_clear(&a);
    return m;
}

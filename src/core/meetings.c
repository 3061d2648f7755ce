/*
 * meetings.c - the register of meetings.
 *
 * `all` owns them; the maps find them. A key that another meeting has already is not taken a
 * second time: that meeting is then found by its other keys only, and the log says so.
 */
#include "core/meetings.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "core/control.h"
#include "crypto/hash.h"
#include "identity/directory.h"

/* How a meeting can be found by one word. X(NAME, what it is, for the log) */
#define KEYS(X)                \
    X(ID, "id")                \
    X(THREAD, "thread id")     \
    X(JOIN, "join meeting id") \
    X(VTC, "VTC conference id")

/* clang-format off */
enum key {
#define X(name, text) KEY_BY_##name,
    KEYS(X)
#undef X
    KEY_COUNT
};
static const char *const key_names[KEY_COUNT] = {
#define X(name, text) text,
    KEYS(X)
#undef X
};
/* clang-format on */

/* One meeting in the register. */
struct listed {
    struct list_node node;
    struct meeting *meeting;
    const char *keys[KEY_COUNT]; /* NULL: cannot be found so. In the meeting's arena */
};

struct meetings {
    struct list all; /* struct listed.node */
    struct map by[KEY_COUNT];
    meetings_ended_h *on_ended;
};

struct meetings *meetings_new(void)
{
    return mem_new(sizeof(struct meetings));
}

static void unlist(struct meetings *r, struct listed *l)
{
    for (int k = 0; k < KEY_COUNT; k++)
        if (l->keys[k] != NULL && map_find(&r->by[k], l->keys[k]) == l)
            (void)map_del(&r->by[k], l->keys[k]);
    list_remove(&l->node);
}

static void listed_free(struct listed *l)
{
    (void)obj_unref(l->meeting);
    (void)mem_free(l);
}

void meetings_free(struct meetings *r)
{
    if (r == NULL)
        return;
    LIST_EACH(n, &r->all)
    {
        struct listed *l = LIST_OF(n, struct listed, node);

        unlist(r, l);
        listed_free(l);
    }
    for (int k = 0; k < KEY_COUNT; k++)
        map_clear(&r->by[k]);
    (void)mem_free(r);
}

void meetings_on_ended(struct control *ctl, meetings_ended_h *h)
{
    ctl->meetings->on_ended = h;
}

/* No thread and no message has a blank in it. */
static char *thread_key(struct arena *a, const char *tenant, const char *thread,
                        const char *message)
{
    return arena_printf(a, "%s %s %s", tenant, thread, message != NULL ? message : "0");
}

/* Takes the reference of m. */
static void enlist(struct meetings *r, struct meeting *m)
{
    struct listed *l = mem_new(sizeof(*l));

    l->meeting = m;
    l->keys[KEY_BY_ID] = m->id.text;
    l->keys[KEY_BY_THREAD] = thread_key(&m->arena, m->tenant.text, m->thread, m->message);
    l->keys[KEY_BY_JOIN] = m->join_id;
    l->keys[KEY_BY_VTC] = m->vtc_id;
    list_push(&r->all, &l->node);
    for (int k = 0; k < KEY_COUNT; k++) {
        if (l->keys[k] == NULL)
            continue;
        if (map_find(&r->by[k], l->keys[k]) == NULL)
            (void)map_put(&r->by[k], l->keys[k], l);
        else
            log_line(LOG_WARN, "core", NULL, "meeting %s: another meeting has its %s", m->id.text,
                     key_names[k]);
    }
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
    m->subject = arena_dup(&m->arena, e->subject);
    return m;
}

void meetings_configure(struct control *ctl)
{
    const struct objects *entries = &directory_all(ctl->with.directory)->meetings;
    struct meetings *r = ctl->meetings;
    struct list old = {0};

    LIST_EACH(n, &r->all)
    {
        struct listed *l = LIST_OF(n, struct listed, node);

        unlist(r, l);
        list_push(&old, &l->node);
    }
    for (size_t i = 0; i < entries->count; i++)
        enlist(r, configured(ctl->with.directory, entries->items[i]));
    for (struct list_node *n; (n = list_pop(&old)) != NULL;) {
        struct listed *l = LIST_OF(n, struct listed, node);

        if (map_find(&r->by[KEY_BY_ID], l->meeting->id.text) == NULL && r->on_ended != NULL)
            r->on_ended(ctl, l->meeting);
        listed_free(l);
    }
}

static struct meeting *find(const struct control *ctl, enum key k, const char *key)
{
    const struct listed *l = map_find(&ctl->meetings->by[k], key);

    return l != NULL ? l->meeting : NULL;
}

struct meeting *meetings_find(const struct control *ctl, const char *id)
{
    struct id read;

    return id_read_text(&read, id) ? find(ctl, KEY_BY_ID, read.text) : NULL;
}

struct meeting *meetings_find_thread(const struct control *ctl, const char *tenant,
                                     const char *thread, const char *message)
{
    struct arena a = {0};
    struct meeting *m = NULL;
    struct id id;

    if (id_read_text(&id, tenant) && meeting_is_thread(thread) &&
        (message == NULL || meeting_is_message(message)))
        m = find(ctl, KEY_BY_THREAD, thread_key(&a, id.text, thread, message));
    arena_clear(&a);
    return m;
}

static struct meeting *find_number(const struct control *ctl, enum key k, const char *number)
{
    char text[MEETING_NUMBER_CHARS + 1];

    return meeting_number_read(text, number) ? find(ctl, k, text) : NULL;
}

struct meeting *meetings_find_join_id(const struct control *ctl, const char *join_id)
{
    return find_number(ctl, KEY_BY_JOIN, join_id);
}

struct meeting *meetings_find_vtc(const struct control *ctl, const char *vtc_id)
{
    return find_number(ctl, KEY_BY_VTC, vtc_id);
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
    struct meeting *found = NULL;

    LIST_EACH(n, &r->all)
    {
        struct meeting *m = LIST_OF(n, struct listed, node)->meeting;

        if (strcmp(m->thread, thread) != 0)
            continue;
        if (found != NULL)
            return NULL;
        found = m;
    }
    return found;
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

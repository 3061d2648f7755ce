/*
 * directory_check.c - is this a directory one can run with?
 *
 * Ids are GUIDs and unique, references point to somebody, roles are known, and
 * no two answer to the same SIP name: users, applications and the numbers of
 * meetings share one name space, in which `echo` is ours. The control thread.
 */
#include "identity/directory_check.h"

#include <string.h>

#include "base/id.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "model/meeting.h"

/* Where in the file we are, for the sentence. */
struct where {
    const char *list;
    size_t at;
};

enum { PATH_SIZE = 64 };

static const char *path(char out[PATH_SIZE], struct where w, const char *member)
{
    struct buf b = {0};

    buf_printf(&b, "'directory.%s[%zu].%s'", w.list, w.at, member);
    (void)str_copy(out, PATH_SIZE, b.data);
    buf_clear(&b);
    return out;
}

/* Brings *id to the form of base/id.h. */
static enum err take_id(struct directory *d, struct where w, const char *member, const char **id,
                        struct fail *f)
{
    char at[PATH_SIZE];
    struct id read;

    if (!id_read_text(&read, *id))
        return err_set(f, ERR_BAD_REQUEST, "%s must be a GUID", path(at, w, member));
    *id = arena_dup(&d->arena, read.text);
    return ERR_OK;
}

static bool id_taken(const struct directory *d, const char *id)
{
    return map_find(&d->tenants, id) != NULL || map_find(&d->applications, id) != NULL ||
           map_find(&d->users, id) != NULL;
}

/* Reads the id of an entry and enters it into the map of its kind. */
static enum err enter(struct directory *d, struct where w, struct map *m, const char **id,
                      void *entry, struct fail *f)
{
    char at[PATH_SIZE];
    enum err e = take_id(d, w, "id", id, f);

    if (e != ERR_OK)
        return e;
    if (id_taken(d, *id))
        return err_set(f, ERR_BAD_REQUEST, "%s: the id %s is used twice", path(at, w, "id"), *id);
    (void)map_put(m, *id, entry);
    return ERR_OK;
}

/* Reads a reference to a tenant. */
static enum err take_tenant(struct directory *d, struct where w, const char **id, struct fail *f)
{
    char at[PATH_SIZE];
    enum err e = take_id(d, w, "tenant", id, f);

    if (e != ERR_OK)
        return e;
    if (map_find(&d->tenants, *id) == NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s: there is no tenant %s", path(at, w, "tenant"), *id);
    return ERR_OK;
}

static enum err need(struct where w, const char *member, const char *value, struct fail *f)
{
    char at[PATH_SIZE];

    if (value == NULL || value[0] == '\0')
        return err_set(f, ERR_BAD_REQUEST, "%s is missing", path(at, w, member));
    return ERR_OK;
}

static bool lower(char out[DIRECTORY_SIP_CHARS + 1], const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n > DIRECTORY_SIP_CHARS)
        return false;
    for (size_t i = 0; i <= n; i++)
        out[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    return true;
}

const struct directory_name *directory_check_name(const struct directory *d, const char *name)
{
    char text[DIRECTORY_SIP_CHARS + 1];

    return name != NULL && lower(text, name) ? map_find(&d->names, text) : NULL;
}

/* Characters that need no escape in a SIP address and no quotes in a header. */
static bool is_sip_name(const char *s)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.+";

    return s[0] != '\0' && s[strspn(s, allowed)] == '\0';
}

/* Enters who into the one SIP name space. */
static enum err take_name(struct directory *d, struct where w, const char *member, const char *name,
                          struct directory_name who, struct fail *f)
{
    char at[PATH_SIZE];
    char text[DIRECTORY_SIP_CHARS + 1];
    const struct directory_name *other;
    struct directory_name *n;
    struct id id;

    if (name == NULL)
        return ERR_OK;
    if (!lower(text, name) || !is_sip_name(text))
        return err_set(f, ERR_BAD_REQUEST,
                       "%s: a SIP name has 1 to %d letters, digits and -_.+ and nothing else",
                       path(at, w, member), DIRECTORY_SIP_CHARS);
    if (strcmp(text, "echo") == 0)
        return err_set(f, ERR_BAD_REQUEST, "%s: the SIP name 'echo' is the server's own",
                       path(at, w, member));
    if (id_read_text(&id, text))
        return err_set(f, ERR_BAD_REQUEST, "%s: a GUID as SIP name means an application's id",
                       path(at, w, member));
    other = map_find(&d->names, text);
    if (other != NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s: the SIP name '%s' is taken by %s",
                       path(at, w, member), text, other->taken_by);
    n = arena_new(&d->arena, sizeof(*n));
    *n = who;
    n->text = arena_dup(&d->arena, text);
    (void)map_put(&d->names, n->text, n);
    return ERR_OK;
}

static enum err check_tenant(struct directory *d, struct where w, void *entry, struct fail *f)
{
    struct tenant *t = entry;
    char at[PATH_SIZE];
    enum err e = enter(d, w, &d->tenants, &t->id, t, f);

    if (e == ERR_OK)
        e = need(w, "name", t->name, f);
    if (e != ERR_OK)
        return e;
    if (t->guests == NULL)
        t->guests = "lobby";
    if (!str_eq(t->guests, "lobby") && !str_eq(t->guests, "join") && !str_eq(t->guests, "refuse"))
        return err_set(f, ERR_BAD_REQUEST, "%s must be lobby, join or refuse",
                       path(at, w, "guests"));
    return ERR_OK;
}

static enum err check_roles(struct where w, struct application *a, struct fail *f)
{
    char at[PATH_SIZE];

    a->role_bits = 0;
    for (size_t i = 0; i < a->roles.count; i++) {
        unsigned role = role_of(a->roles.items[i]);

        if (role == 0)
            return err_set(f, ERR_BAD_REQUEST, "%s: '%.64s' is no role that means something here",
                           path(at, w, "roles"), a->roles.items[i]);
        a->role_bits |= role;
    }
    return ERR_OK;
}

/* Standard Webhooks: whsec_ and the base64 of 24 to 64 bytes. */
static enum err check_webhook_secret(struct where w, const char *secret, struct fail *f)
{
    static const char prefix[] = "whsec_";
    struct buf key = {0};
    char at[PATH_SIZE];
    bool good;

    if (secret == NULL)
        return ERR_OK;
    good =
        str_starts(secret, prefix) &&
        hash_from_base64(secret + sizeof(prefix) - 1, strlen(secret) - sizeof(prefix) + 1, &key) &&
        key.len >= 24 && key.len <= 64;
    buf_clear(&key);
    if (!good)
        return err_set(f, ERR_BAD_REQUEST, "%s must be whsec_ and the base64 of 24 to 64 bytes",
                       path(at, w, "webhookSecret"));
    return ERR_OK;
}

static enum err check_application(struct directory *d, struct where w, void *entry, struct fail *f)
{
    struct application *a = entry;
    struct directory_name who = {.application = a};
    enum err e = enter(d, w, &d->applications, &a->id, a, f);

    if (e == ERR_OK)
        e = take_tenant(d, w, &a->tenant, f);
    if (e == ERR_OK)
        e = need(w, "name", a->name, f);
    if (e == ERR_OK)
        e = check_roles(w, a, f);
    if (e == ERR_OK)
        e = check_webhook_secret(w, a->webhook_secret, f);
    if (e != ERR_OK)
        return e;
    who.taken_by = arena_printf(&d->arena, "application '%s'", a->name);
    return take_name(d, w, "sip", a->sip, who, f);
}

static bool is_hex(const char *s, size_t n)
{
    return s == NULL || (strlen(s) == n && strspn(s, "0123456789abcdef") == n);
}

/* What a phone proves is knowledge of H(name:realm:password) (RFC 7616, 3.4.2); that is
 * all that is kept. A user without either can be called but cannot register. */
static enum err take_password(struct directory *d, struct where w, struct user *u, struct fail *f)
{
    char md5[MD5_HEX_SIZE];
    char sha256[SHA256_HEX_SIZE];
    char at[PATH_SIZE];
    struct buf b = {0};

    if (!is_hex(u->ha1_md5, MD5_HEX_SIZE - 1) || !is_hex(u->ha1_sha256, SHA256_HEX_SIZE - 1))
        return err_set(f, ERR_BAD_REQUEST,
                       "%s: ha1Md5 is 32 and ha1Sha256 64 lower-case hex digits",
                       path(at, w, "sip"));
    if (u->password == NULL)
        return ERR_OK;
    if (u->sip == NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s is missing: the password has no SIP name",
                       path(at, w, "sip"));
    buf_printf(&b, "%s:%s:%s", u->sip, d->realm, u->password);
    u->ha1_md5 = arena_dup(&d->arena, hash_md5_hex(b.data, b.len, md5));
    u->ha1_sha256 = arena_dup(&d->arena, hash_sha256_hex(b.data, b.len, sha256));
    u->password = NULL;
    explicit_bzero(b.data, b.len);
    buf_clear(&b);
    return ERR_OK;
}

static enum err check_user(struct directory *d, struct where w, void *entry, struct fail *f)
{
    struct user *u = entry;
    struct directory_name who = {.user = u};
    enum err e = enter(d, w, &d->users, &u->id, u, f);

    if (e == ERR_OK)
        e = take_tenant(d, w, &u->tenant, f);
    if (e == ERR_OK)
        e = need(w, "name", u->name, f);
    if (e == ERR_OK)
        e = take_password(d, w, u, f);
    if (e != ERR_OK)
        return e;
    who.taken_by = arena_printf(&d->arena, "user '%s'", u->name);
    return take_name(d, w, "sip", u->sip, who, f);
}

static enum err check_organizer(struct directory *d, struct where w, struct meeting_entry *m,
                                struct fail *f)
{
    char at[PATH_SIZE];
    const struct user *u;
    enum err e = take_id(d, w, "organizer", &m->organizer, f);

    if (e != ERR_OK)
        return e;
    u = map_find(&d->users, m->organizer);
    if (u == NULL || strcmp(u->tenant, m->tenant) != 0)
        return err_set(f, ERR_BAD_REQUEST, "%s: the meeting's tenant has no user %s",
                       path(at, w, "organizer"), m->organizer);
    return ERR_OK;
}

/* What can be typed on a phone. */
static enum err take_number(struct directory *d, struct where w, const char *member,
                            const char *number, struct fail *f)
{
    const struct directory_name who = {.taken_by = "a meeting"};
    char at[PATH_SIZE];

    if (number != NULL && strspn(number, "0123456789") != strlen(number))
        return err_set(f, ERR_BAD_REQUEST, "%s must be digits", path(at, w, member));
    return take_name(d, w, member, number, who, f);
}

static enum err check_meeting(struct directory *d, struct where w, void *entry, struct fail *f)
{
    struct meeting_entry *m = entry;
    char at[PATH_SIZE];
    enum err e = need(w, "thread", m->thread, f);

    if (e == ERR_OK)
        e = take_tenant(d, w, &m->tenant, f);
    if (e == ERR_OK)
        e = check_organizer(d, w, m, f);
    if (e != ERR_OK)
        return e;
    if (m->message == NULL)
        m->message = "0";
    if (m->kind == NULL)
        m->kind = "scheduled";
    if (meeting_kind_of(m->kind) == MEETING_KIND_COUNT)
        return err_set(f, ERR_BAD_REQUEST, "%s must be scheduled, channel or meetNow",
                       path(at, w, "kind"));
    if (m->lobby_bypass != NULL && field_enum_number(graph_lobby_scope_names, m->lobby_bypass) == 0)
        return err_set(f, ERR_BAD_REQUEST,
                       "%s must be a scope of Graph's lobbyBypassSettings, such as organization",
                       path(at, w, "lobbyBypass"));
    if (!meeting_is_thread(m->thread) || !meeting_is_message(m->message))
        return err_set(f, ERR_BAD_REQUEST, "%s and message must be like '19:...@thread.v2' and '0'",
                       path(at, w, "thread"));
    if (map_put(&d->meetings, arena_printf(&d->arena, "%s;%s", m->thread, m->message), m) != NULL)
        return err_set(f, ERR_BAD_REQUEST, "%s: thread and message are another meeting's",
                       path(at, w, "thread"));
    e = take_number(d, w, "joinMeetingId", m->join_id, f);
    if (e == ERR_OK)
        e = take_number(d, w, "vtcId", m->vtc_id, f);
    return e;
}

typedef enum err check_h(struct directory *d, struct where w, void *entry, struct fail *f);

static enum err check_all(struct directory *d, const char *list, const struct objects *o,
                          check_h *check, struct fail *f)
{
    enum err e = ERR_OK;

    for (size_t i = 0; i < o->count && e == ERR_OK; i++)
        e = check(d, (struct where){list, i}, o->items[i], f);
    return e;
}

enum err directory_check(struct directory *d, struct fail *f)
{
    const struct directory_config *c = d->config;
    enum err e = check_all(d, "tenants", &c->tenants, check_tenant, f);

    if (e == ERR_OK)
        e = check_all(d, "applications", &c->applications, check_application, f);
    if (e == ERR_OK)
        e = check_all(d, "users", &c->users, check_user, f);
    if (e == ERR_OK)
        e = check_all(d, "meetings", &c->meetings, check_meeting, f);
    return e;
}

/*
 * directory.c - the directory's face in configuration, and the ways to look into it.
 *
 * What makes a directory a good one is decided in directory_check.c. The control
 * thread; nothing here changes after directory_new().
 */
#include "identity/directory.h"

#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "identity/directory_check.h"
#include "model/meeting.h"

/* clang-format off */
static const struct field tenant_fields[] = {
    TEXT_MAX(struct tenant, id,     "id",     REQUIRED, 36),
    TEXT_MAX(struct tenant, name,   "name",   REQUIRED, 256),
    TEXT_MAX(struct tenant, guests, "guests", 0, 16),
    END,
};

static const struct field application_fields[] = {
    TEXT_MAX(struct application, id,             "id",            REQUIRED, 36),
    TEXT_MAX(struct application, tenant,         "tenant",        REQUIRED, 36),
    TEXT_MAX(struct application, name,           "name",          REQUIRED, 256),
    TEXT_MAX(struct application, secret,         "secret",        SECRET, 256),
    TEXT_MAX(struct application, webhook_secret, "webhookSecret", SECRET | DEV_SECRET, 256),
    TEXT_MAX(struct application, sip,            "sip",           0, DIRECTORY_SIP_CHARS),
    TEXT_MAX(struct application, calling_webhook, "callingWebhook", 0, 2048),
    TEXTS(struct application,    roles,          "roles",         0, 64),
    BOOL(struct application,     batch,          "batch",         0),
    END,
};

static const struct field phone_script_fields[] = {
    INT_IN(struct phone_script,   answer_after_ms,  "answerAfterMs", 0, 0, 3600000),
    INT_IN(struct phone_script,   refuse_with,      "refuseWith",    0, 400, 699),
    BOOL(struct phone_script,     echo,             "echo",          0),
    TEXT_MAX(struct phone_script, play_file,        "playFile",      0, 256),
    TEXT_MAX(struct phone_script, press_keys,       "pressKeys",     0, 64),
    INT_IN(struct phone_script,   hang_up_after_ms, "hangUpAfterMs", 0, 0, 86400000),
    END,
};

static const struct type phone_script_type = {
    .name = "virtualPhone", .size = sizeof(struct phone_script),
    .flags = TYPE_PLAIN | TYPE_STRICT, .fields = phone_script_fields};

static const struct field user_fields[] = {
    TEXT_MAX(struct user, id,            "id",           REQUIRED, 36),
    TEXT_MAX(struct user, tenant,        "tenant",       REQUIRED, 36),
    TEXT_MAX(struct user, name,          "name",         REQUIRED, 256),
    TEXT_MAX(struct user, sip,           "sip",          0, DIRECTORY_SIP_CHARS),
    TEXT_MAX(struct user, password,      "password",     SECRET, 256),
    TEXT_MAX(struct user, ha1_md5,       "ha1Md5",       SECRET, 32),
    TEXT_MAX(struct user, ha1_sha256,    "ha1Sha256",    SECRET, 64),
    OBJECT(struct user,   virtual_phone, "virtualPhone", 0, &phone_script_type),
    END,
};

static const struct field meeting_fields[] = {
    TEXT_MAX(struct meeting_entry, thread,    "thread",        REQUIRED, MEETING_THREAD_CHARS),
    TEXT_MAX(struct meeting_entry, message,   "message",       0, MEETING_MESSAGE_CHARS),
    TEXT_MAX(struct meeting_entry, tenant,    "tenant",        REQUIRED, 36),
    TEXT_MAX(struct meeting_entry, organizer, "organizer",     REQUIRED, 36),
    TEXT_MAX(struct meeting_entry, kind,      "kind",          0, 16),
    TEXT_MAX(struct meeting_entry, join_id,   "joinMeetingId", 0, MEETING_NUMBER_CHARS),
    TEXT_MAX(struct meeting_entry, passcode,  "passcode",      SECRET, 32),
    TEXT_MAX(struct meeting_entry, vtc_id,    "vtcId",         0, MEETING_NUMBER_CHARS),
    TEXT_MAX(struct meeting_entry, subject,   "subject",       0, GRAPH_SUBJECT_MAX),
    TEXT_MAX(struct meeting_entry, lobby_bypass, "lobbyBypass", 0, 64),
    END,
};

static const struct type tenant_type = {
    .name = "tenant", .size = sizeof(struct tenant),
    .flags = TYPE_PLAIN | TYPE_STRICT, .fields = tenant_fields};
static const struct type application_type = {
    .name = "application", .size = sizeof(struct application),
    .flags = TYPE_PLAIN | TYPE_STRICT, .fields = application_fields};
static const struct type user_type = {
    .name = "user", .size = sizeof(struct user),
    .flags = TYPE_PLAIN | TYPE_STRICT, .fields = user_fields};
static const struct type meeting_type = {
    .name = "meeting", .size = sizeof(struct meeting_entry),
    .flags = TYPE_PLAIN | TYPE_STRICT, .fields = meeting_fields};

static const struct field directory_fields[] = {
    OBJECTS(struct directory_config, tenants,      "tenants",      0, &tenant_type, 0),
    OBJECTS(struct directory_config, applications, "applications", 0, &application_type, 0),
    OBJECTS(struct directory_config, users,        "users",        0, &user_type, 0),
    OBJECTS(struct directory_config, meetings,     "meetings",     0, &meeting_type, 0),
    END,
};

const struct type directory_type = {
    .name = "directory", .size = sizeof(struct directory_config),
    .flags = TYPE_PLAIN | TYPE_STRICT, .fields = directory_fields};

static const struct {
    const char *name;
    unsigned role;
} roles[] = {
#define X(name, text) {text, ROLE(name)},
    ROLES(X)
#undef X
    /* what the documentation says beside what tokens carry; letter case is no difference */
    {"Calls.InitiateGroupCalls.All",    ROLE(INITIATE_GROUP)},
    {"Calls.JoinGroupCalls.All",        ROLE(JOIN_GROUP)},
    {"Calls.JoinGroupCallsAsGuest.All", ROLE(JOIN_GROUP_AS_GUEST)},
};
/* clang-format on */

const char *role_name(unsigned role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (roles[i].role == role)
            return roles[i].name;
    return "";
}

enum err role_check(unsigned has, unsigned needs, const char *what, struct fail *f)
{
    unsigned lacks = needs & ~has;

    if (lacks == 0)
        return ERR_OK;
    return err_set(f, ERR_ROLE_MISSING, "The application lacks the role %s, which %s needs.",
                   role_name(lacks & -lacks), what);
}

unsigned role_of(const char *name)
{
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
        if (str_eq_nocase(roles[i].name, name))
            return roles[i].role;
    return 0;
}

enum err directory_new(struct directory_config *c, const char *realm, struct directory **out,
                       struct fail *f)
{
    struct directory *d = mem_new(sizeof(*d));
    enum err e;

    *out = NULL;
    d->config = c;
    d->realm = realm;
    e = directory_check(d, f);
    d->realm = NULL; /* the caller's; only the check needs it */
    if (e != ERR_OK) {
        directory_free(d);
        return e;
    }
    *out = d;
    return ERR_OK;
}

void directory_free(struct directory *d)
{
    if (d == NULL)
        return;
    map_clear(&d->tenants);
    map_clear(&d->applications);
    map_clear(&d->users);
    map_clear(&d->names);
    map_clear(&d->meetings);
    arena_clear(&d->arena);
    (void)mem_free(d);
}

const struct tenant *directory_tenant(const struct directory *d, const char *id)
{
    return map_find(&d->tenants, id);
}

const struct application *directory_application(const struct directory *d, const char *id)
{
    return map_find(&d->applications, id);
}

const struct application *directory_application_named(const struct directory *d, const char *name)
{
    for (size_t i = 0; i < d->config->applications.count; i++) {
        const struct application *a = d->config->applications.items[i];

        if (str_eq_nocase(a->name, name))
            return a;
    }
    return NULL;
}

const struct user *directory_user(const struct directory *d, const char *id)
{
    return map_find(&d->users, id);
}

const struct user *directory_user_by_sip(const struct directory *d, const char *sip)
{
    const struct directory_name *n = directory_check_name(d, sip);

    return n != NULL ? n->user : NULL;
}

const struct application *directory_application_by_sip(const struct directory *d, const char *sip)
{
    const struct directory_name *n = directory_check_name(d, sip);

    return n != NULL ? n->application : NULL;
}

const struct directory_config *directory_all(const struct directory *d)
{
    return d->config;
}

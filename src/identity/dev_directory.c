/*
 * dev_directory.c - the directory of the dev profile, as data.
 *
 * Its ids are those of the documentation's own examples, so that these run as
 * printed. Its secrets are known to everybody: production refuses them.
 */
#include "base/arena.h"
#include "identity/directory.h"

#define CONTOSO "aa67bd4c-8475-432d-bd41-39f255720e0a"
#define FABRIKAM "bb67bd4c-8475-432d-bd41-39f255720e0b"
#define BOB "5810cede-f3cc-42eb-b2c1-e9bd5d53ec96"
#define FAY "8810cede-f3cc-42eb-b2c1-e9bd5d53ec11"

#define AFTER_MS(ms)               \
    {                              \
        .set = true, .value = (ms) \
    }
#define STATUS(code)                 \
    {                                \
        .set = true, .value = (code) \
    }
#define YES                        \
    {                              \
        .set = true, .value = true \
    }

static const struct phone_script answers = {.answer_after_ms = AFTER_MS(300), .echo = YES};
static const struct phone_script busy = {.refuse_with = STATUS(486)};
static const struct phone_script declines = {.refuse_with = STATUS(603)};
static const struct phone_script rings = {.echo = {.set = false}}; /* for ever */
static const struct phone_script picks_up = {.answer_after_ms = AFTER_MS(200), .echo = YES};
static const struct phone_script hangs_up = {.answer_after_ms = AFTER_MS(200),
                                             .hang_up_after_ms = AFTER_MS(2000)};

/* clang-format off */
static const struct tenant tenants[] = {
    {CONTOSO,  "Contoso",  "lobby"},
    {FABRIKAM, "Fabrikam", "join"},
};

static const struct {
    const char *id, *tenant, *name, *secret, *webhook_secret, *sip;
    unsigned roles;
    const char *calling_webhook;
} applications[] = {
    {"2891555a-92ff-42e6-80fa-6e1300c6b5c6", CONTOSO, "Calling Bot", "carillon-dev-secret",
     "whsec_Y2FyaWxsb24gZGV2IHdlYmhvb2sga2V5IDEgY2FsbGluZ2JvdA==", "callingbot", ROLES_ALL,
     "https://bot.contoso.com/callback"},
    {"6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e01", CONTOSO, "Guest Bot", "guest-dev-secret",
     "whsec_Y2FyaWxsb24gZGV2IHdlYmhvb2sga2V5IDIgZ3Vlc3Rib3Q=", NULL, ROLE(JOIN_GROUP_AS_GUEST)},
    {"6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e02", CONTOSO, "Bare Bot", "bare-dev-secret",
     "whsec_Y2FyaWxsb24gZGV2IHdlYmhvb2sga2V5IDMgYmFyZWJvdA==", NULL, 0},
    {"6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e03", CONTOSO, "No Media Bot", "nomedia-dev-secret",
     "whsec_Y2FyaWxsb24gZGV2IHdlYmhvb2sga2V5IDQgbm9tZWRpYQ==", NULL, ROLES_ALL & ~ROLE(ACCESS_MEDIA)},
    {"7f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e11", FABRIKAM, "Fabrikam Bot", "fabrikam-dev-secret",
     "whsec_Y2FyaWxsb24gZGV2IHdlYmhvb2sga2V5IDUgZmFicmlrYW0=", NULL, ROLES_ALL},
};

static const struct {
    const char *id, *tenant, *name, *sip, *password;
    const struct phone_script *virtual_phone;
} users[] = {
    {"112f7296-5fa4-42ca-bae8-6a692b15d4b8", CONTOSO,  "John",     "john", "john-dev-secret", &answers},
    {BOB,                                    CONTOSO,  "Bob",      "bob",  "bob-dev-secret",  &answers},
    {"0c0ffee0-0000-4000-8000-000000000001", CONTOSO,  "Busy",     NULL,   NULL,              &busy},
    {"0c0ffee0-0000-4000-8000-000000000002", CONTOSO,  "Decliner", NULL,   NULL,              &declines},
    {"0c0ffee0-0000-4000-8000-000000000003", CONTOSO,  "Silent",   NULL,   NULL,              &rings},
    {"0c0ffee0-0000-4000-8000-000000000004", CONTOSO,  "Offline",  NULL,   NULL,              NULL},
    {"0c0ffee0-0000-4000-8000-000000000005", CONTOSO,  "Picker",   NULL,   NULL,              &picks_up},
    {"0c0ffee0-0000-4000-8000-000000000006", CONTOSO,  "Hanger",   NULL,   NULL,              &hangs_up},
    {FAY,                                    FABRIKAM, "Fay",      "fay",  "fay-dev-secret",  NULL},
};

static const struct meeting_entry meetings[] = {
    {.thread = "19:meeting_Win6Ydo4wsMijFjZS00ZGVjLTk5MGUtOTRjNWY2NmNkYTFm@thread.v2", .message = "0",
     .tenant = CONTOSO, .organizer = BOB, .kind = "scheduled",
     .join_id = "200000000001", .passcode = "Bells1", .vtc_id = "1000000001"},
    {.thread = "19:cbee7c1c860e465f8258e3cebf7bee0d@thread.skype", .message = "1533758867081",
     .tenant = CONTOSO, .organizer = BOB, .kind = "channel",
     .join_id = "200000000002", .vtc_id = "1000000002"},
    {.thread = "19:meeting_FabrikamDevMeeting@thread.v2", .message = "0",
     .tenant = FABRIKAM, .organizer = FAY, .kind = "scheduled",
     .join_id = "200000000003", .vtc_id = "1000000003"},
};
/* clang-format on */

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct objects list_new(struct arena *a, size_t count)
{
    return (struct objects){.items = arena_new(a, count * sizeof(void *)), .count = count};
}

static struct texts role_names(struct arena *a, unsigned bits)
{
    struct texts t = {.items = arena_new(a, ROLE_COUNT * sizeof(char *))};

    for (unsigned i = 0; i < ROLE_COUNT; i++)
        if ((bits & (1u << i)) != 0)
            t.items[t.count++] = role_name(1u << i);
    return t;
}

static void fill_applications(struct directory_config *c, struct arena *a)
{
    c->applications = list_new(a, COUNT(applications));
    for (size_t i = 0; i < COUNT(applications); i++) {
        struct application *x = arena_new(a, sizeof(*x));

        x->id = applications[i].id;
        x->tenant = applications[i].tenant;
        x->name = applications[i].name;
        x->secret = applications[i].secret;
        x->webhook_secret = applications[i].webhook_secret;
        x->sip = applications[i].sip;
        x->calling_webhook = applications[i].calling_webhook;
        x->roles = role_names(a, applications[i].roles);
        c->applications.items[i] = x;
    }
}

static void fill_users(struct directory_config *c, struct arena *a)
{
    c->users = list_new(a, COUNT(users));
    for (size_t i = 0; i < COUNT(users); i++) {
        struct user *x = arena_new(a, sizeof(*x));

        x->id = users[i].id;
        x->tenant = users[i].tenant;
        x->name = users[i].name;
        x->sip = users[i].sip;
        x->password = users[i].password;
        if (users[i].virtual_phone != NULL) {
            x->virtual_phone = arena_new(a, sizeof(*x->virtual_phone));
            *x->virtual_phone = *users[i].virtual_phone;
        }
        c->users.items[i] = x;
    }
}

void dev_directory_fill(struct directory_config *c, struct arena *a)
{
    c->tenants = list_new(a, COUNT(tenants));
    for (size_t i = 0; i < COUNT(tenants); i++) {
        struct tenant *x = arena_new(a, sizeof(*x));

        *x = tenants[i];
        c->tenants.items[i] = x;
    }
    fill_applications(c, a);
    fill_users(c, a);
    c->meetings = list_new(a, COUNT(meetings));
    for (size_t i = 0; i < COUNT(meetings); i++) {
        struct meeting_entry *x = arena_new(a, sizeof(*x));

        *x = meetings[i];
        c->meetings.items[i] = x;
    }
}

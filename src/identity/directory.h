/*
 * directory.h - who exists: tenants, applications, users, meetings.
 *
 * Read from configuration (the dev profile seeds it with dev_directory.c), never
 * changed while it is in use: a reload makes a new one. Ids are in the form of
 * base/id.h. The control thread; others get copies of what they need.
 */
#ifndef IDENTITY_DIRECTORY_H
#define IDENTITY_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "json/field.h"

/* The application roles of Graph that mean something here; docs/api.md has the plurals. */
#define ROLES(X)                                             \
    X(INITIATE, "Calls.Initiate.All")                        \
    X(INITIATE_GROUP, "Calls.InitiateGroupCall.All")         \
    X(JOIN_GROUP, "Calls.JoinGroupCall.All")                 \
    X(JOIN_GROUP_AS_GUEST, "Calls.JoinGroupCallAsGuest.All") \
    X(ACCESS_MEDIA, "Calls.AccessMedia.All")                 \
    X(MEETINGS_READ, "OnlineMeetings.Read.All")              \
    X(MEETINGS_WRITE, "OnlineMeetings.ReadWrite.All")

/* clang-format off */
enum role_bit {
#define X(name, text) ROLE_BIT_##name,
    ROLES(X)
#undef X
    ROLE_COUNT
};
/* clang-format on */
#define ROLE(name) (1u << ROLE_BIT_##name)
#define ROLES_ALL ((1u << ROLE_COUNT) - 1)
#define ROLES_OF_CALLS                                                                      \
    (ROLE(INITIATE) | ROLE(INITIATE_GROUP) | ROLE(JOIN_GROUP) | ROLE(JOIN_GROUP_AS_GUEST) | \
     ROLE(ACCESS_MEDIA))

/* The name of one role bit as tokens carry it. */
const char *role_name(unsigned role);
/* The bit of a name; the seed page's plural and lower-case spellings mean the same
 * ("Calls.JoinGroupCallsasGuest.All"). 0: not a role we know. */
unsigned role_of(const char *name);
/* Does who has these roles have all that `what` (for people) needs? ERR_ROLE_MISSING names one. */
NODISCARD enum err role_check(unsigned has, unsigned needs, const char *what, struct fail *f);

/* What a virtual phone does, in order (answer after, decline, busy, ring forever,
 * echo, play file, press keys, hang up after). */
struct phone_script {
    struct opt_int answer_after_ms; /* absent: never answers */
    struct opt_int refuse_with;     /* a SIP status (486, 603, ...) instead of answering */
    struct opt_bool echo;
    const char *play_file;           /* WAV in the prompt folder, or a built-in sound's name */
    const char *press_keys;          /* "15#": pressed one by one once answered, 200 ms apart */
    struct opt_int hang_up_after_ms; /* counted from the answer */
};

struct tenant {
    const char *id;
    const char *name;
    const char *guests; /* "lobby" (default), "join" or "refuse" */
};

struct application {
    const char *id;
    const char *tenant; /* id */
    const char *name;
    const char *secret;          /* of the embedded issuer */
    const char *webhook_secret;  /* "whsec_...", Standard Webhooks */
    const char *sip;             /* SIP name, or NULL */
    const char *calling_webhook; /* where it is told of calls that come to it; NULL: it gets none */
    struct texts roles;
    struct opt_bool batch; /* its notices share POSTs over its calls */
    unsigned role_bits;    /* from roles; not in the table */
};

struct user {
    const char *id;
    const char *tenant;
    const char *name;
    const char *sip;        /* SIP name, unique in the server, or NULL */
    const char *password;   /* dev and first reading only: becomes ha1 and is forgotten */
    const char *ha1_md5;    /* hex of MD5(sip:realm:password) */
    const char *ha1_sha256; /* the same by SHA-256 (RFC 8760) */
    struct phone_script *virtual_phone; /* NULL: none */
};

struct meeting_entry {
    const char *thread;
    const char *message;
    const char *tenant;
    const char *organizer; /* user id */
    const char *kind;      /* a word of model/meeting.h */
    const char *join_id;   /* digits, or NULL */
    const char *passcode;
    const char *vtc_id; /* digits, or NULL */
    const char *subject;
    const char
        *lobby_bypass; /* a scope of Graph's: who passes the lobby; NULL: the tenant's rule */
};

/* The field tables, for main/config.c: `directory:` of the YAML file. */
struct directory_config {
    struct objects tenants;
    struct objects applications;
    struct objects users;
    struct objects meetings;
};
extern const struct type directory_type;

struct directory;

/* Checks ids, uniqueness of ids and SIP names, references, roles; computes role_bits and
 * the ha1s for realm. c and what it points to must live as long as the directory. */
NODISCARD enum err directory_new(struct directory_config *c, const char *realm,
                                 struct directory **out, struct fail *f);
void directory_free(struct directory *d); /* NULL is fine */

/* The directory of the dev profile as data, in the arena. */
void dev_directory_fill(struct directory_config *c, struct arena *a);

/* NULL when there is none. id: in the form of base/id.h. */
const struct tenant *directory_tenant(const struct directory *d, const char *id);
const struct application *directory_application(const struct directory *d, const char *id);
const struct application *directory_application_named(const struct directory *d, const char *name);
const struct user *directory_user(const struct directory *d, const char *id);
const struct user *directory_user_by_sip(const struct directory *d, const char *sip);
const struct application *directory_application_by_sip(const struct directory *d, const char *sip);
const struct directory_config *directory_all(const struct directory *d);

#endif

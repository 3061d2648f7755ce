/*
 * directory_check.h - private to identity/: what a directory is made of, and its check.
 */
#ifndef IDENTITY_DIRECTORY_CHECK_H
#define IDENTITY_DIRECTORY_CHECK_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "identity/directory.h"

enum { DIRECTORY_SIP_CHARS = 64 };

/* Who answers to a SIP name; a number that phones dial for a meeting has neither. */
struct directory_name {
    const char *text;     /* lower case */
    const char *taken_by; /* for a sentence: "user 'Bob'" */
    const struct user *user;
    const struct application *application;
};

struct directory {
    struct arena arena; /* what the check computes: ids in one form, ha1s, names */
    struct directory_config *config;
    const char *realm;       /* only while the check runs */
    struct map tenants;      /* by id */
    struct map applications; /* by id */
    struct map users;        /* by id */
    struct map names;        /* struct directory_name, by text */
    struct map meetings;     /* by thread and message; only to find doubles */
};

/* Brings ids to one form, fills the maps, computes what is computed. The sentence begins
 * with the path of the field, in quotes: "'directory.users[2].sip' ...". */
NODISCARD enum err directory_check(struct directory *d, struct fail *f);

/* Without regard to letter case; NULL when nobody has the name. */
const struct directory_name *directory_check_name(const struct directory *d, const char *name);

#endif

/*
 * field.h - how a struct looks as JSON, written once, as a table.
 *
 * The same table reads a request body, writes a response or a notice, tells the
 * log what to hide, and lets a test compare us with the published schema. A
 * struct with a table is made of pointers and small values whose zero means
 * "absent": what was not there is null, and nothing needs a flag.
 *
 * Graph's types inherit and are open, so every such struct begins with a
 * `struct odata`, which says what it really is. Any thread.
 */
#ifndef JSON_FIELD_H
#define JSON_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "json/json.h"
#include "json/writer.h"

/* Values that may be absent; zeroed: absent. */
struct opt_int {
    bool set;
    int64_t value;
};
struct opt_bool {
    bool set;
    bool value;
};
struct opt_real {
    bool set;
    double value;
};

/* A list of pointers to structs, of texts, or of enum numbers; items NULL: absent. */
struct objects {
    void **items; /* each begins with a struct odata when its type is not PLAIN */
    size_t count;
};
struct texts {
    const char **items;
    size_t count;
};
struct enums {
    int *items;
    size_t count;
};

enum field_kind {
    KIND_TEXT,    /* const char * */
    KIND_INT,     /* struct opt_int */
    KIND_REAL,    /* struct opt_real; a whole number is one too */
    KIND_BOOL,    /* struct opt_bool */
    KIND_ENUM,    /* int; 0: absent, then the number of the name in `names`, from 1 */
    KIND_OBJECT,  /* struct something *; NULL: absent */
    KIND_OBJECTS, /* struct objects */
    KIND_TEXTS,   /* struct texts */
    KIND_ENUMS,   /* struct enums */
    KIND_STRUCT,  /* an embedded struct, always there; for configuration */
    KIND_RAW,     /* const char *: JSON text made by us, written as it is; never read */
};

enum field_flag {
    REQUIRED = 1 << 0,    /* absent or null in a request: ERR_BAD_REQUEST, naming the field */
    OUT_ONLY = 1 << 1,    /* ours to say; ignored when a client sends it */
    IN_ONLY = 1 << 2,     /* never written */
    SECRET = 1 << 3,      /* written as "***" when secrets are hidden */
    DEV_SECRET = 1 << 10, /* a SECRET that is shown all the same where write_how.dev is set */
    BETA_ONLY = 1 << 4,   /* left out under /v1.0 */
    SEED_ONLY = 1 << 5,   /* existed only in the seed era: not in today's schema */
    EMPTY_LIST = 1 << 6,  /* an absent list is written as [] where nulls are written */
    NEVER_NULL = 1 << 7,  /* absent: left out even where nulls are written */
    OURS = 1 << 8,        /* not a property of Graph: check_fields skips it */
    NULL_SHOWN = 1 << 9,  /* absent: written as null or [] even inside nested objects */
    ALWAYS = 1 << 11,     /* never null in what we say; of a request it says nothing */
    DATE_TIME = 1 << 12,  /* of KIND_TEXT: a date and a time, as RFC 3339 has them */
    DURATION = 1 << 14,   /* of KIND_TEXT: as Edm.Duration has it, "PT0.012S"; else not read */
    GUID = 1 << 15,       /* of KIND_TEXT: else not read; in the form of base/id.h */
    INT64 = 1 << 13,      /* of KIND_INT: published with 64 bits, not 32 */
};

struct type;

struct field {
    const char *name;
    enum field_kind kind;
    unsigned flags;
    size_t at;                /* offset of the member */
    const struct type *type;  /* of KIND_OBJECT, KIND_OBJECTS, KIND_STRUCT */
    const char *const *names; /* of KIND_ENUM(S): ends with NULL; names[n - 1] is n's */
    int64_t min, max; /* KIND_INT: bounds; KIND_TEXT: max characters; LISTS: max count; 0,0: none */
};

enum type_flag {
    TYPE_OPEN = 1 << 0,      /* unknown scalars are kept and echoed: at most 32, 8 KiB */
    TYPE_ABSTRACT = 1 << 1,  /* @odata.type is needed to know what it is */
    TYPE_PLAIN = 1 << 2,     /* not a Graph type: no struct odata in front, no @odata.type */
    TYPE_STRICT = 1 << 3,    /* an unknown key is an error (configuration) */
    TYPE_ENTITY = 1 << 4,    /* has an id of its own, and a path: an entity type of OData */
    TYPE_BETA_ONLY = 1 << 5, /* not in the description of /v1.0 */
};

struct type {
    const char *name; /* "call": written as "#microsoft.graph.call" */
    size_t size;      /* of the struct */
    unsigned flags;
    const struct type *base;           /* whose fields come first; its struct is the head of ours */
    const struct field *fields;        /* ends with END */
    const struct type *const *derived; /* all concrete types below; ends with NULL; or NULL */
};

/* An unknown scalar of an open type, as it came. */
struct extra {
    struct extra *next;
    const char *name;
    const char *json; /* its value as JSON text */
};

/* The head of every struct of a Graph type. */
struct odata {
    const struct type *type; /* what it really is; NULL: what the field's table says */
    struct extra *extras;
};

/* clang-format off */
/* _Generic makes a wrong kind a compile error: no arm, no build. */
#define FIELD_IS(s, m, want) ((size_t)0 * _Generic(((s *)0)->m, want: 1))
#define FIELD_AT(s, m, want) .at = offsetof(s, m) + FIELD_IS(s, m, want)
#define TEXT(s, m, json, fl)  {.name = json, .kind = KIND_TEXT, .flags = (fl), FIELD_AT(s, m, const char *)}
#define TEXT_MAX(s, m, json, fl, most) \
    {.name = json, .kind = KIND_TEXT, .flags = (fl), .max = (most), FIELD_AT(s, m, const char *)}
#define INT(s, m, json, fl)   {.name = json, .kind = KIND_INT, .flags = (fl), FIELD_AT(s, m, struct opt_int)}
#define INT_IN(s, m, json, fl, least, most) \
    {.name = json, .kind = KIND_INT, .flags = (fl), .min = (least), .max = (most), FIELD_AT(s, m, struct opt_int)}
#define REAL(s, m, json, fl)  {.name = json, .kind = KIND_REAL, .flags = (fl), FIELD_AT(s, m, struct opt_real)}
#define BOOL(s, m, json, fl)  {.name = json, .kind = KIND_BOOL, .flags = (fl), FIELD_AT(s, m, struct opt_bool)}
#define ENUM(s, m, json, fl, list) \
    {.name = json, .kind = KIND_ENUM, .flags = (fl), .names = (list), FIELD_AT(s, m, int)}
#define ENUMS(s, m, json, fl, list) \
    {.name = json, .kind = KIND_ENUMS, .flags = (fl), .names = (list), FIELD_AT(s, m, struct enums)}
#define ENUMS_MAX(s, m, json, fl, list, most) \
    {.name = json, .kind = KIND_ENUMS, .flags = (fl), .names = (list), .max = (most), FIELD_AT(s, m, struct enums)}
#define RAW(s, m, json, fl)   {.name = json, .kind = KIND_RAW, .flags = (fl) | OUT_ONLY, FIELD_AT(s, m, const char *)}
#define OBJECT(s, m, json, fl, t) \
    {.name = json, .kind = KIND_OBJECT, .flags = (fl), .type = (t), .at = offsetof(s, m)}
#define OBJECTS(s, m, json, fl, t, most) \
    {.name = json, .kind = KIND_OBJECTS, .flags = (fl), .type = (t), .max = (most), FIELD_AT(s, m, struct objects)}
#define TEXTS(s, m, json, fl, most) \
    {.name = json, .kind = KIND_TEXTS, .flags = (fl), .max = (most), FIELD_AT(s, m, struct texts)}
#define STRUCT(s, m, json, fl, t) \
    {.name = json, .kind = KIND_STRUCT, .flags = (fl), .type = (t), .at = offsetof(s, m)}
#define END {.name = NULL}
/* clang-format on */

/* Fills a struct of type t from an object; texts are copied into the arena. When it
 * cannot, ERR_BAD_REQUEST and a sentence with the path of the field and what was
 * expected: "'targets[0].identity' is missing". Enum names are read without regard to
 * case. out is t->size bytes, zeroed by this function. OUT_ONLY members are not read. */
NODISCARD enum err fields_read(const struct json *j, const struct type *t, void *out,
                               struct arena *a, struct fail *f);

/* The same for an abstract type: the struct is made in the arena, of the derived type
 * that @odata.type names. NULL when it cannot. */
void *fields_read_new(const struct json *j, const struct type *t, struct arena *a, struct fail *f);

/* Lays one struct of type t over another: what is absent in `from` stays as it was; objects are
 * merged member by member, but replaced where they may be of several types; lists are replaced.
 * `to` then points into what `from` points to. */
void fields_merge(const struct type *t, void *to, const void *from);

struct write_how {
    bool nulls; /* absent members are written as null or [] */
    bool v1;    /* BETA_ONLY members are left out */
    bool hide;  /* SECRET members become "***" */
    bool dev;   /* but those that are DEV_SECRET too do not */
    const char *const
        *only; /* the members of the outermost object, in this order; ends with NULL; NULL: all */
};

/* Writes in (a struct of type t, or of what its odata says) as an object under key. */
void fields_write(struct writer *w, const char *key, const struct type *t, const void *in,
                  const struct write_how *how);

/* The name of an enum's number, or NULL for 0 and what is outside. */
const char *field_enum_name(const char *const *names, int number);

/* The number of a name without regard to case; 0 when there is none. */
int field_enum_number(const char *const *names, const char *name);

/* Prints the tables as JSON lines, for tools/check_fields.py: one object a type with
 * name, base, flags and fields (name, kind, flags, type, enum names). */
void fields_dump(const struct type *const *types, FILE *out);

#endif

/*
 * pages.h - what each route takes, answers and asks for: the page of it that machines read.
 *
 * One row a route, beside the table of routes.c and keyed like it; $metadata, openapi.json and
 * the table in docs/api.md are printed from both. Described is what is served below
 * `communications`; where the seed era's root differs, docs/api.md says so. Any thread; nothing
 * here changes.
 */
#ifndef API_PAGES_H
#define API_PAGES_H

#include <stdbool.h>

#include "api/route_table.h"

/* What a body looks like. */
enum form {
    FORM_NOTHING, /* there is none */
    FORM_ONE,     /* JSON of a type */
    FORM_MANY,    /* JSON: {"value": [of a type]} */
    FORM_JSON,    /* JSON that no table describes */
    FORM_WEB,     /* application/x-www-form-urlencoded */
    FORM_TEXT,
    FORM_BYTES,
    FORM_XML,
};

struct payload {
    enum form form;
    const struct type *type; /* of FORM_ONE, FORM_MANY */
};

/* Where Graph publishes a path: today's v1.0, beta, and beta of the seed era. */
enum era { IN_V1 = 1 << 0, IN_BETA = 1 << 1, IN_SEED = 1 << 2 };

struct page {
    const char *method; /* these two: as the route has them */
    const char *path;
    const char *says;  /* one sentence */
    unsigned eras;     /* enum era; 0: ours alone */
    unsigned roles;    /* ROLE(...); one of them is needed, which one depends on the request */
    const char *query; /* names of what may stand behind the '?', a blank between; NULL: nothing */
    struct payload takes;
    int status[2]; /* of success; the second: what it may be too, 0: no other */
    struct payload gives;
    unsigned fails; /* 1u << ERR_..., beside what page_fails() knows from the rest */
};

/* What Graph publishes and is not even a route here. */
struct absence {
    const char *what; /* method and path as in docs/api.md */
    unsigned eras;
    const char *why;
};

/* The page of a route; NULL: somebody forgot it, and a test says so. */
const struct page *page_of(const struct route *r);

/* The table itself; *count rows. */
const struct page *pages_all(size_t *count);

/* What is not here; *count rows. */
const struct absence *pages_absent(size_t *count);

/* The errors that a route can answer, 1u << ERR_..., as far as the tables know. */
unsigned page_fails(const struct route *r, const struct page *p);

/* Is it an action that is bound to what stands before its last word? Else it is the GET, POST,
 * PATCH or DELETE of a resource. */
bool page_is_action(const struct route *r);

/* The type that a path of Graph leads to, which must end with a star; NULL: none known. */
const struct type *page_type_at(const char *path, size_t len);

#endif

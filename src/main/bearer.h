/*
 * bearer.h - the token with which a command asks the Graph API.
 *
 * With the embedded issuer it is made here, of the data folder's keys; with another one the person
 * brings it, by CARILLON_TOKEN or a file, so that it is in no list of processes. One thread.
 */
#ifndef MAIN_BEARER_H
#define MAIN_BEARER_H

#include "base/arena.h"
#include "main/config.h"

#define BEARER_APP "Calling Bot" /* of the dev directory: who asks when nobody is named */

/* A token of the embedded issuer for an application (name or id) of a tenant (NULL: its own), as
 * the server that runs, or ran last, on the data folder believes it. */
NODISCARD enum err bearer_issue(const struct config *c, const char *app, const char *tenant,
                                struct arena *a, const char **out, struct fail *f);

struct bearer_wish {
    const char *file;   /* --token-file; wins over all, or NULL */
    const char *app;    /* of whom one is made; wins over the environment when is_said */
    const char *tenant; /* or NULL: the application's */
    bool is_said;       /* a person has named it */
};

/* What was brought, else one that is made. */
NODISCARD enum err bearer_find(const struct config *c, const struct bearer_wish *w, struct arena *a,
                               const char **out, struct fail *f);

#endif

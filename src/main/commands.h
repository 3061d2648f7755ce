/*
 * commands.h - what the program does besides serving. Each returns the exit code.
 */
#ifndef MAIN_COMMANDS_H
#define MAIN_COMMANDS_H

#include "main/config.h"

struct reload_source; /* main/reload.h */

/* What stood behind the command; NULL: not given. */
struct command_args {
    const char *word;     /* "print", "check" */
    const char *app;      /* --app */
    const char *tenant;   /* --tenant */
    const char *callback; /* --callback */
    const char *name;     /* --name */
    const char *id;       /* --id */
    const char *display;  /* --display */
    bool password_stdin;  /* --password-stdin */
    const char *state;    /* --state */
    const char *replay;   /* --replay */
    bool json;            /* --json */
    const struct reload_source *source;
};

/* Prints an access token for an application of the directory, signed with the keys of the data
 * folder, for the server that runs (or ran last) on it. */
int command_token(const struct config *c, const struct command_args *a);

/* Prints the local CA. */
int command_ca(const struct config *c, const struct command_args *a);

/* Checks or prints the configuration. */
int command_config(const struct config *c, const struct command_args *a);

/* Looks at the machine and says in plain words what is wrong. */
int command_doctor(const struct config *c, const struct command_args *a);

/* Asks the running server to read its configuration again. */
int command_reload(const struct config *c, const struct command_args *a);

/* Copies database and keys of a running or stopped server. */
int command_backup(const struct config *c, const struct command_args *a);

/* Shows what the running server owes, has parked or given up; or sends some of it once more. */
int command_notices(const struct config *c, const struct command_args *a);

/* Prints the lines of a new user for the configuration, and his password. */
int command_user(const struct config *c, const struct command_args *a);

#endif

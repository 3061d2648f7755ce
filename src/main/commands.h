/*
 * commands.h - what the program does besides serving. Each returns the exit code.
 */
#ifndef MAIN_COMMANDS_H
#define MAIN_COMMANDS_H

#include "main/config.h"

struct reload_source; /* main/reload.h */

enum { COMMAND_WORDS = 26 }; /* the targets of a call, and a meeting */

/* What stood behind the command; NULL: not given. */
struct command_args {
    const char *word; /* the first of words: "print", "check" */
    const char *words[COMMAND_WORDS];
    size_t word_count;
    const char *app;        /* --app */
    const char *tenant;     /* --tenant */
    const char *callback;   /* --callback */
    const char *name;       /* --name */
    const char *id;         /* --id */
    const char *display;    /* --display */
    bool password_stdin;    /* --password-stdin */
    const char *state;      /* --state */
    const char *replay;     /* --replay */
    bool json;              /* --json */
    const char *play;       /* --play */
    const char *passcode;   /* --passcode */
    const char *token_file; /* --token-file */
    bool loop;              /* --loop */
    bool wait;              /* --wait */
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

/* Shows the calls of the running server, or the life of one. */
int command_calls(const struct config *c, const struct command_args *a);

/* Calls people, or joins a meeting, as an application, and shows how that goes. */
int command_call(const struct config *c, const struct command_args *a);

/* Ends a call, as its application. */
int command_hangup(const struct config *c, const struct command_args *a);

/* Plays a sound into a call, as its application, to its end. */
int command_play(const struct config *c, const struct command_args *a);

/* Shows notices as they are made and delivered, until it is interrupted. */
int command_tail(const struct config *c, const struct command_args *a);

/* Prints the lines of a new user for the configuration, and the password. */
int command_user(const struct config *c, const struct command_args *a);

#endif

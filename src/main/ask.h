/*
 * ask.h - a command asks the running server: one question, one answer.
 *
 * Our own verbs by the ready file and the operator's token; the Graph API with an application's
 * token, as a bot would. One thread and the client's own.
 */
#ifndef MAIN_ASK_H
#define MAIN_ASK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/id.h"
#include "main/config.h"
#include "json/json.h"

struct client;
struct loop;

/* The server as it is asked. A zeroed one is closed. */
struct asked {
    struct arena arena;
    struct loop *loop;
    struct client *client;
    const char *own;      /* of our own verbs: "http://127.0.0.1:9090" */
    const char *api;      /* of the Graph API */
    const char *operator; /* a header line, or NULL */
    const char *bearer;   /* the same, of an application; ask_as() */
    bool is_answered;
    bool is_interrupted; /* the person has had enough: ask_heed_interrupts() */
    int status;
    struct json *body; /* of the last answer, or NULL */
    struct fail *fail;
    enum err err;
};

/* Finds the server that runs on the configuration's data folder. f is where all sentences of q go.
 * ERR_BAD_REQUEST: none runs, or it may not be asked. To be closed either way. */
NODISCARD enum err ask_open(struct asked *q, const struct config *c, struct fail *f);
void ask_close(struct asked *q);

/* Asks one of our own verbs. Its status and body are in q; an error with the server's sentence
 * unless the answer is 2xx. */
enum err ask_own(struct asked *q, const char *method, const char *path);

/* The same of the Graph API, as the application of ask_as(); body: JSON, or NULL. */
enum err ask_graph(struct asked *q, const char *method, const char *path, const char *body);

/* From now on ask_graph() asks with this token. */
void ask_as(struct asked *q, const char *token);

/* SIGINT and SIGTERM end what is waited for: ask_own() and ask_graph() answer ERR_BUSY. */
void ask_heed_interrupts(struct asked *q);

/* A call, by its id, or the beginning or the end of it. */
struct ask_call {
    char id[ID_SIZE];
    const char *application; /* id; these two are in the arena */
    const char *tenant;
};
/* ERR_NOT_FOUND, or ERR_CONFLICT: it may be several. The whole id finds one that has ended too. */
NODISCARD enum err ask_find(struct asked *q, const char *word, struct ask_call *out);

/* A member that is a text; "-" when it is none. */
const char *ask_text(const struct json *object, const char *key);

/* Prints a text on one line, without what a terminal would obey. */
void ask_print(const char *text);

/* The end of an id, which tells calls apart: what comes first is the place, and the time. */
const char *ask_short(const char *id);

/* Says a mistake on the command line; 2. */
int ask_mistake(const char *command, const char *why);

/* Closes q, says what went wrong, if anything did; the exit code. */
int ask_done(struct asked *q, enum err e);

#endif

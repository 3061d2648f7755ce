/*
 * play_ask.c - `carillon play`, `carillon hangup`: what the application of a call could do.
 */
#include "main/play_ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "main/bearer.h"
#include "main/commands.h"
#include "main/follow.h"
#include "main/lend.h"
#include "json/writer.h"

enum { FOLLOW_S = 20, PATH_BYTES = 160 };

/* --- playing --- */

static char *prompt_body(const char *uri, bool again)
{
    const struct id resource = id_new();
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_list(&w, "prompts");
    writer_object(&w, NULL);
    writer_text(&w, "@odata.type", "#microsoft.graph.mediaPrompt");
    writer_object(&w, "mediaInfo");
    writer_text(&w, "@odata.type", "#microsoft.graph.mediaInfo");
    writer_text(&w, "uri", uri);
    writer_text(&w, "resourceId", resource.text);
    writer_end(&w);
    writer_end(&w);
    writer_end(&w);
    if (again)
        writer_bool(&w, "loop", true);
    writer_end(&w);
    return buf_take(&body);
}

/* Asks for its operation until that has ended; between two questions something is said of it. */
static enum err wait_end(struct follower *l, const char *path)
{
    struct asked *q = l->q;
    const char *status;
    enum err e;

    for (;;) {
        e = ask_graph(q, "GET", path, NULL);
        if (e == ERR_NOT_FOUND)
            return err_set(q->fail, e, "the call ended before the sound did");
        status = ask_text(q->body, "status");
        if (e != ERR_OK || !str_eq(status, "running"))
            break;
        e = follow_more(l, FOLLOW_S);
        if (e != ERR_OK)
            return e;
    }
    if (e != ERR_OK)
        return e;
    if (!str_eq(status, "completed"))
        return err_set(q->fail, ERR_BAD_REQUEST, "%s",
                       ask_text(json_get(q->body, "resultInfo"), "message"));
    (void)printf("played to its end\n");
    return ERR_OK;
}

/* Who has lost patience wants silence. */
static enum err stop(struct asked *q, const char *call)
{
    char path[PATH_BYTES];
    enum err e;

    q->is_interrupted = false;
    (void)snprintf(path, sizeof(path), "/v1.0/communications/calls/%s/cancelMediaProcessing", call);
    e = ask_graph(q, "POST", path, "{}");
    if (e == ERR_OK)
        (void)printf("stopped\n");
    return e;
}

static enum err play_uri(struct asked *q, const char *call, const char *uri, bool again)
{
    char path[PATH_BYTES];
    char *body = prompt_body(uri, again);
    struct follower l;
    enum err e = follow_begin(&l, q);

    l.call = call;
    (void)snprintf(path, sizeof(path), "/v1.0/communications/calls/%s/playPrompt", call);
    if (e == ERR_OK)
        e = ask_graph(q, "POST", path, body);
    if (e == ERR_OK) {
        (void)snprintf(path, sizeof(path), "/v1.0/communications/calls/%s/operations/%.64s", call,
                       ask_text(q->body, "id"));
        e = wait_end(&l, path);
        if (q->is_interrupted)
            e = stop(q, call);
    }
    (void)mem_free(body);
    follow_end(&l);
    return e;
}

static bool is_file(const char *what)
{
    return strstr(what, "://") == NULL;
}

enum err play_check(const char *what, struct fail *f)
{
    if (is_file(what) && access(what, R_OK) != 0)
        return err_set(f, ERR_BAD_REQUEST, "%s cannot be read: %s", what, strerror(errno));
    return ERR_OK;
}

enum err play_ask(struct asked *q, const char *call, const char *what, bool again)
{
    struct lend *lent = NULL;
    const char *uri = what;
    enum err e = ERR_OK;

    if (is_file(what))
        e = lend_open(q->loop, what, &q->arena, &lent, &uri, q->fail);
    if (e == ERR_OK)
        e = play_uri(q, call, uri, again);
    lend_close(lent);
    return e;
}

/* --- the commands --- */

/* Finds the call and becomes its application. */
static enum err become(struct asked *q, const struct config *c, const struct command_args *args,
                       struct ask_call *call)
{
    const char *token = NULL;
    enum err e = ask_find(q, args->words[0], call);

    if (e == ERR_OK)
        e = bearer_find(c,
                        &(struct bearer_wish){.file = args->token_file,
                                              .app = call->application,
                                              .tenant = call->tenant},
                        &q->arena, &token, q->fail);
    if (e == ERR_OK)
        ask_as(q, token);
    return e;
}

int command_play(const struct config *c, const struct command_args *args)
{
    struct asked q = {0};
    struct fail f = {0};
    struct ask_call call;
    enum err e;

    if (args->word_count != 2)
        return ask_mistake("play", "play wants a call and a sound");
    e = ask_open(&q, c, &f);
    if (e == ERR_OK)
        e = become(&q, c, args, &call);
    if (e == ERR_OK) {
        ask_heed_interrupts(&q);
        e = play_ask(&q, call.id, args->words[1], args->loop);
    }
    return ask_done(&q, e);
}

int command_hangup(const struct config *c, const struct command_args *args)
{
    struct asked q = {0};
    struct fail f = {0};
    char path[PATH_BYTES];
    struct ask_call call;
    enum err e;

    if (args->word_count != 1)
        return ask_mistake("hangup", "hangup wants a call");
    e = ask_open(&q, c, &f);
    if (e == ERR_OK)
        e = become(&q, c, args, &call);
    if (e == ERR_OK) {
        (void)snprintf(path, sizeof(path), "/v1.0/communications/calls/%s", call.id);
        e = ask_graph(&q, "DELETE", path, NULL);
        if (e == ERR_NOT_FOUND)
            (void)err_set(&f, e, "%s has ended, or is not of the token's application", call.id);
    }
    if (e == ERR_OK)
        (void)printf("%s is hung up\n", call.id);
    return ask_done(&q, e);
}

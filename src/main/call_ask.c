/*
 * call_ask.c - `carillon call`: a call by the Graph API, as a bot makes one, and how it goes.
 *
 * Its notices go where a bot's would, to a callback URI; what is printed here comes from our own
 * verbs, so it does not depend on whether they arrive. One thread.
 */
#include <stdio.h>

#include "base/mem.h"
#include "base/str.h"
#include "main/ask.h"
#include "main/bearer.h"
#include "main/commands.h"
#include "main/follow.h"
#include "main/play_ask.h"
#include "main/whom.h"
#include "model/call.h"
#include "json/writer.h"

enum { FOLLOW_S = 25, PATH_BYTES = 96 };

/* Where the call is, as far as we have heard. */
struct watch {
    struct follower l;
    struct ask_call call;
    bool was_established;
    bool is_over;
};

static bool is_state(const char *what)
{
    for (int s = 0; s < CALL_STATE_COUNT; s++)
        if (str_eq(what, call_state_name((enum call_state)s)))
            return true;
    return false;
}

static void on_state(struct watch *w, const char *state, const char *detail)
{
    ask_print(state);
    if (detail != NULL) {
        (void)printf(": ");
        ask_print(detail);
    }
    (void)printf("\n");
    if (str_eq(state, call_state_name(CALL_ESTABLISHED)))
        w->was_established = true;
    if (str_eq(state, call_state_name(CALL_TERMINATED)))
        w->is_over = true;
}

/* Some of it was not heard: where is the call now? */
static enum err catch_up(struct watch *w)
{
    struct asked *q = w->l.q;
    char path[PATH_BYTES];
    enum err e;

    (void)snprintf(path, sizeof(path), "/_/calls/%s", w->call.id);
    e = ask_own(q, "GET", path);
    if (e == ERR_OK)
        on_state(w, ask_text(q->body, "state"),
                 json_text(json_get(json_get(q->body, "ending"), "cause")));
    return e;
}

static enum err watch_more(struct watch *w)
{
    enum err e = follow_more(&w->l, FOLLOW_S);
    const struct json *facts = json_get(w->l.facts, "value");

    for (size_t i = 0; e == ERR_OK && i < json_count(facts); i++) {
        const struct json *fact = json_at(facts, i);

        if (follow_is_made(fact) && is_state(ask_text(fact, "what")))
            on_state(w, ask_text(fact, "what"), json_text(json_get(fact, "detail")));
    }
    return e == ERR_OK && w->l.missed != 0 && !w->is_over ? catch_up(w) : e;
}

/* --- making it --- */

static char *call_body(const struct whom *who, const char *callback)
{
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_text(&w, "@odata.type", "#microsoft.graph.call");
    writer_text(&w, "callbackUri", callback);
    whom_write(who, &w);
    writer_list(&w, "requestedModalities");
    writer_text(&w, NULL, "audio");
    writer_end(&w);
    writer_object(&w, "mediaConfig");
    writer_text(&w, "@odata.type", "#microsoft.graph.serviceHostedMediaConfig");
    writer_end(&w);
    writer_end(&w);
    return buf_take(&body);
}

/* The inbox takes dev's notices; in production it takes none without the operator's token. */
static const char *callback_of(struct asked *q, const struct command_args *args)
{
    return args->callback != NULL ? args->callback
                                  : arena_printf(&q->arena, "%s/_/inbox/shell", q->own);
}

static enum err make(struct watch *w, const struct whom *who, const char *callback)
{
    struct asked *q = w->l.q;
    char *body = call_body(who, callback);
    struct id id;
    enum err e = ask_graph(q, "POST", "/v1.0/communications/calls", body);

    (void)mem_free(body);
    if (e == ERR_OK && !id_read_text(&id, ask_text(q->body, "id")))
        e = err_set(q->fail, ERR_INTERNAL, "the server says no id of the call");
    if (e != ERR_OK)
        return e;
    (void)str_copy(w->call.id, sizeof(w->call.id), id.text);
    w->l.call = w->call.id;
    (void)printf("%s\n", w->call.id);
    return ERR_OK;
}

static enum err prepare(struct asked *q, const struct config *c, const struct command_args *args,
                        struct whom *who)
{
    const char *token = NULL;
    enum err e = whom_read(who, &c->directory, args->words, args->word_count, &q->arena, q->fail);

    if (e == ERR_OK)
        e = bearer_find(c,
                        &(struct bearer_wish){.file = args->token_file,
                                              .app = args->app != NULL ? args->app : BEARER_APP,
                                              .is_said = args->app != NULL},
                        &q->arena, &token, q->fail);
    if (e == ERR_OK && args->play != NULL)
        e = play_check(args->play, q->fail);
    if (args->passcode != NULL)
        who->passcode = args->passcode;
    if (e == ERR_OK)
        ask_as(q, token);
    return e;
}

static enum err run(struct watch *w, const struct command_args *args)
{
    struct asked *q = w->l.q;
    enum err e = ERR_OK;

    while (e == ERR_OK && !w->was_established && !w->is_over)
        e = watch_more(w);
    if (e == ERR_OK && !w->is_over && args->play != NULL)
        e = play_ask(q, w->call.id, args->play, false);
    while (e == ERR_OK && args->wait && !w->is_over)
        e = watch_more(w);
    if (q->is_interrupted)
        (void)err_set(q->fail, e, "the call goes on: carillon hangup %s ends it",
                      ask_short(w->call.id));
    return e;
}

static const char *mistake(const struct config *c, const struct command_args *args)
{
    if (args->word_count == 0)
        return "call wants somebody to call";
    if (args->token_file != NULL && args->app != NULL)
        return "--app is for tokens that are made here: the one of --token-file says whose it is";
    if (args->callback == NULL && !config_is_dev(c))
        return "in production callbacks do not lead to this server: say --callback URI";
    return NULL;
}

int command_call(const struct config *c, const struct command_args *args)
{
    const char *wrong = mistake(c, args);
    struct watch w = {0};
    struct asked q = {0};
    struct fail f = {0};
    struct whom who;
    int code;
    enum err e;

    if (wrong != NULL)
        return ask_mistake("call", wrong);
    e = ask_open(&q, c, &f);
    if (e == ERR_OK)
        e = prepare(&q, c, args, &who);
    if (e == ERR_OK)
        e = follow_begin(&w.l, &q);
    if (e == ERR_OK)
        e = make(&w, &who, callback_of(&q, args));
    if (e == ERR_OK) {
        ask_heed_interrupts(&q);
        e = run(&w, args);
    }
    follow_end(&w.l);
    code = ask_done(&q, e);
    return code == 0 && !w.was_established ? 1 : code;
}

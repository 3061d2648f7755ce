/*
 * notices_ask.c - `carillon notices`: what the running server owes, has parked or given up, and
 * once more, please. It asks the server's own verbs, as a person with curl would. One thread.
 */
#include <stdio.h>

#include "base/id.h"
#include "base/str.h"
#include "main/ask.h"
#include "main/commands.h"

/* --- what is done with each row --- */

typedef enum err row_h(struct asked *q, const struct json *row, void *arg);

/* Tells h every row of a state (NULL: all), page by page. */
static enum err each_row(struct asked *q, const char *state, row_h *h, void *arg)
{
    int64_t after = 0;
    enum err e = ERR_OK;

    for (size_t rows = 1; e == ERR_OK && rows != 0;) {
        struct json *page;

        e = ask_own(q, "GET",
                    arena_printf(&q->arena, "/_/notices?after=%lld%s%s", (long long)after,
                                 state != NULL ? "&state=" : "", state != NULL ? state : ""));
        page = q->body;
        q->body = NULL; /* h may ask too */
        rows = json_count(json_get(page, "value"));
        for (size_t i = 0; e == ERR_OK && i < rows; i++) {
            const struct json *row = json_at(json_get(page, "value"), i);

            after = json_int(json_get(row, "number"));
            e = h(q, row, arg);
        }
        json_free(page);
    }
    return e;
}

/* What it says: "updated established", "deleted" for an operation. */
static void print_what(const struct json *row)
{
    const struct json *body = json_get(row, "body");
    const char *state = json_text(json_get(json_get(body, "resourceData"), "state"));

    (void)printf("%s%s%s", ask_text(body, "changeType"), state != NULL ? " " : "",
                 state != NULL ? state : "");
}

static enum err print_row(struct asked *q, const struct json *row, void *arg)
{
    size_t *rows = arg;
    const char *answer = json_text(json_get(row, "answer"));

    (void)q;
    if ((*rows)++ == 0)
        (void)printf("%-8s%-8s%-6s%-7s%-25s%-38s%-38s%s\n", "NUMBER", "STATE", "TRIES", "STATUS",
                     "MADE", "WEBHOOK-ID", "CALL", "WHAT");
    (void)printf("%-8lld%-8s%-6lld%-7lld%-25s%-38s%-38s",
                 (long long)json_int(json_get(row, "number")), ask_text(row, "state"),
                 (long long)json_int(json_get(row, "tries")),
                 (long long)json_int(json_get(row, "lastStatus")), ask_text(row, "madeAt"),
                 ask_text(row, "webhookId"), ask_text(row, "call"));
    print_what(row);
    (void)printf("\n        to ");
    ask_print(ask_text(row, "uri"));
    if (answer != NULL) {
        (void)printf(": ");
        ask_print(answer);
    }
    (void)printf("\n");
    return ERR_OK;
}

static enum err print_json(struct asked *q, const struct json *row, void *arg)
{
    size_t *rows = arg;
    struct buf text = {0};

    (void)q;
    json_print(row, &text);
    (void)printf("%s%s", (*rows)++ == 0 ? "" : ",\n", text.data);
    buf_clear(&text);
    return ERR_OK;
}

static enum err replay(struct asked *q, const char *webhook_id)
{
    return ask_own(q, "POST", arena_printf(&q->arena, "/_/notices/%s/replay", webhook_id));
}

/* Several rows may be one POST: the second of them is owed by now, and no mistake. */
static enum err replay_row(struct asked *q, const struct json *row, void *arg)
{
    size_t *posts = arg;
    enum err e = replay(q, ask_text(row, "webhookId"));

    if (e == ERR_OK)
        (*posts)++;
    return q->status == 409 ? ERR_OK : e;
}

/* --- the command --- */

static enum err list(struct asked *q, const struct command_args *a)
{
    size_t rows = 0;
    enum err e;

    if (a->json)
        (void)printf("{\"value\":[");
    e = each_row(q, a->state, a->json ? print_json : print_row, &rows);
    if (a->json && e == ERR_OK) /* half a list must not look whole */
        (void)printf("]}\n");
    else if (e == ERR_OK && rows == 0)
        (void)printf("there are none\n");
    return e;
}

static enum err send_again(struct asked *q, const struct command_args *a)
{
    size_t posts = 0;
    enum err e;

    if (str_eq(a->replay, "all")) {
        e = each_row(q, a->state != NULL ? a->state : "parked", replay_row, &posts);
        (void)printf("%zu sent again\n", posts);
        return e;
    }
    e = replay(q, a->replay);
    if (e == ERR_OK)
        (void)printf("%s is sent again\n", a->replay);
    return e;
}

static bool is_state(const char *s)
{
    return str_eq(s, "owed") || str_eq(s, "parked") || str_eq(s, "dead");
}

static const char *mistake(const struct command_args *a)
{
    struct id id;

    if (a->word != NULL)
        return "notices takes flags only";
    if (a->state != NULL && !is_state(a->state))
        return "--state wants owed, parked or dead";
    if (a->replay != NULL && a->json)
        return "--json is for the list";
    if (a->replay != NULL && !str_eq(a->replay, "all") && !id_read_text(&id, a->replay))
        return "--replay wants a webhook id, or the word all";
    if (a->replay != NULL && str_eq(a->replay, "all") && str_eq(a->state, "owed"))
        return "what is owed is sent anyhow";
    if (a->replay != NULL && !str_eq(a->replay, "all") && a->state != NULL)
        return "--state goes with --replay all alone";
    return NULL;
}

int command_notices(const struct config *c, const struct command_args *args)
{
    const char *wrong = mistake(args);
    struct asked q = {0};
    struct fail f = {0};
    enum err e;

    if (wrong != NULL)
        return ask_mistake("notices", wrong);
    e = ask_open(&q, c, &f);
    if (e == ERR_OK)
        e = args->replay != NULL ? send_again(&q, args) : list(&q, args);
    return ask_done(&q, e);
}

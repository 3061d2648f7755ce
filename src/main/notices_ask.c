/*
 * notices_ask.c - `carillon notices`: what the running server owes, has parked or given up, and
 * once more, please. It asks the server's own verbs, as a person with curl would.
 *
 * One thread and the client's own. Answers of bots are shown to a terminal: what could move its
 * cursor is taken out.
 */
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/id.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/client.h"
#include "loop/loop.h"
#include "main/commands.h"
#include "main/operator.h"
#include "main/ready.h"
#include "json/json.h"

enum {
    TIMEOUT_MS = 30000,
    PAGE_BYTES = 32 << 20, /* the server stops a page at 1,000 rows or 4 MiB of bodies */
};

/* The server as it is asked. */
struct asked {
    struct arena arena;
    struct loop *loop;
    struct client *client;
    const char *base;   /* "http://127.0.0.1:9090" */
    const char *bearer; /* a header line, or NULL */
    bool is_answered;
    int status;
    struct json *body; /* of the last answer, or NULL */
    struct fail *fail;
    enum err err;
};

/* --- asking --- */

/* The server's own sentence, when it has one. */
static enum err refused(const struct asked *q, int status)
{
    const char *text = json_text(json_get(json_get(q->body, "error"), "message"));

    return err_set(q->fail, ERR_BAD_REQUEST, "the server answers %d%s%s", status,
                   text != NULL ? ": " : "", text != NULL ? text : "");
}

static void on_answer(const struct client_answer *a, void *arg)
{
    struct asked *q = arg;

    q->is_answered = true;
    loop_stop(q->loop);
    json_free(q->body);
    q->body = a->body_len != 0 ? json_parse(a->body, a->body_len, NULL) : NULL;
    q->status = a->status;
    if (a->fail != CLIENT_NONE)
        q->err = err_set(q->fail, ERR_BAD_REQUEST, "%s: %s", q->base, client_fail_text(a->fail));
    else
        q->err = a->status < 300 ? ERR_OK : refused(q, a->status);
}

/* One question, one answer: its status and body are in q. */
static enum err ask(struct asked *q, const char *method, const char *path)
{
    const char *headers[] = {"Content-Type: application/json", q->bearer, NULL};
    const bool has_body = str_eq(method, "POST");

    q->is_answered = false;
    client_send(q->client,
                &(struct client_request){.method = method,
                                         .url = arena_printf(&q->arena, "%s%s", q->base, path),
                                         .headers = headers,
                                         .body = has_body ? "{}" : NULL,
                                         .body_len = has_body ? 2 : 0,
                                         .timeout_ms = TIMEOUT_MS,
                                         .max_bytes = PAGE_BYTES,
                                         .keep_body = true},
                on_answer, q);
    while (!q->is_answered)
        loop_run(q->loop);
    return q->err;
}

/* Where our own verbs are, by a loopback address: they answer no other. */
static enum err find_base(struct asked *q, const struct json *ready)
{
    const char *admin = json_text(json_get(ready, "admin"));
    const char *text = admin != NULL ? admin : json_text(json_get(ready, "http"));
    char said[ADDR_TEXT_SIZE];
    struct addr at;

    if (text == NULL || addr_read(&at, text, true, q->fail) != ERR_OK)
        return err_set(q->fail, ERR_INTERNAL, "the server has not said where it listens");
    if (str_starts(text, "0.0.0.0:"))
        (void)addr_read_ip(&at, "127.0.0.1", strlen("127.0.0.1"), addr_port(&at));
    else if (str_starts(text, "[::]:"))
        (void)addr_read_ip(&at, "::1", strlen("::1"), addr_port(&at));
    if (addr_class(&at) != ADDR_LOOPBACK)
        return err_set(q->fail, ERR_BAD_REQUEST,
                       "our own verbs answer on loopback addresses alone, and the API listens on "
                       "%s: start the server with --admin 127.0.0.1:PORT",
                       text);
    q->base = arena_printf(&q->arena, "http://%s", addr_text(&at, said));
    return ERR_OK;
}

static enum err open_asked(struct asked *q, const struct config *c, struct fail *f)
{
    const struct client_settings set = {.guard = {.plain_http = true, .loopback = true},
                                        .per_host = 1,
                                        .total = 1,
                                        .user_agent = "Carillon/" VERSION};
    struct json *ready = ready_read(c->server.data, &q->arena, f);
    const char *token = NULL;
    enum err e;

    q->fail = f;
    if (ready == NULL)
        return ERR_BAD_REQUEST;
    e = find_base(q, ready);
    json_free(ready);
    if (e == ERR_OK)
        e = operator_token_find(c, &q->arena, &token, f);
    if (e != ERR_OK)
        return e;
    if (token != NULL)
        q->bearer = arena_printf(&q->arena, "Authorization: Bearer %s", token);
    q->loop = loop_new("notices");
    return client_start(q->loop, &set, &q->client, f);
}

static void close_asked(struct asked *q)
{
    client_stop(q->client);
    if (q->loop != NULL)
        loop_free(q->loop);
    json_free(q->body);
    arena_clear(&q->arena);
}

/* --- what is done with each row --- */

typedef enum err row_h(struct asked *q, const struct json *row, void *arg);

/* Tells h every row of a state (NULL: all), page by page. */
static enum err each_row(struct asked *q, const char *state, row_h *h, void *arg)
{
    int64_t after = 0;
    enum err e = ERR_OK;

    for (size_t rows = 1; e == ERR_OK && rows != 0;) {
        struct json *page;

        e = ask(q, "GET",
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

static const char *shown(const struct json *row, const char *key)
{
    const char *text = json_text(json_get(row, key));

    return text != NULL ? text : "-";
}

/* What it says: "updated established", "deleted" for an operation. */
static void print_what(const struct json *row)
{
    const struct json *body = json_get(row, "body");
    const char *state = json_text(json_get(json_get(body, "resourceData"), "state"));

    (void)printf("%s%s%s", shown(body, "changeType"), state != NULL ? " " : "",
                 state != NULL ? state : "");
}

/* A bot's words on one line, without what a terminal would obey. */
static void print_safe(const char *text)
{
    for (; *text != '\0'; text++)
        (void)putchar(*text >= ' ' && *text <= '~' ? *text : '?');
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
                 (long long)json_int(json_get(row, "number")), shown(row, "state"),
                 (long long)json_int(json_get(row, "tries")),
                 (long long)json_int(json_get(row, "lastStatus")), shown(row, "madeAt"),
                 shown(row, "webhookId"), shown(row, "call"));
    print_what(row);
    (void)printf("\n        to ");
    print_safe(shown(row, "uri"));
    if (answer != NULL) {
        (void)printf(": ");
        print_safe(answer);
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
    return ask(q, "POST", arena_printf(&q->arena, "/_/notices/%s/replay", webhook_id));
}

/* Several rows may be one POST: the second of them is owed by now, and no mistake. */
static enum err replay_row(struct asked *q, const struct json *row, void *arg)
{
    size_t *posts = arg;
    enum err e = replay(q, shown(row, "webhookId"));

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

    if (wrong != NULL) {
        (void)fprintf(stderr, "carillon: %s; see carillon notices --help\n", wrong);
        return 2;
    }
    log_open(LOG_ERROR, LOG_TEXT);
    e = open_asked(&q, c, &f);
    if (e == ERR_OK)
        e = args->replay != NULL ? send_again(&q, args) : list(&q, args);
    (void)fflush(stdout);
    if (e != ERR_OK)
        (void)fprintf(stderr, "carillon: %s\n", f.text);
    close_asked(&q);
    return e == ERR_OK ? 0 : 1;
}

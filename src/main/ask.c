#include "main/ask.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/addr.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "client/client.h"
#include "loop/loop.h"
#include "main/operator.h"
#include "main/ready.h"

enum {
    TIMEOUT_MS = 60000,
    PAGE_BYTES = 32 << 20, /* the server stops a page at 1,000 rows or 4 MiB of bodies */
    SHORT = 8,
    NAMED = 4, /* calls that a word may mean and that are named */
};

/* --- asking --- */

/* The server's own sentence, when it has one. */
static enum err refused(const struct asked *q, int status)
{
    const char *text = json_text(json_get(json_get(q->body, "error"), "message"));

    return err_set(q->fail, status == 404 ? ERR_NOT_FOUND : ERR_BAD_REQUEST,
                   "the server answers %d%s%s", status, text != NULL ? ": " : "",
                   text != NULL ? text : "");
}

/* What the client holds of a question: the person may lose patience before the answer comes. */
struct question {
    struct asked *q; /* NULL: forgotten */
};

static void on_answer(const struct client_answer *a, void *arg)
{
    struct question *u = arg;
    struct asked *q = u->q;

    (void)mem_free(u);
    if (q == NULL)
        return;
    q->is_answered = true;
    loop_stop(q->loop);
    json_free(q->body);
    q->body = a->body_len != 0 ? json_parse(a->body, a->body_len, NULL) : NULL;
    q->status = a->status;
    if (a->fail != CLIENT_NONE)
        q->err = err_set(q->fail, ERR_BAD_REQUEST, "%s: %s", q->own != NULL ? q->own : "the server",
                         client_fail_text(a->fail));
    else
        q->err = a->status < 300 ? ERR_OK : refused(q, a->status);
}

static enum err ask(struct asked *q, const char *method, char *url, const char *header,
                    const char *body)
{
    const char *headers[] = {"Content-Type: application/json", header, NULL};
    struct question *u = mem_new(sizeof(*u));

    u->q = q;
    q->is_answered = false;
    client_send(q->client,
                &(struct client_request){.method = method,
                                         .url = url,
                                         .headers = headers,
                                         .body = body,
                                         .body_len = body != NULL ? strlen(body) : 0,
                                         .timeout_ms = TIMEOUT_MS,
                                         .max_bytes = PAGE_BYTES,
                                         .keep_body = true},
                on_answer, u);
    (void)mem_free(url);
    while (!q->is_answered && !q->is_interrupted)
        loop_run(q->loop);
    if (q->is_answered)
        return q->err;
    u->q = NULL;
    return err_set(q->fail, ERR_BUSY, "interrupted");
}

enum err ask_own(struct asked *q, const char *method, const char *path)
{
    return ask(q, method, str_printf("%s%s", q->own, path), q->operator,
               str_eq(method, "POST") ? "{}" : NULL);
}

enum err ask_graph(struct asked *q, const char *method, const char *path, const char *body)
{
    return ask(q, method, str_printf("%s%s", q->api, path), q->bearer, body);
}

void ask_as(struct asked *q, const char *token)
{
    q->bearer = arena_printf(&q->arena, "Authorization: Bearer %s", token);
}

static void on_interrupt(void *arg)
{
    struct asked *q = arg;

    q->is_interrupted = true;
    loop_stop(q->loop);
}

void ask_heed_interrupts(struct asked *q)
{
    loop_on_signal(q->loop, SIGINT, on_interrupt, q);
    loop_on_signal(q->loop, SIGTERM, on_interrupt, q);
}

/* --- the server --- */

/* A listener that the ready file names, by an address of this machine; NULL: it names none. */
static const char *base_of(struct asked *q, const char *text, struct addr *at)
{
    char said[ADDR_TEXT_SIZE];

    if (text == NULL || addr_read(at, text, true, NULL) != ERR_OK)
        return NULL;
    if (str_starts(text, "0.0.0.0:"))
        (void)addr_read_ip(at, "127.0.0.1", strlen("127.0.0.1"), addr_port(at));
    else if (str_starts(text, "[::]:"))
        (void)addr_read_ip(at, "::1", strlen("::1"), addr_port(at));
    return arena_printf(&q->arena, "http://%s", addr_text(at, said));
}

/* Our own verbs are asked by a loopback address: they answer no other. */
static enum err find_bases(struct asked *q, const struct json *ready)
{
    const char *http = json_text(json_get(ready, "http"));
    const char *admin = json_text(json_get(ready, "admin"));
    struct addr at;

    q->api = base_of(q, http, &at);
    q->own = base_of(q, admin != NULL ? admin : http, &at);
    if (q->api == NULL || q->own == NULL)
        return err_set(q->fail, ERR_INTERNAL, "the server has not said where it listens");
    if (addr_class(&at) != ADDR_LOOPBACK)
        return err_set(q->fail, ERR_BAD_REQUEST,
                       "our own verbs answer on loopback addresses alone, and the API listens on "
                       "%s: start the server with --admin 127.0.0.1:PORT",
                       http);
    return ERR_OK;
}

enum err ask_open(struct asked *q, const struct config *c, struct fail *f)
{
    const struct client_settings set = {
        .guard = {.plain_http = true, .loopback = true, .private_nets = true},
        .per_host = 2, /* one of them may have been forgotten */
        .total = 2,
        .user_agent = "Carillon/" VERSION};
    struct json *ready = ready_read(c->server.data, &q->arena, f);
    const char *token = NULL;
    enum err e;

    log_open(LOG_ERROR, LOG_TEXT);
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* a pipe too gets whole lines, at once */
    q->fail = f;
    if (ready == NULL)
        return ERR_BAD_REQUEST;
    e = find_bases(q, ready);
    json_free(ready);
    if (e == ERR_OK)
        e = operator_token_find(c, &q->arena, &token, f);
    if (e != ERR_OK)
        return e;
    if (token != NULL)
        q->operator= arena_printf(&q->arena, "Authorization: Bearer %s", token);
    q->loop = loop_new("ask");
    return client_start(q->loop, &set, &q->client, f);
}

void ask_close(struct asked *q)
{
    client_stop(q->client);
    if (q->loop != NULL)
        loop_free(q->loop);
    json_free(q->body);
    arena_clear(&q->arena);
    *q = (struct asked){0};
}

int ask_mistake(const char *command, const char *why)
{
    (void)fprintf(stderr, "carillon: %s; see carillon %s --help\n", why, command);
    return 2;
}

/* It may carry the server's words, and names of files in any language. */
static void complain(const char *text)
{
    (void)fputs("carillon: ", stderr);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool is_c1 = str_is_c1(text);

        (void)fputc(c < ' ' || c == 0x7f || is_c1 ? '?' : c, stderr);
        text += is_c1;
    }
    (void)fputc('\n', stderr);
}

int ask_done(struct asked *q, enum err e)
{
    (void)fflush(stdout);
    if (e != ERR_OK)
        complain(q->fail->text);
    ask_close(q);
    return e == ERR_OK ? 0 : 1;
}

/* --- finding a call --- */

/* Lower case, without dashes; false: it has something else in it, or nothing. */
static bool bare(const char *word, char out[ID_SIZE])
{
    size_t n = 0;

    for (; *word != '\0'; word++) {
        if (*word == '-')
            continue;
        if (n + 1 == ID_SIZE || str_hex_value(*word) < 0)
            return false;
        out[n++] = (char)(*word | 0x20); /* of a digit of either case the lower one */
    }
    out[n] = '\0';
    return n != 0;
}

static bool begins_or_ends(const char *id, const char *part)
{
    size_t len = strlen(id);
    size_t n = strlen(part);

    return str_starts(id, part) || (n <= len && str_eq(id + len - n, part));
}

/* All that the word may mean, of those that live: their ids in named, as many as fit. */
static const struct json *search(const struct json *calls, const char *part, size_t *count,
                                 struct buf *named)
{
    const struct json *found = NULL;
    char id[ID_SIZE];

    for (size_t i = 0; i < json_count(calls); i++) {
        const struct json *row = json_at(calls, i);

        if (!bare(ask_text(row, "id"), id) || !begins_or_ends(id, part))
            continue;
        found = row;
        if ((*count)++ < NAMED)
            buf_printf(named, " %s", ask_text(row, "id"));
    }
    return found;
}

static enum err take(struct asked *q, const struct json *row, struct ask_call *out)
{
    struct id id;

    if (!id_read_text(&id, ask_text(row, "id")))
        return err_set(q->fail, ERR_INTERNAL, "the server says a call without an id");
    (void)str_copy(out->id, sizeof(out->id), id.text);
    out->application = arena_dup(&q->arena, ask_text(row, "applicationId"));
    out->tenant = arena_dup(&q->arena, ask_text(row, "tenantId"));
    return ERR_OK;
}

static enum err find_whole(struct asked *q, const struct id *id, struct ask_call *out)
{
    enum err e = ask_own(q, "GET", arena_printf(&q->arena, "/_/calls/%s", id->text));

    if (e == ERR_NOT_FOUND)
        return err_set(q->fail, e, "there is no call %s, and none ended in the last hour",
                       id->text);
    return e == ERR_OK ? take(q, q->body, out) : e;
}

enum err ask_find(struct asked *q, const char *word, struct ask_call *out)
{
    const struct json *row;
    struct buf named = {0};
    char part[ID_SIZE];
    size_t count = 0;
    struct id id;
    enum err e;

    if (id_read_text(&id, word))
        return find_whole(q, &id, out);
    if (!bare(word, part))
        return err_set(q->fail, ERR_NOT_FOUND, "'%.64s' is no part of a call's id", word);
    e = ask_own(q, "GET", "/_/calls");
    if (e != ERR_OK)
        return e;
    row = search(json_get(q->body, "value"), part, &count, &named);
    if (count == 0)
        e = err_set(q->fail, ERR_NOT_FOUND,
                    "no call that lives has an id that begins or ends with %s", word);
    else if (count > 1)
        e = err_set(q->fail, ERR_CONFLICT, "%s may be %zu calls:%s%s", word, count, named.data,
                    count > NAMED ? " ..." : "");
    else
        e = take(q, row, out);
    buf_clear(&named);
    return e;
}

/* --- showing --- */

const char *ask_text(const struct json *object, const char *key)
{
    const char *text = json_text(json_get(object, key));

    return text != NULL ? text : "-";
}

void ask_print(const char *text)
{
    for (; *text != '\0'; text++)
        (void)putchar(*text >= ' ' && *text <= '~' ? *text : '?');
}

const char *ask_short(const char *id)
{
    size_t len = strlen(id);

    return len > SHORT ? id + len - SHORT : id;
}

/*
 * calls_ask.c - `carillon calls`: which there are, and the life of one, for a person. One thread.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "main/ask.h"
#include "main/commands.h"

enum { NAMED = 5 }; /* participants of a call that are named in the list */

static void print_answer(const struct asked *q)
{
    struct buf text = {0};

    json_print(q->body, &text);
    (void)printf("%s\n", text.data);
    buf_clear(&text);
}

/* --- the list --- */

static int by_age(const void *a, const void *b)
{
    const char *x = ask_text(*(const struct json *const *)a, "createdAt");
    const char *y = ask_text(*(const struct json *const *)b, "createdAt");

    return strcmp(x, y);
}

/* "0:07", "1:02:03" */
static const char *age_text(int64_t s, char out[24])
{
    if (s < 3600)
        (void)snprintf(out, 24, "%lld:%02lld", (long long)(s / 60), (long long)(s % 60));
    else
        (void)snprintf(out, 24, "%lld:%02lld:%02lld", (long long)(s / 3600),
                       (long long)(s / 60 % 60), (long long)(s % 60));
    return out;
}

/* The conversation that a call takes part in; NULL: none, it is over. */
static const struct json *conversation_of(const struct json *conversations, const char *call)
{
    for (size_t i = 0; i < json_count(conversations); i++) {
        const struct json *people = json_get(json_at(conversations, i), "participants");

        for (size_t k = 0; k < json_count(people); k++)
            if (str_eq(json_text(json_get(json_at(people, k), "call")), call))
                return people;
    }
    return NULL;
}

/* Who is with it, and how, if not simply in. */
static void print_people(const struct json *people, const char *call)
{
    size_t said = 0;

    for (size_t i = 0; i < json_count(people); i++) {
        const struct json *p = json_at(people, i);
        const char *state = ask_text(p, "state");

        if (str_eq(json_text(json_get(p, "call")), call))
            continue;
        if (said++ < NAMED) {
            (void)printf("%s", said > 1 ? ", " : "");
            ask_print(ask_text(p, "displayName"));
            if (!str_eq(state, "in"))
                (void)printf(" (%s)", state);
        }
    }
    if (said > NAMED)
        (void)printf(" and %zu more", said - NAMED);
    else if (said == 0)
        (void)printf("-");
}

static void print_row(const struct json *row, const struct json *conversations)
{
    const char *id = ask_text(row, "id");
    const char *app = json_text(json_get(row, "application"));
    char age[24];

    (void)printf("%-38s%-14s%-9s", id, ask_text(row, "state"),
                 age_text(json_int(json_get(row, "ageSeconds")), age));
    ask_print(app != NULL ? app : ask_text(row, "applicationId"));
    (void)printf(": ");
    print_people(conversation_of(conversations, id), id);
    (void)printf("\n");
}

static void print_rows(const struct json *calls, const struct json *conversations)
{
    size_t count = json_count(calls);
    const struct json **rows = mem_array(count + 1, sizeof(struct json *));

    for (size_t i = 0; i < count; i++)
        rows[i] = json_at(calls, i);
    qsort(rows, count, sizeof(struct json *), by_age);
    if (count == 0)
        (void)printf("there are none\n");
    else
        (void)printf("%-38s%-14s%-9s%s\n", "CALL", "STATE", "AGE", "APPLICATION: WITH WHOM");
    for (size_t i = 0; i < count; i++)
        print_row(rows[i], conversations);
    (void)mem_free(rows);
}

static enum err list(struct asked *q, bool as_json)
{
    struct json *calls;
    enum err e = ask_own(q, "GET", "/_/calls");

    if (e == ERR_OK && as_json)
        print_answer(q);
    if (e != ERR_OK || as_json)
        return e;
    calls = q->body;
    q->body = NULL;
    e = ask_own(q, "GET", "/_/conversations");
    if (e == ERR_OK)
        print_rows(json_get(calls, "value"), json_get(q->body, "value"));
    json_free(calls);
    return e;
}

/* --- one --- */

/* clang-format off */
/* What is said of one call at its top, in this order. */
static const struct {
    const char *key;
    const char *inside; /* a member of that member, or NULL */
    const char *title;
} heads[] = {
    {"state",         NULL,      "state"},
    {"applicationId", NULL,      "application id"},
    {"application",   NULL,      "application"},
    {"tenantId",      NULL,      "tenant"},
    {"callbackUri",   NULL,      "callback"},
    {"callChainId",   NULL,      "call chain"},
    {"createdAt",     NULL,      "made"},
    {"establishedAt", NULL,      "established"},
    {"conversation",  "kind",    "conversation"},
    {"conversation",  "id",      ""},
    {"ending",        "cause",   "ended by"},
    {"ending",        "code",    "code"},
    {"ending",        "subcode", "subcode"},
};

/* Its lists: a line for each row, of these members. */
enum { COLUMNS = 6 };
static const struct {
    const char *key;
    const char *columns[COLUMNS];
} lists[] = {
    {"legs",        {"kind", "state", "user", "contact", "sipStatus", "cause"}},
    {"transitions", {"at", "from", "event", "to", "cause"}},
    {"operations",  {"id", "type", "status"}},
    {"notices",     {"number", "at", "what", "state", "webhookId"}},
};
/* clang-format on */

/* A scalar as text; "" for all else. */
static const char *value_of(const struct json *j, char number[24])
{
    const char *text = json_text(j);

    number[0] = '\0';
    if (json_kind(j) == JSON_INT)
        (void)snprintf(number, 24, "%lld", (long long)json_int(j));
    return text != NULL ? text : number;
}

static void print_heads(const struct json *call)
{
    char number[24];

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        const struct json *j = json_get(call, heads[i].key);
        const char *text =
            value_of(heads[i].inside != NULL ? json_get(j, heads[i].inside) : j, number);

        if (text[0] == '\0')
            continue;
        (void)printf("%-16s", heads[i].title);
        ask_print(text);
        (void)printf("\n");
    }
}

/* The widest value of a column, so that all rows stand below each other; 0: nobody has one. */
static int width_of(const struct json *rows, const char *column)
{
    char number[24];
    size_t width = 0;

    for (size_t i = 0; i < json_count(rows); i++) {
        size_t len = strlen(value_of(json_get(json_at(rows, i), column), number));

        if (len > width)
            width = len;
    }
    return (int)width;
}

static void print_list(const struct json *rows, const char *const columns[COLUMNS])
{
    char number[24];

    for (size_t i = 0; i < json_count(rows); i++) {
        int gap = 2;

        for (size_t k = 0; k < COLUMNS && columns[k] != NULL; k++) {
            const char *text = value_of(json_get(json_at(rows, i), columns[k]), number);
            int width = width_of(rows, columns[k]);

            if (text[0] != '\0') {
                (void)printf("%*s", gap, "");
                ask_print(text);
                gap = 0;
            }
            gap += width != 0 ? width + 1 - (int)strlen(text) : 0;
        }
        (void)printf("\n");
    }
}

static void print_call(const struct json *call)
{
    (void)printf("%-16s%s\n", "call", ask_text(call, "id"));
    print_heads(call);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        const struct json *rows = json_get(call, lists[i].key);

        if (json_count(rows) == 0)
            continue;
        (void)printf("\n%s\n", lists[i].key);
        print_list(rows, lists[i].columns);
    }
}

static enum err show(struct asked *q, const char *word, bool as_json)
{
    struct ask_call call;
    enum err e = ask_find(q, word, &call);

    if (e == ERR_OK)
        e = ask_own(q, "GET", arena_printf(&q->arena, "/_/calls/%s", call.id));
    if (e == ERR_OK && as_json)
        print_answer(q);
    else if (e == ERR_OK)
        print_call(q->body);
    return e;
}

int command_calls(const struct config *c, const struct command_args *args)
{
    struct asked q = {0};
    struct fail f = {0};
    enum err e = ask_open(&q, c, &f);

    if (e == ERR_OK)
        e = args->word != NULL ? show(&q, args->word, args->json) : list(&q, args->json);
    return ask_done(&q, e);
}

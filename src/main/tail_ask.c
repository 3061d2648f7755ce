/*
 * tail_ask.c - `carillon tail`: notices while they are made and delivered, one line each.
 *
 * A line is held back until its notice was tried once, so that it can say how that went, but no
 * longer than a person waits. One thread.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mem.h"
#include "base/str.h"
#include "main/ask.h"
#include "main/commands.h"
#include "main/follow.h"

enum { FOLLOW_S = 25, HELD_S = 1, HELD_US = 1500000, TIME_AT = 11 };

struct held {
    struct list_node node;
    int64_t notice;
    int64_t since_us;
    char *line; /* all but its delivery */
};

struct tail_view {
    struct follower l;
    struct list held; /* oldest first */
    bool as_json;
};

/* "08:14:03.120Z e5f60718 Calling Bot      updated  established" */
static char *line_of(const struct json *fact)
{
    const char *at = ask_text(fact, "at");
    const char *app = json_text(json_get(fact, "application"));
    const char *detail = json_text(json_get(fact, "detail"));
    struct buf what = {0};
    char *line;

    buf_printf(&what, "%s%s%s", ask_text(fact, "what"), detail != NULL ? " " : "",
               detail != NULL ? detail : "");
    line = str_printf("%s %s %-16s %-8s %-24s", strlen(at) > TIME_AT ? at + TIME_AT : at,
                      ask_short(ask_text(fact, "call")),
                      app != NULL ? app : ask_text(fact, "applicationId"),
                      ask_text(fact, "changeType"), what.data);
    buf_clear(&what);
    return line;
}

/* "delivered 202", "owed: 503, try 2", "owed: no answer in time, try 1" */
static void print_delivery(const struct json *fact)
{
    const char *state = ask_text(fact, "state");
    const char *why = json_text(json_get(fact, "why"));
    long long tries = (long long)json_int(json_get(fact, "tries"));
    long long status = (long long)json_int(json_get(fact, "status"));

    ask_print(state);
    if (status != 0)
        (void)printf("%s %lld", str_eq(state, "delivered") ? "" : ":", status);
    else if (why != NULL) {
        (void)printf(": ");
        ask_print(why);
    }
    if (tries > 1 || (tries == 1 && !str_eq(state, "delivered")))
        (void)printf(", try %lld", tries);
    (void)printf("\n");
}

static void print_line(const char *line)
{
    ask_print(line);
    (void)printf(" ");
}

static void drop(struct held *h)
{
    list_remove(&h->node);
    (void)mem_free(h->line);
    (void)mem_free(h);
}

static void hold(struct tail_view *v, const struct json *fact)
{
    struct held *h = mem_new(sizeof(*h));

    h->notice = json_int(json_get(fact, "notice"));
    h->since_us = clock_real_us();
    h->line = line_of(fact);
    list_push(&v->held, &h->node);
}

static struct held *find_held(const struct tail_view *v, int64_t notice)
{
    LIST_EACH(n, &v->held)
    {
        struct held *h = LIST_OF(n, struct held, node);

        if (h->notice == notice)
            return h;
    }
    return NULL;
}

static void on_fact(struct tail_view *v, const struct json *fact)
{
    struct held *h;

    if (follow_is_made(fact)) {
        hold(v, fact);
        return;
    }
    h = find_held(v, json_int(json_get(fact, "notice")));
    if (h != NULL) {
        print_line(h->line);
        drop(h);
    } else {
        char *line = line_of(fact);

        print_line(line);
        (void)mem_free(line);
    }
    print_delivery(fact);
}

/* Those that have waited long enough for their first try to end; all: it is over. */
static void let_go(struct tail_view *v, bool all)
{
    int64_t now = clock_real_us();

    LIST_EACH(n, &v->held)
    {
        struct held *h = LIST_OF(n, struct held, node);

        if (!all && now - h->since_us < HELD_US)
            break;
        print_line(h->line);
        (void)printf("owed\n");
        drop(h);
    }
}

static void print_json(const struct json *fact)
{
    struct buf text = {0};

    json_print(fact, &text);
    (void)printf("%s\n", text.data);
    buf_clear(&text);
}

static void say_missed(const struct tail_view *v)
{
    if (v->as_json)
        (void)printf("{\"missed\":%lld}\n", (long long)v->l.missed);
    else
        (void)printf("... %lld were missed\n", (long long)v->l.missed);
}

static void say(struct tail_view *v, bool first)
{
    const struct json *facts = json_get(v->l.facts, "value");

    if (v->l.missed != 0 && !first)
        say_missed(v);
    for (size_t i = 0; i < json_count(facts); i++) {
        if (v->as_json)
            print_json(json_at(facts, i));
        else
            on_fact(v, json_at(facts, i));
    }
    let_go(v, false);
}

/* Of one call what is still known of it comes first; of all only what is to come. */
static enum err run(struct tail_view *v)
{
    bool first = v->l.call != NULL;
    enum err e;

    if (first)
        v->l.after = 0;
    for (;;) {
        e = follow_more(&v->l, list_empty(&v->held) ? FOLLOW_S : HELD_S);
        if (e != ERR_OK)
            break;
        say(v, first);
        first = false;
    }
    let_go(v, true);
    return v->l.q->is_interrupted ? ERR_OK : e;
}

int command_tail(const struct config *c, const struct command_args *args)
{
    struct tail_view v = {.as_json = args->json};
    struct asked q = {0};
    struct fail f = {0};
    struct ask_call call;
    enum err e = ask_open(&q, c, &f);

    if (e == ERR_OK && args->word != NULL)
        e = ask_find(&q, args->word, &call);
    if (e == ERR_OK)
        e = follow_begin(&v.l, &q);
    if (e == ERR_OK) {
        v.l.call = args->word != NULL ? call.id : NULL;
        ask_heed_interrupts(&q);
        e = run(&v);
    }
    follow_end(&v.l);
    return ask_done(&q, e);
}

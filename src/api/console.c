/*
 * console.c - our own verbs: what lives, the movable clock, a clean slate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/reply.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "core/control.h"
#include "core/join.h"
#include "core/look.h"
#include "core/party.h"
#include "loop/loop.h"
#include "loop/timer.h"
#include "json/json.h"

enum { RESET_US = 5000000, RESET_LOOK_MS = 10 };

static void reply_dump(struct ask *a)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    size_t at = 0;

    if (out == NULL) {
        reply_error(a, ERR_INTERNAL);
        return;
    }
    for (const struct live_call *lc; (lc = map_next(&a->api->control->live.calls, &at)) != NULL;)
        call_dump(lc->call, out);
    (void)fclose(out);
    reply_text(a, 200, "text/plain; charset=utf-8", text, len);
    free(text); /* open_memstream()'s own */
}

void console_calls(struct ask *a)
{
    struct buf body = {0};
    struct writer w;

    if (str_starts(a->http->query, "text")) {
        reply_dump(a);
        return;
    }
    writer_init(&w, &body);
    look_calls(a->api->control, &w);
    reply_buf(a, 200, &body, NULL);
}

static void on_look(const char *json, size_t len, void *arg)
{
    if (json == NULL)
        reply_error(arg, ERR_NOT_FOUND);
    else
        reply_json(arg, 200, json, len, NULL);
}

static const char *own_id(struct ask *a, struct id *id)
{
    return id_read_text(id, a->ids[0]) ? id->text : a->ids[0];
}

void console_call(struct ask *a)
{
    struct control *ctl = a->api->control;
    struct id id;
    const char *key = own_id(a, &id);
    struct live_call *lc = live_call_find(ctl, key);

    if (lc == NULL)
        lc = live_dying_find(ctl, key);
    if (lc != NULL)
        look_ask(lc, on_look, a);
    else
        look_ended(ctl, key, on_look, a);
}

void console_conversations(struct ask *a)
{
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    look_conversations(a->api->control, &w);
    reply_buf(a, 200, &body, NULL);
}

void console_conversation(struct ask *a)
{
    struct id id;
    const struct conversation *c = live_conversation_find(a->api->control, own_id(a, &id));
    struct buf body = {0};
    struct writer w;

    if (c == NULL) {
        reply_error(a, ERR_NOT_FOUND);
        return;
    }
    writer_init(&w, &body);
    look_conversation(c, &w);
    reply_buf(a, 200, &body, NULL);
}

/* The party of the path that waits in a lobby, or whoever it is; NULL: answered. */
static struct party *path_party(struct ask *a)
{
    struct id id, pid;
    const struct conversation *c = live_conversation_find(a->api->control, own_id(a, &id));
    struct party *p = NULL;

    if (c != NULL)
        p = party_find(c, id_read_text(&pid, a->ids[1]) ? pid.text : a->ids[1]);
    if (p == NULL)
        reply_error(a, ERR_NOT_FOUND);
    return p;
}

static void on_judged(bool ok, void *arg)
{
    (void)ok;
    reply_empty(arg, 204, NULL);
}

/* Graph has no such verb: its lobbies are emptied by people in Teams. */
void console_admit(struct ask *a)
{
    struct party *p = path_party(a);
    struct fail f;

    if (p == NULL)
        return;
    if (join_admit(p, &f) == ERR_OK)
        control_when_safe(a->api->control, on_judged, a);
    else
        reply_fail(a, &f);
}

void console_deny(struct ask *a)
{
    struct party *p = path_party(a);
    struct fail f;

    if (p == NULL)
        return;
    if (join_deny(p, &f) == ERR_OK)
        control_when_safe(a->api->control, on_judged, a);
    else
        reply_fail(a, &f);
}

void console_clock(struct ask *a)
{
    struct fail f;
    struct json *j = json_parse(a->http->body, a->http->body_len, &f);
    const struct json *seconds = json_get(j, "advanceSeconds");
    int64_t s = json_int(seconds);
    char at[CLOCK_TEXT_SIZE];
    struct buf body = {0};
    struct writer w;

    if (json_kind(seconds) != JSON_INT || s < 0 || s > INT64_C(366) * 24 * 3600) {
        (void)err_set(&f, ERR_BAD_REQUEST,
                      "'advanceSeconds' must be a number of seconds, at most a year.");
        json_free(j);
        reply_fail(a, &f);
        return;
    }
    json_free(j);
    clock_advance_ms(s * 1000);
    loop_clock_moved(a->api->loop);
    log_line(LOG_INFO, "api", NULL, "the clock was moved by %lld s", (long long)s);
    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_text(&w, "now", clock_text(clock_wall_ms(), at));
    writer_end(&w);
    reply_buf(a, 200, &body, NULL);
}

/* The slate is clean when the bots have heard of the ends that this makes, not before: else the
 * last notices would land in the inboxes that were just emptied. */
struct reset {
    struct timer timer;
    struct ask *ask;
    int64_t began_us;
};

static void on_reset_look(void *arg)
{
    struct reset *r = arg;
    struct api *api = r->ask->api;
    const struct live *live = &api->control->live;
    int64_t waited_us = clock_real_us() - r->began_us;

    if (waited_us < RESET_US && (!control_is_quiet(api->control) || live->dying.count != 0)) {
        timer_start(&r->timer, api->loop, RESET_LOOK_MS, on_reset_look, r);
        return;
    }
    inbox_empty(api->inbox);
    reply_empty(r->ask, 204, NULL); /* r was in the request's arena */
}

void console_reset(struct ask *a)
{
    struct reset *r = arena_new(&a->http->arena, sizeof(*r));

    r->ask = a;
    r->began_us = clock_real_us();
    control_end_all(a->api->control);
    on_reset_look(r);
}

/*
 * doctor_callback.c - one notice without news to a bot's callback URI, by the guard and the
 * client that deliver real ones. At start, one thread and the client's own.
 *
 * It carries no token: the keys belong to the server that may be running on the same folder.
 */
#include "main/doctor.h"

#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "client/client.h"
#include "loop/loop.h"
#include "main/wanted.h"

enum { TRIAL_MS = 15000, TRIAL_BYTES = 65536 };

static const char notice[] =
    "{\"@odata.type\":\"#microsoft.graph.commsNotifications\",\"value\":[]}";

struct trial {
    struct doctor *doctor;
    struct loop *loop;
    const char *uri; /* as it was given */
    const char *url; /* where it really leads */
    bool is_answered;
};

/* clang-format off */
/* What a status means for notices; the first row that holds it. */
static const struct {
    int from, to;
    enum doctor_verdict verdict;
    const char *text;
} meanings[] = {
    {200, 299, DOCTOR_OK,   "the bot took it"},
    {300, 399, DOCTOR_BAD,  "it points elsewhere, and notices do not follow (give the address that it points to)"},
    {401, 401, DOCTOR_WARN, "the bot wants a token, which this trial does not carry; the way to it is open (make a call to see the rest)"},
    {403, 403, DOCTOR_WARN, "the bot refuses this trial, which carries no token; the way to it is open (make a call to see the rest)"},
    {404, 404, DOCTOR_BAD,  "a server is there, but nothing at this path (look at the path)"},
    {405, 405, DOCTOR_BAD,  "a server is there, but the path takes no POST (look at the path)"},
    {410, 410, DOCTOR_BAD,  "the path is gone (look at the path)"},
    {429, 429, DOCTOR_WARN, "the bot is busy (try again later)"},
    {400, 499, DOCTOR_WARN, "the bot did not like a notice without news; the way to it is open (look at its log)"},
    {503, 503, DOCTOR_WARN, "the bot, or what stands before it, is not up now (start it, try again)"},
    {502, 504, DOCTOR_BAD,  "what stands before the bot does not reach it (start the bot)"},
    {500, 599, DOCTOR_BAD,  "the bot itself failed (look at its log)"},
    {0,   999, DOCTOR_BAD,  "that is no answer to a POST (look at the address)"},
};

/* What to do when there is no answer. */
static const struct {
    enum client_fail fail;
    const char *help;
} helps[] = {
    {CLIENT_REFUSED_ADDRESS, "dial_out.loopback, private_nets and allow let more through"},
    {CLIENT_PROXY,           "look at dial_out.proxy, and whether it allows CONNECT to this host and port"},
    {CLIENT_RESOLVE,         "look at the name and at this machine's DNS"},
    {CLIENT_CONNECT,         "start the bot, or look at port and firewall"},
    {CLIENT_TLS,             "its certificate must name this host and be signed by a known CA; dial_out.ca_file adds one"},
    {CLIENT_TIMEOUT,         "look at firewalls, and whether the bot answers before it works"},
};
/* clang-format on */

static const char *help_of(enum client_fail fail)
{
    for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
        if (helps[i].fail == fail)
            return helps[i].help;
    return "look at the bot's log";
}

static void on_answer(const struct client_answer *a, void *arg)
{
    struct trial *t = arg;
    size_t row = 0;

    t->is_answered = true;
    loop_stop(t->loop);
    if (a->fail != CLIENT_NONE) {
        doctor_say(t->doctor, DOCTOR_BAD, "callback", "%s: %s (%s)", t->url,
                   client_fail_text(a->fail), help_of(a->fail));
        return;
    }
    while (a->status < meanings[row].from || a->status > meanings[row].to)
        row++;
    doctor_say(t->doctor, meanings[row].verdict, "callback", "%s answered %d in %lld ms: %s",
               t->url, a->status, (long long)(a->took_us / 1000), meanings[row].text);
}

static void try_it(struct trial *t, const struct client_settings *set)
{
    static const char *const headers[] = {"Content-Type: application/json", NULL};
    struct client *client = NULL;
    struct fail f = {0};

    t->loop = loop_new("doctor");
    if (client_start(t->loop, set, &client, &f) != ERR_OK) {
        doctor_say(t->doctor, DOCTOR_BAD, "callback", "%s", f.text);
    } else {
        client_send(client,
                    &(struct client_request){.method = "POST",
                                             .url = t->url,
                                             .headers = headers,
                                             .body = notice,
                                             .body_len = sizeof(notice) - 1,
                                             .timeout_ms = TRIAL_MS,
                                             .max_bytes = TRIAL_BYTES},
                    on_answer, t);
        while (!t->is_answered)
            loop_run(t->loop);
    }
    client_stop(client);
    loop_free(t->loop);
}

/* Where notices.rewrite sends it; NULL when that is the inbox of a server that does not run. */
static const char *rewritten(struct doctor *d, const char *uri)
{
    const struct objects *list = &d->config->notices.rewrite;
    const char *admin = json_text(json_get(d->ready, "admin"));
    const char *own = admin != NULL ? admin : json_text(json_get(d->ready, "http"));
    const char *to = uri;

    for (size_t i = 0; i < list->count; i++) {
        const struct config_rewrite *r = list->items[i];

        if (str_eq(r->from, uri)) {
            to = r->to;
            break;
        }
    }
    if (!str_starts(to, "inbox:"))
        return to;
    if (own == NULL)
        return NULL;
    return arena_printf(&d->arena, "http://%s/_/inbox/%s", own, to + strlen("inbox:"));
}

void doctor_callback(struct doctor *d)
{
    struct trial t = {.doctor = d, .uri = d->args->callback};
    struct client_settings set;
    struct fail f = {0};

    if (t.uri == NULL)
        return;
    t.url = rewritten(d, t.uri);
    if (t.url == NULL)
        doctor_say(d, DOCTOR_WARN, "callback",
                   "%s leads to the inbox, and no server runs (start one, try again)", t.uri);
    else if (wanted_client(d->config, &d->arena, &set, &f) != ERR_OK)
        doctor_say(d, DOCTOR_BAD, "callback", "%s (correct the configuration)", f.text);
    else if (guard_url(&set.guard, t.url, &f) != ERR_OK)
        doctor_say(d, DOCTOR_BAD, "callback",
                   "%s (give another address, or look at dial_out in the configuration)", f.text);
    else
        try_it(&t, &set);
}

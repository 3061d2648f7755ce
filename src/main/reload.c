/*
 * reload.c - see reload.h.
 *
 * Each reading is a generation: an arena, the configuration in it, and its directory. Live calls
 * and legs keep pointers into the generation that they began with, so an old one is freed only
 * when a later reload finds none of them in it; and not within a minute of its end, because a
 * call that was just made may be out of the tables and still be answered. What the server started
 * with is not ours and stays to the end.
 */
#include "main/reload.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "core/control.h"
#include "core/meetings.h"
#include "core/phones.h"
#include "crypto/tls.h"
#include "identity/token.h"
#include "identity/trust.h"
#include "main/lan.h"

enum { KEEP_MS = 60000, UNSAFE_BYTES = 300 };

struct generation {
    struct generation *next; /* the one before it */
    struct arena arena;
    struct config config;
    struct directory *directory; /* NULL: the directory was kept */
    int64_t left_ms;             /* clock_mono_ms() when another took its place */
};

struct reload {
    struct reload_parts with;
    struct generation *newest; /* NULL: none but the start */
};

struct reload *reload_new(const struct reload_parts *p)
{
    struct reload *r = mem_new(sizeof(*r));

    r->with = *p;
    return r;
}

static void generation_free(struct generation *g)
{
    directory_free(g->directory);
    arena_clear(&g->arena);
    (void)mem_free(g);
}

void reload_free(struct reload *r)
{
    struct generation *g = r != NULL ? r->newest : NULL;

    while (g != NULL) {
        struct generation *next = g->next;

        generation_free(g);
        g = next;
    }
    (void)mem_free(r);
}

static bool holds_calls(const struct directory *d, const struct map *calls)
{
    size_t at = 0;

    for (const struct live_call *lc; (lc = map_next(calls, &at)) != NULL;)
        if (lc->application != NULL &&
            directory_application(d, lc->application->id) == lc->application)
            return true;
    return false;
}

static bool holds_legs(const struct directory *d, const struct map *legs)
{
    size_t at = 0;

    for (const struct live_leg *leg; (leg = map_next(legs, &at)) != NULL;)
        if (leg->user != NULL && directory_user(d, leg->user->id) == leg->user)
            return true;
    return false;
}

static bool is_in_use(const struct reload *r, const struct generation *g)
{
    const struct control *ctl = r->with.control;

    if (clock_mono_ms() - g->left_ms < KEEP_MS || g->directory == ctl->with.directory)
        return true;
    return g->directory != NULL && (holds_calls(g->directory, &ctl->live.calls) ||
                                    holds_calls(g->directory, &ctl->live.dying) ||
                                    holds_legs(g->directory, &ctl->live.legs));
}

static void free_unused(struct reload *r)
{
    struct generation **at = &r->newest->next;

    while (*at != NULL) {
        struct generation *g = *at;

        if (is_in_use(r, g)) {
            at = &g->next;
            continue;
        }
        *at = g->next;
        generation_free(g);
    }
}

static enum err check_safe(const struct config *c, struct fail *f)
{
    char why[UNSAFE_BYTES] = "";
    FILE *out = fmemopen(why, sizeof(why), "w");
    size_t n;

    if (out == NULL)
        return err_set(f, ERR_INTERNAL, "there is no memory to check the configuration");
    n = config_unsafe(c, out);
    (void)fclose(out);
    why[sizeof(why) - 1] = '\0';
    why[strcspn(why, "\n")] = '\0'; /* one fact a line: the first will do */
    return n == 0 ? ERR_OK : err_set(f, ERR_BAD_REQUEST, "%s", why);
}

/* The whole of what can fail, certificate last: until then nothing has changed. */
static enum err prepare(struct reload *r, struct generation *g, struct fail *f)
{
    const struct reload_source *from = r->with.source;
    const struct config *running = r->with.running;
    enum err e = config_read(&g->config, from->file, from->flags, from->flag_count, &g->arena, f);

    if (e != ERR_OK)
        return e;
    /* dev brings secrets that everybody knows: not by a slip of the file */
    if (config_is_dev(&g->config) != config_is_dev(running))
        return err_set(f, ERR_BAD_REQUEST, "the profile cannot change without a restart");
    e = config_check(&g->config, f);
    if (e == ERR_OK && !config_is_dev(running))
        e = check_safe(&g->config, f);
    if (e == ERR_OK && from->lan != NULL) /* its addresses are those of the start, no difference */
        e = lan_apply(&g->config, from->lan, &g->arena, &g->config.lan_help, f);
    /* With --lan, dev makes new passwords each time it reads; the phones have those of the start.
     */
    if (e == ERR_OK && (from->lan == NULL || !config_is_dev(running)))
        e = directory_new(&g->config.directory, running->sip.realm, &g->directory, f);
    if (e == ERR_OK && g->directory != NULL)
        e = trust_check(&running->identity.issuers, g->directory, f);
    return e == ERR_OK ? tls_context_reload(r->with.tls, f) : e;
}

static void on_differs(const char *path, void *arg)
{
    /* clang-format off */
    static const char *const taken[] = {
        "calls.ring_seconds",
        "calls.keepalive_minutes",
        "calls.per_application",
        "meetings.participants",
        "meetings.lobby_minutes",
        "meetings.alone_seconds",
        "api.failures_per_minute",
        "api.tokens_per_minute",
        "sip.registers_per_minute",
        "sip.invites_per_minute",
        "sip.options_per_minute",
        "sip.failures_per_minute",
    };
    /* clang-format on */

    (void)arg;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (str_eq(path, taken[i]))
            return;
    log_line(LOG_WARN, "main", NULL, "%s has changed in the configuration: it needs a restart",
             path);
}

static void change_over(struct reload *r, struct generation *g)
{
    struct control *ctl = r->with.control;
    struct sip_limits phones = config_sip_limits(&g->config.sip);

    ctl->settings.calls_per_application = (int)g->config.calls.per_application.value;
    ctl->settings.ring_default_s = (int)g->config.calls.ring_seconds.value;
    ctl->settings.keepalive_minutes = (int)g->config.calls.keepalive_minutes.value;
    ctl->settings.participants_per_meeting = (int)g->config.meetings.participants.value;
    ctl->settings.lobby_minutes = (int)g->config.meetings.lobby_minutes.value;
    ctl->settings.alone_seconds = (int)g->config.meetings.alone_seconds.value;
    api_set_limits(r->with.api, (int)g->config.api.failures_per_minute.value,
                   (int)g->config.api.tokens_per_minute.value);
    sip_set_limits(ctl->with.sip, &phones);
    if (g->directory != NULL) {
        ctl->with.directory = g->directory;
        identity_directory(ctl->with.identity, g->directory);
        phones_accounts(ctl);
        meetings_configure(ctl);
    }
    if (r->newest != NULL)
        r->newest->left_ms = clock_mono_ms();
    g->next = r->newest;
    r->newest = g;
    free_unused(r);
}

/* Under another name first: who waits for it must find it whole. */
static void write_outcome(const struct reload *r, bool ok, const char *text)
{
    char *path = str_printf("%s/" RELOAD_FILE, r->with.running->server.data);
    char *fresh = str_printf("%s.new", path);
    FILE *out = fopen(fresh, "we");
    char at[CLOCK_TEXT_SIZE];
    struct buf body = {0};
    struct writer w;

    writer_init(&w, &body);
    writer_object(&w, NULL);
    writer_text(&w, "at", clock_text(clock_wall_ms(), at));
    writer_bool(&w, "ok", ok);
    writer_text(&w, "text", text);
    writer_end(&w);
    if (out != NULL) {
        bool whole = fprintf(out, "%s\n", body.data) > 0;

        whole = fclose(out) == 0 && whole;
        if (!whole || rename(fresh, path) != 0)
            (void)remove(fresh);
    }
    buf_clear(&body);
    (void)mem_free(fresh);
    (void)mem_free(path);
}

void reload_now(struct reload *r)
{
    static const char done[] = "directory, limits and the certificate of HTTPS were read again; "
                               "SIP over TLS keeps its certificate until a restart";
    static const char half[] = "limits and the certificate of HTTPS were read again; with --lan "
                               "the directory stays, and SIP over TLS keeps its certificate";
    struct generation *g = mem_new(sizeof(*g));
    struct fail f = {0};
    const char *text;

    if (prepare(r, g, &f) != ERR_OK) {
        generation_free(g);
        config_locate(r->with.source->file, &f);
        log_line(LOG_ERROR, "main", NULL, "the configuration stays as it was: %s", f.text);
        write_outcome(r, false, f.text);
        return;
    }
    text = g->directory != NULL ? done : half;
    config_differences(r->with.running, &g->config, on_differs, NULL);
    change_over(r, g);
    log_line(LOG_INFO, "main", NULL, "%s", text);
    write_outcome(r, true, text);
}

#include "core/sound.h"

#include <string.h>

#include "base/count.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "client/client.h"
#include "core/control.h"
#include "media/files.h"
#include "media/prompt.h"

enum { FETCH_MS = 30000, FETCH_REDIRECTS = 3 };

struct sound_wait {
    struct list_node node;
    sound_h *h;
    void *arg;
};

/* An obj: the cache holds one reference, each player and each fetch under way another. */
struct sound {
    struct control *control;
    char *key;
    char *tenant;
    char *uri; /* where it really comes from */
    struct prompt *prompt;
    struct list waiting; /* struct sound_wait */
    struct timer answer; /* tells those who wait, from the loop */
    bool is_cached;
    unsigned players;
    int64_t used; /* rises with each use */
    enum err why;
    char text[160];
};

static const char builtin[] = "builtin:";

static void sound_free(void *p)
{
    struct sound *s = p;

    prompt_free(s->prompt);
    (void)mem_free(s->key);
    (void)mem_free(s->tenant);
    (void)mem_free(s->uri);
}

/* What it takes of the cache; a short sound still has a name. */
static size_t weight(const struct sound *s)
{
    return prompt_bytes(s->prompt) + sizeof(*s) + 2 * strlen(s->key);
}

static void count_in(struct sound *s)
{
    s->control->sound_bytes += weight(s);
    count_add(COUNT_PROMPT_CACHE_BYTES, (int64_t)weight(s));
}

static void uncache(struct sound *s)
{
    if (!s->is_cached)
        return;
    s->is_cached = false;
    (void)map_del(&s->control->sounds, s->key);
    if (s->prompt != NULL) {
        s->control->sound_bytes -= weight(s);
        count_add(COUNT_PROMPT_CACHE_BYTES, -(int64_t)weight(s));
    }
    (void)obj_unref(s);
}

/* Oldest use first, and never one that is played or fetched. */
static void make_room(struct control *ctl)
{
    while (ctl->sound_bytes > ctl->settings.prompt_cache_bytes) {
        struct sound *oldest = NULL;
        size_t at = 0;

        for (struct sound *s; (s = map_next(&ctl->sounds, &at)) != NULL;)
            if (s->prompt != NULL && s->players == 0 && (oldest == NULL || s->used < oldest->used))
                oldest = s;
        if (oldest == NULL)
            return;
        uncache(oldest);
    }
}

static void on_answer(void *arg)
{
    struct sound *s = arg;
    struct list_node *n;

    while ((n = list_pop(&s->waiting)) != NULL) {
        struct sound_wait *w = LIST_OF(n, struct sound_wait, node);

        if (s->prompt != NULL) {
            s->players++;
            (void)obj_ref(s);
        }
        if (w->h != NULL)
            w->h(s->prompt != NULL ? s : NULL, s->why, s->text, w->arg);
        else if (s->prompt != NULL)
            sound_release(s);
        (void)mem_free(w);
    }
    if (s->prompt == NULL)
        uncache(s); /* the next who asks tries again */
    else
        make_room(s->control);
    (void)obj_unref(s); /* of the timer */
}

static void answer_soon(struct sound *s)
{
    if (timer_running(&s->answer))
        return;
    (void)obj_ref(s);
    timer_start(&s->answer, s->control->with.loop, 0, on_answer, s);
}

static void failed(struct sound *s, enum err why, const char *text)
{
    s->why = why;
    (void)str_copy(s->text, sizeof(s->text), text);
    /* a query may hold a key */
    log_line(LOG_WARN, "core", NULL, "the sound %.*s cannot be had: %s", (int)strcspn(s->uri, "?"),
             s->uri, text);
    answer_soon(s);
}

/* Takes the prompt. */
static void ready(struct sound *s, struct prompt *p)
{
    s->prompt = p;
    if (s->is_cached)
        count_in(s);
    answer_soon(s);
}

static void on_decoded(struct prompt *p, const struct fail *f, void *arg)
{
    struct sound *s = arg;

    if (p != NULL) {
        count_add(COUNT_PROMPTS_FETCHED, 1);
        ready(s, p);
    } else {
        failed(s, f->err == ERR_TOO_LARGE ? ERR_MEDIA_KIND : f->err, f->text);
    }
    (void)obj_unref(s);
}

static void on_fetched(const struct client_answer *a, void *arg)
{
    struct sound *s = arg;
    const struct settings *set = &s->control->settings;
    char text[80];

    if (a->fail == CLIENT_NONE && a->status == 200) {
        files_decode(s->control->with.files, a->body, a->body_len, set->prompt_ms, on_decoded, s);
        return;
    }
    if (a->fail == CLIENT_NONE)
        (void)snprintf(text, sizeof(text), "the answer was HTTP %d", a->status);
    failed(s, ERR_NOT_FOUND, a->fail == CLIENT_NONE ? text : client_fail_text(a->fail));
    (void)obj_unref(s);
}

static void fetch_file(struct sound *s, const char *name)
{
    const struct settings *set = &s->control->settings;
    char *folder;

    if (set->prompt_folder == NULL) {
        failed(s, ERR_NOT_FOUND, "no prompt folder is configured");
        return;
    }
    folder = str_printf("%s/%s", set->prompt_folder, s->tenant);
    files_load(s->control->with.files, folder, name, set->prompt_bytes, set->prompt_ms, on_decoded,
               obj_ref(s));
    (void)mem_free(folder);
}

static void fetch(struct sound *s)
{
    const struct settings *set = &s->control->settings;

    if (str_starts(s->uri, builtin)) {
        struct prompt *p = prompt_builtin(s->uri + sizeof(builtin) - 1);

        if (p != NULL)
            ready(s, p);
        else
            failed(s, ERR_NOT_FOUND, "there is no built-in sound of that name");
    } else if (str_starts(s->uri, "file:///")) {
        fetch_file(s, s->uri + sizeof("file:///") - 1);
    } else {
        client_send(s->control->with.client,
                    &(struct client_request){.method = "GET",
                                             .url = s->uri,
                                             .timeout_ms = FETCH_MS,
                                             .max_bytes = set->prompt_bytes,
                                             .redirects = FETCH_REDIRECTS,
                                             .keep_body = true},
                    on_fetched, obj_ref(s));
    }
}

static struct sound *find_or_make(struct control *ctl, const struct sound_place *p)
{
    char *key = str_printf("%s %s %s %s", p->tenant, p->application, p->uri,
                           p->resource_id != NULL ? p->resource_id : "");
    struct sound *s = map_find(&ctl->sounds, key);

    if (s != NULL) {
        (void)mem_free(key);
        if (s->prompt != NULL)
            answer_soon(s);
        return s;
    }
    s = obj_new("sound", sizeof(*s), sound_free);
    s->control = ctl;
    s->key = key;
    s->tenant = str_dup(p->tenant);
    s->uri = str_dup(settings_rewrite(&ctl->settings, p->uri));
    s->is_cached = true;
    (void)map_put(&ctl->sounds, s->key, s);
    fetch(s);
    return s;
}

void sound_get(struct control *ctl, const struct sound_place *p, sound_h *h, void *arg)
{
    static int64_t uses;
    struct sound_wait *w = mem_new(sizeof(*w));
    struct sound *s = find_or_make(ctl, p);

    w->h = h;
    w->arg = arg;
    list_push(&s->waiting, &w->node);
    s->used = ++uses;
}

void sound_prefetch(struct control *ctl, const struct sound_place *p)
{
    sound_get(ctl, p, NULL, NULL);
}

const struct prompt *sound_prompt(const struct sound *s)
{
    return s->prompt;
}

void sound_release(struct sound *s)
{
    if (s == NULL)
        return;
    s->players--;
    (void)obj_unref(s);
}

/* Built-in sounds of virtual phones are few and live as long as the server. */
void sound_play_builtin(struct control *ctl, uint32_t port, const char *name)
{
    char *key = str_printf("virtual %s", name);
    struct sound *s = map_find(&ctl->sounds, key);

    if (s == NULL) {
        struct prompt *p = prompt_builtin(name);

        if (p == NULL) {
            log_line(LOG_WARN, "core", NULL, "a virtual phone has no sound '%s' to play", name);
            (void)mem_free(key);
            return;
        }
        s = obj_new("sound", sizeof(*s), sound_free);
        s->control = ctl;
        s->key = key;
        s->prompt = p;
        s->players = 1; /* for ever */
        s->is_cached = true;
        count_in(s);
        (void)map_put(&ctl->sounds, s->key, s);
    } else {
        (void)mem_free(key);
    }
    (void)media_play(ctl->with.media, port, s->prompt, 1);
}

void sound_clear(struct control *ctl)
{
    size_t at = 0;

    for (struct sound *s; (s = map_next(&ctl->sounds, &at)) != NULL;) {
        struct list_node *n;

        while ((n = list_pop(&s->waiting)) != NULL)
            (void)mem_free(LIST_OF(n, struct sound_wait, node));
        if (timer_running(&s->answer)) {
            timer_stop(&s->answer);
            (void)obj_unref(s);
        }
        uncache(s);
    }
    map_clear(&ctl->sounds);
}

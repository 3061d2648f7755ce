/*
 * appmedia.c - the control thread's side: numbers, copies, the holding of pipes.
 */
#include "appmedia/appmedia.h"

#include <assert.h>

#include "appmedia/hub.h"
#include "appmedia/stream.h"
#include "appmedia/words.h"
#include "base/mem.h"
#include "loop/loop.h"
#include "loop/mailbox.h"
#include "loop/worker.h"
#include "media/pipe.h"

struct appmedia {
    struct loop *home;
    struct appmedia_settings settings;
    appmedia_event_h *h;
    void *arg;
    struct hub hub;
    struct worker *worker;
    struct mailbox *reports;
    uint32_t last;
    size_t open; /* streams that are not back yet */
    bool is_stopping;
};

static void on_report(void *msg, void *arg)
{
    struct appmedia *a = arg;
    struct hub_report *r = msg;
    struct appmedia_event e = {.kind = r->kind, .stream = r->number, .text = r->text};

    if (r->stream != NULL)
        e.stats = &r->stream->stats;
    if (!a->is_stopping)
        a->h(&e, a->arg);
    if (r->stream == NULL)
        return;
    a->open--;
    pipe_release(r->stream->pipe);
    stream_free(r->stream);
}

enum err appmedia_start(struct loop *l, const struct appmedia_settings *s, appmedia_event_h *h,
                        void *arg, struct appmedia **out, struct fail *f)
{
    struct appmedia *a = mem_new(sizeof(*a));
    enum err e;

    assert(loop_is_mine(l));
    a->home = l;
    a->settings = *s;
    a->h = h;
    a->arg = arg;
    a->reports = mailbox_new(l, sizeof(struct hub_report), on_report, a);
    e = hub_open(&a->hub, &a->settings, a->reports, f);
    if (e != ERR_OK) {
        mailbox_free(a->reports);
        mem_free(a);
        return e;
    }
    a->worker = worker_start("stream", hub_run, &a->hub);
    *out = a;
    return ERR_OK;
}

static void tell(struct appmedia *a, const struct hub_command *c)
{
    assert(loop_is_mine(a->home));
    mailbox_post(a->hub.commands, c);
}

void appmedia_stop(struct appmedia *a)
{
    struct hub_command c = {.kind = HUB_STOP};

    if (a == NULL)
        return;
    a->is_stopping = true;
    tell(a, &c);
    worker_join(a->worker);
    hub_close(&a->hub);
    mailbox_free(a->reports);
    assert(a->open == 0);
    mem_free(a);
}

uint32_t appmedia_open(struct appmedia *a, const struct appmedia_ask *ask)
{
    struct hub_command c = {.kind = HUB_OPEN};

    c.stream = stream_new(++a->last, ask, a->settings.dial.user_agent);
    (void)pipe_hold(ask->pipe);
    a->open++;
    tell(a, &c);
    return a->last;
}

void appmedia_token(struct appmedia *a, uint32_t stream, const char *token)
{
    struct hub_command c = {.kind = HUB_TOKEN, .number = stream};

    c.text = str_dup(token);
    tell(a, &c);
}

void appmedia_key(struct appmedia *a, uint32_t stream, char key)
{
    struct hub_command c = {.kind = HUB_KEY, .number = stream};

    c.key = key;
    tell(a, &c);
}

void appmedia_speakers(struct appmedia *a, uint32_t stream, const char *const *ids, size_t count)
{
    struct hub_command c = {.kind = HUB_SPEAKERS, .number = stream};

    words_speakers(ids, count, &c.event);
    tell(a, &c);
}

void appmedia_track(struct appmedia *a, uint32_t stream, uint32_t port, const char *participant,
                    uint32_t source_id)
{
    struct hub_command c = {.kind = HUB_TRACK, .number = stream};

    c.track.port = port;
    c.track.source_id = source_id;
    (void)str_copy(c.track.participant, sizeof(c.track.participant), participant);
    tell(a, &c);
}

void appmedia_track_end(struct appmedia *a, uint32_t stream, uint32_t port)
{
    struct hub_command c = {.kind = HUB_TRACK_END, .number = stream};

    c.track.port = port;
    tell(a, &c);
}

void appmedia_close(struct appmedia *a, uint32_t stream, const char *reason, int code, int subcode)
{
    struct hub_command c = {.kind = HUB_CLOSE, .number = stream};

    (void)str_copy(c.close.reason, sizeof(c.close.reason), reason);
    c.close.code = code;
    c.close.subcode = subcode;
    tell(a, &c);
}

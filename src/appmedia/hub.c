#include "appmedia/hub.h"

#include <unistd.h>

#include "appmedia/stream.h"
#include "base/mem.h"
#include "client/tunnel.h"
#include "loop/loop.h"
#include "loop/mailbox.h"

static struct stream *find(const struct hub *h, uint32_t number)
{
    LIST_EACH(n, &h->streams)
    {
        struct stream *s = LIST_OF(n, struct stream, node);

        if (s->number == number)
            return s;
    }
    return NULL;
}

static void stop(struct hub *h)
{
    h->is_stopping = true;
    LIST_EACH(n, &h->streams)
    stream_cut(LIST_OF(n, struct stream, node));
    loop_stop(h->loop);
}

/* For a stream that is there no more the gift is nobody's. */
static void drop(struct hub_command *c)
{
    if (c->kind == HUB_TOKEN)
        (void)mem_free(c->text);
    else if (c->kind == HUB_SPEAKERS)
        buf_clear(&c->event);
}

static void to_stream(struct stream *s, struct hub_command *c)
{
    switch (c->kind) {
    case HUB_CLOSE:
        stream_close(s, c->close.reason, c->close.code, c->close.subcode);
        break;
    case HUB_TOKEN:
        stream_token(s, c->text);
        (void)mem_free(c->text);
        break;
    case HUB_KEY:
        stream_key(s, c->key);
        break;
    case HUB_SPEAKERS:
        stream_speakers(s, &c->event);
        break;
    case HUB_TRACK:
        stream_track(s, c->track.port, c->track.participant, c->track.source_id);
        break;
    case HUB_TRACK_END:
        stream_track_end(s, c->track.port);
        break;
    case HUB_OPEN:
    case HUB_STOP:
        break;
    }
}

static void on_command(void *msg, void *arg)
{
    struct hub_command *c = msg;
    struct hub *h = arg;
    struct stream *s;

    if (c->kind == HUB_STOP) {
        stop(h);
        return;
    }
    if (c->kind == HUB_OPEN) {
        c->stream->hub = h;
        list_push(&h->streams, &c->stream->node);
        if (h->is_stopping)
            stream_cut(c->stream);
        else
            stream_begin(c->stream);
        return;
    }
    s = find(h, c->number);
    if (s != NULL)
        to_stream(s, c);
    else
        drop(c);
}

static void on_bell(int events, void *arg)
{
    struct hub *h = arg;
    uint64_t ticks;

    (void)events;
    (void)!read(h->settings->bell_fd, &ticks, sizeof(ticks));
    LIST_EACH(n, &h->streams)
    stream_bell(LIST_OF(n, struct stream, node));
}

void hub_tell(struct stream *s, enum appmedia_event_kind kind)
{
    struct hub_report r = {.kind = kind, .number = s->number};

    (void)str_copy(r.text, sizeof(r.text), s->why);
    mailbox_post(s->hub->reports, &r);
}

void hub_bury(struct stream *s)
{
    struct hub_report r = {.kind = APPMEDIA_EV_GONE, .number = s->number, .stream = s};

    list_remove(&s->node);
    mailbox_post(s->hub->reports, &r);
}

enum err hub_open(struct hub *h, const struct appmedia_settings *s, struct mailbox *reports,
                  struct fail *f)
{
    enum err e;

    h->settings = s;
    h->reports = reports;
    h->loop = loop_new("stream");
    e = tunnels_open(h->loop, &s->dial, &h->tunnels, f);
    if (e != ERR_OK) {
        loop_free(h->loop);
        return e;
    }
    h->commands = mailbox_new(h->loop, sizeof(struct hub_command), on_command, h);
    h->bell = loop_fd_open(h->loop, s->bell_fd, LOOP_READ, on_bell, h);
    return ERR_OK;
}

void hub_run(void *hub)
{
    struct hub *h = hub;

    loop_run(h->loop);
}

void hub_close(struct hub *h)
{
    loop_fd_close(h->bell);
    mailbox_free(h->commands);
    tunnels_close(h->tunnels);
    loop_free(h->loop);
}

#include "core/hosted.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/obj.h"
#include "base/str.h"
#include "client/guard.h"
#include "core/burial.h"
#include "core/control.h"
#include "core/party.h"
#include "core/roster.h"
#include "identity/media_token.h"
#include "media/pipe.h"
#include "model/graph_types.h"

enum { SPEAKERS_MAX = 16 };

enum hosted_state {
    HOSTED_WAITING, /* not dialled yet */
    HOSTED_DIALLED,
    HOSTED_UP,
    HOSTED_LOST,    /* being dialled again */
    HOSTED_CLOSING, /* its end was said */
    HOSTED_GONE,
};

static const char *const state_names[] = {"waiting", "dialled", "up", "lost", "closing", "gone"};

/* Whose voice a bot gets apart from the mix. */
struct track {
    uint32_t port;
    bool is_here;
};

struct hosted {
    struct hosted_place at;
    enum hosted_state state;
    struct pipe *pipe;
    uint32_t stream;
    hosted_ready_h *ready;
    struct track tracks[APPMEDIA_TRACKS_MAX];
    size_t track_count;
    struct appmedia_stats stats; /* once GONE */
};

/* The guard knows http and https: a WebSocket begins as one of them (RFC 6455 section 3). */
static enum err judge(const struct control *ctl, const char *url, struct arena *a, struct fail *f)
{
    bool plain = str_starts(url, "ws://");
    const char *as_http =
        arena_printf(a, "%s%s", plain ? "http://" : "https://", url + (plain ? 5 : 6));
    struct fail why;

    if (guard_url(ctl->with.guard, as_http, &why) == ERR_OK)
        return ERR_OK;
    return err_set(f, ERR_BAD_REQUEST, "'mpUri' cannot be used: %s", why.text);
}

enum err hosted_find(const struct control *ctl, const struct graph_call *g,
                     struct hosted_place *out, struct arena *a, struct fail *f)
{
    const struct graph_app_hosted_media_config *m =
        (const struct graph_app_hosted_media_config *)g->media_config;
    enum err e = media_blob_read(m->blob, &out->blob, a, f);
    const char *uri;

    if (e != ERR_OK)
        return e;
    uri = settings_rewrite(&ctl->settings, out->blob.mp_uri);
    out->url = media_blob_url(uri, ctl->settings.net_tcp, a, f);
    return out->url == NULL ? ERR_BAD_REQUEST : judge(ctl, out->url, a, f);
}

void hosted_new(struct live_call *lc, const struct hosted_place *at)
{
    lc->hosted = mem_new(sizeof(*lc->hosted));
    lc->hosted->at = *at;
    lc->hosted->pipe = pipe_new();
}

static char *make_token(const struct live_call *lc)
{
    const struct control *ctl = lc->control;
    struct fail f;
    char *token = media_token_make(ctl->with.identity,
                                   &(struct media_token){.issuer = ctl->settings.notice_issuer,
                                                         .application = lc->call->application.text,
                                                         .tenant = lc->call->tenant.text,
                                                         .call = lc->call->id.text},
                                   &f);

    if (token == NULL)
        log_line(LOG_ERROR, "core", lc->call->id.text, "no token for the bot's media: %s", f.text);
    return token;
}

void hosted_dial(struct live_call *lc, hosted_ready_h *ready)
{
    struct control *ctl = lc->control;
    struct hosted *h = lc->hosted;
    const struct media_blob *b = &h->at.blob;
    const struct ending failed = ending_of(END_SERVER_FAILED, 0);
    char *token = make_token(lc);

    if (token == NULL) {
        control_post(lc, CALL_EV_BROKEN, &failed);
        return;
    }
    h->ready = ready;
    h->state = HOSTED_DIALLED;
    h->stream = appmedia_open(ctl->with.appmedia, &(struct appmedia_ask){.url = h->at.url,
                                                                         .token = token,
                                                                         .call = lc->call->id.text,
                                                                         .session = b->session_id,
                                                                         .blob = b,
                                                                         .pipe = h->pipe});
    (void)map_put_num(&ctl->live.streams, h->stream, lc);
    (void)mem_free(token);
}

uint32_t hosted_port(struct live_call *lc)
{
    struct hosted *h = lc->hosted;
    uint32_t room = live_room(lc->conversation);

    media_room_watch(lc->control->with.media, room, true);
    return media_port_stream(lc->control->with.media, room, h->pipe, h->at.blob.unmixed.value,
                             lc->call->id.text);
}

void hosted_end(struct live_call *lc)
{
    struct hosted *h = lc->hosted;
    const struct ending *why = &lc->call->ending;

    if (h == NULL || h->state == HOSTED_CLOSING || h->state == HOSTED_GONE)
        return;
    if (h->state == HOSTED_WAITING) {
        h->state = HOSTED_GONE;
        return;
    }
    h->state = HOSTED_CLOSING;
    appmedia_close(lc->control->with.appmedia, h->stream, why->code < 300 ? "hangup" : "failed",
                   why->code, why->subcode);
}

bool hosted_is_over(const struct live_call *lc)
{
    return lc->hosted == NULL || lc->hosted->state == HOSTED_GONE;
}

void hosted_free(struct live_call *lc)
{
    if (lc->hosted == NULL)
        return;
    pipe_release(lc->hosted->pipe);
    (void)mem_free(lc->hosted);
    lc->hosted = NULL;
}

/* --- what it is told besides sound --- */

/* A stream that can be told something, now or when it is back. */
static bool is_open(const struct live_call *lc)
{
    return lc->hosted != NULL &&
           (lc->hosted->state == HOSTED_UP || lc->hosted->state == HOSTED_LOST);
}

void hosted_key(const struct live_call *lc, char key)
{
    if (is_open(lc) && call_needs_media(lc->call, NULL) == ERR_OK)
        appmedia_key(lc->control->with.appmedia, lc->hosted->stream, key);
}

static void tell_speakers(const struct live_call *lc)
{
    const char *ids[SPEAKERS_MAX];
    size_t n = 0;

    LIST_EACH(node, &lc->conversation->parties)
    {
        const struct party *p = LIST_OF(node, struct party, in_conversation);

        if (p->is_talking && p != lc->party && n < SPEAKERS_MAX && roster_sees(lc, p))
            ids[n++] = p->who.id.text;
    }
    appmedia_speakers(lc->control->with.appmedia, lc->hosted->stream, ids, n);
}

void hosted_talkers(const struct conversation *c)
{
    LIST_EACH(n, &c->calls)
    {
        const struct live_call *lc = LIST_OF(n, struct live_call, in_conversation);

        if (is_open(lc))
            tell_speakers(lc);
    }
}

static struct track *find_track(struct hosted *h, uint32_t port)
{
    for (size_t i = 0; i < h->track_count; i++)
        if (h->tracks[i].port == port)
            return &h->tracks[i];
    return NULL;
}

/* Whose voice may come to it alone, as it stands now: what is new is begun, what is over ends. */
static void tell_tracks(struct live_call *lc)
{
    struct appmedia *am = lc->control->with.appmedia;
    struct hosted *h = lc->hosted;
    size_t kept = 0;

    for (size_t i = 0; i < h->track_count; i++)
        h->tracks[i].is_here = false;
    LIST_EACH(n, &lc->conversation->parties)
    {
        const struct party *p = LIST_OF(n, struct party, in_conversation);
        uint32_t port = party_port(p);
        struct track *t = find_track(h, port);

        if (port == 0 || p == lc->party || p->who.state != PARTICIPANT_IN || !roster_sees(lc, p))
            continue;
        if (t == NULL && h->track_count == APPMEDIA_TRACKS_MAX)
            continue;
        if (t == NULL) {
            t = &h->tracks[h->track_count++];
            t->port = port;
            appmedia_track(am, h->stream, port, p->who.id.text, p->who.source_id);
        }
        t->is_here = true;
    }
    for (size_t i = 0; i < h->track_count; i++) {
        if (h->tracks[i].is_here)
            h->tracks[kept++] = h->tracks[i];
        else
            appmedia_track_end(am, h->stream, h->tracks[i].port);
    }
    h->track_count = kept;
}

void hosted_people(const struct conversation *c)
{
    LIST_EACH(n, &c->calls)
    {
        struct live_call *lc = LIST_OF(n, struct live_call, in_conversation);

        if (is_open(lc) && lc->hosted->at.blob.unmixed.value)
            tell_tracks(lc);
    }
}

bool hosted_listens(const struct conversation *c)
{
    LIST_EACH(n, &c->calls)
    if (is_open(LIST_OF(n, struct live_call, in_conversation)))
        return true;
    return false;
}

/* --- what happens to it --- */

typedef void stream_told_h(struct live_call *lc, const struct appmedia_event *e);

static void on_ready(struct live_call *lc, const struct appmedia_event *e)
{
    (void)e;
    lc->hosted->state = HOSTED_UP;
    if (lc->call->state == CALL_ESTABLISHING)
        lc->hosted->ready(lc);
}

static void on_refused(struct live_call *lc, const struct appmedia_event *e)
{
    const struct ending why = ending_of(END_BOT_MEDIA_LOST, 0);

    lc->hosted->state = HOSTED_CLOSING;
    log_line(LOG_WARN, "core", lc->call->id.text, "the bot's media at %s cannot be had: %s",
             lc->hosted->at.url, e->text);
    (void)control_tell(lc, CALL_EV_UNREACHED, &why, NULL);
}

static void on_lost(struct live_call *lc, const struct appmedia_event *e)
{
    char *token = make_token(lc);

    lc->hosted->state = HOSTED_LOST;
    log_line(LOG_WARN, "core", lc->call->id.text, "the bot's media is lost: %s", e->text);
    if (token != NULL) /* else the last one is tried again */
        appmedia_token(lc->control->with.appmedia, lc->hosted->stream, token);
    (void)mem_free(token);
}

static void on_back(struct live_call *lc, const struct appmedia_event *e)
{
    (void)e;
    lc->hosted->state = HOSTED_UP;
    log_line(LOG_INFO, "core", lc->call->id.text, "the bot's media is back");
}

static void on_gave_up(struct live_call *lc, const struct appmedia_event *e)
{
    const struct ending why = ending_of(END_BOT_MEDIA_LOST, 0);

    lc->hosted->state = HOSTED_CLOSING;
    log_line(LOG_WARN, "core", lc->call->id.text, "the bot's media did not come back: %s", e->text);
    (void)control_tell(lc, CALL_EV_LOST, &why, NULL);
}

static void on_bye(struct live_call *lc, const struct appmedia_event *e)
{
    const struct ending why = ending_of(END_APP_HUNG_UP, 0);

    (void)e;
    (void)control_tell(lc, CALL_EV_HANGUP, &why, NULL);
}

static void on_gone(struct live_call *lc, const struct appmedia_event *e)
{
    lc->hosted->state = HOSTED_GONE;
    lc->hosted->stats = *e->stats;
    (void)map_del_num(&lc->control->live.streams, lc->hosted->stream);
    burial_check(lc);
}

static stream_told_h *const told[APPMEDIA_EV_COUNT] = {
    [APPMEDIA_EV_READY] = on_ready,     [APPMEDIA_EV_REFUSED] = on_refused,
    [APPMEDIA_EV_LOST] = on_lost,       [APPMEDIA_EV_BACK] = on_back,
    [APPMEDIA_EV_GAVE_UP] = on_gave_up, [APPMEDIA_EV_BYE] = on_bye,
    [APPMEDIA_EV_GONE] = on_gone,
};

void hosted_on_stream(const struct appmedia_event *e, void *arg)
{
    struct control *ctl = arg;
    struct live_call *lc = map_find_num(&ctl->live.streams, e->stream);

    if (lc == NULL || (lc->hosted->state == HOSTED_CLOSING && e->kind != APPMEDIA_EV_GONE))
        return; /* on its way when its end was said */
    (void)obj_ref(lc);
    told[e->kind](lc, e);
    (void)obj_unref(lc);
}

void hosted_write(const struct live_call *lc, struct writer *w, const char *key)
{
    const struct hosted *h = lc->hosted;

    writer_object(w, key);
    writer_text(w, "url", h->at.url);
    writer_text(w, "state", state_names[h->state]);
    writer_int(w, "stream", h->stream);
    if (h->state == HOSTED_GONE) {
#define X(member, name) writer_int(w, name, (int64_t)h->stats.member);
        APPMEDIA_STATS(X)
#undef X
    }
    writer_end(w);
}

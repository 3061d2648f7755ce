#include "appmedia/stream.h"

#include <stdio.h>
#include <string.h>

#include "appmedia/hub.h"
#include "appmedia/wire.h"
#include "base/clock.h"
#include "base/mem.h"
#include "client/tunnel.h"
#include "crypto/hash.h"
#include "loop/loop.h"
#include "media/rerate.h"

enum {
    TRIES = 3, /* before the bot is given up that was never there */
    RETRY_FIRST_MS = 500,
    RETRY_MS = 250, /* of one that was there; twice as long each time, */
    RETRY_DOUBLES = 3,
    RETRY_MAX_MS = 2000,
    TRY_MS = 2000, /* for one try of a bot that was there */
    CLOSE_MS = 2000,
    PINGS_MAX = 2, /* without an answer */
    HEAD_AT_ONCE = 4096,
    UNSENT_BYTES = 8 * 1024,       /* of Pcm16K a quarter of a second, which is the kernel's; */
    UNSENT_BYTES_WIDE = 44 * 1024, /* of Pcm44KStereo */
};

/* --- made and freed by the control thread --- */

static const char *const *copy_texts(struct arena *a, const struct texts *t)
{
    const char **out = arena_new(a, (t->count + 1) * sizeof(*out));

    for (size_t i = 0; i < t->count; i++)
        out[i] = arena_dup(a, t->items[i]);
    return out;
}

/* What the start event says of it. */
static void copy_blob(struct stream *s, const struct media_blob *b)
{
    struct texts *lists[] = {&s->blob.audio_sources, &s->blob.audio_renders, &s->blob.video_sources,
                             &s->blob.video_renders};
    const struct texts *from[] = {&b->audio_sources, &b->audio_renders, &b->video_sources,
                                  &b->video_renders};

    s->blob.format = b->format;
    s->blob.unmixed = b->unmixed;
    s->blob.session_id = arena_dup(&s->arena, b->session_id);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        lists[i]->items = (const char **)(uintptr_t)copy_texts(&s->arena, from[i]);
        lists[i]->count = from[i]->count;
    }
}

static void put_hex(const uint8_t *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", p[i]);
}

/* W3C Trace Context: the trace is the call, its id without the dashes. */
static const char *make_trace(struct arena *a, const char *call)
{
    uint8_t dice[8];
    char parent[2 * sizeof(dice) + 1];
    char trace[33] = "";
    size_t n = 0;

    for (; *call != '\0' && n + 1 < sizeof(trace); call++)
        if (*call != '-')
            trace[n++] = *call;
    trace[n] = '\0';
    hash_random(dice, sizeof(dice));
    put_hex(dice, sizeof(dice), parent);
    return arena_printf(a, "00-%s-%s-00", trace, parent);
}

struct stream *stream_new(uint32_t number, const struct appmedia_ask *ask, const char *user_agent)
{
    struct stream *s = mem_new(sizeof(*s));
    bool unmixed = ask->blob->unmixed.value;
    uint8_t dice[16];

    s->number = number;
    copy_blob(s, ask->blob);
    s->token = str_dup(ask->token);
    s->pipe = ask->pipe;
    s->ask.url = arena_dup(&s->arena, ask->url);
    s->ask.call = arena_dup(&s->arena, ask->call);
    s->ask.session = s->blob.session_id;
    s->ask.trace = make_trace(&s->arena, ask->call);
    s->ask.user_agent = arena_dup(&s->arena, user_agent);
    s->ask.offers_framed = unmixed;
    s->direction = DIRECTION_BOTH;
    hash_random(dice, sizeof(dice));
    memcpy(s->resume, "r-", 2);
    put_hex(dice, sizeof(dice), s->resume + 2);
    speech_init(&s->speech, (enum media_format)s->blob.format);
    ear_init(&s->ear, unmixed ? 1 + 4 : 1);
    s->marks = mem_array(SPEECH_MARKS_MAX, sizeof(*s->marks));
    if (s->blob.format == MEDIA_FORMAT_PCM44K)
        s->widen = rerate_new(MIX_RATE, 44100);
    return s;
}

void stream_free(struct stream *s)
{
    speech_free(&s->speech);
    ear_free(&s->ear);
    rerate_free(s->widen);
    (void)mem_free(s->marks);
    (void)mem_free(s->token);
    buf_clear(&s->speakers);
    buf_clear(&s->request);
    buf_clear(&s->head);
    arena_clear(&s->arena);
    (void)mem_free(s);
}

/* --- its life --- */

static void tell(struct stream *s, enum stream_event ev);

static void fail(struct stream *s, const char *why)
{
    (void)str_copy(s->why, sizeof(s->why), why);
    tell(s, s->state == STREAM_CALLING && s->tries >= TRIES ? STREAM_EV_OVERDUE : STREAM_EV_BROKEN);
}

static void on_over(const char *why, bool violation, void *arg)
{
    struct stream *s = arg;

    if (violation)
        s->stats.violations++;
    fail(s, why);
}

static void on_pong(void *arg)
{
    ((struct stream *)arg)->pings = 0;
}

static void on_ping(void *arg)
{
    struct stream *s = arg;

    if (s->pings >= PINGS_MAX) {
        fail(s, "the bot answers no ping");
        return;
    }
    s->pings++;
    wire_ping(s->wire);
    timer_start(&s->ping_timer, s->hub->loop, s->hub->settings->ping_ms, on_ping, s);
    wire_flush(s->wire);
}

static ssize_t wire_read(void *p, size_t n, void *arg)
{
    return tunnel_read(((struct stream *)arg)->tunnel, p, n);
}

static ssize_t wire_write(const void *p, size_t n, void *arg)
{
    return tunnel_write(((struct stream *)arg)->tunnel, p, n);
}

static void wire_want(int events, void *arg)
{
    tunnel_want(((struct stream *)arg)->tunnel, events);
}

/* Their answer is whole and right: from here on it is messages. */
static void open_wire(struct stream *s, size_t used)
{
    static const struct wire_under under = {
        .read = wire_read, .write = wire_write, .want = wire_want};
    static const struct wire_hooks hooks = {
        .text = talk_text, .binary = talk_binary, .pong = on_pong, .over = on_over};

    s->line = LINE_OPEN;
    s->pings = 0;
    tunnel_bound(s->tunnel, s->widen != NULL ? UNSENT_BYTES_WIDE : UNSENT_BYTES);
    s->wire = wire_new(s->hub->loop, &under, &hooks, s, s->head.data + used, s->head.len - used);
    buf_clear(&s->head);
    timer_stop(&s->try_timer);
    tell(s, STREAM_EV_CONNECTED);
}

static void read_answer(struct stream *s)
{
    char bytes[HEAD_AT_ONCE];
    const char *why = NULL;
    size_t used = 0;
    ssize_t n;

    while ((n = tunnel_read(s->tunnel, bytes, sizeof(bytes))) > 0) {
        buf_add(&s->head, bytes, (size_t)n);
        switch (upgrade_read(&s->ask, s->head.data, s->head.len, &used, &s->framing, &why)) {
        case UPGRADE_MORE:
            continue;
        case UPGRADE_DONE:
            open_wire(s, used);
            return;
        case UPGRADE_REFUSED:
            fail(s, why);
            return;
        }
    }
    if (n == TUNNEL_OVER)
        fail(s, "the bot closed the connection before it answered");
}

static void send_request(struct stream *s)
{
    while (s->request_sent < s->request.len) {
        ssize_t n = tunnel_write(s->tunnel, s->request.data + s->request_sent,
                                 s->request.len - s->request_sent);

        if (n == TUNNEL_OVER) {
            fail(s, "the connection broke");
            return;
        }
        if (n == TUNNEL_AGAIN)
            break;
        s->request_sent += (size_t)n;
    }
    tunnel_want(s->tunnel, s->request_sent < s->request.len ? LOOP_READ | LOOP_WRITE : LOOP_READ);
}

static void on_ready(int events, void *arg)
{
    struct stream *s = arg;

    if (s->line == LINE_OPEN) {
        wire_ready(s->wire, events);
        return;
    }
    if ((events & LOOP_WRITE) != 0)
        send_request(s);
    if (s->line == LINE_ASKED && (events & LOOP_READ) != 0)
        read_answer(s);
}

static void on_up(enum client_fail why, void *arg)
{
    struct stream *s = arg;

    if (why != CLIENT_NONE) {
        fail(s, client_fail_text(why));
        return;
    }
    s->line = LINE_ASKED;
    upgrade_key(&s->ask);
    s->ask.token = s->token;
    upgrade_write(&s->ask, &s->request);
    send_request(s);
}

static void on_try_over(void *arg)
{
    struct stream *s = arg;

    fail(s, s->line == LINE_ASKED ? "the bot says nothing" : "nobody answers there");
}

static int64_t time_left(const struct stream *s)
{
    int64_t left = s->deadline_ms - clock_mono_ms();

    return left > 1 ? left : 1;
}

/* The first tries share the time that there is. */
static int64_t time_of_try(const struct stream *s)
{
    int64_t left = time_left(s);

    if (s->state == STREAM_CALLING)
        return left / (TRIES - (int64_t)s->tries + 1);
    return left < TRY_MS ? left : TRY_MS;
}

static void dial(void *arg)
{
    static const struct tunnel_hooks hooks = {.up = on_up, .ready = on_ready};
    struct stream *s = arg;
    struct buf url = {0};
    int64_t ms;

    s->tries++;
    ms = time_of_try(s);
    upgrade_dial(s->ask.url, &url);
    s->line = LINE_DIALLED;
    s->tunnel = tunnel_dial(s->hub->tunnels, url.data, (int)ms + 1, &hooks, s);
    timer_start(&s->try_timer, s->hub->loop, ms, on_try_over, s);
    buf_clear(&url);
}

static void on_overdue(void *arg)
{
    tell(arg, STREAM_EV_OVERDUE);
}

static void set_deadline(struct stream *s, int64_t ms)
{
    s->deadline_ms = clock_mono_ms() + ms;
    timer_start(&s->deadline_timer, s->hub->loop, ms, on_overdue, s);
}

void stream_begin(struct stream *s)
{
    set_deadline(s, s->hub->settings->first_ms);
    dial(s);
}

/* --- effects --- */

static void let_go(struct stream *s)
{
    timer_stop(&s->try_timer);
    timer_stop(&s->ping_timer);
    wire_free(s->wire);
    tunnel_close(s->tunnel);
    s->wire = NULL;
    s->tunnel = NULL;
    s->line = LINE_NONE;
    buf_clear(&s->head);
    buf_clear(&s->request);
    s->request_sent = 0;
    ear_forget(&s->ear);
    /* Who is away says nothing, and comes back with a whole sample. */
    (void)speech_clear(&s->speech);
    pipe_clear(s->pipe);
}

static void start(struct stream *s)
{
    timer_stop(&s->deadline_timer);
    timer_start(&s->ping_timer, s->hub->loop, s->hub->settings->ping_ms, on_ping, s);
    talk_start(s);
    s->stats.connections++;
    s->stood_ms = clock_mono_ms();
}

static void tell_ready(struct stream *s)
{
    hub_tell(s, APPMEDIA_EV_READY);
}

static void tell_back(struct stream *s)
{
    hub_tell(s, APPMEDIA_EV_BACK);
}

/* One that was back but did not last is still the same loss: who breaks the rules again and again
 * is not had back for ever. */
static void tell_lost(struct stream *s)
{
    bool lasted = clock_mono_ms() - s->stood_ms >= s->hub->settings->ping_ms;

    if (lasted || s->stats.connections == 1) {
        s->tries = 0;
        set_deadline(s, s->hub->settings->resume_ms);
    } else {
        timer_start(&s->deadline_timer, s->hub->loop, time_left(s), on_overdue, s);
    }
    hub_tell(s, APPMEDIA_EV_LOST);
}

static void retry(struct stream *s)
{
    int64_t ms = s->tries < RETRY_DOUBLES ? (int64_t)RETRY_MS << s->tries : RETRY_MAX_MS;

    if (s->state == STREAM_CALLING)
        ms = RETRY_FIRST_MS;
    timer_start(&s->try_timer, s->hub->loop, ms, dial, s);
}

static void say_stop(struct stream *s)
{
    timer_stop(&s->ping_timer);
    set_deadline(s, CLOSE_MS);
    wire_close(s->wire, 1000);
    wire_flush(s->wire);
}

static void tell_refused(struct stream *s)
{
    hub_tell(s, APPMEDIA_EV_REFUSED);
}

static void tell_gave_up(struct stream *s)
{
    hub_tell(s, APPMEDIA_EV_GAVE_UP);
}

static void bury(struct stream *s)
{
    timer_stop(&s->deadline_timer);
    s->stats.overrun_ms = s->speech.dropped * SPEECH_FRAME_MS;
    s->stats.gap_ms = s->ear.lost_all * EAR_FRAME_MS;
    hub_bury(s);
}

typedef void stream_effect_h(struct stream *s);

static stream_effect_h *const carry_out[STREAM_EFFECT_COUNT] = {
    [STREAM_BIT_LET_GO] = let_go,
    [STREAM_BIT_START] = start,
    [STREAM_BIT_TELL_READY] = tell_ready,
    [STREAM_BIT_TELL_BACK] = tell_back,
    [STREAM_BIT_TELL_LOST] = tell_lost,
    [STREAM_BIT_RETRY] = retry,
    [STREAM_BIT_SAY_STOP] = say_stop,
    [STREAM_BIT_TELL_REFUSED] = tell_refused,
    [STREAM_BIT_TELL_GAVE_UP] = tell_gave_up,
    [STREAM_BIT_BURY] = bury,
};

static void tell(struct stream *s, enum stream_event ev)
{
    unsigned fx = 0;

    if (!media_stream_handle(&s->state, ev, &fx))
        return;
    for (unsigned bit = 0; bit < STREAM_EFFECT_COUNT; bit++)
        if ((fx & (1U << bit)) != 0)
            carry_out[bit](s);
}

void stream_close(struct stream *s, const char *reason, int code, int subcode)
{
    struct buf event = {0};

    words_stop(reason, code, subcode, &event);
    talk_say(s, &event);
    tell(s, STREAM_EV_CLOSE);
}

void stream_cut(struct stream *s)
{
    if (s->wire != NULL) {
        wire_close(s->wire, 1001);
        wire_flush(s->wire);
    }
    tell(s, STREAM_EV_STOPPING);
}

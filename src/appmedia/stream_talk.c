/*
 * stream_talk.c - what goes over a stream's connection: sound, and words about it. The stream
 * thread.
 */
#include <assert.h>
#include <string.h>

#include "appmedia/hub.h"
#include "appmedia/stream.h"
#include "appmedia/wire.h"
#include "base/clock.h"
#include "base/mem.h"
#include "media/pipe.h"
#include "media/rerate.h"

enum {
    NARROW_FRAME_BYTES = MIX_FRAME * 2,
    WIDE_SAMPLES = 882, /* of 44.1 kHz in 20 ms */
    WIDE_FRAME_BYTES = WIDE_SAMPLES * 4,
    FRAMED_HEAD = 16,
    FRAMED_VERSION = 1,
    FRAMED_SILENCE = 1, /* a flag */
    TICKS_OF_100_NS = 10,
};

void talk_say(struct stream *s, struct buf *event)
{
    if (s->wire != NULL) {
        wire_text(s->wire, event->data, event->len);
        wire_flush(s->wire);
    }
    buf_clear(event);
}

static void say_ms(struct stream *s, const char *event, const char *name, uint64_t ms)
{
    struct buf b = {0};

    words_ms(event, name, ms, &b);
    talk_say(s, &b);
}

static void say_error(struct stream *s, const char *code)
{
    struct buf b = {0};

    words_error(code, &b);
    talk_say(s, &b);
}

/* From the queue into the pipe, as much as it holds. */
static void fill_pipe(struct stream *s)
{
    const struct speech_item *i;

    while ((i = speech_peek(&s->speech)) != NULL) {
        bool went =
            i->is_mark ? pipe_mark(s->pipe, i->mark, i->cleared) : pipe_say(s->pipe, i->pcm);

        if (!went)
            return;
        speech_pop(&s->speech);
    }
}

/* --- what the bot says --- */

static void on_mark(struct stream *s, const struct command_words *c)
{
    struct mark *m = &s->marks[(s->mark_first + s->mark_count) % SPEECH_MARKS_MAX];

    if (s->mark_count == SPEECH_MARKS_MAX || !speech_mark(&s->speech, s->last_mark + 1)) {
        say_error(s, "tooManyMarks");
        return;
    }
    m->number = ++s->last_mark;
    (void)str_copy(m->id, sizeof(m->id), c->mark);
    s->mark_count++;
}

static void on_clear(struct stream *s, const struct command_words *c)
{
    size_t in_pipe = PIPE_SAID_FRAMES - pipe_space(s->pipe);
    uint64_t ms = speech_clear(&s->speech) + in_pipe * SPEECH_FRAME_MS;

    (void)c;
    pipe_clear(s->pipe);
    s->stats.cleared_ms += ms;
    say_ms(s, "cleared", "droppedMs", ms);
}

static void on_flush(struct stream *s, const struct command_words *c)
{
    (void)c;
    speech_flush(&s->speech);
}

static void on_pause(struct stream *s, const struct command_words *c)
{
    s->is_paused = c->word == WORD_PAUSE;
    pipe_pause(s->pipe, s->is_paused);
}

static void on_status(struct stream *s, const struct command_words *c)
{
    struct buf b = {0};

    (void)c;
    words_status(&(struct words_status){.queued_ms = speech_ms(&s->speech),
                                        .gap_ms = s->ear.lost_all * EAR_FRAME_MS,
                                        .overrun_ms = s->speech.dropped * SPEECH_FRAME_MS,
                                        .paused = s->is_paused,
                                        .direction = s->direction},
                 &b);
    talk_say(s, &b);
}

static void on_direction(struct stream *s, const struct command_words *c)
{
    s->direction = c->direction;
}

static void on_bye(struct stream *s, const struct command_words *c)
{
    (void)c;
    hub_tell(s, APPMEDIA_EV_BYE);
}

typedef void word_h(struct stream *s, const struct command_words *c);

static word_h *const words[WORD_COUNT] = {
    [WORD_MARK] = on_mark,           [WORD_CLEAR] = on_clear,  [WORD_FLUSH] = on_flush,
    [WORD_PAUSE] = on_pause,         [WORD_RESUME] = on_pause, [WORD_STATUS] = on_status,
    [WORD_DIRECTION] = on_direction, [WORD_BYE] = on_bye,
};

void talk_text(const char *p, size_t n, void *stream)
{
    struct stream *s = stream;
    struct command_words c;

    words_read(p, n, &c);
    if (c.word == WORD_NONE)
        say_error(s, c.refusal);
    else
        words[c.word](s, &c);
}

/* A frame of callmedia.framed.v1: what is behind its head; NULL when it has none that we know. */
static const uint8_t *behind_head(const uint8_t *p, size_t *n)
{
    if (*n < FRAMED_HEAD || p[0] != FRAMED_VERSION)
        return NULL;
    *n -= FRAMED_HEAD;
    return p + FRAMED_HEAD;
}

void talk_binary(const uint8_t *p, size_t n, void *stream)
{
    static const uint8_t silence[WIDE_FRAME_BYTES];
    struct stream *s = stream;
    bool silent = s->framing == FRAMING_FRAMED && n >= 2 && (p[1] & FRAMED_SILENCE) != 0;

    s->stats.frames_in++;
    s->stats.bytes_in += n;
    if (s->framing == FRAMING_FRAMED)
        p = behind_head(p, &n);
    if (p == NULL) {
        say_error(s, "badFrame");
        return;
    }
    if (s->direction == DIRECTION_IN)
        return;
    if (silent && n == 0)
        speech_add(&s->speech, silence, s->widen != NULL ? WIDE_FRAME_BYTES : NARROW_FRAME_BYTES,
                   clock_mono_ms());
    else
        speech_add(&s->speech, p, n, clock_mono_ms());
    fill_pipe(s); /* it need not wait for the bell */
}

/* Full or not, and how much was dropped since it was told last. */
static void tell_flow(struct stream *s)
{
    size_t ms = speech_ms(&s->speech);
    uint64_t dropped = s->speech.dropped - s->dropped_told;

    if (dropped > 0) {
        s->dropped_told = s->speech.dropped;
        say_ms(s, "overrun", "droppedMs", dropped * SPEECH_FRAME_MS);
    }
    if (!s->is_full && ms > SPEECH_HIGH_MS) {
        s->is_full = true;
        say_ms(s, "xoff", "queuedMs", ms);
    } else if (s->is_full && ms < SPEECH_LOW_MS) {
        s->is_full = false;
        say_ms(s, "xon", "queuedMs", ms);
    }
}

/* --- what it hears --- */

static void put(uint8_t *p, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

static struct track *track_of_port(struct stream *s, uint32_t port)
{
    for (size_t i = 0; i < s->track_count; i++)
        if (s->tracks[i].port == port)
            return &s->tracks[i];
    return NULL;
}

/* Which track this voice is, and its next number; false: it is none of the bot's. */
static bool take_seq(struct stream *s, uint32_t port, unsigned *id, uint32_t *seq)
{
    struct track *t;

    if (port == 0) {
        *id = 0;
        *seq = s->mix_seq++;
        return true;
    }
    t = s->framing == FRAMING_FRAMED ? track_of_port(s, port) : NULL;
    if (t == NULL)
        return false;
    *id = t->id;
    *seq = t->seq++;
    return true;
}

/* s16le as the bot wants it; returns how many bytes. Only the mix has a filter: a bot of 44.1 kHz
 * gets no single voices. */
static size_t encode(struct stream *s, const struct pipe_heard *h, uint8_t *out)
{
    int16_t wide[WIDE_SAMPLES];
    size_t n;

    if (s->widen == NULL) {
        for (size_t i = 0; i < MIX_FRAME; i++)
            put(out + 2 * i, (uint16_t)h->pcm[i], 2);
        return NARROW_FRAME_BYTES;
    }
    n = rerate_run(s->widen, h->pcm, MIX_FRAME, wide, WIDE_SAMPLES);
    if (n < WIDE_SAMPLES)
        memset(wide + n, 0, (WIDE_SAMPLES - n) * sizeof(*wide));
    for (size_t i = 0; i < WIDE_SAMPLES; i++) {
        put(out + 4 * i, (uint16_t)wide[i], 2);
        put(out + 4 * i + 2, (uint16_t)wide[i], 2);
    }
    return WIDE_FRAME_BYTES;
}

static void send_frame(struct stream *s, const struct pipe_heard *h)
{
    uint8_t bytes[FRAMED_HEAD + WIDE_FRAME_BYTES];
    size_t head = s->framing == FRAMING_FRAMED ? FRAMED_HEAD : 0;
    unsigned id;
    uint32_t seq;

    if (!take_seq(s, h->port, &id, &seq) || (s->widen != NULL && h->port != 0))
        return;
    if (head > 0) {
        bytes[0] = FRAMED_VERSION;
        bytes[1] = h->silent ? FRAMED_SILENCE : 0;
        put(bytes + 2, id, 2);
        put(bytes + 4, seq, 4);
        put(bytes + 8, (uint64_t)clock_wall_ms() * 1000 * TICKS_OF_100_NS, 8);
    }
    wire_binary(s->wire, bytes, head + encode(s, h, bytes + head));
    s->stats.frames_out++;
}

/* The connection takes more: what waits goes out, and before it what was lost is said. */
static void send_heard(struct stream *s)
{
    const struct pipe_heard *h;

    while (wire_is_idle(s->wire) && (h = ear_peek(&s->ear)) != NULL) {
        uint32_t lost = ear_take_lost(&s->ear);
        uint32_t tick = h->tick;

        if (lost > 0)
            say_ms(s, "gap", "lostMs", (uint64_t)lost * EAR_FRAME_MS);
        for (; (h = ear_peek(&s->ear)) != NULL && h->tick == tick; ear_pop(&s->ear))
            send_frame(s, h);
        wire_flush(s->wire);
    }
}

static void mark_is_back(struct stream *s, const struct pipe_heard *h)
{
    const struct mark *m = &s->marks[s->mark_first];
    struct buf b = {0};

    assert(s->mark_count > 0 && m->number == h->mark); /* they come back in order */
    words_mark(m->id, h->played, &b);
    s->mark_first = (s->mark_first + 1) % SPEECH_MARKS_MAX;
    s->mark_count--;
    talk_say(s, &b);
}

static void empty_pipe(struct stream *s)
{
    struct pipe_heard h;

    while (pipe_take(s->pipe, &h)) {
        if (h.kind == PIPE_MARK)
            mark_is_back(s, &h);
        else if (s->wire != NULL && s->direction != DIRECTION_OUT)
            ear_add(&s->ear, &h);
    }
}

static void say_speakers(struct stream *s)
{
    s->speakers_due = false;
    wire_text(s->wire, s->speakers.data, s->speakers.len);
    wire_flush(s->wire);
}

void stream_bell(struct stream *s)
{
    empty_pipe(s);
    speech_tick(&s->speech, clock_mono_ms());
    fill_pipe(s);
    if (s->state != STREAM_OPEN)
        return;
    tell_flow(s);
    send_heard(s);
    if (s->speakers_due && wire_is_idle(s->wire))
        say_speakers(s);
}

/* --- what happens beside it --- */

void stream_token(struct stream *s, const char *token)
{
    (void)mem_free(s->token);
    s->token = str_dup(token);
}

void stream_key(struct stream *s, char key)
{
    struct buf b = {0};

    words_key(key, &b);
    talk_say(s, &b);
}

/* Only the newest counts: it waits while the connection takes nothing. */
void stream_speakers(struct stream *s, struct buf *event)
{
    buf_clear(&s->speakers);
    s->speakers = *event;
    *event = (struct buf){0};
    s->speakers_due = true;
    if (s->wire != NULL && wire_is_idle(s->wire))
        say_speakers(s);
}

static void say_track(struct stream *s, const struct track *t)
{
    struct buf b = {0};

    words_track(t->id, t->participant, t->source_id, &b);
    talk_say(s, &b);
}

void stream_track(struct stream *s, uint32_t port, const char *participant, uint32_t source_id)
{
    struct track *t;

    if (s->track_count == APPMEDIA_TRACKS_MAX || track_of_port(s, port) != NULL)
        return;
    t = &s->tracks[s->track_count++];
    *t = (struct track){.port = port, .source_id = source_id, .id = ++s->last_track};
    (void)str_copy(t->participant, sizeof(t->participant), participant);
    if (s->framing == FRAMING_FRAMED)
        say_track(s, t);
}

void stream_track_end(struct stream *s, uint32_t port)
{
    struct track *t = track_of_port(s, port);
    struct buf b = {0};

    if (t == NULL)
        return;
    words_track_end(t->id, &b);
    if (s->framing == FRAMING_FRAMED)
        talk_say(s, &b);
    buf_clear(&b);
    *t = s->tracks[--s->track_count];
}

void talk_start(struct stream *s)
{
    struct buf b = {0};

    words_start(&(struct words_start){.call = s->ask.call,
                                      .resume = s->resume,
                                      .connection = (unsigned)s->stats.connections,
                                      .blob = &s->blob},
                &b);
    talk_say(s, &b);
    s->mix_seq = 0;
    for (size_t i = 0; s->framing == FRAMING_FRAMED && i < s->track_count; i++)
        say_track(s, &s->tracks[i]);
    s->speakers_due = s->speakers.len > 0;
    s->is_full = s->is_paused = false; /* whoever is there now knows nothing of it */
    s->direction = DIRECTION_BOTH;
    pipe_pause(s->pipe, false);
}

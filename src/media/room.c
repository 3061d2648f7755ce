/*
 * room.c - one tick of a room. Its media thread's.
 */
#include "media/room.h"

#include <string.h>

#include "base/mem.h"
#include "media/crowd.h"
#include "media/hearing.h"
#include "media/pipe.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/recorder.h"
#include "media/route.h"
#include "media/rtp_leg.h"
#include "media/share.h"
#include "media/tap.h"

struct room *room_new(uint32_t number)
{
    struct room *r = mem_new(sizeof(*r));

    r->number = number;
    return r;
}

void room_free(struct room *r)
{
    mem_free(r);
}

/* Which groups a port is in. */
static void put_in_groups(const struct room *r, struct port *p)
{
    p->source_of = p->receives = 0;
    for (unsigned i = 0; i < MEDIA_ROUTE_GROUPS; i++) {
        const struct route *g = r->routes[i];

        if (g != NULL && route_has_source(g, p->number))
            p->source_of |= (uint16_t)(1U << i);
        if (g != NULL && route_has_receiver(g, p->number))
            p->receives |= (uint16_t)(1U << i);
    }
}

static void enter(struct room *r, struct port *p)
{
    p->room = r;
    p->crowded = false;
    list_push(&r->ports, &p->in_room);
    put_in_groups(r, p);
}

void room_add(struct room *r, struct port *p)
{
    enter(r, p);
    port_settle(p);
}

void room_remove(struct port *p)
{
    share_leave(p);
    list_remove(&p->in_room);
    p->room = NULL;
}

static void tell_talking(const struct port *p)
{
    struct media_event e = {.kind = MEDIA_EV_TALKING, .port = p->number, .talking = p->talk.on};

    p->tell(&e, p->tell_arg);
}

void room_move(struct port *p, struct room *to)
{
    if (p->room->watched && p->talk.on) {
        p->talk.on = false;
        tell_talking(p);
    }
    memset(&p->talk, 0, sizeof(p->talk));
    room_remove(p);
    p->moving_to = NULL;
    enter(to, p); /* and fades in */
}

struct route *room_route(struct room *r, size_t place, struct route *route)
{
    struct route *before = r->routes[place];

    r->routes[place] = route;
    LIST_EACH(n, &r->ports)
    put_in_groups(r, LIST_OF(n, struct port, in_room));
    return before;
}

void room_watch(struct room *r, bool watch)
{
    if (watch && !r->watched) {
        LIST_EACH(n, &r->ports)
        memset(&LIST_OF(n, struct port, in_room)->talk, 0, sizeof(struct talk));
    }
    r->watched = watch;
}

/* Does anybody want the samples? A bot that only plays prompts has no ear. */
static bool wants_sound(const struct port *p, int64_t now_ms)
{
    if (p->kind == PORT_RTP && rtp_leg_may_send(p->leg, now_ms))
        return true;
    return p->echo || p->pipe != NULL || p->recorder != NULL || p->tap != NULL;
}

/* What one encoder makes for all who follow it, or for one who is alone; each part as soon as
 * somebody wants it. */
struct serving {
    struct room *room;
    struct port *of; /* whose ears and encoder they are */
    bool heard;
    const uint8_t *payload; /* NULL: not yet */
    size_t len;
    struct hearing h;
    uint8_t bytes[CODEC_PAYLOAD_MAX];
};

static void begin(struct serving *s, struct room *r, struct port *of)
{
    s->room = r;
    s->of = of;
    s->heard = false;
    s->payload = NULL;
}

static const struct hearing *hear(struct serving *s)
{
    if (!s->heard)
        hearing_take(s->room, s->of, &s->h);
    s->heard = true;
    return &s->h;
}

static void encode(struct serving *s)
{
    struct encoder *e = &s->of->leg->encoder;
    const struct hearing *h = hear(s);

    if (s->payload != NULL)
        return;
    if (h->pcm != NULL && h->prompt != NULL)
        s->payload = prompt_payload(h->prompt, e->codec->id, h->frame, &s->len);
    if (s->payload != NULL)
        encoder_skip(e);
    else
        s->payload =
            encoder_next(e, &s->room->work->hushes[e->codec->id], h->pcm, s->bytes, &s->len);
}

/* A key as an event takes the sound's place. */
static bool send_key(struct port *p)
{
    bool first;

    if (p->leg->telephone_event < 0 || !dtmf_send_active(&p->keys))
        return false;
    return dtmf_send_step(&p->keys, &first) != DTMF_DONE &&
           rtp_leg_send_event(p->leg, &p->keys, first);
}

static void tell_leg(struct serving *s, struct port *p, int64_t now_ms)
{
    if (rtp_leg_may_send(p->leg, now_ms) && !send_key(p)) {
        encode(s);
        rtp_leg_send_payload(p->leg, s->payload, s->len);
    }
    rtp_leg_tick(p->leg, now_ms);
}

/* A bot that hosts its own media hears the mix, silence too; and who it is, if it wants to. */
static void tell_stream(const struct room *r, struct port *p, const struct hearing *h)
{
    struct port *loudest[HEARING_LOUDEST];
    size_t n = p->unmixed ? hearing_loudest(r, p, loudest) : 0;

    pipe_tick(p->pipe);
    pipe_hear(p->pipe, 0, h->pcm);
    for (size_t i = 0; i < n; i++)
        pipe_hear(p->pipe, loudest[i]->number, port_pcm(loudest[i]));
}

/* What a port without a phone hears is needed for its echo, its bot, a recording and its tap only.
 */
static void listen_in(const struct room *r, struct port *p, const struct hearing *h)
{
    static const int16_t silence[MIX_FRAME];
    enum media_record_end why;

    if (p->tap != NULL)
        tap_frame(p->tap, false, h->pcm != NULL ? h->pcm : silence);
    p->heard_any = h->pcm != NULL;
    if (p->echo && h->pcm != NULL)
        memcpy(p->heard, h->pcm, MIX_FRAME * sizeof(*p->heard));
    if (p->pipe != NULL)
        tell_stream(r, p, h);
    if (p->recorder != NULL && recorder_take(p->recorder, h->pcm, h->power, &why))
        (void)port_record_end(p, why);
}

static void tell(struct serving *s, struct port *p, int64_t now_ms)
{
    double power;

    if (wants_sound(p, now_ms)) {
        power = hear(s)->power;
        listen_in(s->room, p, &s->h);
    } else {
        power = hearing_power(s->room, p);
    }
    level_add(&p->level_out, power < 1 ? 0 : power);
    if (p->kind == PORT_RTP)
        tell_leg(s, p, now_ms);
    port_told(p);
}

static void count_speaker(struct room *r, struct port *p)
{
    p->voice.next = r->speaking;
    r->speaking = p;
    if ((p->says.open & AIR_MAIN) == 0)
        return;
    if (r->in_main < 2)
        r->main[r->in_main] = p;
    r->in_main++;
    r->power += p->voice.power;
}

/* Before anything is encoded: who begins to hear otherwise than others takes a copy along of what
 * their encoder remembers. */
static void arrange(struct room *r, struct port *p)
{
    if (p->kind != PORT_RTP)
        return;
    if (hearing_differs(p))
        share_leave(p);
    else
        share_join(&r->leads, p, &r->waiting);
}

static void speak(struct room *r, int64_t now_us)
{
    size_t voices = 0;

    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);

        port_listen(p, now_us);
        voices += crowd_counts(p) ? 1 : 0;
    }
    r->crowded = crowd_choose(&r->ports, voices, r->crowded);
    r->speaking = r->main[0] = r->main[1] = NULL;
    r->in_main = 0;
    r->power = 0;
    r->waiting = 0;
    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);

        port_speak(p);
        if (p->voice.any)
            count_speaker(r, p);
        if (r->watched && talk_step(&p->talk, p->voice.power))
            tell_talking(p);
        arrange(r, p);
    }
}

void room_tick(struct room *r, struct room_work *w, int64_t now_us)
{
    struct serving s;

    r->work = w;
    w->summed = w->mixed = false;
    speak(r, now_us);
    LIST_EACH(n, &r->leads)
    {
        struct port *lead = LIST_OF(n, struct port, in_leads);

        begin(&s, r, lead);
        LIST_EACH(k, &lead->followers)
        tell(&s, LIST_OF(k, struct port, in_followers), now_us / 1000);
    }
    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);

        if (p->lead != NULL)
            continue;
        begin(&s, r, p);
        tell(&s, p, now_us / 1000);
    }
}

void room_work_init(struct room_work *w)
{
    for (unsigned i = 0; i < SDP_CODEC_COUNT; i++)
        hush_init(&w->hushes[i], codec_find((enum sdp_codec)i));
}

void room_work_clear(struct room_work *w)
{
    for (size_t i = 0; i < SDP_CODEC_COUNT; i++)
        hush_clear(&w->hushes[i]);
}

void room_work_tick(struct room_work *w)
{
    for (size_t i = 0; i < SDP_CODEC_COUNT; i++)
        hush_tick(&w->hushes[i]);
}

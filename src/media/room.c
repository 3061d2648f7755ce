/*
 * room.c - one tick of a room. Its media thread's.
 */
#include "media/room.h"

#include <string.h>

#include "base/mem.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/route.h"
#include "media/rtp_leg.h"
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

/* Those in the main mix, together. */
static const int32_t *room_total(struct room *r)
{
    struct room_work *w = r->work;

    if (w->summed)
        return w->total;
    w->summed = true;
    memset(w->total, 0, sizeof(w->total));
    for (struct port *p = r->speaking; p != NULL; p = p->voice.next) {
        if ((p->says.open & AIR_MAIN) != 0)
            mix_add(w->total, port_pcm(p));
    }
    return w->total;
}

/* Those whom a port hears: how many they are, how loud, and the only one if there is one. */
struct audible {
    size_t count;
    double power;
    struct port *only;
};

static void listen_to(struct audible *a, struct port *other)
{
    a->only = a->count++ == 0 ? other : NULL;
    a->power += other->voice.power;
}

/* Most ports hear the main mix and nothing else: what they hear is known without a look at all. */
static struct audible audible_to(const struct room *r, const struct port *p)
{
    struct audible a = {0};
    bool own = p->voice.any && (p->says.open & AIR_MAIN) != 0;

    if (p->hears.open == AIR_MAIN) {
        a.count = r->in_main - (own ? 1 : 0);
        a.power = r->power - (own ? p->voice.power : 0);
        if (a.count == 1)
            a.only = r->main[0] == p ? r->main[1] : r->main[0];
        return a;
    }
    for (struct port *q = p->hears.open == 0 ? NULL : r->speaking; q != NULL; q = q->voice.next) {
        if (q != p && (q->says.open & p->hears.open) != 0)
            listen_to(&a, q);
    }
    return a;
}

/* All that p hears, added up; for those who hear more or less than the main mix. */
static void add_up(struct room *r, struct port *p, int16_t out[MIX_FRAME])
{
    int32_t sum[MIX_FRAME] = {0};

    for (struct port *q = r->speaking; q != NULL; q = q->voice.next) {
        if (q != p && (q->says.open & p->hears.open) != 0)
            mix_add(sum, port_pcm(q));
    }
    mix_without(sum, NULL, out);
}

/* What a port hears of its room; NULL: silence. `out` is used when it has to be mixed. */
static const int16_t *hear_room(struct room *r, struct port *p, const struct audible *a,
                                int16_t out[MIX_FRAME])
{
    bool own = p->voice.any && (p->says.open & AIR_MAIN) != 0;

    if (a->count == 0)
        return NULL;
    if (a->only != NULL)
        return port_pcm(a->only);
    if (p->hears.open != AIR_MAIN) {
        add_up(r, p, out);
        return out;
    }
    if (own) {
        mix_without(room_total(r), port_pcm(p), out);
        return out;
    }
    if (!r->work->mixed) {
        r->work->mixed = true;
        mix_without(room_total(r), NULL, r->work->mix);
    }
    return r->work->mix;
}

/* What a port hears in this tick. */
struct hearing {
    double power;
    const int16_t *pcm;          /* NULL: silence */
    bool shared;                 /* it is the room's main mix, as for others */
    const struct prompt *prompt; /* not NULL: it is exactly this prompt's frame */
    size_t frame;
    int16_t own[MIX_FRAME];
};

/* To what is heard of the room comes what is played to the port alone. */
static void hear_told(struct port *p, struct hearing *h)
{
    int32_t sum[MIX_FRAME] = {0};
    int16_t fading[MIX_FRAME];

    if (h->pcm == NULL && p->told.fading == NULL) {
        h->prompt = p->told.prompt;
        h->frame = p->told.frame;
        h->pcm = prompt_pcm(h->prompt, h->frame);
    } else {
        if (h->pcm != NULL)
            mix_add(sum, h->pcm);
        if (p->told.prompt != NULL)
            mix_add(sum, prompt_pcm(p->told.prompt, p->told.frame));
        if (p->told.fading != NULL) {
            memcpy(fading, p->told.fading, sizeof(fading));
            port_fade(fading, FADE_OUT);
            mix_add(sum, fading);
        }
        mix_without(sum, NULL, h->own);
        h->pcm = h->own;
        h->prompt = NULL;
    }
    h->shared = false;
    h->power = level_power(h->pcm, MIX_FRAME);
}

/* Does anybody want the samples? A bot's port has no ear yet. */
static bool is_heard_by_somebody(const struct port *p, int64_t now_ms)
{
    if (p->kind == PORT_RTP && rtp_leg_may_send(p->leg, now_ms))
        return true;
    return p->echo || p->tap != NULL;
}

static void hear(struct room *r, struct port *p, struct hearing *h)
{
    struct audible a = audible_to(r, p);

    h->power = a.power;
    h->pcm = hear_room(r, p, &a, h->own);
    h->shared = p->hears.open == AIR_MAIN && !(p->voice.any && (p->says.open & AIR_MAIN) != 0);
    h->prompt = a.only != NULL ? a.only->voice.prompt : NULL;
    h->frame = a.only != NULL ? a.only->voice.frame : 0;
    if (h->pcm != NULL && p->hears.fade != FADE_NONE) {
        if (h->pcm != h->own)
            memcpy(h->own, h->pcm, sizeof(h->own));
        port_fade(h->own, p->hears.fade);
        h->pcm = h->own;
        h->shared = false;
        h->prompt = NULL;
    }
    if (p->told.prompt != NULL || p->told.fading != NULL)
        hear_told(p, h);
}

/* The payload that all silent listeners of a codec get. */
static const uint8_t *shared_payload(struct room *r, const struct codec *c, const int16_t *pcm,
                                     size_t *len)
{
    struct room_work *w = r->work;

    if (!w->narrowed) {
        w->narrowed = true;
        if (r->quiet_down > 1)
            resample_forget(&r->down);
        r->quiet_down = 0;
        resample_down(&r->down, pcm, w->narrow);
    }
    if (w->encoded[c->id] == 0)
        w->encoded[c->id] = c->encode(w->narrow, codec_frame(c), w->payload[c->id]);
    *len = w->encoded[c->id];
    return w->payload[c->id];
}

/* Tones in the line of a phone that has not agreed on events. */
static void send_tone(struct rtp_leg *leg, struct dtmf_send *keys, const int16_t *heard)
{
    int16_t pcm[MIX_FRAME] = {0};

    if (heard != NULL)
        memcpy(pcm, heard, sizeof(pcm));
    dtmf_send_tone(keys, pcm, MIX_FRAME, MIX_RATE);
    rtp_leg_send_pcm(leg, pcm);
}

static void tell_sound(struct room *r, struct port *p, const struct hearing *h)
{
    const uint8_t *payload = NULL;
    size_t len = 0;

    if (h->pcm != NULL && h->prompt != NULL)
        payload = prompt_payload(h->prompt, p->leg->codec->id, h->frame, &len);
    if (payload == NULL && h->pcm != NULL && h->shared)
        payload = shared_payload(r, p->leg->codec, h->pcm, &len);
    if (payload != NULL)
        rtp_leg_send_payload(p->leg, payload, len);
    else if (h->pcm != NULL)
        rtp_leg_send_pcm(p->leg, h->pcm);
    else
        rtp_leg_send_silence(p->leg);
}

static void tell_leg(struct room *r, struct port *p, const struct hearing *h, int64_t now_ms)
{
    struct rtp_leg *leg = p->leg;
    bool first = false;
    enum dtmf_step step = DTMF_DONE;

    if (rtp_leg_may_send(leg, now_ms)) {
        if (dtmf_send_active(&p->keys))
            step = dtmf_send_step(&p->keys, &first);
        if (step != DTMF_DONE && leg->telephone_event >= 0)
            rtp_leg_send_event(leg, &p->keys, first);
        else if (step == DTMF_KEY)
            send_tone(leg, &p->keys, h->pcm);
        else
            tell_sound(r, p, h);
    }
    rtp_leg_tick(leg, now_ms);
}

/* What a port without a phone hears is needed for its echo and its tap only. */
static void listen_in(struct port *p, const struct hearing *h)
{
    static const int16_t silence[MIX_FRAME];

    if (p->tap != NULL)
        tap_frame(p->tap, false, h->pcm != NULL ? h->pcm : silence);
    p->heard_any = h->pcm != NULL;
    if (p->echo && h->pcm != NULL)
        memcpy(p->heard, h->pcm, MIX_FRAME * sizeof(*p->heard));
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

static void begin_tick(struct room *r, int64_t now_us)
{
    r->speaking = r->main[0] = r->main[1] = NULL;
    r->in_main = 0;
    r->power = 0;
    r->quiet_down++;
    r->work->summed = r->work->mixed = r->work->narrowed = false;
    memset(r->work->encoded, 0, sizeof(r->work->encoded));
    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);

        port_speak(p, now_us);
        if (p->voice.any)
            count_speaker(r, p);
        if (r->watched && talk_step(&p->talk, p->voice.power))
            tell_talking(p);
    }
}

void room_tick(struct room *r, struct room_work *w, int64_t now_us)
{
    struct hearing h;

    r->work = w;
    begin_tick(r, now_us);
    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);

        if (is_heard_by_somebody(p, now_us / 1000)) {
            hear(r, p, &h);
            listen_in(p, &h);
        } else {
            h.pcm = NULL;
            h.power = audible_to(r, p).power;
        }
        level_add(&p->level_out, h.power < 1 ? 0 : h.power);
        if (p->kind == PORT_RTP)
            tell_leg(r, p, &h, now_us / 1000);
        port_told(p);
    }
}

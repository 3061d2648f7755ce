/*
 * hearing.c - what a port hears in a tick. The room's media thread.
 */
#include "media/hearing.h"

#include <string.h>

#include "media/level.h"
#include "media/port.h"
#include "media/prompt.h"
#include "media/room.h"
#include "media/rtp_leg.h"

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
    h->power = level_power(h->pcm, MIX_FRAME);
}

/* Keys sound in the line of a phone that has not agreed on events. */
static bool has_tones(const struct port *p)
{
    return p->kind == PORT_RTP && p->leg->telephone_event < 0 && dtmf_send_active(&p->keys);
}

static void hear_tones(struct port *p, struct hearing *h)
{
    bool first;

    if (dtmf_send_step(&p->keys, &first) != DTMF_KEY)
        return;
    if (h->pcm == NULL)
        memset(h->own, 0, sizeof(h->own));
    else if (h->pcm != h->own)
        memcpy(h->own, h->pcm, sizeof(h->own));
    dtmf_send_tone(&p->keys, h->own, MIX_FRAME, MIX_RATE);
    h->pcm = h->own;
    h->prompt = NULL;
}

bool hearing_differs(const struct port *p)
{
    return (p->voice.any && (p->says.open & p->hears.open) != 0) || p->hears.fade != FADE_NONE ||
           p->told.prompt != NULL || p->told.fading != NULL || has_tones(p);
}

void hearing_take(struct room *r, struct port *p, struct hearing *h)
{
    struct audible a = audible_to(r, p);

    h->power = a.power;
    h->pcm = hear_room(r, p, &a, h->own);
    h->prompt = a.only != NULL ? a.only->voice.prompt : NULL;
    h->frame = a.only != NULL ? a.only->voice.frame : 0;
    if (h->pcm != NULL && p->hears.fade != FADE_NONE) {
        if (h->pcm != h->own)
            memcpy(h->own, h->pcm, sizeof(h->own));
        port_fade(h->own, p->hears.fade);
        h->pcm = h->own;
        h->prompt = NULL;
    }
    if (p->told.prompt != NULL || p->told.fading != NULL)
        hear_told(p, h);
    if (has_tones(p))
        hear_tones(p, h);
}

size_t hearing_loudest(const struct room *r, const struct port *p,
                       struct port *best[HEARING_LOUDEST])
{
    size_t n = 0;

    for (struct port *q = r->speaking; q != NULL; q = q->voice.next) {
        size_t at;

        if (q == p || (q->says.open & p->hears.open) == 0)
            continue;
        at = n < HEARING_LOUDEST ? n++ : HEARING_LOUDEST;
        for (; at > 0 && best[at - 1]->loudness < q->loudness; at--)
            if (at < HEARING_LOUDEST)
                best[at] = best[at - 1];
        if (at < HEARING_LOUDEST)
            best[at] = q;
    }
    return n;
}

double hearing_power(const struct room *r, const struct port *p)
{
    return audible_to(r, p).power;
}

/*
 * room.c - one tick of a room. Its media thread's.
 */
#include "media/room.h"

#include <string.h>

#include "base/mem.h"
#include "media/port.h"
#include "media/prompt.h"
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

void room_add(struct room *r, struct port *p)
{
    p->room = r;
    list_push(&r->ports, &p->in_room);
}

void room_remove(struct port *p)
{
    list_remove(&p->in_room);
    p->room = NULL;
}

static const int32_t *room_total(struct room *r)
{
    struct room_work *w = r->work;

    if (w->summed)
        return w->total;
    w->summed = true;
    memset(w->total, 0, sizeof(w->total));
    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);

        if (p->voice.any)
            mix_add(w->total, port_pcm(p));
    }
    return w->total;
}

/* The only other that speaks, or NULL when there is none or more than one. */
static struct port *only_other(const struct room *r, const struct port *p)
{
    if (r->speakers == 1)
        return r->first == p ? NULL : r->first;
    if (r->speakers == 2 && p->voice.any)
        return r->first == p ? r->second : r->first;
    return NULL;
}

/* What a port hears at 16 kHz; NULL: silence. `room` is used when it has to be mixed. */
static const int16_t *heard_by(struct room *r, struct port *p, int16_t room[MIX_FRAME])
{
    struct port *other = only_other(r, p);

    if (p->mute_out || r->speakers - (p->voice.any ? 1 : 0) == 0)
        return NULL;
    if (other != NULL)
        return port_pcm(other);
    if (p->voice.any) {
        mix_without(room_total(r), port_pcm(p), room);
        return room;
    }
    if (!r->work->mixed) {
        r->work->mixed = true;
        mix_without(room_total(r), NULL, r->work->mix);
    }
    return r->work->mix;
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

static void tell_sound(struct room *r, struct port *p)
{
    struct port *other = p->mute_out ? NULL : only_other(r, p);
    const uint8_t *payload = NULL;
    const int16_t *heard;
    int16_t pcm[MIX_FRAME];
    size_t len = 0;

    if (other != NULL && other->voice.prompt != NULL)
        payload = prompt_payload(other->voice.prompt, p->leg->codec->id, other->voice.frame, &len);
    if (payload != NULL) {
        rtp_leg_send_payload(p->leg, payload, len);
        return;
    }
    heard = heard_by(r, p, pcm);
    if (heard == NULL) {
        rtp_leg_send_silence(p->leg);
    } else if (p->voice.any) {
        rtp_leg_send_pcm(p->leg, heard);
    } else {
        payload = shared_payload(r, p->leg->codec, heard, &len);
        rtp_leg_send_payload(p->leg, payload, len);
    }
}

static void tell_leg(struct room *r, struct port *p, int64_t now_ms)
{
    struct rtp_leg *leg = p->leg;
    bool first = false;
    enum dtmf_step step = DTMF_DONE;

    if (rtp_leg_may_send(leg, now_ms)) {
        if (dtmf_send_active(&p->keys))
            step = dtmf_send_step(&p->keys, &first);
        if (step != DTMF_DONE && leg->telephone_event >= 0) {
            rtp_leg_send_event(leg, &p->keys, first);
        } else if (step == DTMF_KEY) {
            int16_t pcm[MIX_FRAME];

            send_tone(leg, &p->keys, heard_by(r, p, pcm));
        } else {
            tell_sound(r, p);
        }
    }
    rtp_leg_tick(leg, now_ms);
}

/* What a port without a phone hears is needed for its echo and its tap only. */
static void listen_in(struct room *r, struct port *p)
{
    static const int16_t silence[MIX_FRAME];
    int16_t pcm[MIX_FRAME];
    const int16_t *heard;

    if (!p->echo && p->tap == NULL)
        return;
    heard = heard_by(r, p, pcm);
    if (p->tap != NULL)
        tap_frame(p->tap, false, heard != NULL ? heard : silence);
    p->heard_any = heard != NULL;
    if (p->echo && heard != NULL)
        memcpy(p->heard, heard, MIX_FRAME * sizeof(*heard));
}

static void begin_tick(struct room *r, int64_t now_us)
{
    r->speakers = 0;
    r->first = r->second = NULL;
    r->power = 0;
    r->quiet_down++;
    r->work->summed = r->work->mixed = r->work->narrowed = false;
    memset(r->work->encoded, 0, sizeof(r->work->encoded));
    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);

        port_speak(p, now_us);
        if (!p->voice.any)
            continue;
        if (r->speakers == 0)
            r->first = p;
        else if (r->speakers == 1)
            r->second = p;
        r->speakers++;
        r->power += p->voice.power;
    }
}

void room_tick(struct room *r, struct room_work *w, int64_t now_us)
{
    r->work = w;
    begin_tick(r, now_us);
    LIST_EACH(n, &r->ports)
    {
        struct port *p = LIST_OF(n, struct port, in_room);
        double others = r->power - (p->voice.any ? p->voice.power : 0);

        level_add(&p->level_out, p->mute_out || others < 1 ? 0 : others);
        listen_in(r, p);
        if (p->kind == PORT_RTP)
            tell_leg(r, p, now_us / 1000);
    }
}

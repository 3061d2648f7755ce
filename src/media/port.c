/*
 * port.c - what a port says. The media thread's, but for new and free.
 */
#include "media/port.h"

#include <string.h>

#include "base/mem.h"
#include "media/prompt.h"
#include "media/rtp_leg.h"
#include "media/tap.h"

/* Below this mean square it is silence: A-law has no 0, its least value is 8. */
static const double silence_power = 100;

struct port *port_new(uint32_t number, enum port_kind kind)
{
    struct port *p = mem_new(sizeof(*p));

    p->number = number;
    p->kind = kind;
    level_init(&p->level_in);
    level_init(&p->level_out);
    return p;
}

void port_echo(struct port *p)
{
    p->echo = true;
    p->heard = mem_array(MIX_FRAME, sizeof(*p->heard));
}

void port_free(struct port *p)
{
    if (p == NULL)
        return;
    rtp_leg_free(p->leg);
    mem_free(p->heard);
    mem_free(p);
}

void port_play_end(struct port *p, enum media_play_end reason)
{
    struct media_event e = {
        .kind = MEDIA_EV_PLAYED, .port = p->number, .play = p->play.number, .reason = reason};

    if (p->play.number == 0)
        return;
    p->play.number = 0;
    p->play.prompt = NULL;
    p->tell(&e, p->tell_arg);
}

void port_play(struct port *p, uint32_t number, const struct prompt *prompt, int times)
{
    port_play_end(p, MEDIA_PLAY_CANCELLED);
    p->play.number = number;
    p->play.prompt = prompt;
    p->play.frame = 0;
    p->play.left = times;
}

/* The next frame of what is played; false: nothing is. The end is told when its last frame has
 * sounded, one tick later. */
static bool next_frame(struct port *p, struct voice *v)
{
    struct play *play = &p->play;

    if (play->number == 0)
        return false;
    if (play->frame == prompt_frames(play->prompt)) {
        play->frame = 0;
        if (play->left == 1 || prompt_frames(play->prompt) == 0) {
            port_play_end(p, MEDIA_PLAY_DONE);
            return false;
        }
        if (play->left > 1)
            play->left--;
    }
    v->any = true;
    v->prompt = play->prompt;
    v->frame = play->frame++;
    v->power = level_power(prompt_pcm(v->prompt, v->frame), MIX_FRAME);
    return true;
}

static void tell_key(struct port *p)
{
    struct media_event e = {.kind = MEDIA_EV_KEY,
                            .port = p->number,
                            .key = dtmf_send_key(&p->keys),
                            .by = MEDIA_KEY_RFC4733};

    p->tell(&e, p->tell_arg);
}

/* The keys of a bot or a virtual phone sound with whatever else it says. A virtual phone's key
 * is also a key that was pressed, as if its telephone had sent an event. */
static void add_keys(struct port *p, struct voice *v)
{
    bool first = false;

    if (dtmf_send_step(&p->keys, &first) != DTMF_KEY)
        return;
    if (first && p->kind == PORT_SCRIPT)
        tell_key(p);
    if (v->prompt != NULL)
        memcpy(p->pcm, prompt_pcm(v->prompt, v->frame), sizeof(p->pcm));
    else if (!v->any)
        memset(p->pcm, 0, sizeof(p->pcm));
    dtmf_send_tone(&p->keys, p->pcm, MIX_FRAME, MIX_RATE);
    v->any = true;
    v->ready = true;
    v->prompt = NULL;
    v->power = level_power(p->pcm, MIX_FRAME);
}

static void speak_own(struct port *p, struct voice *v)
{
    if (!next_frame(p, v) && p->echo && p->heard_any) {
        memcpy(p->pcm, p->heard, sizeof(p->pcm));
        v->any = true;
        v->ready = true;
        v->power = level_power(p->pcm, MIX_FRAME);
    }
    add_keys(p, v);
}

static void speak_leg(struct port *p, struct voice *v, int64_t now_us)
{
    if (!rtp_leg_pull(p->leg, now_us))
        return;
    v->power = level_power(p->leg->frame, codec_frame(p->leg->codec));
    v->any = v->power > silence_power;
}

void port_speak(struct port *p, int64_t now_us)
{
    struct voice *v = &p->voice;

    memset(v, 0, sizeof(*v));
    if (p->kind == PORT_RTP)
        speak_leg(p, v, now_us);
    else
        speak_own(p, v);
    if (p->mute_in) {
        v->any = false;
        v->power = 0;
    }
    level_add(&p->level_in, v->power);
    if (p->tap != NULL) {
        static const int16_t silence[MIX_FRAME];

        tap_frame(p->tap, true, v->any ? port_pcm(p) : silence);
    }
}

const int16_t *port_pcm(struct port *p)
{
    struct voice *v = &p->voice;

    if (v->prompt != NULL)
        return prompt_pcm(v->prompt, v->frame);
    if (!v->ready) {
        rtp_leg_upsample(p->leg, p->pcm);
        v->ready = true;
    }
    return p->pcm;
}

void port_fill_stats(const struct port *p, struct media_stats *s)
{
    memset(s, 0, sizeof(*s));
    s->port = p->number;
    s->round_trip_ms = s->their_loss = s->their_jitter_ms = -1;
    s->level_in_db = p->level_in.db;
    s->level_out_db = p->level_out.db;
    if (p->leg != NULL)
        rtp_leg_fill_stats(p->leg, s);
}

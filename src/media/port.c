/*
 * port.c - what a port says. The media thread's, but for new and free.
 */
#include "media/port.h"

#include <string.h>

#include "base/mem.h"
#include "media/pipe.h"
#include "media/prompt.h"
#include "media/recorder.h"
#include "media/rtp_leg.h"
#include "media/tap.h"

enum { TAIL_TICKS = 10 };

/* Below this mean square (-70 dBFS) it is silence: A-law has no 0, its least value is 8. A voice
 * that was above it goes on for TAIL_TICKS, so that nothing of a word's end is cut. */
static const double silence_power = 100;

/* What is left of a loudness a tick later: 23 dB a second. */
static const double loudness_left = 0.9;

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
    recorder_free(p->recorder);
    mem_free(p->heard);
    mem_free(p);
}

static void tell_over(struct port *p, uint32_t number, enum media_play_end reason)
{
    struct media_event e = {
        .kind = MEDIA_EV_PLAYED, .port = p->number, .play = number, .reason = reason};

    if (number != 0)
        p->tell(&e, p->tell_arg);
}

static void tell_all_over(struct port *p, const struct player_step *s)
{
    for (size_t i = 0; i < sizeof(s->over) / sizeof(s->over[0]); i++)
        tell_over(p, s->over[i].number, s->over[i].reason);
}

void port_play_cancel(struct port *p, struct player *which)
{
    tell_over(p, player_cancel(which), MEDIA_PLAY_CANCELLED);
}

void port_play(struct port *p, struct player *which, uint32_t number, const struct prompt *prompt,
               int times)
{
    port_play_cancel(p, which);
    player_begin(which, number, prompt, times);
}

static void drop(struct port *p, struct player *which)
{
    tell_over(p, which->old, MEDIA_PLAY_CANCELLED);
    tell_over(p, which->number, MEDIA_PLAY_GONE);
    which->old = which->number = 0;
}

bool port_record_end(struct port *p, enum media_record_end why)
{
    struct media_event e = {.kind = MEDIA_EV_RECORDED, .port = p->number, .recorded = why};

    if (p->recorder == NULL)
        return false;
    e.play = p->recorder->number;
    e.sound = p->recorder;
    p->recorder = NULL;
    p->tell(&e, p->tell_arg);
    return true;
}

void port_silence(struct port *p)
{
    (void)port_record_end(p, MEDIA_RECORD_GONE);
    drop(p, &p->play);
    drop(p, &p->to);
}

void port_fade(int16_t pcm[MIX_FRAME], enum fade f)
{
    enum { RAMP = MIX_FRAME / 2 };

    if (f == FADE_NONE)
        return;
    for (int i = 0; i < RAMP; i++)
        pcm[i] = (int16_t)(pcm[i] * (f == FADE_IN ? i : RAMP - i) / RAMP);
    if (f == FADE_OUT)
        memset(pcm + RAMP, 0, RAMP * sizeof(*pcm));
}

/* Where its voice may go, if there is no crowd. */
static uint16_t has_to_say(const struct port *p)
{
    if (p->apart || p->mute_in || p->moving_to != NULL)
        return 0;
    if (p->source_of != 0)
        return p->source_of;
    return p->off_main ? 0 : AIR_MAIN;
}

bool port_wants_main(const struct port *p)
{
    return p->voice.any && has_to_say(p) == AIR_MAIN;
}

/* Where it may go, and what it may hear. */
static uint16_t may_say(const struct port *p)
{
    uint16_t to = has_to_say(p);

    return to == AIR_MAIN && p->crowded ? 0 : to;
}

static uint16_t may_hear(const struct port *p)
{
    if (p->apart || p->mute_out || p->moving_to != NULL || p->to.number != 0)
        return 0;
    return (uint16_t)((p->off_main ? 0 : AIR_MAIN) | p->receives);
}

/* sounded: there is something to fade out. */
static void steer(struct air *a, uint16_t may, bool sounded)
{
    if (a->fade == FADE_OUT || (a->open != may && !sounded))
        a->open = 0;
    a->fade = FADE_NONE;
    if (a->open == may)
        return;
    a->fade = a->open == 0 ? FADE_IN : FADE_OUT;
    if (a->open == 0)
        a->open = may;
}

void port_settle(struct port *p)
{
    p->says = (struct air){.open = may_say(p)};
    p->hears = (struct air){.open = may_hear(p)};
}

static void tell_key(struct port *p)
{
    struct media_event e = {.kind = MEDIA_EV_KEY,
                            .port = p->number,
                            .key = dtmf_send_key(&p->keys),
                            .by = MEDIA_KEY_RFC4733};

    p->tell(&e, p->tell_arg);
}

/* Own samples begin: with the prompt's frame, or with silence. */
static void prepare(struct port *p, struct voice *v)
{
    if (v->prompt != NULL)
        memcpy(p->pcm, prompt_pcm(v->prompt, v->frame), sizeof(p->pcm));
    else if (!v->any)
        memset(p->pcm, 0, sizeof(p->pcm));
    v->prompt = NULL;
    v->any = true;
    v->ready = true;
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
    prepare(p, v);
    dtmf_send_tone(&p->keys, p->pcm, MIX_FRAME, MIX_RATE);
}

static void add_fading(struct port *p, struct voice *v, const int16_t *fading)
{
    int32_t sum[MIX_FRAME] = {0};
    int16_t out[MIX_FRAME];

    memcpy(out, fading, sizeof(out));
    port_fade(out, FADE_OUT);
    prepare(p, v);
    mix_add(sum, p->pcm);
    mix_add(sum, out);
    mix_without(sum, NULL, p->pcm);
}

static void speak_own(struct port *p, struct voice *v)
{
    struct player_step s;

    player_next(&p->play, &s);
    if (s.prompt != NULL) {
        v->any = true;
        v->prompt = s.prompt;
        v->frame = s.frame;
    } else if (p->echo && p->heard_any) {
        memcpy(p->pcm, p->heard, sizeof(p->pcm));
        v->any = true;
        v->ready = true;
    }
    if (s.fading != NULL)
        add_fading(p, v, s.fading);
    add_keys(p, v);
    if (v->any)
        v->power = level_power(port_pcm(p), MIX_FRAME);
    tell_all_over(p, &s);
}

/* What comes from outside is a voice while it is louder than silence, and a little after. */
static bool is_voiced(struct port *p, double power)
{
    if (power > silence_power)
        p->tail = TAIL_TICKS;
    else if (p->tail > 0)
        p->tail--;
    return power > silence_power || p->tail > 0;
}

static void speak_leg(struct port *p, struct voice *v, int64_t now_us)
{
    bool sound = rtp_leg_pull(p->leg, now_us, p->pcm, &v->power);
    bool voiced = is_voiced(p, v->power);

    v->ready = !codec_is_narrow(p->leg->codec);
    v->any = sound && voiced;
}

static void speak_stream(struct port *p, struct voice *v)
{
    enum pipe_next n = pipe_next(p->pipe, p->pcm);
    bool sound = n != PIPE_NOTHING;

    if (n == PIPE_ENDING)
        port_fade(p->pcm, FADE_OUT);
    if (sound)
        v->power = level_power(p->pcm, MIX_FRAME);
    v->ready = true;
    v->any = is_voiced(p, v->power) && sound;
    add_keys(p, v);
    if (v->any)
        v->power = level_power(p->pcm, MIX_FRAME);
}

void port_listen(struct port *p, int64_t now_us)
{
    struct voice *v = &p->voice;

    p->sounded = v->any;
    memset(v, 0, sizeof(*v));
    if (p->kind == PORT_RTP)
        speak_leg(p, v, now_us);
    else if (p->kind == PORT_STREAM)
        speak_stream(p, v);
    else
        speak_own(p, v);
    p->loudness *= loudness_left;
    if (v->power > p->loudness)
        p->loudness = v->power;
}

/* The samples that it says, changed. */
static void fade_voice(struct port *p)
{
    const int16_t *pcm = port_pcm(p);

    if (pcm != p->pcm)
        memcpy(p->pcm, pcm, sizeof(p->pcm));
    p->voice.prompt = NULL;
    p->voice.ready = true;
    port_fade(p->pcm, p->says.fade);
}

void port_speak(struct port *p)
{
    struct voice *v = &p->voice;

    player_next(&p->to, &p->told);
    steer(&p->says, may_say(p), p->sounded);
    steer(&p->hears, may_hear(p), true);
    if (p->says.open == 0) {
        v->any = false;
        v->power = 0;
    } else if (v->any && p->says.fade != FADE_NONE) {
        fade_voice(p);
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

void port_told(struct port *p)
{
    tell_all_over(p, &p->told);
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

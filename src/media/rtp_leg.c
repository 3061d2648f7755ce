/*
 * rtp_leg.c - a phone's RTP, the hearing side. The media thread's, but for new and free.
 */
#include "media/rtp_leg.h"

#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "base/str.h"
#include "media/level.h"

enum { GONE_MS = 30000 };

struct rtp_leg *rtp_leg_new(const struct rtp_leg_setup *s)
{
    struct rtp_leg *l = mem_new(sizeof(*l));
    uint32_t dice[4] = {0};

    (void)getrandom(dice, sizeof(dice), 0);
    l->port = s->port;
    l->rtp_fd = s->rtp_fd;
    l->rtcp_fd = s->rtcp_fd;
    l->silence_ms = s->silence_ms;
    l->loopback = s->loopback;
    l->codec = codec_find(SDP_PCMU);
    l->telephone_event = -1;
    l->timestamp = dice[1];
    l->sequence = (uint16_t)dice[2];
    l->random = dice[3];
    l->jitter = jitter_new(l->codec);
    encoder_init(&l->encoder, l->codec, NULL);
    l->ear = dtmf_ear_new();
    rtcp_init(&l->rtcp, dice[0], s->cname, l->codec->clock);
    return l;
}

void rtp_leg_free(struct rtp_leg *l)
{
    if (l == NULL)
        return;
    jitter_free(l->jitter);
    kit_free(l->kit);
    dtmf_ear_free(l->ear);
    mem_free(l);
}

/* The kit of the present codec. */
static const struct kit *own_kit(const struct rtp_leg *l)
{
    return l->kit != NULL && l->kit->codec == l->codec ? l->kit : NULL;
}

static void listen_anew(struct rtp_leg *l)
{
    jitter_reset(l->jitter, l->codec, own_kit(l));
    rtcp_forget(&l->rtcp);
    memset(&l->events, 0, sizeof(l->events));
}

/* Takes the kit that a codec needs, if it has not one already; gives back what is left over. */
static bool take_kit(struct rtp_leg *l, const struct codec *c, struct kit **kit)
{
    struct kit *before = l->kit;

    if (c->encoder_size == NULL || (before != NULL && before->codec == c))
        return true;
    if (*kit == NULL || (*kit)->codec != c)
        return false;
    l->kit = *kit;
    *kit = before;
    return true;
}

static void change_codec(struct rtp_leg *l, const struct codec *c)
{
    l->codec = c;
    l->rtcp.clock = c->clock;
    encoder_init(&l->encoder, c, own_kit(l));
    listen_anew(l);
}

static void agree_on_events(struct rtp_leg *l, const struct media_peer *p)
{
    l->telephone_event = p->agreed.telephone_event;
    l->event_clock = p->agreed.event_clock != 0 ? p->agreed.event_clock : l->codec->clock;
    l->inband = l->telephone_event < 0 && !p->info_keys && !l->keys_by_info;
}

bool rtp_leg_agree(struct rtp_leg *l, const struct media_peer *p, struct kit **kit, int64_t now_ms)
{
    const struct sdp_agreed *a = &p->agreed;
    const struct codec *c = codec_find(a->codec);
    struct codec_tuning tuning = codec_tune(a);
    bool fit = sdp_address_is_fit(&a->rtp, l->loopback);
    bool first = !l->agreed;
    bool deaf = !l->may_hear;

    if (c == NULL || !take_kit(l, c, kit))
        return false;
    l->agreed = true;
    l->may_hear = a->direction == SDP_SENDRECV || a->direction == SDP_RECVONLY;
    l->may_speak = a->direction == SDP_SENDRECV || a->direction == SDP_SENDONLY;
    l->rtcp_mux = a->rtcp_mux;
    l->rtcp_to = a->rtcp;
    l->payload_type = a->payload_type;
    l->level_id = a->level_id;
    l->source.payload_type = a->payload_type;
    l->source.telephone_event = a->telephone_event;
    source_agree(&l->source, &a->rtp, fit, &p->signalling, p->relock || first);
    if (c != l->codec)
        change_codec(l, c);
    else if (p->relock || first)
        listen_anew(l);
    encoder_tune(&l->encoder, &tuning);
    agree_on_events(l, p);
    if (p->relock || first || (deaf && l->may_hear)) {
        l->heard_ms = now_ms;
        l->told_silent = false;
    }
    if (first)
        l->report_ms = now_ms + 1000 + l->random % 2000;
    return true;
}

void rtp_leg_keys_by_info(struct rtp_leg *l)
{
    l->keys_by_info = true;
    l->inband = false;
}

static void alive(struct rtp_leg *l, int64_t now_ms)
{
    l->heard_ms = now_ms;
    l->told_silent = false;
}

static void tell_key(struct rtp_leg *l, char key, enum media_key_by by)
{
    struct media_event e = {.kind = MEDIA_EV_KEY, .port = l->port, .key = key, .by = by};

    l->tell(&e, l->tell_arg);
}

/* Not the time of day: when that is set, round trips would last for hours. */
uint64_t rtp_leg_ntp_now(void)
{
    uint64_t us = (uint64_t)clock_real_us();

    return us / 1000000 << 32 | (us % 1000000 << 32) / 1000000;
}

static void on_rtcp(struct rtp_leg *l, const uint8_t *bytes, size_t len, const struct addr *from,
                    int64_t now_ms)
{
    if (!source_ip_is_right(&l->source, from)) {
        l->dropped_source++;
        count_add(COUNT_RTP_DROPPED, 1);
        return;
    }
    if (!rtcp_read(&l->rtcp, bytes, len, rtp_leg_ntp_now())) {
        l->dropped_form++;
        count_add(COUNT_RTP_DROPPED, 1);
        return;
    }
    alive(l, now_ms);
    if (addr_same_ip(from, &l->source.signalling))
        l->rtcp_to = *from; /* symmetric, as RTP */
}

static void on_sound(struct rtp_leg *l, struct rtp_packet *p, int64_t arrival_us)
{
    if (p->payload_type != l->payload_type) {
        char key = dtmf_event_read(&l->events, p);

        if (key != 0)
            tell_key(l, key, MEDIA_KEY_RFC4733);
        return;
    }
    p->level = rtp_level(p, l->level_id);
    jitter_put(l->jitter, p, arrival_us);
    if (!l->told_heard) {
        struct media_event e = {.kind = MEDIA_EV_HEARD, .port = l->port};

        l->told_heard = true;
        l->tell(&e, l->tell_arg);
    }
}

void rtp_leg_on_datagram(struct rtp_leg *l, const uint8_t *bytes, size_t len,
                         const struct addr *from, int64_t arrival_us)
{
    int64_t now_ms = arrival_us / 1000;
    struct rtp_packet p;
    enum source_verdict verdict;

    if (!l->agreed)
        return;
    if (l->rtcp_mux && rtp_is_rtcp(bytes, len)) {
        on_rtcp(l, bytes, len, from, now_ms);
        return;
    }
    if (!rtp_read(&p, bytes, len)) {
        l->dropped_form++;
        count_add(COUNT_RTP_DROPPED, 1);
        return;
    }
    verdict = source_judge(&l->source, from, &p, now_ms);
    if (verdict == SOURCE_REFUSED) {
        l->dropped_source++;
        count_add(COUNT_RTP_DROPPED, 1);
        return;
    }

    if (verdict == SOURCE_NEW) {
        if (l->packets_received > 0 && l->last_ssrc != p.ssrc)
            l->ssrc_changes++;
        l->last_ssrc = p.ssrc;
        listen_anew(l);
    }
    alive(l, now_ms);
    l->packets_received++;
    l->bytes_received += p.len;
    if (p.payload_type == l->payload_type)
        rtcp_on_packet(&l->rtcp, p.ssrc, p.sequence, p.timestamp,
                       (uint32_t)((uint64_t)arrival_us * (l->codec->clock / 1000) / 1000));
    else
        rtcp_on_event(&l->rtcp, p.ssrc, p.sequence);
    if (l->may_hear)
        on_sound(l, &p, arrival_us);
}

void rtp_leg_receive(struct rtp_leg *l, struct inlet *in, bool rtcp)
{
    int fd = rtcp ? l->rtcp_fd : l->rtp_fd;
    size_t n;

    /* At most three handfuls a tick: a flood must not hold the others up. */
    for (int turn = 0; turn < 3; turn++) {
        n = inlet_read(in, fd);
        for (size_t i = 0; i < n; i++) {
            if (!rtcp)
                rtp_leg_on_datagram(l, in->bytes[i], inlet_len(in, i), &in->from[i],
                                    inlet_arrival_us(in, i));
            else if (l->agreed)
                on_rtcp(l, in->bytes[i], inlet_len(in, i), &in->from[i], in->now_us / 1000);
        }
        if (!rtcp)
            count_add(COUNT_RTP_RECEIVED, (int64_t)n);
        if (n < INLET_PACKETS)
            return;
    }
}

static void listen_for_keys(struct rtp_leg *l, const int16_t *pcm)
{
    char keys[DTMF_KEYS_MAX];
    size_t n = dtmf_ear_hear(l->ear, pcm, codec_frame(l->codec), keys, sizeof(keys));

    for (size_t i = 0; i < n; i++)
        tell_key(l, keys[i], MEDIA_KEY_INBAND);
}

bool rtp_leg_pull(struct rtp_leg *l, int64_t now_us, int16_t pcm[MIX_FRAME], double *power)
{
    int16_t *to = codec_is_narrow(l->codec) ? l->narrow : pcm;
    bool sound = l->may_hear && jitter_pull(l->jitter, now_us, to);

    l->quiet_up++;
    *power = sound ? level_power(to, codec_frame(l->codec)) : 0;
    if (l->inband && sound)
        listen_for_keys(l, to);
    return sound;
}

void rtp_leg_upsample(struct rtp_leg *l, int16_t out[MIX_FRAME])
{
    if (l->quiet_up > 1)
        resample_forget(&l->up);
    l->quiet_up = 0;
    resample_up(&l->up, l->narrow, out);
}

static int64_t report_delay_ms(struct rtp_leg *l)
{
    l->random = l->random * 1664525u + 1013904223u;
    return 2500 + (l->random >> 8) % 5000; /* 5 s times 0.5 to 1.5: RFC 3550 section 6.2 */
}

void rtp_leg_tick(struct rtp_leg *l, int64_t now_ms)
{
    l->timestamp += codec_step(l->codec);
    if (!l->agreed)
        return;
    if (now_ms >= l->report_ms) {
        l->report_ms = now_ms + report_delay_ms(l);
        rtp_leg_send_report(l, false);
    }
    if (!l->told_silent && l->may_hear && now_ms - l->heard_ms >= l->silence_ms) {
        struct media_event e = {.kind = MEDIA_EV_SILENT, .port = l->port};

        l->told_silent = true;
        l->tell(&e, l->tell_arg);
    }
}

bool rtp_leg_may_send(const struct rtp_leg *l, int64_t now_ms)
{
    return l->agreed && l->may_speak && now_ms - l->heard_ms < GONE_MS &&
           source_destination(&l->source) != NULL;
}

void rtp_leg_fill_stats(const struct rtp_leg *l, struct media_stats *s)
{
    const struct jitter_counts *j = jitter_count(l->jitter);
    const struct addr *to = source_destination(&l->source);

    s->rtp = true;
    s->packets_received = l->packets_received;
    s->bytes_received = l->bytes_received;
    s->packets_sent = l->rtcp.packets_sent;
    s->bytes_sent = l->rtcp.octets_sent;
    s->expected = rtcp_expected(&l->rtcp);
    s->lost = rtcp_lost(&l->rtcp);
    s->duplicates = j->duplicates;
    s->reordered = j->reordered;
    s->late = j->late;
    s->concealed = j->concealed;
    s->dropped_source = l->dropped_source;
    s->dropped_form = l->dropped_form;
    s->jitter_ms = rtcp_jitter_ms(&l->rtcp);
    s->buffer_ms = jitter_depth_ms(l->jitter);
    s->round_trip_ms = l->rtcp.round_trip_ms;
    s->their_loss = l->rtcp.their_loss;
    s->their_jitter_ms = l->rtcp.their_jitter_ms;
    s->ssrc_changes = l->ssrc_changes;
    s->ssrc_in = l->rtcp.heard.ssrc;
    s->ssrc_out = l->rtcp.ssrc;
    (void)str_copy(s->codec, sizeof(s->codec), l->agreed ? l->codec->name : "");
    if (to != NULL && l->agreed)
        (void)addr_text(to, s->remote);
    if (l->source.locked)
        (void)addr_text(&l->source.from, s->heard_from);
}

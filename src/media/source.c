/*
 * source.c - the rules of the RTP source. The port's media thread.
 */
#include "media/source.h"

void source_agree(struct source *s, const struct addr *sdp, bool sdp_fit,
                  const struct addr *signalling, bool relock)
{
    s->sdp = *sdp;
    s->sdp_fit = sdp_fit;
    s->signalling = *signalling;
    if (relock) {
        s->known = false;
        s->locked = false;
        s->same_ip_only = false;
        s->symmetric = false;
    }
}

bool source_ip_is_right(const struct source *s, const struct addr *from)
{
    return addr_same_ip(from, &s->signalling) || (s->sdp_fit && addr_same_ip(from, &s->sdp));
}

static bool address_is_right(const struct source *s, const struct addr *from)
{
    if (s->same_ip_only && !addr_same_ip(from, &s->from))
        return false;
    return addr_same_ip(from, &s->signalling) || (s->sdp_fit && addr_same(from, &s->sdp));
}

static bool type_is_right(const struct source *s, const struct rtp_packet *p)
{
    return p->payload_type == s->payload_type ||
           (s->telephone_event >= 0 && p->payload_type == s->telephone_event);
}

static bool is_the_same(const struct source *s, const struct addr *from, const struct rtp_packet *p)
{
    return s->known && s->ssrc == p->ssrc && addr_same(from, &s->from);
}

static void lock_when_steady(struct source *s)
{
    if (s->in_sequence < SOURCE_LOCK_PACKETS)
        return;
    s->locked = true;
    s->same_ip_only = false;
    s->symmetric = addr_same_ip(&s->from, &s->signalling);
    s->back = s->from;
}

static enum source_verdict begin_candidate(struct source *s, const struct addr *from,
                                           const struct rtp_packet *p, int64_t now_ms)
{
    s->known = true;
    s->from = *from;
    s->ssrc = p->ssrc;
    s->sequence = p->sequence;
    s->in_sequence = 1;
    s->heard_ms = now_ms;
    return SOURCE_NEW;
}

enum source_verdict source_judge(struct source *s, const struct addr *from,
                                 const struct rtp_packet *p, int64_t now_ms)
{
    if (!type_is_right(s, p))
        return SOURCE_REFUSED;

    if (s->locked) {
        if (is_the_same(s, from, p)) {
            s->heard_ms = now_ms;
            return SOURCE_HEARD;
        }
        if (now_ms - s->heard_ms < SOURCE_SILENCE_MS || !addr_same_ip(from, &s->from))
            return SOURCE_REFUSED;
        s->locked = false;
        s->same_ip_only = true;
        return begin_candidate(s, from, p, now_ms);
    }

    if (!address_is_right(s, from))
        return SOURCE_REFUSED;
    if (!is_the_same(s, from, p))
        return begin_candidate(s, from, p, now_ms);

    s->in_sequence = p->sequence == (uint16_t)(s->sequence + 1) ? s->in_sequence + 1 : 1;
    s->sequence = p->sequence;
    s->heard_ms = now_ms;
    lock_when_steady(s);
    return SOURCE_HEARD;
}

const struct addr *source_destination(const struct source *s)
{
    if (s->symmetric)
        return &s->back;
    return s->sdp_fit ? &s->sdp : NULL;
}

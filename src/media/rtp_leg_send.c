/*
 * rtp_leg_send.c - a phone's RTP, the speaking side. The media thread's.
 */
#include "media/rtp_leg.h"

#include <string.h>

#include "base/count.h"

static void send_packet(struct rtp_leg *l, struct rtp_packet *p, const uint8_t *payload, size_t len)
{
    const struct addr *to = source_destination(&l->source);
    uint8_t bytes[RTP_HEADER + CODEC_PAYLOAD_MAX];

    if (to == NULL || len > CODEC_PAYLOAD_MAX)
        return;
    p->sequence = l->sequence++;
    p->ssrc = l->rtcp.ssrc;
    rtp_write_header(p, bytes);
    memcpy(bytes + RTP_HEADER, payload, len);
    /* A full socket buffer or an unreachable phone is a lost packet, nothing more. */
    (void)sendto(l->rtp_fd, bytes, RTP_HEADER + len, MSG_DONTWAIT, &to->sa, addr_len(to));
    l->rtcp.packets_sent++;
    l->rtcp.octets_sent += len;
    l->rtcp.sent_since = true;
    count_add(COUNT_RTP_SENT, 1);
}

void rtp_leg_send_payload(struct rtp_leg *l, const uint8_t *payload, size_t len)
{
    struct rtp_packet p = {
        .payload_type = l->payload_type, .marker = !l->talking, .timestamp = l->timestamp};

    l->talking = true;
    send_packet(l, &p, payload, len);
}

bool rtp_leg_send_event(struct rtp_leg *l, struct dtmf_send *d, bool first)
{
    struct rtp_packet p = {.payload_type = (uint8_t)l->telephone_event, .marker = first};
    uint8_t payload[DTMF_EVENT_SIZE];

    if (!dtmf_send_event(d, l->timestamp, l->event_clock / 50, payload, &p.timestamp))
        return false;
    send_packet(l, &p, payload, sizeof(payload));
    return true;
}

void rtp_leg_send_report(struct rtp_leg *l, bool bye)
{
    const struct addr *to = &l->rtcp_to;
    uint8_t bytes[RTCP_PACKET_MAX];
    size_t len;

    if (!l->agreed)
        return;
    if (l->rtcp_mux)
        to = source_destination(&l->source);
    if (to == NULL || addr_port(to) == 0)
        return;
    if (to == &l->rtcp_to && !addr_same_ip(to, &l->source.signalling) &&
        !sdp_address_is_fit(to, l->loopback))
        return;
    len = rtcp_write(&l->rtcp, rtp_leg_ntp_now(), l->timestamp, bye, bytes);
    (void)sendto(l->rtcp_mux ? l->rtp_fd : l->rtcp_fd, bytes, len, MSG_DONTWAIT, &to->sa,
                 addr_len(to));
}

/*
 * media_rtp.c - fuzz: bytes as datagrams to a leg: RTP, events and RTCP, with their time.
 *
 * The input is a row of datagrams, each after a byte of length and one of
 * milliseconds; each length of 255 lets a tick go by instead.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media/pieces.h"
#include "media/rtp_leg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_event(const struct media_event *e, void *arg)
{
    (void)arg;
    if (e->kind == MEDIA_EV_KEY && dtmf_code(e->key) < 0)
        abort();
}

static struct rtp_leg *open_leg(struct addr *phone)
{
    struct rtp_leg_setup s = {
        .port = 1, .rtp_fd = -1, .rtcp_fd = -1, .silence_ms = 1000, .cname = "a@b"};
    struct media_peer peer;
    struct rtp_leg *l = rtp_leg_new(&s);
    struct kit *none = NULL;

    memset(&peer, 0, sizeof(peer));
    if (!addr_read_ip(phone, "10.0.0.1", 8, 4000))
        abort();
    peer.agreed.rtp = peer.agreed.rtcp = peer.signalling = *phone;
    peer.agreed.codec = SDP_PCMA;
    peer.agreed.payload_type = 8;
    peer.agreed.telephone_event = 101;
    peer.agreed.rtcp_mux = true;
    l->tell = on_event;
    if (!rtp_leg_agree(l, &peer, &none, 1000))
        abort();
    return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct addr phone;
    struct rtp_leg *l = open_leg(&phone);
    struct media_stats stats;
    int64_t now_us = 1000000;
    int16_t pcm[MIX_FRAME];
    double power;
    struct pieces *pool = pieces_new(16); /* sometimes empty */

    jitter_use(l->jitter, pool);
    l->inband = true; /* both ways of keys at once */
    while (size >= 2) {
        size_t len = data[0];

        now_us += (int64_t)data[1] * 1000;
        data += 2;
        size -= 2;
        if (len == 255) {
            (void)rtp_leg_pull(l, now_us, pcm, &power);
            rtp_leg_tick(l, now_us / 1000);
            continue;
        }
        len = len < size ? len : size;
        rtp_leg_on_datagram(l, data, len, &phone, now_us);
        data += len;
        size -= len;
    }
    memset(&stats, 0, sizeof(stats));
    rtp_leg_fill_stats(l, &stats);
    rtp_leg_free(l);
    pieces_free(pool);
    return 0;
}

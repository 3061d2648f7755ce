/*
 * media_wide.c - fuzz: bytes as packets of Opus or G.722 to a leg, with levels and with in-band
 * keys.
 *
 * The first byte chooses the codec. Then a row of packets: a byte of length (255 lets a tick go by
 * instead), one of how far sequence and time stamp go on, one of header extension (0: none), and
 * the payload. What is heard goes out again, so encoders see it too.
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

static struct rtp_leg *open_leg(struct addr *phone, enum sdp_codec codec)
{
    struct rtp_leg_setup s = {
        .port = 1, .rtp_fd = -1, .rtcp_fd = -1, .silence_ms = 1000, .cname = "a@b"};
    struct media_peer peer;
    struct rtp_leg *l = rtp_leg_new(&s);
    struct kit *kit = kit_new(codec_find(codec));

    memset(&peer, 0, sizeof(peer));
    if (!addr_read_ip(phone, "10.0.0.1", 8, 4000))
        abort();
    peer.agreed.rtp = peer.agreed.rtcp = peer.signalling = *phone;
    peer.agreed.codec = codec;
    peer.agreed.payload_type = 96;
    peer.agreed.telephone_event = -1;
    peer.agreed.level_id = 1;
    peer.agreed.opus.fec = true;
    l->tell = on_event;
    if (!rtp_leg_agree(l, &peer, &kit, 1000) || kit != NULL)
        abort();
    return l;
}

static void tick(struct rtp_leg *l, struct hush *h, int64_t now_us)
{
    int16_t pcm[MIX_FRAME];
    uint8_t bytes[CODEC_PAYLOAD_MAX];
    double power;
    size_t len;
    bool sound = rtp_leg_pull(l, now_us, pcm, &power);

    hush_tick(h);
    (void)encoder_next(&l->encoder, h, sound ? pcm : NULL, bytes, &len);
    if (len > CODEC_PAYLOAD_MAX)
        abort();
    rtp_leg_tick(l, now_us / 1000);
}

/* The phone's row of packets. */
struct row {
    struct rtp_leg *leg;
    struct addr phone;
    uint16_t sequence;
    uint32_t timestamp;
};

/* Returns how many bytes were used. */
static size_t packet(struct row *r, const uint8_t *data, size_t size, int64_t now_us)
{
    uint8_t bytes[RTP_HEADER + 8 + 255] = {0};
    size_t len = data[0] < size - 3 ? data[0] : size - 3, at = RTP_HEADER;
    struct rtp_packet p = {.payload_type = 96, .ssrc = 7};

    p.sequence = r->sequence = (uint16_t)(r->sequence + (data[1] & 0x0f));
    p.timestamp = r->timestamp += (uint32_t)(data[1] >> 4) * codec_step(r->leg->codec) / 2;
    rtp_write_header(&p, bytes);
    if (data[2] != 0) {
        static const uint8_t extension[] = {0xbe, 0xde, 0, 1, 0x10, 0, 0, 0};

        bytes[0] |= 0x10;
        memcpy(bytes + at, extension, sizeof(extension));
        bytes[at + 5] = data[2];
        at += sizeof(extension);
    }
    memcpy(bytes + at, data + 3, len);
    rtp_leg_on_datagram(r->leg, bytes, at + len, &r->phone, now_us);
    return 3 + len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum sdp_codec codec = size > 0 && data[0] % 2 == 1 ? SDP_G722 : SDP_OPUS;
    struct row r = {0};
    struct pieces *pool = pieces_new(64); /* sometimes empty */
    struct hush hush;
    int64_t now_us = 1000000;

    r.leg = open_leg(&r.phone, codec);
    hush_init(&hush, codec_find(codec));
    jitter_use(r.leg->jitter, pool);
    for (size_t at = 1; at + 3 <= size;) {
        if (data[at] == 255) {
            now_us += 20000;
            tick(r.leg, &hush, now_us);
            at++;
        } else {
            at += packet(&r, data + at, size - at, now_us);
        }
    }
    hush_clear(&hush);
    rtp_leg_free(r.leg);
    pieces_free(pool);
    return 0;
}

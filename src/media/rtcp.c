/*
 * rtcp.c - RTCP: reports written and read, loss, jitter and round trip. The leg's
 * media thread.
 */
#include "media/rtcp.h"

#include <math.h>
#include <string.h>

#include "base/str.h"
#include "media/rtp.h"

enum { TYPE_SR = 200, TYPE_RR = 201, TYPE_SDES = 202, TYPE_BYE = 203 };
enum { SDES_CNAME = 1, BLOCK_SIZE = 24, SENDER_SIZE = 20 };
enum { MAX_DROPOUT = 3000, MAX_MISORDER = 100 }; /* A.1 */

void rtcp_init(struct rtcp *r, uint32_t ssrc, const char *cname, unsigned clock)
{
    memset(r, 0, sizeof(*r));
    r->ssrc = ssrc;
    r->clock = clock;
    r->round_trip_ms = -1;
    r->their_loss = -1;
    r->their_jitter_ms = -1;
    (void)str_copy(r->cname, sizeof(r->cname), cname);
}

void rtcp_forget(struct rtcp *r)
{
    memset(&r->heard, 0, sizeof(r->heard));
    r->their_sr = 0;
    r->bye = false;
}

static void begin(struct rtcp_heard *h, uint32_t ssrc, uint16_t sequence)
{
    memset(h, 0, sizeof(*h));
    h->any = true;
    h->ssrc = ssrc;
    h->base_sequence = sequence;
    h->max_sequence = sequence;
}

/* A.1 without its probation, which is source.c's lock. A jump begins a new count at once: the
 * jitter buffer decides whether its sound is to be believed. */
static void count_sequence(struct rtcp_heard *h, uint16_t sequence)
{
    uint16_t delta = (uint16_t)(sequence - h->max_sequence);

    if (delta < MAX_DROPOUT) {
        if (sequence < h->max_sequence)
            h->cycles += 0x10000;
        h->max_sequence = sequence;
    } else if (delta <= 0x10000 - MAX_MISORDER) {
        begin(h, h->ssrc, sequence);
    }
}

static void count_packet(struct rtcp_heard *h, uint32_t ssrc, uint16_t sequence)
{
    if (!h->any || h->ssrc != ssrc)
        begin(h, ssrc, sequence);
    else
        count_sequence(h, sequence);
    h->received++;
}

void rtcp_on_packet(struct rtcp *r, uint32_t ssrc, uint16_t sequence, uint32_t timestamp,
                    uint32_t arrival)
{
    struct rtcp_heard *h = &r->heard;
    uint32_t transit = arrival - timestamp;

    count_packet(h, ssrc, sequence);
    if (h->timed) { /* A.8 */
        double d = fabs((double)(int32_t)(transit - h->transit));

        h->jitter += (d - h->jitter) / 16.0;
    }
    h->transit = transit;
    h->timed = true;
}

void rtcp_on_event(struct rtcp *r, uint32_t ssrc, uint16_t sequence)
{
    count_packet(&r->heard, ssrc, sequence);
}

uint64_t rtcp_expected(const struct rtcp *r)
{
    const struct rtcp_heard *h = &r->heard;

    return h->any ? (uint64_t)h->cycles + h->max_sequence - h->base_sequence + 1 : 0;
}

uint64_t rtcp_lost(const struct rtcp *r)
{
    uint64_t expected = rtcp_expected(r);

    return expected > r->heard.received ? expected - r->heard.received : 0;
}

double rtcp_jitter_ms(const struct rtcp *r)
{
    return r->heard.jitter * 1000.0 / r->clock;
}

static uint8_t fraction_lost(struct rtcp_heard *h, uint32_t expected)
{
    uint32_t due = expected - h->expected_before;
    uint32_t came = h->received - h->received_before;
    uint64_t lost;

    h->expected_before = expected;
    h->received_before = h->received;
    if (due == 0 || came >= due)
        return 0;
    lost = ((uint64_t)(due - came) << 8) / due;
    return (uint8_t)(lost < UINT8_MAX ? lost : UINT8_MAX);
}

static uint8_t *write_head(uint8_t *p, unsigned count, uint8_t type, size_t size)
{
    p[0] = (uint8_t)(0x80 | count);
    p[1] = type;
    rtp_put16(p + 2, (uint16_t)(size / 4 - 1));
    return p + 4;
}

static uint8_t *write_block(struct rtcp *r, uint64_t ntp, uint8_t *p)
{
    struct rtcp_heard *h = &r->heard;
    uint32_t expected = (uint32_t)rtcp_expected(r);
    uint32_t lost = (uint32_t)rtcp_lost(r);
    uint32_t since = r->their_sr == 0 ? 0 : (uint32_t)((ntp - r->their_sr_at) >> 16);

    rtp_put32(p, h->ssrc);
    rtp_put32(p + 4, lost < 0x7fffff ? lost : 0x7fffff);
    p[4] = fraction_lost(h, expected);
    rtp_put32(p + 8, h->cycles + h->max_sequence);
    rtp_put32(p + 12, (uint32_t)h->jitter);
    rtp_put32(p + 16, r->their_sr);
    rtp_put32(p + 20, since);
    return p + BLOCK_SIZE;
}

static uint8_t *write_cname(const struct rtcp *r, uint8_t *p)
{
    size_t name = strlen(r->cname);
    size_t size = (4 + 4 + 2 + name + 1 + 3) / 4 * 4; /* at least one 0 ends the items */

    memset(p, 0, size);
    (void)write_head(p, 1, TYPE_SDES, size);
    rtp_put32(p + 4, r->ssrc);
    p[8] = SDES_CNAME;
    p[9] = (uint8_t)name;
    memcpy(p + 10, r->cname, name);
    return p + size;
}

size_t rtcp_write(struct rtcp *r, uint64_t ntp, uint32_t timestamp, bool bye,
                  uint8_t out[RTCP_PACKET_MAX])
{
    uint8_t *p = out;
    unsigned blocks = r->heard.any ? 1 : 0;
    size_t size = 8 + (size_t)blocks * BLOCK_SIZE;

    if (r->sent_since)
        size += SENDER_SIZE;
    p = write_head(p, blocks, r->sent_since ? TYPE_SR : TYPE_RR, size);
    rtp_put32(p, r->ssrc);
    p += 4;
    if (r->sent_since) {
        rtp_put32(p, (uint32_t)(ntp >> 32));
        rtp_put32(p + 4, (uint32_t)ntp);
        rtp_put32(p + 8, timestamp);
        rtp_put32(p + 12, (uint32_t)r->packets_sent);
        rtp_put32(p + 16, (uint32_t)r->octets_sent);
        p += SENDER_SIZE;
        r->sent_since = false;
    }
    if (blocks > 0)
        p = write_block(r, ntp, p);
    p = write_cname(r, p);
    if (bye) {
        rtp_put32(write_head(p, 1, TYPE_BYE, 8), r->ssrc);
        p += 8;
    }
    return (size_t)(p - out);
}

/* A.2: versions right, lengths add up exactly, the first is SR or RR. */
static bool is_compound(const uint8_t *bytes, size_t len)
{
    if (len < 8 || (bytes[1] != TYPE_SR && bytes[1] != TYPE_RR) || (bytes[0] & 0x20) != 0)
        return false;
    while (len >= 4) {
        size_t size = ((size_t)rtp_get16(bytes + 2) + 1) * 4;

        if (bytes[0] >> 6 != 2 || size > len)
            return false;
        bytes += size;
        len -= size;
    }
    return len == 0;
}

/* 6.4.1: A - LSR - DLSR, in 1/65536 s. */
static void read_block(struct rtcp *r, const uint8_t *p, uint64_t ntp)
{
    uint32_t last_sr = rtp_get32(p + 16);
    int32_t trip = (int32_t)((uint32_t)(ntp >> 16) - last_sr - rtp_get32(p + 20));

    if (rtp_get32(p) != r->ssrc)
        return;
    r->their_loss = p[4] / 256.0;
    r->their_jitter_ms = (double)rtp_get32(p + 12) * 1000.0 / r->clock;
    if (last_sr != 0 && trip >= 0)
        r->round_trip_ms = trip * 1000.0 / 65536.0;
}

static void read_report(struct rtcp *r, const uint8_t *p, size_t size, uint64_t ntp)
{
    size_t at = 8;

    if (p[1] == TYPE_SR) {
        if (size < 8 + SENDER_SIZE)
            return;
        r->their_sr = rtp_get32(p + 8) << 16 | rtp_get32(p + 12) >> 16;
        r->their_sr_at = ntp;
        at += SENDER_SIZE;
    }
    for (int i = 0; i < (p[0] & 0x1f) && at + BLOCK_SIZE <= size; i++, at += BLOCK_SIZE)
        read_block(r, p + at, ntp);
}

bool rtcp_read(struct rtcp *r, const uint8_t *bytes, size_t len, uint64_t ntp)
{
    if (!is_compound(bytes, len))
        return false;
    for (size_t at = 0; at < len;) {
        size_t size = ((size_t)rtp_get16(bytes + at + 2) + 1) * 4;

        if (size >= 8 && (bytes[at + 1] == TYPE_SR || bytes[at + 1] == TYPE_RR))
            read_report(r, bytes + at, size, ntp);
        else if (bytes[at + 1] == TYPE_BYE)
            r->bye = true;
        at += size;
    }
    return true;
}

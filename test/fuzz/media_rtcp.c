/*
 * media_rtcp.c - fuzz: reports of the other side between packets that were heard.
 *
 * The input is a row of steps, each a byte that chooses and what that needs. What we write
 * afterwards must be a report that another of us can read.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/rtcp.h"

enum { PACKET_BYTES = 12, SSRC = 0x01020304, CLOCK_HZ = 8000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct rtcp *r)
{
    must(r->round_trip_ms == -1 || (r->round_trip_ms >= 0 && r->round_trip_ms <= 32768000.0));
    must(r->their_loss == -1 || (r->their_loss >= 0 && r->their_loss < 1));
    must(isfinite(r->their_jitter_ms) && isfinite(rtcp_jitter_ms(r)) && rtcp_jitter_ms(r) >= 0);
    must(rtcp_lost(r) <= rtcp_expected(r));
}

static void report(struct rtcp *r, uint64_t ntp, bool bye)
{
    uint8_t packet[RTCP_PACKET_MAX];
    struct rtcp peer;
    size_t len;

    r->sent_since = r->sent_since || bye;
    len = rtcp_write(r, ntp, (uint32_t)ntp, bye, packet);
    must(len <= sizeof(packet));
    rtcp_init(&peer, r->heard.ssrc, "peer@b", CLOCK_HZ);
    must(rtcp_read(&peer, packet, len, ntp) && peer.bye == bye);
    check(&peer);
}

/* A packet of exactly so many bytes, so that a step too far is seen. */
static void read_report(struct rtcp *r, const uint8_t *p, size_t len, uint64_t ntp)
{
    uint8_t *packet = mem_new(len != 0 ? len : 1);

    (void)memcpy(packet, p, len);
    (void)rtcp_read(r, packet, len, ntp);
    (void)mem_free(packet);
}

static void hear(struct rtcp *r, const uint8_t p[PACKET_BYTES], bool is_event)
{
    uint32_t n[3];

    (void)memcpy(n, p, sizeof(n));
    if (is_event)
        rtcp_on_event(r, n[0] & 3, (uint16_t)n[1]);
    else
        rtcp_on_packet(r, n[0] & 3, (uint16_t)n[1], n[2], n[2] + (n[1] >> 16));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t ntp = (uint64_t)0xe0000000 << 32;
    struct rtcp r;

    rtcp_init(&r, SSRC, "carillon@192.0.2.1", CLOCK_HZ);
    while (size > 1) {
        uint8_t step = data[0] % 6;
        size_t len = step < 2 ? PACKET_BYTES : step == 2 ? data[1] : 0;

        ntp += (uint64_t)data[1] << 28; /* a sixteenth of a second each */
        data += 2;
        size -= 2;
        len = len < size ? len : size;
        if (step < 2 && len == PACKET_BYTES)
            hear(&r, data, step == 1);
        else if (step == 2)
            read_report(&r, data, len, ntp);
        else if (step == 3 || step == 4)
            report(&r, ntp, step == 4);
        else if (step == 5)
            rtcp_forget(&r);
        check(&r);
        data += len;
        size -= len;
    }
    return 0;
}

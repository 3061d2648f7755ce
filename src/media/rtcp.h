/*
 * rtcp.h - what RTP sessions count and tell each other (RFC 3550 section 6.4, A.1, A.3, A.8).
 *
 * Pure: numbers and bytes; the clock is an argument. One struct per leg, of the
 * leg's media thread. Sent are SR or RR with SDES (CNAME), and BYE.
 */
#ifndef MEDIA_RTCP_H
#define MEDIA_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTCP_CNAME_SIZE = 32, RTCP_PACKET_MAX = 256 };

/* What we hear, of one source. */
struct rtcp_heard {
    bool any;
    uint32_t ssrc;
    uint16_t max_sequence;
    uint32_t cycles; /* sequence wraps, shifted left by 16 */
    uint32_t base_sequence;
    uint32_t received;
    uint32_t expected_before, received_before; /* at the last report */
    bool timed;                                /* transit is of a packet of sound */
    uint32_t transit;
    double jitter; /* timestamp units, A.8 */
};

struct rtcp {
    uint32_t ssrc; /* ours */
    char cname[RTCP_CNAME_SIZE];
    unsigned clock; /* timestamp units a second */
    struct rtcp_heard heard;
    uint64_t packets_sent, octets_sent;
    bool sent_since; /* RTP went out since the last report: SR instead of RR */

    uint32_t their_sr;    /* middle 32 bits of their last SR's NTP time; 0: none */
    uint64_t their_sr_at; /* our NTP time when it came */
    double round_trip_ms; /* -1: unknown */
    double their_loss;    /* fraction; -1: unknown */
    double their_jitter_ms;
    bool bye; /* they said BYE */
};

void rtcp_init(struct rtcp *r, uint32_t ssrc, const char *cname, unsigned clock);

/* A new source: counting begins anew with the next packet. */
void rtcp_forget(struct rtcp *r);

/* A packet was heard; arrival in timestamp units of some clock of ours. */
void rtcp_on_packet(struct rtcp *r, uint32_t ssrc, uint16_t sequence, uint32_t timestamp,
                    uint32_t arrival);

/* The same for a key (RFC 4733): all its packets have the time stamp of its beginning, which would
 * be taken for jitter. */
void rtcp_on_event(struct rtcp *r, uint32_t ssrc, uint16_t sequence);

/* Packets that should have come from the source, and that did not (A.3; not below 0). */
uint64_t rtcp_expected(const struct rtcp *r);
uint64_t rtcp_lost(const struct rtcp *r);
double rtcp_jitter_ms(const struct rtcp *r);

/* Writes a compound packet; ntp is our time (RFC 3550 section 4), timestamp the RTP time of that
 * moment. With bye, a BYE is added. Returns its length. */
size_t rtcp_write(struct rtcp *r, uint64_t ntp, uint32_t timestamp, bool bye,
                  uint8_t out[RTCP_PACKET_MAX]);

/* Reads a compound packet (A.2); false: it is none. */
bool rtcp_read(struct rtcp *r, const uint8_t *bytes, size_t len, uint64_t ntp);

#endif

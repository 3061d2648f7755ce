/*
 * rtp.h - RTP packets (RFC 3550 section 5): read with every bound checked, written.
 *
 * Pure; any thread. RTCP is rtcp.h, who may send is source.h.
 */
#ifndef MEDIA_RTP_H
#define MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RTP_HEADER = 12, RTP_PACKET_MAX = 1500 };

struct rtp_packet {
    uint8_t payload_type;
    bool marker;
    uint16_t sequence;
    uint32_t timestamp;
    uint32_t ssrc;
    uint8_t level;          /* of the sound, in -dBov (RFC 6464), or RTP_NO_LEVEL: for jitter.h */
    const uint8_t *payload; /* these point into what was read */
    size_t len;
    const uint8_t *extension; /* with its header of 4 bytes; NULL: none */
    size_t extension_len;
};

enum { RTP_NO_LEVEL = 255 };

/* Reads a packet; contributing sources and padding are skipped. The level is not looked for. False:
 * not RTP. */
bool rtp_read(struct rtp_packet *p, const uint8_t *bytes, size_t len);

/* The level of the sound in a packet (RFC 6464), whose header extension (RFC 8285) was agreed to be
 * number id; RTP_NO_LEVEL: it does not say. */
uint8_t rtp_level(const struct rtp_packet *p, int id);

/* Writes the header of 12 bytes. */
void rtp_write_header(const struct rtp_packet *p, uint8_t out[RTP_HEADER]);

/* Where both share a port: is this RTCP (RFC 5761 section 4)? */
bool rtp_is_rtcp(const uint8_t *bytes, size_t len);

/* Big-endian numbers, as everything on the wire. */
static inline uint16_t rtp_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t rtp_get32(const uint8_t *p)
{
    return (uint32_t)rtp_get16(p) << 16 | rtp_get16(p + 2);
}

static inline void rtp_put16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void rtp_put32(uint8_t *p, uint32_t v)
{
    rtp_put16(p, (uint16_t)(v >> 16));
    rtp_put16(p + 2, (uint16_t)v);
}

#endif

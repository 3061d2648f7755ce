/*
 * rtp.c - RTP packets read and written. Any thread.
 */
#include "media/rtp.h"

bool rtp_read(struct rtp_packet *p, const uint8_t *bytes, size_t len)
{
    size_t at = RTP_HEADER;

    if (len < RTP_HEADER || bytes[0] >> 6 != 2)
        return false;

    at += (size_t)(bytes[0] & 0x0f) * 4;
    p->extension = NULL;
    p->extension_len = 0;
    if ((bytes[0] & 0x10) != 0) { /* an extension: its length is in words, without its own */
        if (at + 4 > len)
            return false;
        p->extension = bytes + at;
        p->extension_len = 4 + (size_t)rtp_get16(bytes + at + 2) * 4;
        at += p->extension_len;
    }
    if (at > len)
        return false;
    if ((bytes[0] & 0x20) != 0) { /* padding: the last byte counts itself */
        size_t pad = bytes[len - 1];

        if (pad == 0 || pad > len - at)
            return false;
        len -= pad;
    }

    p->marker = (bytes[1] & 0x80) != 0;
    p->payload_type = bytes[1] & 0x7f;
    p->sequence = rtp_get16(bytes + 2);
    p->timestamp = rtp_get32(bytes + 4);
    p->ssrc = rtp_get32(bytes + 8);
    p->payload = bytes + at;
    p->len = len - at;
    p->level = RTP_NO_LEVEL;
    return true;
}

/* The element at *at, and the place after it; 0: padding; -1: there are no more. */
static int next_element(const struct rtp_packet *p, bool two_bytes, size_t *at, size_t *len)
{
    const uint8_t *e = p->extension + *at;
    size_t left = p->extension_len - *at;
    int id;

    if (left == 0)
        return -1;
    if (e[0] == 0) { /* RFC 8285 4.1.1: a byte between elements */
        (*at)++;
        return 0;
    }
    if (two_bytes && left < 2)
        return -1;
    id = two_bytes ? e[0] : e[0] >> 4;
    *len = two_bytes ? e[1] : (size_t)(e[0] & 0x0f) + 1;
    *at += two_bytes ? 2 : 1;
    if (!two_bytes && id == 15) /* RFC 8285 4.2: what follows is not to be read */
        return -1;
    if (*len > p->extension_len - *at)
        return -1;
    return id;
}

uint8_t rtp_level(const struct rtp_packet *p, int id)
{
    unsigned profile = p->extension != NULL ? rtp_get16(p->extension) : 0;
    bool two_bytes = profile >> 4 == 0x100;
    size_t at = 4;

    if (id <= 0 || (profile != 0xbede && !two_bytes))
        return RTP_NO_LEVEL;
    for (;;) {
        size_t len = 0;
        int got = next_element(p, two_bytes, &at, &len);

        if (got < 0)
            return RTP_NO_LEVEL;
        if (got == id && len > 0)
            return p->extension[at] & 0x7f;
        at += len;
    }
}

void rtp_write_header(const struct rtp_packet *p, uint8_t out[RTP_HEADER])
{
    out[0] = 0x80;
    out[1] = (uint8_t)((p->marker ? 0x80 : 0) | (p->payload_type & 0x7f));
    rtp_put16(out + 2, p->sequence);
    rtp_put32(out + 4, p->timestamp);
    rtp_put32(out + 8, p->ssrc);
}

bool rtp_is_rtcp(const uint8_t *bytes, size_t len)
{
    return len >= 2 && bytes[1] >= 192 && bytes[1] <= 223;
}

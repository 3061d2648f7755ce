/*
 * parsed.h - a session description as it was read: spans of the text, nothing judged yet.
 *
 * Private to this room. The spans borrow the text, which must outlive them. Any thread.
 */
#ifndef SDP_PARSED_H
#define SDP_PARSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "sdp/sdp.h"

struct span {
    const char *p; /* no 0 at its end */
    size_t n;
};

/* One payload type of an m= line, with its rtpmap or, without one, its static meaning. */
struct parsed_format {
    uint8_t payload_type;
    struct span name; /* empty: nothing is known of it */
    uint32_t clock;
    uint32_t channels;
    struct span parameters; /* of its fmtp; empty: none */
};

/* One m= line and what follows it. */
struct parsed_media {
    struct span kind, proto, first_format;
    uint16_t port;
    struct parsed_format formats[SDP_FORMATS];
    size_t format_count;
    bool has_address; /* a c= line with an IP address in it */
    struct addr address;
    bool has_rtcp;
    bool has_rtcp_address;
    struct addr rtcp; /* its port; its IP only with has_rtcp_address */
    bool rtcp_mux;
    int ptime_ms; /* 0: not said */
    enum sdp_direction direction;
    uint8_t level_id; /* of the header extension that says how loud a packet is (RFC 6464), if they
                         send it; 0: none */
};

struct parsed {
    struct parsed_media media[SDP_MEDIA];
    size_t media_count;
};

/* Reads a description; unknown lines and attributes are skipped. ERR_BAD_REQUEST when it is
 * none, too long, or has too many m= lines. */
NODISCARD enum err parsed_read(const char *text, size_t len, struct parsed *out, struct fail *f);

/* Takes the text before the next stop (or all of it) off the front, and the stop with it. */
struct span parsed_take(struct span *s, char stop);

/* A whole decimal number up to max; false when the span is anything else. */
bool parsed_number(struct span s, uint32_t max, uint32_t *out);

/* Is the span this text, without regard to ASCII case? */
bool parsed_is(struct span s, const char *text);

#endif

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
};

struct parsed {
    struct parsed_media media[SDP_MEDIA];
    size_t media_count;
};

/* Reads a description; unknown lines and attributes are skipped. ERR_BAD_REQUEST when it is
 * none, too long, or has too many m= lines. */
NODISCARD enum err parsed_read(const char *text, size_t len, struct parsed *out, struct fail *f);

/* Is the span this text, without regard to ASCII case? */
bool parsed_is(struct span s, const char *text);

#endif

/*
 * sdp.h - session descriptions (RFC 8866) and the offer/answer of one audio stream
 * (RFC 3264). Pure: texts and structs, no I/O. Any thread.
 *
 * One audio stream is what Carillon negotiates; every further m= line is
 * answered with port 0. Read is what phones really send, written is the strict
 * form.
 */
#ifndef SDP_SDP_H
#define SDP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/str.h"

/* The header extension by which packets say how loud they are (RFC 6464). */
#define SDP_LEVEL_URI "urn:ietf:params:rtp-hdrext:ssrc-audio-level"

enum { SDP_BYTES = 16384, SDP_FORMATS = 32, SDP_MEDIA = 16 };

enum sdp_direction { SDP_SENDRECV, SDP_SENDONLY, SDP_RECVONLY, SDP_INACTIVE };

/* The codecs that a leg may speak, X(NAME, encoding name, clock, channels, static payload type or
 * -1) */
#define SDP_CODECS(X)           \
    X(PCMU, "PCMU", 8000, 1, 0) \
    X(PCMA, "PCMA", 8000, 1, 8) \
    X(G722, "G722", 8000, 1, 9) \
    X(OPUS, "opus", 48000, 2, -1)

enum sdp_codec {
#define X(name, text, clock, channels, pt) SDP_##name,
    SDP_CODECS(X)
#undef X
        SDP_CODEC_COUNT
};
const char *sdp_codec_name(enum sdp_codec c);

/* What we can do for one leg. */
struct sdp_local {
    struct addr rtp; /* address and RTP port to write */
    uint16_t rtcp_port;
    uint64_t session_id;          /* o= */
    uint64_t session_version;     /* raise it when what is written changes */
    const enum sdp_codec *codecs; /* in our order of preference */
    size_t codec_count;
    enum sdp_direction direction; /* what we want */
    bool telephone_event;
};

/* What they say of Opus that they like to receive (RFC 7587 6.1). */
struct sdp_opus {
    bool fec;
    bool dtx;
    bool cbr;
    int max_bitrate; /* 0: not said */
};

/* What was agreed: what media/ needs to know of the other side. */
struct sdp_agreed {
    enum sdp_codec codec;
    uint8_t payload_type; /* that we send and they send for this codec */
    struct sdp_opus opus;
    int telephone_event;  /* payload type, or -1: none agreed */
    unsigned event_clock; /* of its durations: the codec's, or 8000 where a phone knows no other */
    int level_id;         /* number of the header extension by which they say how loud a packet is
                             (RFC 6464); 0: they do not */
    int ptime_ms;         /* that they like to receive; 20 unless said otherwise */
    struct addr rtp;      /* where they want it */
    struct addr rtcp;     /* port + 1 unless a=rtcp or a=rtcp-mux says otherwise */
    bool rtcp_mux;
    enum sdp_direction direction; /* ours: what we may do */
    bool hold;                    /* they asked for sendonly, inactive or c=0.0.0.0 */
};

/* An offer of ours. */
void sdp_offer(const struct sdp_local *me, struct buf *out);

/* Reads an offer and writes our answer; in all the order of m= lines is kept. Of the codecs of an
 * offer, as of an answer, the first that we can is taken: the order is the other side's wish (RFC
 * 3264 6.1), ours counts in offers of ours. ERR_MEDIA_KIND when there is no audio that we can take
 * (no common codec, SRTP only, no m=audio); ERR_BAD_REQUEST when it is no SDP. The sentence says
 * which. */
NODISCARD enum err sdp_answer(const char *offer, size_t len, const struct sdp_local *me,
                              struct sdp_agreed *agreed, struct buf *out, struct fail *f);

/* Reads the answer to an offer of ours. Errors as sdp_answer(). */
NODISCARD enum err sdp_read_answer(const char *answer, size_t len, const struct sdp_local *me,
                                   struct sdp_agreed *agreed, struct fail *f);

/* May media be sent there: no multicast, link-local (metadata), unusable address, port below
 * 1024 or 0; loopback only when allowed. */
bool sdp_address_is_fit(const struct addr *a, bool loopback);

#endif

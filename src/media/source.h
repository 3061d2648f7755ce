/*
 * source.h - whose RTP is heard, and where ours is sent (docs/api.md, Phones).
 *
 * Heard are the address of the SDP and the IP of the phone's signalling, any
 * port. After 3 packets in sequence of one SSRC the source is locked; others are
 * refused. A lock is lost by a re-INVITE, or after 2 s of silence to the same
 * IP. Ours goes to the SDP's address until a source at the signalling IP is
 * locked, then there (symmetric RTP). Pure; time is an argument.
 */
#ifndef MEDIA_SOURCE_H
#define MEDIA_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "media/rtp.h"

enum { SOURCE_LOCK_PACKETS = 3, SOURCE_SILENCE_MS = 2000 };

enum source_verdict {
    SOURCE_REFUSED,
    SOURCE_HEARD,
    SOURCE_NEW, /* heard; forget what is known of the one before */
};

struct source {
    struct addr sdp;        /* where they want RTP */
    bool sdp_fit;           /* it may be used */
    struct addr signalling; /* the IP counts, the port does not */
    uint8_t payload_type;
    int telephone_event; /* -1: none */

    bool known; /* from and ssrc are of the present source, or of the candidate */
    bool locked;
    bool same_ip_only; /* the lock before was lost by silence */
    bool symmetric;    /* send to `back` */
    int in_sequence;
    uint16_t sequence;
    uint32_t ssrc;
    struct addr from;
    struct addr back;
    int64_t heard_ms;
};

/* What was agreed. relock forgets the source. */
void source_agree(struct source *s, const struct addr *sdp, bool sdp_fit,
                  const struct addr *signalling, bool relock);

/* Judges a packet that has come. */
enum source_verdict source_judge(struct source *s, const struct addr *from,
                                 const struct rtp_packet *p, int64_t now_ms);

/* May this IP say anything here (RTCP)? */
bool source_ip_is_right(const struct source *s, const struct addr *from);

/* Where to send; NULL: nowhere. */
const struct addr *source_destination(const struct source *s);

#endif

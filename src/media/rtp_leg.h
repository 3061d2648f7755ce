/*
 * rtp_leg.h - a phone's RTP: what comes, what goes, what is counted.
 *
 * Made and freed by the control thread, used by one media thread in between.
 * After rtp_leg_new() nothing is allocated. rtp_leg.c hears, rtp_leg_send.c speaks. Who
 * hears whom is room.c's.
 */
#ifndef MEDIA_RTP_LEG_H
#define MEDIA_RTP_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "media/codec.h"
#include "media/dtmf.h"
#include "media/encoder.h"
#include "media/inlet.h"
#include "media/jitter.h"
#include "media/kit.h"
#include "media/media.h"
#include "media/mix.h"
#include "media/resample.h"
#include "media/rtcp.h"
#include "media/source.h"

struct rtp_leg_setup {
    uint32_t port;
    int rtp_fd, rtcp_fd;
    int silence_ms;
    bool loopback;
    const char *cname;
};

struct rtp_leg {
    uint32_t port;
    int rtp_fd, rtcp_fd;
    int silence_ms;
    bool loopback;
    media_event_h *tell; /* set by the media thread before use */
    void *tell_arg;

    bool agreed;
    bool may_hear, may_speak; /* the agreed direction */
    bool rtcp_mux;
    bool inband; /* tones in the sound are keys */
    bool keys_by_info;
    const struct codec *codec;
    struct kit *kit; /* of this codec or of one before; NULL: none was needed yet */
    uint8_t payload_type;
    int telephone_event;
    unsigned event_clock; /* of its durations */
    int level_id;         /* of the header extension; 0: not agreed */

    struct source source;
    struct rtcp rtcp;
    struct jitter *jitter;
    struct dtmf_events events;
    struct dtmf_ear *ear;
    struct resample up;
    int quiet_up; /* ticks since it was used */
    struct encoder encoder;

    int64_t heard_ms; /* RTP or RTCP of a right source */
    bool told_silent, told_heard;

    uint32_t timestamp; /* RTP time of this tick */
    uint16_t sequence;
    bool talking; /* false: the next packet gets the marker */
    int64_t report_ms;
    uint32_t random;
    struct addr rtcp_to;

    int16_t narrow[CODEC_NARROW_FRAME]; /* what came in this tick, of a codec of 8 kHz */
    uint64_t packets_received, bytes_received, dropped_source, dropped_form, ssrc_changes;
    uint32_t last_ssrc;
};

struct rtp_leg *rtp_leg_new(const struct rtp_leg_setup *s);
void rtp_leg_free(struct rtp_leg *l); /* NULL is fine; the sockets stay open */

/* What was agreed. *kit: the memory for its codec, a gift, or NULL; in its place comes what the leg
 * does not need (any more). False: the codec has no row in codec.h, or no memory came for it;
 * nothing changes. */
bool rtp_leg_agree(struct rtp_leg *l, const struct media_peer *p, struct kit **kit, int64_t now_ms);
void rtp_leg_keys_by_info(struct rtp_leg *l);

/* Reads what has come to the RTP or to the RTCP socket. */
void rtp_leg_receive(struct rtp_leg *l, struct inlet *in, bool rtcp);

/* One datagram (for rtp_leg_receive() and the fuzzer). */
void rtp_leg_on_datagram(struct rtp_leg *l, const uint8_t *bytes, size_t len,
                         const struct addr *from, int64_t arrival_us);

/* This tick's 20 ms: of a wide codec into pcm, of a narrow one into l->narrow. *power: the mean of
 * its squares. False: silence. Keys heard in it are told. */
bool rtp_leg_pull(struct rtp_leg *l, int64_t now_us, int16_t pcm[MIX_FRAME], double *power);
/* l->narrow at 16 kHz. */
void rtp_leg_upsample(struct rtp_leg *l, int16_t out[MIX_FRAME]);

/* Once per tick, after speaking: reports, the silence alarm; RTP time goes on. */
void rtp_leg_tick(struct rtp_leg *l, int64_t now_ms);

/* May a packet be sent now? False: not agreed, on hold, nobody there for 30 s. */
bool rtp_leg_may_send(const struct rtp_leg *l, int64_t now_ms);
void rtp_leg_send_payload(struct rtp_leg *l, const uint8_t *payload, size_t len);
/* One step of a key as RFC 4733. False: there is nothing to send in it. */
bool rtp_leg_send_event(struct rtp_leg *l, struct dtmf_send *d, bool first);
void rtp_leg_send_report(struct rtp_leg *l, bool bye);

/* The wall clock as RTCP tells it (RFC 3550 section 4). */
uint64_t rtp_leg_ntp_now(void);

void rtp_leg_fill_stats(const struct rtp_leg *l, struct media_stats *s);

#endif

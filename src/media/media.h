/*
 * media.h - the media threads: ports, rooms, prompts. What the control thread calls.
 *
 * A port is a leg's end in a media thread; a room is the set of ports that hear
 * each other: every port hears the sum of all others, never itself. Ports can be
 * apart (a lobby), muted, out of the main mix, or sources of groups that only some
 * hear. A room and all its ports live on one media thread. Ports, rooms and plays
 * are numbers that are never reused: a late message about one that is gone is dropped.
 *
 * Commands travel by a fixed ring to the room's thread, events come back by
 * mailbox and are told in the control thread's loop. Inside, sound is 16 kHz
 * mono 16 bit in frames of 20 ms. All functions here: the control thread.
 */
#ifndef MEDIA_MEDIA_H
#define MEDIA_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/err.h"
#include "sdp/sdp.h"

struct loop;
struct media;
struct pipe;
struct prompt;

struct media_settings {
    int threads;            /* at least 1 */
    struct addr listen;     /* IP that RTP sockets bind to */
    uint16_t port_low;      /* RTP ports: even, RTCP the odd one above */
    uint16_t port_high;     /* both 0: the system chooses */
    int silence_ms;         /* no RTP and no RTCP for so long: MEDIA_EV_SILENT [30 000] */
    bool loopback;          /* dev: RTP may go to loopback addresses */
    const char *tap_folder; /* dev: every port's sound in and out as WAV files there; NULL: no */
};

enum media_event_kind {
    MEDIA_EV_KEY,      /* a key was pressed: port, key, by */
    MEDIA_EV_PLAYED,   /* a play has ended: port, play, reason */
    MEDIA_EV_RECORDED, /* a recording has ended: port, play (its number), recorded, sound (gift) */
    MEDIA_EV_SILENT,   /* nothing came for silence_ms: port; once until something comes again */
    MEDIA_EV_HEARD,    /* the first packet of the agreed type and right source: port; once */
    MEDIA_EV_GONE,     /* the answer to media_port_remove(): port, stats (gift) */
    MEDIA_EV_TALKING,  /* a port of a watched room has begun or ceased to talk: port, talking */
};

enum media_key_by { MEDIA_KEY_RFC4733, MEDIA_KEY_INBAND };

enum media_record_end {
    MEDIA_RECORD_STOPPED,  /* by media_record_stop() */
    MEDIA_RECORD_FULL,     /* it is as long as it may be */
    MEDIA_RECORD_SILENCE,  /* somebody spoke, and then was silent for too long */
    MEDIA_RECORD_NO_VOICE, /* nobody spoke at all */
    MEDIA_RECORD_GONE,     /* its port went */
};

/* What was recorded: recorder_free() of media/recorder.h. */
struct recorder;

enum media_play_end { MEDIA_PLAY_DONE, MEDIA_PLAY_CANCELLED, MEDIA_PLAY_GONE };

/* What RTP and RTCP counted (RFC 3550 section 6.4, A.3, A.8). */
struct media_stats {
    uint32_t port;
    bool rtp; /* false: a bot's or a virtual phone's port; only levels below */
    uint64_t packets_received, packets_sent, bytes_received, bytes_sent;
    uint64_t expected, lost; /* of the present source; lost may be negative in the RFC, here >= 0 */
    uint64_t duplicates, reordered, late, concealed; /* packets, packets, packets, frames */
    uint64_t dropped_source, dropped_form;           /* wrong address, SSRC or type; not RTP */
    double jitter_ms;                                /* interarrival, smoothed */
    double buffer_ms;                                /* present depth of the jitter buffer */
    double round_trip_ms;                            /* from RTCP, -1: unknown */
    double their_loss;      /* fraction that they lost of ours, from their RR; -1: unknown */
    double their_jitter_ms; /* -1: unknown */
    uint64_t ssrc_changes;
    uint32_t ssrc_in, ssrc_out;
    char codec[12];
    char remote[ADDR_TEXT_SIZE];      /* where we send */
    char heard_from[ADDR_TEXT_SIZE];  /* the locked source, "" when none */
    double level_in_db, level_out_db; /* RMS of the last second, dBFS, -127: silence */
};

struct media_event {
    enum media_event_kind kind;
    uint32_t port;
    uint32_t play;
    char key; /* '0'-'9', '*', '#', 'A'-'D' */
    enum media_key_by by;
    enum media_play_end reason;
    bool talking;
    enum media_record_end recorded;
    struct recorder *sound;    /* gift */
    struct media_stats *stats; /* gift: mem_free() */
};
typedef void media_event_h(const struct media_event *e, void *arg);

NODISCARD enum err media_start(struct loop *l, const struct media_settings *s, media_event_h *h,
                               void *arg, struct media **out, struct fail *f);
/* RTCP BYE for what is left, stops the threads. No event is told any more, not even PLAYED:
 * prompts may be freed afterwards. Who still waits for statistics is told. NULL is fine. */
void media_stop(struct media *m);

/* A new room, on the thread with the fewest ports. 0: no more rooms. Removed by itself
 * never; media_room_remove() when its last port has been removed. */
uint32_t media_room_new(struct media *m);
/* The same, on the thread of another room, so that ports can move between the two. 0 also: no
 * such room. */
uint32_t media_room_new_beside(struct media *m, uint32_t room);
void media_room_remove(struct media *m, uint32_t room);

/* Tells MEDIA_EV_TALKING of the room's ports, or no longer. Who talks when it begins is told then.
 * A change is told after 60 ms of sound above -50 dBFS, or 500 ms without, and at most every
 * 200 ms for a port. */
void media_room_watch(struct media *m, uint32_t room, bool watch);

/* A routing group of a room (Graph's audioRoutingGroup); `group` is the caller's number for it. A
 * port that is a source of a group is heard by the receivers of its groups and by nobody else.
 * Receivers go on hearing what they hear anyhow. The same group again replaces it; no sources
 * remove it. Ports that come later count too. False: more than MEDIA_ROUTE_GROUPS groups or
 * MEDIA_ROUTE_PORTS ports, no such room, ring full. */
enum { MEDIA_ROUTE_GROUPS = 8, MEDIA_ROUTE_PORTS = 64 };
struct media_route {
    const uint32_t *sources, *receivers; /* ports */
    size_t source_count, receiver_count;
};
bool media_room_route(struct media *m, uint32_t room, uint32_t group, const struct media_route *r);

/* Sockets for a leg, bound at once, so that an offer can name them. ERR_BUSY: no ports. */
struct media_socket {
    int rtp_fd, rtcp_fd;
    struct addr rtp; /* the bound address */
    uint16_t rtcp_port;
};
NODISCARD enum err media_socket_open(struct media *m, struct media_socket *out, struct fail *f);
/* For one that never became a port. */
void media_socket_close(struct media *m, struct media_socket *s);

/* A phone's leg. The socket is the port's from now on. Until media_port_peer() it hears and
 * says nothing. 0: the ring is full (say 503). */
uint32_t media_port_rtp(struct media *m, uint32_t room, const struct media_socket *s,
                        const char *label);

/* What was agreed (first time, and after a re-INVITE). signalling: the IP that the phone's SIP
 * comes from; heard are RTP packets from it or from agreed->rtp (docs/api.md, Phones).
 * relock: forget the locked source (a re-INVITE). */
struct media_peer {
    struct sdp_agreed agreed;
    struct addr signalling;
    bool relock;
    bool info_keys; /* the phone sends INFO: no in-band detection */
};
bool media_port_peer(struct media *m, uint32_t port, const struct media_peer *p);

/* The phone has used INFO for a key: in-band detection stops (docs/api.md, Phones). */
void media_port_keys_by_info(struct media *m, uint32_t port);

/* A bot's leg: it plays prompts, and what it hears can be recorded later. */
uint32_t media_port_bot(struct media *m, uint32_t room, const char *label);

/* A virtual phone's leg. It says what it hears (echo, one frame later), a prompt, keys. */
uint32_t media_port_script(struct media *m, uint32_t room, bool echo, const char *label);

/* The leg of a bot that hosts its own media at the other end of a pipe (media/pipe.h), held from
 * here on until MEDIA_EV_GONE. unmixed: besides the mix it gets the voices of the four loudest
 * whom it hears, each by the number of its port. 0: the ring is full. */
uint32_t media_port_stream(struct media *m, uint32_t room, struct pipe *pipe, bool unmixed,
                           const char *label);

/* An eventfd that counts the ticks of all media threads that have such ports: whoever has the
 * other ends of the pipes watches it. */
int media_bell_fd(const struct media *m);

/* Silence in place of what a port says (in) and of what it hears of its room (out), and back
 * (hold). This and all that follows about who hears whom takes effect within two ticks, without a
 * click: the old sound fades out in the next tick, the new one fades in after it. */
void media_port_mute(struct media *m, uint32_t port, bool in, bool out);

/* A port that is apart (in the lobby) hears nobody of its room and is heard by nobody. False: no
 * such port. */
bool media_port_apart(struct media *m, uint32_t port, bool apart);

/* A port that is not in the main mix neither hears the others nor is heard by them, but for
 * routing groups. True at first. False: no such port. */
bool media_port_main(struct media *m, uint32_t port, bool in_main);

/* Takes a port to another room of the same media thread; its RTP goes on as if nothing had been.
 * Routing groups of the old room no longer count. False: another thread, no such port or room, ring
 * full. */
bool media_port_move(struct media *m, uint32_t port, uint32_t room);

/* Plays a prompt at a bot's or virtual phone's port: into its room. times 0: for ever. Plays of
 * one port do not overlap: a new one cancels the one that runs. 0: ring full. The prompt must
 * live until MEDIA_EV_PLAYED. */
uint32_t media_play(struct media *m, uint32_t port, const struct prompt *p, int times);
void media_play_stop(struct media *m, uint32_t port);

/* Records what a bot's port hears, in 16 kHz mono; one at a time for a port. Returns its number; 0:
 * the ring is full, or it is no bot's. MEDIA_EV_RECORDED follows, at the end of the port too. */
struct media_record {
    int max_ms;
    int initial_silence_ms; /* without any voice */
    int max_silence_ms;     /* after a voice */
};
uint32_t media_record(struct media *m, uint32_t port, const struct media_record *r);
void media_record_stop(struct media *m, uint32_t port);

/* Plays a prompt to one port of any kind: it hears that in place of its room, also while it is
 * apart or muted. What it says and its keys go on as they are. Ends as media_play() does. */
uint32_t media_play_to(struct media *m, uint32_t port, const struct prompt *p, int times);
void media_play_to_stop(struct media *m, uint32_t port);

/* Sends keys from a port: RFC 4733 at an RTP port that agreed on it, else tones into the room
 * or line; 100 ms each, gap_ms apart (at least 60). A virtual phone's key is also told as
 * MEDIA_EV_KEY of its port, as if it had sent RFC 4733. False: not keys, more than 32, no such
 * port, ring full. */
bool media_send_keys(struct media *m, uint32_t port, const char *keys, int gap_ms);

/* Removes a port (RTCP BYE, sockets closed): always possible. MEDIA_EV_GONE follows. */
void media_port_remove(struct media *m, uint32_t port);

/* Asks for a port's numbers; h is told in the control thread, with NULL when it is gone. */
typedef void media_stats_h(const struct media_stats *s, void *arg);
void media_ask_stats(struct media *m, uint32_t port, media_stats_h *h, void *arg);

/* Threads, ports, ticks late, as text. */
size_t media_port_count(const struct media *m);

#endif

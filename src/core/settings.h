/*
 * settings.h - what the operator decides about calls; filled in by main/config.c.
 */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "model/media_blob.h"
#include "sdp/sdp.h"

/* notices.rewrite: an address that a body may name, and where it really goes. */
struct rewrite {
    const char *from;
    const char *to; /* a URL, or "builtin:NAME" for a sound of ours */
};

struct settings {
    const char *notice_issuer;
    const char *public_url;
    bool notices_ringing;         /* say `ringing` to bots */
    size_t notices_in_memory;     /* 10 000: of all calls, while the disk fails */
    int ring_default_s;           /* 60 */
    int release_ms;               /* 2 000: `terminated` follows at the latest */
    int keepalive_minutes;        /* 45; 0: off */
    int calls_per_application;    /* 100 */
    int operations_per_call;      /* 100 */
    int participants_per_meeting; /* 1 000 */
    int lobby_minutes;            /* 30: who waits longer is sent away */
    int alone_seconds;            /* 60: applications alone in a meeting that people have left */
    int idempotency_minutes;      /* 10; 0: off */
    int ended_minutes;            /* 60: how long an ended call can be read */
    const char *recording_folder;
    const char *prompt_folder; /* file:///name.wav; NULL: off */
    size_t prompt_bytes;       /* of one file: 20 MiB */
    int prompt_ms;             /* decoded: 5 minutes */
    size_t prompt_cache_bytes; /* 256 MiB */
    const enum sdp_codec *codecs;
    size_t codec_count;
    enum media_net_tcp net_tcp;
    const char *media_advertise; /* IP for SDP, or NULL: the bound one */
    struct id_place place;
    const struct rewrite *rewrites;
    size_t rewrite_count;
};

/* Where an address really goes; uri itself when nothing is written about it. */
const char *settings_rewrite(const struct settings *s, const char *uri);

#endif
